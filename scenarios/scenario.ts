/** A scenario: how the plan of each seed is drawn, and what a green result must have exercised. */
import type { Gate } from "./gates.ts";
import type { Plan } from "./plan.ts";

/** Where faults go. `portfolio` gives each seed one of the others in turn. */
export const strategies = ["portfolio", "random", "all-on", "swarm", "moments", "pct"] as const;
export type Strategy = (typeof strategies)[number];

/** What a run of a suite asks of every plan. */
export type PlanChoices = {
  readonly fidelity: "tikv" | "contract";
  readonly timing: "fast" | "tikv";
  readonly strategy: Strategy;
};

/** A gate, and from how many seeds on it must have been passed. */
export type ScenarioGate = {
  readonly gate: Gate;
  readonly minSeeds: number;
  /** Only where plans have this fidelity: the other one has no such thing. */
  readonly fidelity?: "tikv" | "contract";
};

export type Scenario = {
  /** Unique; what a person types. Lower case and dashes. */
  readonly name: string;
  /** What it puts to the test, as a sentence. */
  readonly sentence: string;
  /** The suites that contain it. */
  readonly suites: readonly string[];
  readonly gates: readonly ScenarioGate[];
  /** The plan of seed `seed` ("S/i"): a pure function. `number` is i, for turns of a portfolio. */
  readonly plan: (seed: string, number: number, choices: PlanChoices) => Plan;
};
