/** Suite `smoke`: a little of everything, quick enough for every commit. */
import type { Scenario } from "../scenario.ts";
import { baseSpec, type FaultCounts, type PluginCall, type PluginPlacement } from "../spec.ts";
import { aggregateRequest } from "../workloads/aggregate-requests.ts";
import { scenarioOf } from "./scenario-of.ts";

/** The example plugin twice: as bytes, and as trusted TypeScript under another name's file. */
const plugins: readonly PluginPlacement[] = [
  { file: "aggregate.wasm", artefact: "aggregate", stores: "every" },
  { file: "counter.wasm", artefact: "probe:counter@1.2.3", stores: "every" },
];

const calls: readonly PluginCall[] = [
  {
    weight: 1,
    names: ["aggregate"],
    requirements: ["^1.0", "*"],
    span: { min: 1, max: 24 },
    ownKeys: false,
    data: aggregateRequest,
  },
  {
    weight: 1,
    names: ["counter"],
    requirements: ["1.2.3", "^1.2"],
    span: { min: 1, max: 24 },
    ownKeys: false,
    data: () => "count",
  },
];

const everything: FaultCounts = {
  crash: { min: 1, max: 3 },
  powerLoss: { min: 1, max: 3 },
  pause: { min: 1, max: 2 },
  slow: { min: 1, max: 2 },
  partition: { min: 1, max: 4 },
  loss: { min: 1, max: 4 },
  latency: { min: 1, max: 3 },
  connection: { min: 1, max: 2 },
  diskLatency: { min: 1, max: 2 },
  diskError: { min: 1, max: 1 },
  diskDamage: { min: 1, max: 1 },
  wallClock: { min: 1, max: 2 },
  monotonicDrift: { min: 1, max: 3 },
  transfer: { min: 1, max: 4 },
};

export const smoke: readonly Scenario[] = [
  scenarioOf({
    sentence: "three stores serve reads, writes and a wasm plugin while nothing breaks",
    suites: ["smoke"],
    gates: [
      { gate: "pluginAnswered", minSeeds: 1 },
      { gate: "readByLease", minSeeds: 1 },
    ],
    spec: {
      ...baseSpec,
      scenario: "smoke-calm",
      plugins,
      calls,
      mix: { ...baseSpec.mix, coprocessor: 10 },
      breakUs: 6_000_000,
      valueBytes: { min: 8, max: 8 },
    },
  }),
  scenarioOf({
    sentence: "the same while stores crash, disks fail and the network breaks",
    suites: ["smoke"],
    gates: [
      { gate: "leaderChanged", minSeeds: 10 },
      { gate: "crashed", minSeeds: 10 },
      { gate: "networkCut", minSeeds: 10 },
      { gate: "pluginAnswered", minSeeds: 1 },
    ],
    spec: {
      ...baseSpec,
      scenario: "smoke-faults",
      plugins,
      calls,
      mix: { ...baseSpec.mix, coprocessor: 10 },
      faults: everything,
      valueBytes: { min: 8, max: 64 },
    },
  }),
];
