/** Suite `raft`: elections, logs, snapshots and reads, without plugins in the way. */
import type { Scenario } from "../scenario.ts";
import { baseSpec } from "../spec.ts";
import { networkFaults, outages } from "../workloads/fault-mixes.ts";
import { scenarioOf } from "./scenario-of.ts";

const suites = ["raft"] as const;
const narrow = { ...baseSpec, regions: { min: 1, max: 2 }, keys: { min: 4, max: 12 } } as const;

/** The suite. */
export const raft: readonly Scenario[] = [
  scenarioOf({
    sentence: "acknowledged writes survive crashes and power losses at the worst moments",
    suites,
    gates: [
      { gate: "leaderChanged", minSeeds: 10 },
      { gate: "crashed", minSeeds: 10 },
      { gate: "powerLost", minSeeds: 10 },
      { gate: "entriesOverwritten", minSeeds: 50 },
      { gate: "recoveryInterrupted", minSeeds: 30 },
      { gate: "allDown", minSeeds: 50 },
    ],
    spec: {
      ...narrow,
      scenario: "raft-outages",
      mix: { put: 60, get: 30, delete: 4, compareAndSwap: 4, batchPut: 2 },
      valueBytes: { min: 8, max: 1_200 },
      faults: {
        ...outages,
        succession: { min: 1, max: 3 },
        partition: { min: 1, max: 3 },
        diskLatency: { min: 1, max: 3 },
        latency: { min: 1, max: 2 },
      },
    },
  }),
  scenarioOf({
    sentence: "no term has two leaders, and no election loses a committed entry",
    suites,
    gates: [
      { gate: "leaderChanged", minSeeds: 10 },
      { gate: "leaderLostQuorum", minSeeds: 20 },
      { gate: "twoLeaders", minSeeds: 50 },
      { gate: "campaignFailed", minSeeds: 100 },
      { gate: "entriesOverwritten", minSeeds: 30 },
    ],
    spec: {
      ...narrow,
      scenario: "raft-elections",
      stores: [3, 4, 5],
      mix: { put: 50, get: 45, compareAndSwap: 5 },
      operationsPerSecond: { min: 4, max: 30 },
      faults: {
        ...outages,
        partition: { min: 2, max: 8 },
        latency: { min: 1, max: 4 },
        transfer: { min: 1, max: 6 },
        loss: { min: 1, max: 4 },
        heldBack: { min: 1, max: 3 },
        coup: { min: 1, max: 2 },
        succession: { min: 1, max: 2 },
      },
    },
  }),
  scenarioOf({
    sentence: "followers that were away for long catch up by snapshot and lose nothing",
    suites,
    gates: [
      { gate: "logCompacted", minSeeds: 5 },
      { gate: "snapshotInstalled", minSeeds: 20 },
      { gate: "powerLost", minSeeds: 20 },
    ],
    spec: {
      ...narrow,
      scenario: "raft-snapshots",
      regions: { min: 1, max: 1 },
      operationsPerSecond: { min: 50, max: 80 },
      mix: { put: 70, get: 20, delete: 5, batchPut: 5 },
      faults: {
        crash: { min: 1, max: 4 },
        powerLoss: { min: 1, max: 4 },
        partition: { min: 2, max: 5 },
        pause: { min: 1, max: 2 },
        loss: { min: 1, max: 2 },
        diskLatency: { min: 1, max: 2 },
      },
    },
  }),
  scenarioOf({
    sentence: "messages that are lost, late, repeated or in another order do no harm",
    suites: ["partitions"],
    gates: [
      { gate: "messagesLost", minSeeds: 20 },
      { gate: "leaderChanged", minSeeds: 10 },
      { gate: "retried", minSeeds: 5 },
    ],
    spec: {
      ...narrow,
      scenario: "raft-messages",
      stores: [3, 5],
      faults: {
        ...networkFaults,
        loss: { min: 2, max: 8 },
        heldBack: { min: 1, max: 3 },
        latency: { min: 2, max: 6 },
        crash: { min: 1, max: 3 },
        powerLoss: { min: 1, max: 2 },
        transfer: { min: 1, max: 4 },
      },
    },
  }),
  scenarioOf({
    sentence: "reads by lease and by ReadIndex never miss a write that was acknowledged",
    suites,
    gates: [
      { gate: "readByLease", minSeeds: 1 },
      { gate: "readByQuorum", minSeeds: 5 },
      { gate: "transferred", minSeeds: 10 },
      { gate: "twoLeaders", minSeeds: 30 },
      { gate: "clockWrong", minSeeds: 10 },
    ],
    spec: {
      ...baseSpec,
      scenario: "raft-reads",
      regions: { min: 1, max: 1 },
      keys: { min: 1, max: 4 },
      clients: { min: 4, max: 8 },
      operationsPerSecond: { min: 25, max: 50 },
      mix: { put: 35, get: 65 },
      valueBytes: { min: 8, max: 16 },
      faults: {
        partition: { min: 2, max: 6 },
        transfer: { min: 2, max: 6 },
        pause: { min: 1, max: 4 },
        monotonicDrift: { min: 1, max: 3 },
        wallClock: { min: 1, max: 2 },
        latency: { min: 1, max: 3 },
        diskLatency: { min: 1, max: 3 },
        crash: { min: 1, max: 4 },
        heldBack: { min: 1, max: 3 },
        coup: { min: 1, max: 3 },
        abdication: { min: 1, max: 3 },
      },
    },
  }),
  scenarioOf({
    sentence: "disks that fail, fill up or rot are found out and never served",
    suites,
    gates: [
      { gate: "selfStopped", minSeeds: 20 },
      { gate: "diskFailed", minSeeds: 10 },
      { gate: "corruptionFound", minSeeds: 30 },
    ],
    spec: {
      ...narrow,
      scenario: "raft-disks",
      stores: [3, 5],
      mix: { put: 60, get: 30, delete: 5, batchPut: 5 },
      valueBytes: { min: 8, max: 1_200 },
      faults: {
        succession: { min: 1, max: 4 },
        diskError: { min: 1, max: 4 },
        diskDamage: { min: 1, max: 2 },
        diskLatency: { min: 1, max: 3 },
        crash: { min: 1, max: 4 },
        powerLoss: { min: 1, max: 4 },
        partition: { min: 1, max: 2 },
      },
    },
  }),
];
