/** Suite `dispatch`: the plugin that answers is the one that was named, whatever happens. */
import type { Scenario } from "../scenario.ts";
import { baseSpec, type PluginCall } from "../spec.ts";
import { outages } from "../workloads/fault-mixes.ts";
import {
  aggregateWasm,
  anyAggregateCall,
  echoCall,
  readCall,
  stepCall,
  writeCall,
} from "../workloads/plugin-calls.ts";
import { scenarioOf } from "./scenario-of.ts";

const suites = ["dispatch"] as const;

/** Names that prefix each other, differ in case or in a dash; some that nobody has. */
const siblings = ["count", "counter", "Counter", "counter-top", "counter_top"] as const;
const strangers = ["coun", "counter-", "COUNTER", "counter.wasm", "top", "", "agg"] as const;

const siblingPlugins = siblings.map(
  (name) =>
    ({ file: `${name}.wasm`, artefacts: [`probe:${name}@1.2.3`], stores: "every" }) as const,
);

const siblingCalls: readonly PluginCall[] = [
  { ...echoCall, weight: 4, names: siblings, requirements: ["*", "1.2.3", ""] },
  { ...echoCall, weight: 1, names: strangers, requirements: ["*"] },
];

const pluginMix = { put: 25, get: 20, scan: 3, coprocessor: 52 } as const;

/** The suite. */
export const dispatch: readonly Scenario[] = [
  scenarioOf({
    sentence: "plugins of similar names are never taken for each other, on any store",
    suites,
    gates: [
      { gate: "pluginAnswered", minSeeds: 1 },
      { gate: "nameRejected", minSeeds: 1 },
      { gate: "leaderChanged", minSeeds: 30 },
    ],
    spec: {
      ...baseSpec,
      scenario: "dispatch-names",
      mix: pluginMix,
      plugins: siblingPlugins,
      calls: siblingCalls,
      faults: { crash: { min: 1, max: 2 }, partition: { min: 1, max: 2 } },
    },
  }),
  scenarioOf({
    sentence: "of two files with one name the later one serves, on each store by what it has",
    suites,
    gates: [
      { gate: "pluginAnswered", minSeeds: 1 },
      { gate: "pluginReplaced", minSeeds: 5 },
      { gate: "nameRejected", minSeeds: 60 },
      { gate: "crashed", minSeeds: 20 },
    ],
    spec: {
      ...baseSpec,
      scenario: "dispatch-duplicates",
      mix: pluginMix,
      plugins: [
        { file: "a.wasm", artefacts: ["probe:counter@1.2.3"], stores: "some" },
        { file: "b.wasm", artefacts: ["probe:counter@1.4.0"], stores: "some" },
        { file: "c.wasm", artefacts: ["probe:count@1.2.3"], stores: "every" },
        { file: "d.wasm", artefacts: ["probe:counter@0.2.3"], stores: "some" },
      ],
      calls: [{ ...echoCall, names: ["counter", "count"], requirements: ["*"] }],
      faults: {
        crash: { min: 1, max: 3 },
        powerLoss: { min: 1, max: 2 },
        transfer: { min: 1, max: 4 },
        partition: { min: 1, max: 2 },
      },
    },
  }),
  scenarioOf({
    sentence: "plugins read and write through Raft while their stores crash and leaders change",
    suites,
    gates: [
      { gate: "pluginAnswered", minSeeds: 1 },
      { gate: "pluginFailedCall", minSeeds: 5 },
      { gate: "pluginWrote", minSeeds: 5 },
      { gate: "pluginOffLeader", minSeeds: 5, fidelity: "tikv" },
      { gate: "pluginOverlapped", minSeeds: 10 },
      { gate: "pluginRetried", minSeeds: 10 },
      { gate: "crashedMidPlugin", minSeeds: 60 },
      { gate: "leaderChangedMidRequest", minSeeds: 150 },
    ],
    spec: {
      ...baseSpec,
      scenario: "dispatch-storage",
      mix: { put: 35, get: 32, scan: 3, coprocessor: 30 },
      valueBytes: { min: 8, max: 8 },
      operationsPerSecond: { min: 20, max: 40 },
      plugins: [
        aggregateWasm,
        { file: "reader.wasm", artefacts: ["probe:reader@1.0.0"], stores: "every" },
        { file: "writer.wasm", artefacts: ["probe:writer@1.0.0"], stores: "every" },
      ],
      calls: [anyAggregateCall, readCall, writeCall, stepCall],
      faults: {
        ...outages,
        partition: { min: 1, max: 3 },
        transfer: { min: 1, max: 6 },
        slow: { min: 1, max: 2 },
        latency: { min: 1, max: 2 },
        diskLatency: { min: 1, max: 2 },
      },
    },
  }),
  scenarioOf({
    sentence: "a plugin that panics takes its store along and nothing else",
    suites,
    gates: [
      { gate: "pluginPanicked", minSeeds: 10 },
      { gate: "selfStopped", minSeeds: 10, fidelity: "tikv" },
      { gate: "pluginAnswered", minSeeds: 1 },
    ],
    spec: {
      ...baseSpec,
      scenario: "dispatch-panics",
      mix: { put: 40, get: 40, scan: 5, coprocessor: 15 },
      plugins: [
        { file: "reader.wasm", artefacts: ["probe:reader@1.0.0"], stores: "every" },
        { file: "counter.wasm", artefacts: ["probe:counter@1.2.3"], stores: "every" },
      ],
      calls: [
        { ...readCall, weight: 30 },
        { ...echoCall, names: ["counter"], breakOnly: true, weight: 1, data: () => "panic" },
      ],
      faults: { partition: { min: 1, max: 2 }, crash: { min: 1, max: 1 } },
    },
  }),
];
