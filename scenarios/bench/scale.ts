/** What an event costs in a large cluster and in a small one. */
import { Cluster, wireCodec } from "../../nodes/index.ts";
import { generate } from "../generate.ts";
import type { System } from "../runner.ts";
import type { Scenario } from "../scenario.ts";
import type { Spec } from "../spec.ts";
import { workloadW } from "../workloads/w.ts";

/** Three replicas a region, however many stores there are. */
export const threeReplicas: System = {
  codec: wireCodec,
  start: (options) => new Cluster({ ...options, replicas: 3 }),
};

/** Short, because 100 regions make many events; the load of a region is the same in both. */
export const scales: { readonly small: Scenario; readonly large: Scenario } = {
  small: scenarioOf({ stores: 3, regions: 8 }),
  large: scenarioOf({ stores: 30, regions: 100 }),
};

function scenarioOf({ stores, regions }: { stores: number; regions: number }): Scenario {
  const range = (count: number) => ({ min: count, max: count });
  const spec: Spec = {
    ...workloadW,
    scenario: `scale-${stores}-${regions}`,
    stores: [stores],
    regions: range(regions),
    operationsPerSecond: range((25 * regions) / 2),
    breakUs: 1_200_000,
    healUs: 800_000,
  };
  return {
    name: spec.scenario,
    sentence: `workload W on ${stores} stores and ${regions} regions`,
    suites: [],
    gates: [],
    plan: (seed, number, choices) => generate(spec, seed, number, choices),
  };
}
