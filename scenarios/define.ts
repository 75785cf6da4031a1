/** Scenarios of users: written in a `*.scenario.ts`, or made of one plan. */
import { UserError } from "../sim/errors.ts";
import { gateSentences } from "./gates.ts";
import { generate } from "./generate.ts";
import type { Plan } from "./plan.ts";
import type { Scenario, ScenarioGate } from "./scenario.ts";
import { baseSpec, type Spec } from "./spec.ts";
import { specMistake } from "./spec-schema.ts";

/** What a user says of a scenario. What is left out is as in the built-in suites. */
export type ScenarioDefinition = {
  readonly name: string;
  readonly sentence?: string;
  readonly suites?: readonly string[];
  readonly gates?: readonly ScenarioGate[];
  /** Ranges to draw from; every field has a default. */
  readonly spec?: Partial<Omit<Spec, "scenario">>;
  /** Or one plan for all seeds: only chance differs. */
  readonly plan?: Plan;
};

/** Marks what `defineScenario` made, so that files may export other things too. */
const defined = new WeakSet<Scenario>();

/** Makes a scenario. Throws `UserError` "bad-scenario". */
export function defineScenario(definition: ScenarioDefinition): Scenario {
  const { name, sentence = name, suites = [], gates = [], spec, plan } = definition;
  const where = `scenario ${JSON.stringify(name)}`;
  if (!/^[a-z0-9][a-z0-9-]*$/.test(name)) {
    throw bad("this is no name", where, "expected lower-case letters, digits and dashes");
  }
  for (const { gate } of gates) {
    if (!Object.hasOwn(gateSentences, gate)) {
      throw bad(`no such gate: ${gate}`, where, "`coprsim list gates` shows all");
    }
  }
  if (spec !== undefined && plan !== undefined) {
    throw bad("both a spec and a plan", where, "expected one of them");
  }
  const mistake = specMistake({ ...baseSpec, ...spec });
  if (mistake !== null) {
    const { place, found, expected } = mistake;
    throw bad(`found ${found}`, `${where}: spec.${place}`, `expected ${expected}`);
  }
  const scenario: Scenario = {
    name,
    sentence,
    suites,
    gates,
    plan: (seed, number, choices) => {
      if (plan === undefined) {
        return generate({ ...baseSpec, ...spec, scenario: name }, seed, number, choices);
      }
      const { fidelity, timing } = choices;
      return { ...plan, scenario: name, fidelity, timing };
    },
  };
  defined.add(scenario);
  return scenario;
}

/** True for what `defineScenario` made. */
export function isScenario(value: unknown): value is Scenario {
  return typeof value === "object" && value !== null && defined.has(value as Scenario);
}

/** The scenario of one plan, as it is: its own timing and fidelity. */
export function scenarioOfPlan(name: string, plan: Plan): Scenario {
  return { name, sentence: `the plan ${name}`, suites: [], gates: [], plan: () => plan };
}

function bad(message: string, where: string, hint: string): UserError {
  return new UserError(message, { code: "bad-scenario", where, hint });
}
