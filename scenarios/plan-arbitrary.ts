/**
 * Plans for property tests: fast-check draws the seed, its number and the strategy, `generate`
 * makes the plan of them. So a failing example is named by three small values, and shrinks to the
 * first seeds; shrinking the plan itself is `shrink.ts`'s work.
 */
import fc from "fast-check";
import { generate } from "./generate.ts";
import type { Plan } from "./plan.ts";
import { type PlanChoices, strategies } from "./scenario.ts";
import type { Spec } from "./spec.ts";

/** A plan, and the seed under which it runs. */
export type SeededPlan = { readonly seed: string; readonly plan: Plan };

/** Plans of a spec, in the fast profile. */
export function planArbitrary(
  spec: Spec,
  fidelity: Plan["fidelity"] = "tikv",
): fc.Arbitrary<SeededPlan> {
  return fc
    .record({ number: fc.nat({ max: 1_000_000 }), strategy: fc.constantFrom(...strategies) })
    .map(({ number, strategy }) => {
      const choices: PlanChoices = { fidelity, timing: "fast", strategy };
      const seed = `property/${number}`;
      return { seed, plan: generate(spec, seed, number, choices) };
    });
}
