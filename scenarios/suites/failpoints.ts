/** Suite `failpoints`: TiKV's failpoints open the windows between two steps of a store. */
import { drawingFailpoints, type FailpointChoice } from "../failpoints/index.ts";
import type { Scenario } from "../scenario.ts";
import { baseSpec } from "../spec.ts";
import { outages } from "../workloads/fault-mixes.ts";
import { scenarioOf } from "./scenario-of.ts";

const suites = ["failpoints"] as const;
const narrow = { ...baseSpec, regions: { min: 1, max: 2 }, keys: { min: 4, max: 10 } } as const;

/** A store dies between two steps. */
const deaths: readonly FailpointChoice[] = [
  { name: "raft_before_save", actions: ["0.5%panic", "40%3*panic"] },
  { name: "raft_between_save", actions: ["0.5%panic"] },
  { name: "raft_after_save", actions: ["0.5%panic"] },
  { name: "before_handle_normal", actions: ["0.5%panic"] },
  { name: "on_handle_apply", actions: ["0.5%panic"] },
  { name: "raftkv_async_write_finish", actions: ["1%panic"] },
  { name: "raft_before_apply_snap", actions: ["50%panic"] },
  { name: "region_apply_snap", actions: ["50%panic"] },
  { name: "apply_snapshot_finished", actions: ["50%panic"] },
  { name: "worker_gc_raft_log_finished", actions: ["20%panic"] },
];

/** Steps take long. */
const delays: readonly FailpointChoice[] = [
  { name: "on_handle_apply", actions: ["5%sleep(600)", "1%sleep(2500)"] },
  { name: "before_handle_normal", actions: ["5%sleep(200)", "1%sleep(1500)"] },
  { name: "raft_before_save", actions: ["5%sleep(150)", "1%sleep(1500)"] },
  { name: "raft_between_save", actions: ["3%sleep(300)"] },
  { name: "raft_after_save", actions: ["5%sleep(150)"] },
  { name: "raft_before_apply_snap", actions: ["60%sleep(2500)"] },
  { name: "apply_snapshot_finished", actions: ["60%sleep(1500)"] },
  { name: "raftkv_async_write", actions: ["5%sleep(400)"] },
  { name: "raftkv_async_write_finish", actions: ["5%sleep(400)"] },
  { name: "scheduler_async_snapshot_finish", actions: ["20%sleep(300)"] },
  { name: "scheduler_async_write_finish", actions: ["30%sleep(100)"] },
  { name: "localreader_on_find_delegate", actions: ["5%sleep(500)"] },
  { name: "after_pass_lease_check", actions: ["5%sleep(500)"] },
  { name: "worker_gc_raft_log", actions: ["30%sleep(900)"] },
];

/** Snapshots take long at some step, or fail at it. */
const snapshots: readonly FailpointChoice[] = [
  { name: "raft_before_apply_snap", actions: ["50%sleep(2500)"] },
  { name: "region_apply_snap", actions: ["50%sleep(2500)", "30%panic"] },
  { name: "apply_snapshot_finished", actions: ["50%sleep(1500)", "30%panic"] },
  { name: "snap_send_error", actions: ["50%return"] },
  { name: "region_gen_snap", actions: ["50%sleep(500)"] },
  { name: "receiving_snapshot_net_error", actions: ["30%return"] },
];

/** Answers, proposals and messages are lost or refused. */
const losses: readonly FailpointChoice[] = [
  { name: "applied_cb_return_undetermined_err", actions: ["5%return"] },
  { name: "raft_propose", actions: ["5%return"] },
  { name: "raftkv_early_error_report", actions: ["10%return"] },
  { name: "raftkv_async_snapshot_err", actions: ["5%return"] },
  { name: "storage_drop_message", actions: ["20%return"] },
  { name: "deadline_check_fail", actions: ["20%return"] },
  { name: "txn_scheduler_busy", actions: ["20%return"] },
  { name: "perform_read_index", actions: ["30%return"] },
  { name: "send_raft_message_full", actions: ["2%return"] },
  { name: "needs_reject_raft_append", actions: ["5%return"] },
  { name: "snap_send_error", actions: ["50%return"] },
  { name: "before_region_gen_snap", actions: ["50%return"] },
  { name: "on_raft_gc_log_tick", actions: ["50%return"] },
];

/** The suite. */
export const failpoints: readonly Scenario[] = [
  drawingFailpoints(
    scenarioOf({
      sentence: "stores that die between two steps of a write, an apply or a snapshot lose nothing",
      suites,
      gates: [
        { gate: "selfStopped", minSeeds: 10 },
        { gate: "snapshotInstalled", minSeeds: 100 },
      ],
      spec: {
        ...narrow,
        scenario: "failpoints-deaths",
        mix: { put: 60, get: 30, delete: 5, compareAndSwap: 5 },
        operationsPerSecond: { min: 30, max: 60 },
        faults: { crash: { min: 1, max: 3 }, partition: { min: 1, max: 3 } },
      },
    }),
    { choices: deaths, most: 3 },
  ),
  drawingFailpoints(
    scenarioOf({
      sentence: "steps that take long, slow applies above all, never show another order of events",
      suites,
      gates: [
        { gate: "leaderChanged", minSeeds: 10 },
        { gate: "readByQuorum", minSeeds: 10 },
        { gate: "snapshotInstalled", minSeeds: 150 },
      ],
      spec: {
        ...narrow,
        scenario: "failpoints-delays",
        mix: { put: 50, get: 40, compareAndSwap: 10 },
        operationsPerSecond: { min: 30, max: 60 },
        faults: { ...outages, partition: { min: 1, max: 4 }, transfer: { min: 1, max: 4 } },
      },
    }),
    { choices: delays, most: 4 },
  ),
  drawingFailpoints(
    scenarioOf({
      sentence: "snapshots that are held up, fail or are cut off never take a replica back",
      suites,
      gates: [{ gate: "snapshotInstalled", minSeeds: 20 }],
      spec: {
        ...narrow,
        scenario: "failpoints-snapshots",
        regions: { min: 1, max: 1 },
        mix: { put: 70, get: 25, delete: 5 },
        operationsPerSecond: { min: 50, max: 80 },
        faults: {
          crash: { min: 1, max: 4 },
          powerLoss: { min: 1, max: 3 },
          partition: { min: 2, max: 5 },
        },
      },
    }),
    { choices: snapshots, most: 3 },
  ),
  drawingFailpoints(
    scenarioOf({
      sentence: "answers, proposals and messages that get lost are never told as what they are not",
      suites,
      gates: [
        { gate: "writeUnknown", minSeeds: 20 },
        { gate: "retried", minSeeds: 5 },
      ],
      spec: {
        ...narrow,
        scenario: "failpoints-losses",
        mix: { put: 50, get: 35, compareAndSwap: 15 },
        faults: { crash: { min: 1, max: 2 }, transfer: { min: 1, max: 3 } },
      },
    }),
    { choices: losses, most: 4 },
  ),
];
