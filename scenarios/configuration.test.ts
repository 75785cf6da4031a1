/** TiKV's keys in the plans of scenarios: those of the command line go before a plan's own. */
import { expect, test } from "vitest";
import { withConfig } from "./configuration.ts";
import { defineScenario } from "./define.ts";

const choices = { fidelity: "tikv", timing: "fast", strategy: "random" } as const;
const scenario = defineScenario({ name: "configured", spec: {} });

test("keys are added to each plan, over those that it has", () => {
  const plan = scenario.plan("S/0", 0, choices);
  const own = { "server.grpc-concurrency": 2, "raftstore.raft-heartbeat-ticks": 3 };
  const configured = { ...scenario, plan: () => ({ ...plan, config: own }) };
  const added = withConfig(configured, { "server.grpc-concurrency": 7 });
  expect(added.plan("S/0", 0, choices)).toEqual({
    ...plan,
    config: { ...own, "server.grpc-concurrency": 7 },
  });
});

test("without keys the scenario stays as it is", () => {
  expect(withConfig(scenario, {})).toBe(scenario);
});
