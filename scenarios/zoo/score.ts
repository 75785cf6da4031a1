/** The mutation score: does any property convict the mutant, and within how many seeds? */
import type { Failure } from "../campaign.ts";
import { PreparedEnvironment } from "../environment.ts";
import { runPlan } from "../runner.ts";
import type { PlanChoices, Scenario } from "../scenario.ts";
import { buildMutant, type MutantSystem } from "./build.ts";
import type { Mutant } from "./mutant.ts";

/** Kills by these say that the code noticed by itself, not that a judge did. */
const ownNotice: readonly string[] = [
  "invariant",
  "no unexpected exception",
  "no unplanned node stop",
];

/** One mutant's result; the names are those of the JSON report. */
export type MutantScore = {
  readonly id: string;
  readonly component: Mutant["component"];
  readonly killed: boolean;
  /** The property that convicted it first, or null. */
  readonly by: string | null;
  /** It is one of those that the mutant's file expects. */
  readonly asExpected: boolean;
  /** A judge convicted it with the assertions compiled out. */
  readonly killedWithoutAssertions: boolean;
  readonly byWithoutAssertions: string | null;
  /** Seeds until the kill, or all that ran. */
  readonly seeds: number;
  readonly seconds: number;
  readonly reached: number;
  readonly infected: number;
  /** The failure to tell a story of, with assertions. */
  readonly failure: Failure | null;
};

export type ScoreOptions = {
  readonly mutant: Mutant;
  /** The scenarios that the mutant's suites name, in order. */
  readonly scenarios: readonly Scenario[];
  /** At most so many in all, over the scenarios in turn. */
  readonly seeds: number;
  readonly master: string;
  readonly choices: PlanChoices;
  readonly clockMs: () => number;
  readonly turn: () => Promise<void>;
  readonly stops: () => boolean;
  readonly onFailure: (error: unknown) => void;
};

type Hunt = { readonly failure: Failure | null; readonly seeds: number };

/** Hunts one mutant, with assertions and then without. */
export async function scoreMutant(options: ScoreOptions): Promise<MutantScore> {
  const { mutant, clockMs } = options;
  const startedMs = clockMs();
  const system = await buildMutant(mutant, { assertions: true });
  const hunt = await huntDown(system, options, () => true);
  const seconds = (clockMs() - startedMs) / 1000;
  const counters = { ...system.counters };
  const bare = await buildMutant(mutant, { assertions: false });
  const bareHunt = await huntDown(bare, options, (property) => !ownNotice.includes(property));
  const by = hunt.failure?.violation.property ?? null;
  return {
    id: mutant.id,
    component: mutant.component,
    killed: hunt.failure !== null,
    by,
    asExpected: by !== null && mutant.expected.includes(by),
    killedWithoutAssertions: bareHunt.failure !== null,
    byWithoutAssertions: bareHunt.failure?.violation.property ?? null,
    seeds: hunt.seeds,
    seconds,
    reached: counters.reached,
    infected: counters.infected,
    failure: hunt.failure,
  };
}

async function huntDown(
  system: MutantSystem,
  options: ScoreOptions,
  counts: (property: string) => boolean,
): Promise<Hunt> {
  const { scenarios, master, mutant, stops } = options;
  const choices: PlanChoices = { ...options.choices, fidelity: mutant.fidelity };
  const mutated = new PreparedEnvironment({ system, onFailure: options.onFailure });
  const sound = new PreparedEnvironment({ system: null, onFailure: options.onFailure });
  let seeds = 0;
  for (let number = 0; seeds < options.seeds; number++) {
    for (const scenario of scenarios) {
      if (seeds >= options.seeds || stops()) return { failure: null, seeds };
      const seed = `${master}/${number}`;
      const plan = scenario.plan(seed, number, choices);
      if (!mutated.isReadyFor(plan)) await mutated.prepareFor(plan);
      const { violations, hash } = runPlan(mutated.environment, { plan, seed, keepTrace: false });
      seeds++;
      if (seeds % 8 === 0) await options.turn();
      const violation = violations.find(({ property }) => counts(property));
      if (violation === undefined) continue;
      // A kill counts only where the real code passes the same seed.
      await sound.prepareFor(plan);
      const real = runPlan(sound.environment, { plan, seed, keepTrace: false });
      if (real.violations.some(({ property }) => property === violation.property)) continue;
      return { failure: { scenario: scenario.name, seed, plan, violation, hash }, seeds };
    }
    if (scenarios.length === 0) break;
  }
  return { failure: null, seeds };
}
