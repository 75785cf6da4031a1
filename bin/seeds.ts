/** Seeds run in this process or in another one, with the same results. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import type { FailpointSetting } from "../failpoints/index.ts";
import {
  type PlanChoices,
  PreparedEnvironment,
  runCampaign,
  type Scenario,
  type ScenarioReport,
  withFailpoints,
} from "../scenarios/index.ts";
import { loadScenarios } from "./scenario-files.ts";

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
};

/** The hashes of a job's scenarios, by name. */
export type SeedHashes = ReadonlyMap<string, readonly string[]>;

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
    turn: () => new Promise((resolve) => setImmediate(resolve)),
    ...hooks,
  });
}

/** A memory-level batch that fails leaves index and state apart: nothing may go on. */
export function fail(error: unknown): never {
  throw error instanceof Error ? error : new Error(String(error));
}

/** The child's half: one line a scenario. */
export async function* runSeedsJob(job: SeedsJob): AsyncGenerator<string> {
  const loaded = await loadScenarios(job.scenarios);
  const scenarios = loaded.map((scenario) => withFailpoints(scenario, job.failpoints));
  const hooks = { stops: () => false, progress: () => {} };
  for (const scenario of scenarios) {
    const [report] = await runSeeds([scenario], job, hooks);
    yield JSON.stringify({ name: scenario.name, hashes: report?.hashes ?? [] });
  }
}

/**
 * The twin: the same seeds in a process with another time zone, locale, heap and JIT. Rejects if
 * the process breaks.
 */
export function runTwin(job: SeedsJob): Promise<SeedHashes> {
  const flags = ["--no-opt", "--max-semi-space-size=1", "--max-old-space-size=512"];
  const env = { ...process.env, TZ: "Asia/Tokyo", LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8" };
  const child = spawn(process.execPath, [...flags, join(import.meta.dirname, twinEntry())], {
    env,
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.end(JSON.stringify(job));
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout.on("data", (part: Buffer) => {
      text += part.toString("utf8");
    });
    child.on("error", reject);
    child.on("close", (code) => {
      if (code !== 0) return reject(new Error(`the twin process ended with code ${code}`));
      const lines = text.split("\n").filter((line) => line !== "");
      resolve(
        new Map(
          lines.map((line) => {
            const { name, hashes } = JSON.parse(line) as { name: string; hashes: string[] };
            return [name, hashes] as const;
          }),
        ),
      );
    });
  });
}

/** The bundle splits shared code into a folder of its own below the entries. */
const twinEntry = (): string =>
  import.meta.dirname.endsWith("chunks") ? "../seeds-process.js" : "seeds-process.js";
