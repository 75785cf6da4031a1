/** Starts processes that run seeds: one perturbed twin, or workers that share the seeds out. */
import { fork } from "node:child_process";
import { join } from "node:path";
import {
  type PortableReport,
  type Scenario,
  type ScenarioReport,
  Tally,
} from "../scenarios/index.ts";
import type { SeedsHooks, SeedsJob } from "./seeds.ts";

/** What such a process says. */
export type SeedsMessage =
  | { readonly kind: "progress"; readonly done: number; readonly failures: number }
  /** The last message: a report a scenario, in the job's order. */
  | { readonly kind: "reports"; readonly reports: readonly PortableReport[] };

type ChildOptions = SeedsHooks & {
  readonly flags: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
};

/** Runs a job in a process of its own. Rejects if the process breaks. */
function runChild(job: SeedsJob, options: ChildOptions): Promise<readonly PortableReport[]> {
  const child = fork(join(import.meta.dirname, entry()), {
    execArgv: [...options.flags],
    env: { ...process.env, ...options.variables },
    serialization: "json",
  });
  child.send(job);
  const watch = setInterval(() => {
    if (options.stops() && child.connected) child.send("stop");
  }, 100);
  return new Promise((resolve, reject) => {
    let reports: readonly PortableReport[] | null = null;
    child.on("message", (message: SeedsMessage) => {
      if (message.kind === "progress") options.progress(message.done, message.failures);
      else reports = message.reports;
    });
    child.on("error", reject);
    child.on("close", (code) => {
      clearInterval(watch);
      if (reports !== null) resolve(reports);
      else reject(new Error(`a process that ran seeds ended with code ${code}`));
    });
  });
}

/** The bundle keeps shared code in a folder of its own below the entries. */
const entry = (): string =>
  import.meta.dirname.endsWith("chunks") ? "../seeds-process.js" : "seeds-process.js";

/** The same seeds with another time zone, locale, heap and JIT. */
export function runTwin(job: SeedsJob): Promise<readonly PortableReport[]> {
  return runChild(job, {
    flags: ["--no-opt", "--max-semi-space-size=1", "--max-old-space-size=512"],
    variables: { TZ: "Asia/Tokyo", LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8" },
    stops: () => false,
    progress: () => {},
  });
}

/** Shares the seeds of each scenario out to `workers` processes; the reports are as of one. */
export async function runWorkers(
  scenarios: readonly Scenario[],
  job: SeedsJob,
  { workers, stops, progress }: SeedsHooks & { readonly workers: number },
): Promise<readonly ScenarioReport[]> {
  const startedMs = performance.now();
  const said = Array.from({ length: workers }, () => ({ done: 0, failures: 0 }));
  const sum = (pick: (one: { done: number; failures: number }) => number) =>
    said.reduce((total, one) => total + pick(one), 0);
  const parts = await Promise.all(
    said.map((own, worker) => {
      const firstSeed = Math.floor((job.seeds * worker) / workers);
      const seeds = Math.floor((job.seeds * (worker + 1)) / workers) - firstSeed;
      return runChild(
        { ...job, firstSeed: job.firstSeed + firstSeed, seeds },
        {
          flags: [],
          variables: {},
          stops,
          progress: (done, failures) => {
            Object.assign(own, { done, failures });
            progress(
              sum((one) => one.done),
              sum((one) => one.failures),
            );
          },
        },
      );
    }),
  );
  const elapsedMs = (performance.now() - startedMs) / Math.max(1, scenarios.length);
  return scenarios.map((scenario, at) => {
    const tally = new Tally(scenario, job.choices.fidelity);
    for (const reports of parts) {
      const part = reports[at];
      if (part !== undefined) tally.addPart(part);
    }
    return tally.report(elapsedMs);
  });
}
