/** From a spec to a scenario of a suite. */
import { generate } from "../generate.ts";
import type { Scenario, ScenarioGate } from "../scenario.ts";
import type { Spec } from "../spec.ts";

/** What a scenario says besides its spec. */
export type ScenarioParts = {
  readonly sentence: string;
  readonly suites: readonly string[];
  readonly gates: readonly ScenarioGate[];
  readonly spec: Spec;
};

/** A scenario whose plans are drawn from a spec. */
export function scenarioOf({ sentence, suites, gates, spec }: ScenarioParts): Scenario {
  return {
    name: spec.scenario,
    sentence,
    suites,
    gates,
    plan: (seed, number, choices) => generate(spec, seed, number, choices),
  };
}
