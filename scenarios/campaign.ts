/**
 * Many seeds of many scenarios: runs them one after another, keeps the first failure of each
 * property, and says which gates were missed. What is slow or belongs to the outside (clock,
 * turns of the event loop, files) is handed in.
 */

import type { PreparedEnvironment } from "./environment.ts";
import { type Gate, type GateCounts, gateSentences } from "./gates.ts";
import type { Violation } from "./judge.ts";
import type { Plan } from "./plan.ts";
import { type RunResult, runPlan } from "./runner.ts";
import type { PlanChoices, Scenario } from "./scenario.ts";
import { addTotals, noTotals, type TotalCounts } from "./totals.ts";

/** A seed that violated a property. */
export type Failure = {
  readonly scenario: string;
  readonly seed: string;
  readonly plan: Plan;
  readonly violation: Violation;
  readonly hash: string;
};

/** What came of one scenario. */
export type ScenarioReport = {
  readonly scenario: Scenario;
  /** Seeds that ran; fewer than asked for when time ran out or it was interrupted. */
  readonly seeds: number;
  /** The first failure of each property, in order of discovery. */
  readonly failures: readonly Failure[];
  /** Seeds that violated something. */
  readonly failedSeeds: number;
  readonly gates: GateCounts | null;
  /** Gates that enough seeds did not pass; judged only from `minSeeds` on. */
  readonly missedGates: readonly { readonly gate: Gate; readonly sentence: string }[];
  readonly totals: TotalCounts;
  /** How often each property was put to the test, by its name. */
  readonly checks: ReadonlyMap<string, number>;
  /** The trace hash of each seed, in order. */
  readonly hashes: readonly string[];
  readonly elapsedMs: number;
};

/** A report as data, between processes. The seeds are consecutive. */
export type PortableReport = Pick<
  ScenarioReport,
  "failures" | "failedSeeds" | "gates" | "totals" | "hashes"
> & { readonly checks: readonly (readonly [string, number])[] };

/** The part of a report that another process can use. */
export function portable(report: ScenarioReport): PortableReport {
  const { failures, failedSeeds, gates, totals, hashes, checks } = report;
  return { failures, failedSeeds, gates, totals, hashes, checks: [...checks] };
}

export type CampaignOptions = {
  readonly prepared: PreparedEnvironment;
  readonly scenarios: readonly Scenario[];
  /** Seeds of each scenario. */
  readonly seeds: number;
  /** The number of the first seed. */
  readonly firstSeed: number;
  /** Master seed S: seed i is "S/i". */
  readonly master: string;
  readonly choices: PlanChoices;
  /** Milliseconds since some moment. */
  readonly clockMs: () => number;
  /** Gives the event loop a turn: interrupts and failed promises are heard there. */
  readonly turn: () => Promise<void>;
  /** No new seed once this says so. */
  readonly stops: () => boolean;
  readonly progress: (done: number, failures: number) => void;
};

/** Runs everything. A scenario that no seed was left for reports 0 seeds. */
export async function runCampaign(options: CampaignOptions): Promise<readonly ScenarioReport[]> {
  const reports: ScenarioReport[] = [];
  const state = { done: 0, failures: 0, turnedMs: options.clockMs() };
  for (const scenario of options.scenarios) {
    reports.push(await runScenario(options, scenario, state));
  }
  return reports;
}

type Shared = { done: number; failures: number; turnedMs: number };

async function runScenario(
  options: CampaignOptions,
  scenario: Scenario,
  shared: Shared,
): Promise<ScenarioReport> {
  const { clockMs, choices, firstSeed } = options;
  const startedMs = clockMs();
  const tally = new Tally(scenario, choices.fidelity);
  for (let at = 0; at < options.seeds && !options.stops(); at++) {
    const failed = await runSeed(options, scenario, firstSeed + at, tally);
    shared.done++;
    if (failed) shared.failures++;
    options.progress(shared.done, shared.failures);
    if (clockMs() - shared.turnedMs > 50) {
      await options.turn();
      shared.turnedMs = clockMs();
    }
  }
  return tally.report(clockMs() - startedMs);
}

/**
 * Runs one seed; answers whether it failed. In a function of its own: its plan and result are gone
 * before the next seed begins, which would else carry them along.
 */
async function runSeed(
  { prepared, master, choices }: CampaignOptions,
  scenario: Scenario,
  number: number,
  tally: Tally,
): Promise<boolean> {
  const seed = `${master}/${number}`;
  const plan = scenario.plan(seed, number, choices);
  if (!prepared.isReadyFor(plan)) await prepared.prepareFor(plan);
  const result = runPlan(prepared.environment, { plan, seed, keepTrace: false });
  tally.add(seed, plan, result);
  return result.violations.length > 0;
}

/** Adds up the seeds of a scenario. */
export class Tally {
  readonly #scenario: Scenario;
  readonly #fidelity: PlanChoices["fidelity"];
  readonly #failures: Failure[] = [];
  readonly #hashes: string[] = [];
  readonly #checks = new Map<string, number>();
  #failedSeeds = 0;
  #gates: Record<string, number> | null = null;
  #totals: TotalCounts = noTotals;

  /** `fidelity` is that of the plans: some gates are of one only. */
  constructor(scenario: Scenario, fidelity: PlanChoices["fidelity"]) {
    this.#scenario = scenario;
    this.#fidelity = fidelity;
  }

  add(seed: string, plan: Plan, result: RunResult): void {
    const { violations, hash, gates, totals, checks } = result;
    if (violations.length > 0) this.#failedSeeds++;
    for (const violation of violations) {
      const { property } = violation;
      if (this.#failures.some((known) => known.violation.property === property)) continue;
      this.#failures.push({ scenario: this.#scenario.name, seed, plan, violation, hash });
    }
    this.#hashes.push(hash);
    this.#totals = addTotals(this.#totals, totals);
    this.#gates ??= {};
    for (const [gate, count] of Object.entries(gates)) {
      this.#gates[gate] = (this.#gates[gate] ?? 0) + count;
    }
    for (const [property, count] of checks) {
      this.#checks.set(property, (this.#checks.get(property) ?? 0) + count);
    }
  }

  /** Adds what another process made of the seeds that follow. */
  addPart(part: PortableReport): void {
    this.#failedSeeds += part.failedSeeds;
    for (const failure of part.failures) {
      const { property } = failure.violation;
      if (this.#failures.some((known) => known.violation.property === property)) continue;
      this.#failures.push(failure);
    }
    this.#hashes.push(...part.hashes);
    this.#totals = addTotals(this.#totals, part.totals);
    for (const [gate, count] of Object.entries(part.gates ?? {})) {
      this.#gates ??= {};
      this.#gates[gate] = (this.#gates[gate] ?? 0) + count;
    }
    for (const [property, count] of part.checks) {
      this.#checks.set(property, (this.#checks.get(property) ?? 0) + count);
    }
  }

  report(elapsedMs: number): ScenarioReport {
    const seeds = this.#hashes.length;
    const gates = this.#gates as GateCounts | null;
    return {
      scenario: this.#scenario,
      seeds,
      failures: this.#failures,
      failedSeeds: this.#failedSeeds,
      gates,
      missedGates: this.#scenario.gates
        .filter(({ fidelity }) => fidelity === undefined || fidelity === this.#fidelity)
        .filter(({ gate, minSeeds }) => seeds >= minSeeds && (gates?.[gate] ?? 0) === 0)
        .map(({ gate }) => ({ gate, sentence: gateSentences[gate] })),
      totals: this.#totals,
      checks: this.#checks,
      hashes: this.#hashes,
      elapsedMs,
    };
  }
}
