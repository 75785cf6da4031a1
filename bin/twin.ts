/** Compares the hashes of a run with those of its perturbed twin. */
import type { TwinReport } from "../reports/index.ts";
import type { ScenarioReport } from "../scenarios/index.ts";
import type { SeedsJob } from "./seeds.ts";
import { runTwin } from "./seeds-child.ts";

/** Runs the twin over the seeds that ran here. */
export async function compareTwin(
  job: SeedsJob,
  reports: readonly ScenarioReport[],
): Promise<TwinReport> {
  const seeds = Math.max(0, ...reports.map((report) => report.seeds));
  const twin = await runTwin({ ...job, seeds });
  let compared = 0;
  for (const [at, report] of reports.entries()) {
    const theirs = twin[at]?.hashes ?? [];
    for (const [number, hash] of report.hashes.entries()) {
      compared++;
      if (theirs[number] === hash) continue;
      const seed = `${report.scenario.name}:${job.master}/${number}`;
      const divergence = `${seed} has hash ${hash} here and ${theirs[number] ?? "none"} there`;
      return { seeds: compared, divergence };
    }
  }
  return { seeds: compared, divergence: null };
}
