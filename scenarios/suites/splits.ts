/** Suite `splits`: regions that are split under everything else. */
import type { Scenario } from "../scenario.ts";
import { baseSpec } from "../spec.ts";
import { outages } from "../workloads/fault-mixes.ts";
import {
  aggregateCall,
  aggregateWasm,
  readCall,
  stepCall,
  writeCall,
} from "../workloads/plugin-calls.ts";
import { scenarioOf } from "./scenario-of.ts";

const suites = ["splits"] as const;

/** The suite. */
export const splits: readonly Scenario[] = [
  scenarioOf({
    sentence: "stores that stop in the middle of a split end with one layout, and lose nothing",
    suites,
    gates: [
      { gate: "regionSplit", minSeeds: 5 },
      { gate: "staleEpochRefused", minSeeds: 5 },
      { gate: "splitInterrupted", minSeeds: 50 },
      { gate: "leaderChanged", minSeeds: 10 },
    ],
    spec: {
      ...baseSpec,
      scenario: "splits-outages",
      regions: { min: 1, max: 3 },
      faults: {
        ...outages,
        split: { min: 3, max: 8 },
        transfer: { min: 1, max: 4 },
        partition: { min: 1, max: 3 },
        diskLatency: { min: 1, max: 2 },
        latency: { min: 1, max: 2 },
      },
    },
  }),
  scenarioOf({
    sentence: "stores that missed a split get both regions, and nobody serves a key twice",
    suites,
    gates: [
      { gate: "regionSplit", minSeeds: 5 },
      { gate: "logCompacted", minSeeds: 5 },
      { gate: "splitMissed", minSeeds: 50 },
    ],
    spec: {
      ...baseSpec,
      scenario: "splits-stragglers",
      regions: { min: 1, max: 1 },
      keys: { min: 8, max: 12 },
      operationsPerSecond: { min: 50, max: 80 },
      mix: { put: 70, get: 18, scan: 4, delete: 4, batchPut: 4 },
      faults: {
        split: { min: 2, max: 5 },
        partition: { min: 3, max: 7 },
        crash: { min: 1, max: 4 },
        powerLoss: { min: 1, max: 3 },
        pause: { min: 1, max: 2 },
        transfer: { min: 1, max: 3 },
        loss: { min: 1, max: 2 },
      },
    },
  }),
  scenarioOf({
    sentence: "a plugin whose region is split under it gets region errors, its client every key",
    suites,
    gates: [
      { gate: "regionSplit", minSeeds: 5 },
      { gate: "splitMidRequest", minSeeds: 50 },
      { gate: "pluginAnswered", minSeeds: 1 },
      { gate: "pluginFailedCall", minSeeds: 10 },
      { gate: "pluginRetried", minSeeds: 10 },
    ],
    spec: {
      ...baseSpec,
      scenario: "splits-plugins",
      regions: { min: 1, max: 2 },
      mix: { put: 35, get: 32, scan: 3, coprocessor: 30 },
      valueBytes: { min: 8, max: 8 },
      plugins: [
        aggregateWasm,
        { file: "reader.wasm", artefacts: ["probe:reader@1.0.0"], stores: "every" },
        { file: "writer.wasm", artefacts: ["probe:writer@1.0.0"], stores: "every" },
      ],
      calls: [aggregateCall, readCall, writeCall, stepCall],
      faults: {
        split: { min: 3, max: 7 },
        transfer: { min: 1, max: 4 },
        partition: { min: 1, max: 3 },
        crash: { min: 1, max: 2 },
      },
    },
  }),
];
