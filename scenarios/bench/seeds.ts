/** Seeds of a scenario, run and timed by the clocks of the caller. */
import { assert } from "../../sim/assert.ts";
import { PreparedEnvironment } from "../environment.ts";
import type { JudgeFactory } from "../judge.ts";
import { type Environment, runPlan, type System } from "../runner.ts";
import type { PlanChoices, Scenario } from "../scenario.ts";
import { addTotals, noTotals, type TotalCounts } from "../totals.ts";
import { type Clocks, type Lap, Stopwatch } from "./stopwatch.ts";

/** What came of a number of seeds. */
export type SeedsRound = {
  readonly lap: Lap;
  readonly seeds: number;
  readonly totals: TotalCounts;
  readonly operations: number;
  readonly simulatedSeconds: number;
};

type SeedOutcome = {
  readonly totals: TotalCounts;
  readonly operations: number;
  readonly simulatedUs: number;
};

export type SeedsOptions = {
  readonly scenario: Scenario;
  readonly clocks: Clocks;
  /** Gives the event loop a turn, after every seed: what promises held on to is let go there. */
  readonly turn: () => Promise<void>;
  /** In place of the real one; null: the real one. */
  readonly system: System | null;
  readonly onFailure: (error: unknown) => void;
};

/** Several rounds as one. */
export function sumOfRounds(rounds: readonly SeedsRound[]): SeedsRound {
  const sum = (of: (round: SeedsRound) => number) => rounds.reduce((so, one) => so + of(one), 0);
  return {
    lap: { cpuMs: sum(({ lap }) => lap.cpuMs), wallMs: sum(({ lap }) => lap.wallMs) },
    seeds: sum(({ seeds }) => seeds),
    totals: rounds.map(({ totals }) => totals).reduce(addTotals, noTotals),
    operations: sum(({ operations }) => operations),
    simulatedSeconds: sum(({ simulatedSeconds }) => simulatedSeconds),
  };
}

const choices: PlanChoices = { fidelity: "tikv", timing: "fast", strategy: "portfolio" };
const master = "bench";

/** Runs seed after seed of one scenario; each call goes on behind the last one. */
export class SeedsBench {
  readonly #scenario: Scenario;
  readonly #clocks: Clocks;
  readonly #turn: () => Promise<void>;
  readonly #prepared: PreparedEnvironment;
  #next = 0;

  constructor({ scenario, clocks, turn, system, onFailure }: SeedsOptions) {
    this.#scenario = scenario;
    this.#clocks = clocks;
    this.#turn = turn;
    this.#prepared = new PreparedEnvironment({ system, onFailure });
  }

  /** Opens engines and prepares plugins; before the first round. */
  async prepare(): Promise<void> {
    await this.#prepared.prepareFor(this.#scenario.plan(`${master}/0`, 0, choices));
  }

  /** Seeds from `from` on, or else from where the last call ended. Throws if one is violated. */
  async run(
    seeds: number,
    options: { readonly from?: number; readonly judged?: boolean } = {},
  ): Promise<SeedsRound> {
    const { from = this.#next, judged = true } = options;
    const environment = judged ? this.#prepared.environment : this.#unjudged();
    let [totals, operations, simulatedUs]: [TotalCounts, number, number] = [noTotals, 0, 0];
    const watch = new Stopwatch(this.#clocks);
    for (let number = from; number < from + seeds; number++) {
      const ran = this.#runOne(environment, number);
      totals = addTotals(totals, ran.totals);
      operations += ran.operations;
      simulatedUs += ran.simulatedUs;
      await this.#turn();
    }
    const lap = watch.lap();
    this.#next = from + seeds;
    return { lap, seeds, totals, operations, simulatedSeconds: simulatedUs / 1e6 };
  }

  /** In a function of its own: nothing of a seed's result outlives it. */
  #runOne(environment: Environment, number: number): SeedOutcome {
    const seed = `${master}/${number}`;
    const plan = this.#scenario.plan(seed, number, choices);
    const { violations, totals, history } = runPlan(environment, { plan, seed, keepTrace: false });
    const [violation] = violations;
    assert(violation === undefined, `${seed} holds: ${violation?.message}`);
    return { totals, operations: history.length, simulatedUs: plan.breakUs + plan.healUs };
  }

  #unjudged(): Environment {
    const judges: readonly JudgeFactory[] = [];
    return { ...this.#prepared.environment, judges };
  }
}
