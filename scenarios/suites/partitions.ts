/** Suite `partitions`: every way to cut a network, for data and for plugins. */
import type { Scenario } from "../scenario.ts";
import { baseSpec } from "../spec.ts";
import { networkFaults } from "../workloads/fault-mixes.ts";
import {
  aggregateCall,
  aggregateWasm,
  readCall,
  stepCall,
  writeCall,
} from "../workloads/plugin-calls.ts";
import { scenarioOf } from "./scenario-of.ts";

const suites = ["partitions"] as const;

/** The suite. */
export const partitions: readonly Scenario[] = [
  scenarioOf({
    sentence: "a minority serves nothing stale, and a majority goes on without it",
    suites,
    gates: [
      { gate: "networkCut", minSeeds: 15 },
      { gate: "leaderLostQuorum", minSeeds: 20 },
      { gate: "twoLeaders", minSeeds: 30 },
      { gate: "staleRequestRefused", minSeeds: 5 },
      { gate: "writeUnknown", minSeeds: 10 },
    ],
    spec: {
      ...baseSpec,
      scenario: "partitions-minority",
      stores: [3, 5],
      keys: { min: 4, max: 12 },
      mix: { put: 45, get: 45, scan: 4, compareAndSwap: 6 },
      faults: {
        partition: { min: 2, max: 8 },
        pause: { min: 1, max: 2 },
        heldBack: { min: 1, max: 2 },
        coup: { min: 1, max: 2 },
      },
    },
  }),
  scenarioOf({
    sentence: "cuts in one direction, bridges and rings of majorities do no harm",
    suites,
    gates: [
      { gate: "networkCut", minSeeds: 15 },
      { gate: "leaderChanged", minSeeds: 10 },
      { gate: "campaignFailed", minSeeds: 100 },
    ],
    spec: {
      ...baseSpec,
      scenario: "partitions-partial",
      stores: [5],
      keys: { min: 4, max: 12 },
      faults: {
        partition: { min: 3, max: 8 },
        loss: { min: 1, max: 3 },
        transfer: { min: 1, max: 3 },
        crash: { min: 1, max: 2 },
      },
    },
  }),
  scenarioOf({
    sentence:
      "a plugin whose leader is cut off gets region errors, and its client the right answer",
    suites,
    gates: [
      { gate: "networkCut", minSeeds: 10 },
      { gate: "pluginAnswered", minSeeds: 1 },
      { gate: "pluginFailedCall", minSeeds: 10 },
      { gate: "leaderChangedMidRequest", minSeeds: 50 },
      { gate: "pluginRetried", minSeeds: 10 },
      { gate: "pluginWrote", minSeeds: 5 },
    ],
    spec: {
      ...baseSpec,
      scenario: "partitions-plugins",
      mix: { put: 35, get: 32, scan: 3, coprocessor: 30 },
      valueBytes: { min: 8, max: 8 },
      plugins: [
        aggregateWasm,
        { file: "reader.wasm", artefacts: ["probe:reader@1.0.0"], stores: "every" },
        { file: "writer.wasm", artefacts: ["probe:writer@1.0.0"], stores: "every" },
      ],
      calls: [aggregateCall, readCall, writeCall, stepCall],
      faults: { partition: { min: 2, max: 6 }, transfer: { min: 1, max: 4 } },
    },
  }),
  scenarioOf({
    sentence: "connections that refuse, hang, stall or lose messages end in honest outcomes",
    suites,
    gates: [
      { gate: "writeUnknown", minSeeds: 10 },
      { gate: "retried", minSeeds: 5 },
      { gate: "messagesLost", minSeeds: 10 },
    ],
    spec: {
      ...baseSpec,
      scenario: "partitions-links",
      keys: { min: 4, max: 12 },
      faults: {
        ...networkFaults,
        connection: { min: 2, max: 6 },
        latency: { min: 2, max: 6 },
        crash: { min: 1, max: 2 },
      },
    },
  }),
];
