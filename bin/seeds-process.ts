/** A process that runs seeds for another one: the perturbed twin, or a worker. */
import { portable } from "../scenarios/index.ts";
import { loadScenarios } from "./scenario-files.ts";
import { chosen, runSeeds, type SeedsJob } from "./seeds.ts";
import type { SeedsMessage } from "./seeds-child.ts";

let stops = false;
// Ctrl-C reaches the whole group; the parent says when to stop, and takes what was found.
process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit(0));
process.on("message", (message: SeedsJob | "stop") => {
  if (message === "stop") stops = true;
  else void runJob(message);
});

/** `sent`: once all of it has left. */
const say = (message: SeedsMessage, sent: () => void = () => {}): void => {
  process.send?.(message, sent);
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
      say({ kind: "progress", done, failures });
    },
  });
  // Not before: this process ends with its channel, and a long report leaves in parts.
  say({ kind: "reports", reports: reports.map(portable) }, () => process.disconnect?.());
}
