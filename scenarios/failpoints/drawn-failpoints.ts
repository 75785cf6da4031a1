/** Failpoints that a scenario draws for its plans, as its spec draws faults. */
import type { FailpointName } from "../../failpoints/index.ts";
import { assert } from "../../sim/assert.ts";
import { Randomness } from "../../sim/index.ts";
import type { PlannedFailpoint } from "../plan.ts";
import type { Scenario } from "../scenario.ts";

/** A point, and the actions that it may have: one of them. */
export type FailpointChoice = {
  readonly name: FailpointName;
  readonly actions: readonly string[];
};

export type DrawOptions = {
  readonly choices: readonly FailpointChoice[];
  /** At most so many in one plan, at least one. */
  readonly most: number;
};

/** The same scenario with failpoints of these in each of its plans, mostly on every store. */
export function drawingFailpoints(scenario: Scenario, { choices, most }: DrawOptions): Scenario {
  assert(choices.length > 0 && most >= 1 && most <= choices.length, "there is a choice");
  return {
    ...scenario,
    plan: (seed, number, planChoices) => {
      const plan = scenario.plan(seed, number, planChoices);
      const random = new Randomness({ seed: `${seed} ${scenario.name}`, keepDraws: false });
      const stream = random.stream("plan/failpoints");
      const failpoints: PlannedFailpoint[] = [];
      for (let left = stream.between(1, most); left > 0; left--) {
        const { name, actions } = stream.pick(choices);
        const action = stream.pick(actions);
        const isOne = stream.chance(1, 4);
        const one = stream.between(1, plan.stores);
        if (failpoints.some((known) => known.name === name)) continue;
        failpoints.push({ name, actions: action, store: isOne ? one : 0 });
      }
      return { ...plan, failpoints };
    },
  };
}
