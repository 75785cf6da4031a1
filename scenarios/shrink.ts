/**
 * Shrinking: delta debugging over a plan. A smaller plan is kept when the same property is still
 * violated under the same seed. Passes go from what makes a story long (faults, operations) to what
 * makes it wide (stores, regions, clients, time), and are repeated until none helps.
 * Source of ddmin: Zeller and Hildebrandt, IEEE TSE 28(2), 2002.
 */
import type { Plan } from "./plan.ts";
import { planProblem } from "./plan-rules.ts";
import { sizeOf } from "./repro.ts";
import { cutTightly, passes, type Search } from "./shrink-passes.ts";

/** One try, which costs one run: when the property was violated (virtual time), null if not. */
export type Trial = (plan: Plan) => { readonly atUs: number } | null;

export type ShrinkOptions = {
  readonly plan: Plan;
  /** When the plan as it is violates the property, virtual time. */
  readonly violatedAtUs: number;
  readonly trial: Trial;
  /** The time to heal is part of what the property promises: it must not be cut. */
  readonly keepsHealing: boolean;
  /** No new try once this says so. */
  readonly expired: () => boolean;
};

/** The smallest plan found, and how many runs that took. */
export type Shrunk = { readonly plan: Plan; readonly tries: number };

/** The smallest plan found. It fails, because `plan` does. */
export function shrinkPlan(options: ShrinkOptions): Shrunk {
  const search = new PlanSearch(options);
  for (let round = 0; round < roundsMax; round++) {
    const before = weight(search.plan);
    for (const pass of passes) pass(search);
    if (weight(search.plan) >= before || options.expired()) break;
  }
  cutTightly(search);
  return { plan: search.plan, tries: search.tries };
}

const roundsMax = 4;

/** The best plan so far. */
class PlanSearch implements Search {
  readonly #options: ShrinkOptions;
  /** What was tried already: later rounds come across much of it again. */
  readonly #tried = new Set<string>();
  plan: Plan;
  violatedAtUs: number;
  tries = 0;

  constructor(options: ShrinkOptions) {
    this.#options = options;
    this.plan = options.plan;
    this.violatedAtUs = options.violatedAtUs;
  }

  get keepsHealing(): boolean {
    return this.#options.keepsHealing;
  }

  attempt(candidate: Plan): boolean {
    const { trial, expired } = this.#options;
    if (expired()) return false;
    const text = JSON.stringify(candidate);
    if (this.#tried.has(text)) return false;
    this.#tried.add(text);
    // A story that nobody could load again is none.
    if (planProblem(candidate) !== null) return false;
    this.tries++;
    const violated = trial(candidate);
    if (violated === null) return false;
    this.plan = candidate;
    this.violatedAtUs = violated.atUs;
    return true;
  }
}

/** What there is to read in a plan, as one number. */
function weight(plan: Plan): number {
  const { faults, operations } = sizeOf(plan);
  const times = (plan.breakUs + plan.healUs) / 1e6;
  const width = plan.cuts.length * 5 + plan.stores * 5 + plan.clients + plan.zones.length;
  return faults * 100 + operations * 10 + width + times;
}
