/**
 * Whose finding is it? Judges of our own say what they find by the fidelity that they are told of,
 * on runs of a small plan. To add a case, add a row: where it is found, and the label.
 */
import { beforeAll, expect, test } from "vitest";
import { type Attribution, attributionOf, isPluginFinding } from "./attribution.ts";
import { PreparedEnvironment } from "./environment.ts";
import type { Judge, RunFacts, Violation } from "./judge.ts";
import type { Plan } from "./plan.ts";
import { calmPlan } from "./testing/small-plan.ts";

const prepared = new PreparedEnvironment({
  system: null,
  onFailure: (error) => {
    throw error;
  },
});
beforeAll(() => prepared.prepareFor(calmPlan));

const violation = (property: string, message = "it is so"): Violation => ({
  property,
  message,
  atUs: 1,
  details: [],
});

/** Finds it in some fidelities, whatever happens. */
const finds =
  (property: string, where: readonly Plan["fidelity"][]) =>
  ({ fidelity }: RunFacts): Judge => ({
    property,
    sentence: "it is not so",
    kinds: [],
    event: () => {},
    finish: () => {},
    violation: where.includes(fidelity) ? violation(property) : null,
    checks: 1,
  });

/** The property, the fidelities that have the finding, the plan's own, the label. */
const rows: readonly (readonly [
  property: string,
  where: readonly Plan["fidelity"][],
  fidelity: Plan["fidelity"],
  label: Attribution | null,
])[] = [
  ["dispatch", ["tikv"], "tikv", "host limitation"],
  ["dispatch", ["tikv", "contract"], "tikv", "plugin"],
  ["budget", ["tikv"], "tikv", "host limitation"],
  // Found by a careful host: there is nothing to ask.
  ["dispatch", ["contract"], "contract", null],
  // Not of plugins: another fidelity says nothing of it.
  ["election safety", ["tikv"], "tikv", null],
];

test.each(rows)("%s, found in %j, run in %s: %s", (property, where, fidelity, label) => {
  const environment = { ...prepared.environment, judges: [finds(property, where)] };
  const plan: Plan = { ...calmPlan, fidelity };
  const found = violation(property);
  expect(attributionOf(environment, { plan, seed: "a", decisions: null, violation: found })).toBe(
    label,
  );
});

test("a store that a plugin stopped is a finding of plugins, one that Raft stopped is not", () => {
  const property = "no unplanned node stop";
  expect(
    isPluginFinding(violation(property, "store 1 stopped by panic: plugin 'a' panicked")),
  ).toBe(true);
  expect(isPluginFinding(violation(property, "store 1 stopped by abort: disk eio"))).toBe(false);
});
