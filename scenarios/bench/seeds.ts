/** Seeds of a scenario, run and timed by the clocks of the caller. */
import { assert } from "../../sim/assert.ts";
import { PreparedEnvironment } from "../environment.ts";
import type { JudgeFactory } from "../judge.ts";
import { type Environment, runPlan, type System } from "../runner.ts";
import type { PlanChoices, Scenario } from "../scenario.ts";
import { addTotals, noTotals, type TotalCounts } from "../totals.ts";
import { type Clocks, type Lap, timed } from "./stopwatch.ts";

/** What came of a number of seeds. */
export type SeedsRound = {
  readonly lap: Lap;
  readonly seeds: number;
  readonly totals: TotalCounts;
  readonly operations: number;
  readonly simulatedSeconds: number;
};

export type SeedsOptions = {
  readonly scenario: Scenario;
  readonly clocks: Clocks;
  /** In place of the real one; null: the real one. */
  readonly system: System | null;
  readonly onFailure: (error: unknown) => void;
};

const choices: PlanChoices = { fidelity: "tikv", timing: "fast", strategy: "portfolio" };
const master = "bench";

/** Runs seed after seed of one scenario; each call goes on behind the last one. */
export class SeedsBench {
  readonly #scenario: Scenario;
  readonly #clocks: Clocks;
  readonly #prepared: PreparedEnvironment;
  #next = 0;

  constructor({ scenario, clocks, system, onFailure }: SeedsOptions) {
    this.#scenario = scenario;
    this.#clocks = clocks;
    this.#prepared = new PreparedEnvironment({ system, onFailure });
  }

  /** Opens engines and prepares plugins; before the first round. */
  async prepare(): Promise<void> {
    await this.#prepared.prepareFor(this.#scenario.plan(`${master}/0`, 0, choices));
  }

  /** Seeds from `from` on, or else from where the last call ended. Throws if one is violated. */
  run(
    seeds: number,
    options: { readonly from?: number; readonly judged?: boolean } = {},
  ): SeedsRound {
    const { from = this.#next, judged = true } = options;
    const environment = judged ? this.#prepared.environment : this.#unjudged();
    let [totals, operations, simulatedUs]: [TotalCounts, number, number] = [noTotals, 0, 0];
    const lap = timed(this.#clocks, () => {
      for (let number = from; number < from + seeds; number++) {
        const seed = `${master}/${number}`;
        const plan = this.#scenario.plan(seed, number, choices);
        const result = runPlan(environment, { plan, seed, keepTrace: false });
        const [violation] = result.violations;
        assert(violation === undefined, `${seed} holds: ${violation?.message}`);
        totals = addTotals(totals, result.totals);
        operations += result.history.length;
        simulatedUs += plan.breakUs + plan.healUs;
      }
    });
    this.#next = from + seeds;
    return { lap, seeds, totals, operations, simulatedSeconds: simulatedUs / 1e6 };
  }

  #unjudged(): Environment {
    const judges: readonly JudgeFactory[] = [];
    return { ...this.#prepared.environment, judges };
  }
}
