/** TiKV's configuration, as a person adds it to scenarios on the command line. */
import type { Config } from "../nodes/index.ts";
import type { Scenario } from "./scenario.ts";

/** The same scenario with these keys in each of its plans, over those that the plan has. */
export function withConfig(scenario: Scenario, config: Config): Scenario {
  if (Object.keys(config).length === 0) return scenario;
  return {
    ...scenario,
    plan: (seed, number, choices) => {
      const plan = scenario.plan(seed, number, choices);
      return { ...plan, config: { ...plan.config, ...config } };
    },
  };
}
