/** Failpoints that a person adds to scenarios, on the command line or in the environment. */
import type { FailpointSetting } from "../../failpoints/index.ts";
import type { Plan, PlannedFailpoint } from "../plan.ts";
import type { Scenario } from "../scenario.ts";

/** The same scenario with failpoints in each of its plans, on every store. */
export function withFailpoints(
  scenario: Scenario,
  settings: readonly FailpointSetting[],
): Scenario {
  if (settings.length === 0) return scenario;
  return {
    ...scenario,
    plan: (seed, number, choices) => addFailpoints(scenario.plan(seed, number, choices), settings),
  };
}

/** The plan with failpoints on every store, in place of those that it has of the same names. */
export function addFailpoints(plan: Plan, settings: readonly FailpointSetting[]): Plan {
  const kept = plan.failpoints.filter(
    ({ name }) => !settings.some((setting) => setting.name === name),
  );
  const added = settings.map(
    ({ name, actions }): PlannedFailpoint => ({ name, actions, store: 0 }),
  );
  return { ...plan, failpoints: [...kept, ...added] };
}
