/**
 * Real runs of every built-in scenario: the judges refuse none of them, and each of them was really
 * asked. To add a case, add a scenario; `seeds` is how many of each are run.
 */
import { beforeAll, expect, test } from "vitest";
import { PreparedEnvironment } from "../environment.ts";
import { runPlan } from "../runner.ts";
import { builtInScenarios } from "../suites/index.ts";
import { properties } from "./index.ts";

/** Five by five: the portfolio's strategies take turns. CI machines have the time for more. */
const seeds = process.env["CI"] === undefined ? 5 : 15;
const prepared = new PreparedEnvironment({
  system: null,
  onFailure: (error) => {
    throw error;
  },
});
const choices = { fidelity: "tikv", timing: "fast", strategy: "portfolio" } as const;
/** How often each property was put to the test, over all. */
const checks = new Map<string, number>();

beforeAll(async () => {
  for (const scenario of builtInScenarios) {
    for (let number = 0; number < seeds; number++) {
      const plan = scenario.plan(`real/${number}`, number, choices);
      if (!prepared.isReadyFor(plan)) await prepared.prepareFor(plan);
    }
  }
});

test.each(builtInScenarios.map((scenario) => [scenario.name, scenario] as const))(
  "no judge refuses %s",
  (_name, scenario) => {
    for (let number = 0; number < seeds; number++) {
      const seed = `real/${number}`;
      const plan = scenario.plan(seed, number, choices);
      const result = runPlan(prepared.environment, { plan, seed, keepTrace: false });
      expect(result.violations, `seed ${seed}`).toEqual([]);
      for (const [property, count] of result.checks) {
        checks.set(property, (checks.get(property) ?? 0) + count);
      }
    }
  },
);

test("every property was put to the test", () => {
  const idle = properties.filter(({ property }) => (checks.get(property) ?? 0) === 0);
  expect(idle.map(({ property }) => property)).toEqual([]);
  const figures = [...checks].map(([property, count]) => `${property} ${count}`).join(", ");
  process.stderr.write(`\nchecks in ${seeds} seeds each: ${figures}\n`);
});
