/**
 * Suite `registers`: few keys, many clients, so that a stale read or a lost swap meets somebody who
 * knows better. What only the judge of linearizability can convict is found here.
 */
import type { Scenario } from "../scenario.ts";
import { baseSpec } from "../spec.ts";
import { scenarioOf } from "./scenario-of.ts";

const suites = ["registers"] as const;
const narrow = {
  ...baseSpec,
  regions: { min: 1, max: 1 },
  clients: { min: 6, max: 10 },
  valueBytes: { min: 8, max: 8 },
  breakUs: 8_000_000,
} as const;

/** The suite. */
export const registers: readonly Scenario[] = [
  scenarioOf({
    sentence: "a leader that was cut off serves no read that misses an acknowledged write",
    suites,
    gates: [
      { gate: "readByLease", minSeeds: 1 },
      { gate: "readByQuorum", minSeeds: 5 },
      { gate: "networkCut", minSeeds: 5 },
      { gate: "leaderChanged", minSeeds: 10 },
      { gate: "twoLeaders", minSeeds: 30 },
    ],
    spec: {
      ...narrow,
      scenario: "registers-reads",
      stores: [3, 3, 5],
      keys: { min: 2, max: 4 },
      operationsPerSecond: { min: 40, max: 70 },
      mix: { put: 35, get: 65 },
      faults: {
        partition: { min: 3, max: 8 },
        transfer: { min: 2, max: 6 },
        pause: { min: 1, max: 4 },
        latency: { min: 1, max: 4 },
        diskLatency: { min: 2, max: 5 },
        heldBack: { min: 1, max: 3 },
        coup: { min: 1, max: 3 },
        abdication: { min: 1, max: 4 },
      },
    },
  }),
  scenarioOf({
    sentence: "of swaps that meet on one key exactly those succeed that saw what they replaced",
    suites,
    gates: [
      { gate: "leaderChanged", minSeeds: 20 },
      { gate: "networkCut", minSeeds: 15 },
    ],
    spec: {
      ...narrow,
      scenario: "registers-swaps",
      stores: [3],
      keys: { min: 120, max: 140 },
      operationsPerSecond: { min: 60, max: 110 },
      mix: { compareAndSwap: 90, get: 10 },
      faults: {
        partition: { min: 1, max: 4 },
        transfer: { min: 1, max: 4 },
        latency: { min: 1, max: 4 },
        diskLatency: { min: 1, max: 2 },
        crash: { min: 1, max: 2 },
      },
    },
  }),
  scenarioOf({
    sentence: "writes of several sectors that a power loss tears are cut, and cost nothing else",
    suites,
    gates: [
      { gate: "powerLost", minSeeds: 15 },
      { gate: "leaderChanged", minSeeds: 10 },
    ],
    spec: {
      ...narrow,
      scenario: "registers-torn-writes",
      // Many: what was lost is not written over before anybody looks.
      keys: { min: 60, max: 120 },
      valueBytes: { min: 300, max: 2_500 },
      operationsPerSecond: { min: 30, max: 60 },
      mix: { put: 75, get: 15, batchPut: 10 },
      faults: {
        powerLoss: { min: 4, max: 10 },
        diskLatency: { min: 2, max: 5 },
        crash: { min: 1, max: 2 },
      },
    },
  }),
];
