/** A process that runs seeds for another one: the perturbed twin, or a worker. */
import { portable } from "../scenarios/index.ts";
import { keepWorldsYoung } from "./collector.ts";
import { sayLast } from "./last-word.ts";
import { loadScenarios } from "./scenario-files.ts";
import { chosen, runSeeds, type SeedsJob } from "./seeds.ts";
import type { SeedsMessage } from "./seeds-child.ts";

keepWorldsYoung();
let stops = false;
// Ctrl-C reaches the whole group; the parent says when to stop, and takes what was found.
process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit(0));
process.on("message", (message: SeedsJob | "stop") => {
  if (message === "stop") stops = true;
  else void runJob(message);
});

const sayProgress = (done: number, failures: number): void => {
  const message: SeedsMessage = { kind: "progress", done, failures };
  // Without a callback a parent that is gone would be an error; `disconnect` ends this process.
  process.send?.(message, () => {});
};

async function runJob(job: SeedsJob): Promise<void> {
  const scenarios = chosen(await loadScenarios(job.scenarios), job);
  let toldMs = 0;
  const reports = await runSeeds(scenarios, job, {
    stops: () => stops,
    progress: (done, failures) => {
      const nowMs = performance.now();
      if (nowMs - toldMs < 200) return;
      toldMs = nowMs;
      sayProgress(done, failures);
    },
  });
  const message: SeedsMessage = { kind: "reports", reports: reports.map(portable) };
  sayLast(process, message);
}
