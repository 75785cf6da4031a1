/** Suite `smoke`: a little of everything, quick enough for every commit. */
import type { Scenario } from "../scenario.ts";
import { baseSpec } from "../spec.ts";
import { everyFault } from "../workloads/fault-mixes.ts";
import {
  aggregateCall,
  aggregateWasm,
  countCall,
  counterProbe,
} from "../workloads/plugin-calls.ts";
import { scenarioOf } from "./scenario-of.ts";

const withPlugins = {
  ...baseSpec,
  plugins: [aggregateWasm, counterProbe("probe:counter@1.2.3")],
  calls: [aggregateCall, countCall(["1.2.3", "^1.2"])],
  mix: { ...baseSpec.mix, coprocessor: 10 },
} as const;

/** The suite. */
export const smoke: readonly Scenario[] = [
  scenarioOf({
    sentence: "three stores serve reads, writes and a wasm plugin while nothing breaks",
    suites: ["smoke"],
    gates: [
      { gate: "pluginAnswered", minSeeds: 1 },
      { gate: "readByLease", minSeeds: 1 },
      { gate: "logCompacted", minSeeds: 5 },
    ],
    spec: {
      ...withPlugins,
      scenario: "smoke-calm",
      breakUs: 5_000_000,
      valueBytes: { min: 8, max: 8 },
    },
  }),
  scenarioOf({
    sentence: "they go on doing so while stores crash, disks fail and the network breaks",
    suites: ["smoke"],
    gates: [
      { gate: "leaderChanged", minSeeds: 10 },
      { gate: "crashed", minSeeds: 10 },
      { gate: "powerLost", minSeeds: 20 },
      { gate: "networkCut", minSeeds: 10 },
      { gate: "pluginAnswered", minSeeds: 1 },
      { gate: "readByQuorum", minSeeds: 20 },
    ],
    spec: { ...withPlugins, scenario: "smoke-faults", faults: everyFault },
  }),
];
