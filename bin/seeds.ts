/** Seeds run in this process or in another one, with the same results. */
import { setImmediate as turn } from "node:timers/promises";
import type { FailpointSetting } from "../failpoints/index.ts";
import type { Config } from "../nodes/index.ts";
import {
  type PlanChoices,
  PreparedEnvironment,
  runCampaign,
  type Scenario,
  type ScenarioReport,
  withConfig,
  withFailpoints,
} from "../scenarios/index.ts";

/** What to run, as data. */
export type SeedsJob = {
  /** Names of scenarios, or files of the user's. */
  readonly scenarios: readonly string[];
  readonly seeds: number;
  readonly firstSeed: number;
  readonly master: string;
  readonly choices: PlanChoices;
  /** What the command line and the environment set, besides what plans have. */
  readonly failpoints: readonly FailpointSetting[];
  /** What `--config` sets. */
  readonly config: Config;
};

/** The scenarios with what the command line sets in their plans. */
export function chosen(loaded: readonly Scenario[], job: SeedsJob): readonly Scenario[] {
  return loaded.map((one) => withConfig(withFailpoints(one, job.failpoints), job.config));
}

/** Where a job looks at the world outside of its runs. */
export type SeedsHooks = {
  readonly stops: () => boolean;
  readonly progress: (done: number, failures: number) => void;
};

/** Runs scenarios here. */
export async function runSeeds(
  scenarios: readonly Scenario[],
  job: SeedsJob,
  hooks: SeedsHooks,
): Promise<readonly ScenarioReport[]> {
  const prepared = new PreparedEnvironment({ system: null, onFailure: fail });
  return runCampaign({
    prepared,
    scenarios,
    seeds: job.seeds,
    firstSeed: job.firstSeed,
    master: job.master,
    choices: job.choices,
    clockMs: () => performance.now(),
    turn,
    ...hooks,
  });
}

/** A memory-level batch that fails leaves index and state apart: nothing may go on. */
export function fail(error: unknown): never {
  throw error instanceof Error ? error : new Error(String(error));
}
