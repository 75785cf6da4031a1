/**
 * Each failpoint that stores have, in a run: it is reached, and what it returns has its effect. To
 * add a point, add its name to `wired`, and what its `return` changes to `effects`.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { failpointCatalogue, readFailpoints } from "../../failpoints/index.ts";
import { PreparedEnvironment } from "../environment.ts";
import type { Plan } from "../plan.ts";
import { type RunResult, runPlan } from "../runner.ts";
import { builtInScenarios } from "../suites/index.ts";
import { formatTrace } from "../trace-text.ts";
import { phaseUs, planWith } from "./testing/plans.ts";

/** The points that a cluster without plugins, splits and transactions comes to. */
const wired = [
  "deadline_check_fail",
  "storage_drop_message",
  "txn_scheduler_busy",
  "scheduler_async_snapshot_finish",
  "scheduler_async_write_finish",
  "raftkv_async_snapshot_err",
  "raftkv_early_error_report",
  "raftkv_async_write",
  "raftkv_async_write_finish",
  "applied_cb_return_undetermined_err",
  "raft_propose",
  "before_propose_readindex",
  "perform_read_index",
  "perform_read_local",
  "localreader_on_find_delegate",
  "after_pass_lease_check",
  "send_raft_message_full",
  "needs_reject_raft_append",
  "force_reject_raft_append_message",
  "force_reject_raft_snapshot_message",
  "receiving_snapshot_net_error",
  "snap_send_error",
  "on_batch_raft_stream_drop_by_err",
  "raft_before_follower_send",
  "on_raft_gc_log_tick",
  "worker_gc_raft_log",
  "worker_gc_raft_log_finished",
  "raft_before_persist_on_store_1",
  "raft_before_save",
  "raft_between_save",
  "raft_before_save_on_store_1",
  "raft_after_save",
  "async_write_before_cb",
  "before_leader_handle_committed_entries",
  "before_handle_normal",
  "on_handle_apply",
  "on_handle_apply_store_1",
  "before_region_gen_snap",
  "region_gen_snap",
  "raft_before_apply_snap",
  "raft_after_apply_snap",
  "region_apply_snap",
  "region_apply_snap_io_err",
  "apply_snapshot_finished",
  "raft_before_applying_snap_finished",
] as const;

/** What a run showed. */
type Seen = RunResult & {
  /** Events of this name before healing, on one process or all. */
  readonly count: (name: string, process?: string) => number;
  /** Operations whose outcome has this text. */
  readonly told: (text: string) => number;
};

const prepared = new PreparedEnvironment({
  system: null,
  onFailure: (error) => {
    throw error;
  },
});

function play(text: string, change: Partial<Plan> = {}): Seen {
  const catalogue = failpointCatalogue;
  const settings = readFailpoints({ text, where: "test", catalogue });
  const plan = planWith(
    settings.map((one) => ({ ...one, store: 0 })),
    change,
  );
  const result = runPlan(prepared.environment, { plan, seed: "s", keepTrace: true });
  const lines = [...formatTrace(result.trace, phaseUs - 1)];
  return {
    ...result,
    count: (name, process = "") =>
      lines.filter((line) => line.includes(` ${process}`) && line.includes(`  ${name} `)).length,
    told: (told) =>
      result.history.filter(({ outcome }) => {
        return outcome !== null && outcome.kind !== "ok" && outcome.text.includes(told);
      }).length,
  };
}

let calm: Seen;
beforeAll(async () => {
  await prepared.prepareFor(planWith([]));
  calm = play("");
});

test("nothing stops and nothing fails where no failpoint is set", () => {
  expect(calm.violations).toEqual([]);
  expect(calm.stops.map(({ text }) => text)).toEqual(["planned"]);
  expect(calm.count("snapshotInstalled")).toBe(1);
});

describe("a store that panics there is restarted, and loses nothing", () => {
  test.each(wired)("%s", (name) => {
    expect(play(`${name}=off`).hash).toBe(calm.hash);
    const run = play(`${name}=1*panic`);
    const panics = run.stops.filter(({ text }) => text.startsWith(`failpoint ${name}`));
    expect(panics.map(({ reason, planned }) => ({ reason, planned }))).toEqual([
      { reason: "panic", planned: true },
    ]);
    expect(run.violations).toEqual([]);
  });
});

/** What is set, and how it shows. Healing ends it, so only what the break phase showed counts. */
const effects: readonly (readonly [text: string, shows: (run: Seen) => boolean])[] = [
  ["deadline_check_fail=return", (run) => run.told("deadline is exceeded") > 20],
  ["storage_drop_message=2*return", (run) => run.told("deadline exceeded") === 2],
  ["txn_scheduler_busy=return", (run) => run.told("scheduler is busy") > 20],
  ["scheduler_async_snapshot_finish=1*pause", (run) => run.told("deadline exceeded") > 0],
  ["scheduler_async_write_finish=1*pause", (run) => run.told("deadline exceeded") > 5],
  ["raftkv_async_snapshot_err=return", (run) => run.told("injected error for async_snap") > 50],
  ["raftkv_early_error_report=return", (run) => run.told("region 1 not found") > 50],
  ["raftkv_early_error_report=return(1)", (run) => run.told("region 1 not found") > 50],
  ["raftkv_early_error_report=return(2)", (run) => run.hash === calm.hash],
  ["raftkv_async_write=1*pause", (run) => run.told("deadline exceeded") === 1],
  ["raftkv_async_write_finish=2*pause", (run) => run.told("deadline exceeded") === 2],
  ["applied_cb_return_undetermined_err=3*return", (run) => run.told("deadline exceeded") === 3],
  ["raft_propose=3*return", (run) => run.told("deadline exceeded") === 3],
  [
    "perform_read_index=return;before_propose_readindex=return(false)",
    (run) => run.told("can not read due to injected failure") > 20,
  ],
  [
    "perform_read_index=return;before_propose_readindex=return(true)",
    (run) => run.told("injected") === 0 && run.gates.readByQuorum > 2 * calm.gates.readByQuorum,
  ],
  ["perform_read_index=return", (run) => run.gates.readByQuorum > 2 * calm.gates.readByQuorum],
  ["perform_read_local=return", (run) => run.gates.readByQuorum < calm.gates.readByQuorum],
  ["localreader_on_find_delegate=sleep(40)", (run) => slower(run, "get")],
  ["after_pass_lease_check=sleep(40)", (run) => slower(run, "get")],
  ["send_raft_message_full=return", (run) => run.count("entryApplied") === 0],
  ["force_reject_raft_append_message=return", (run) => run.count("entryApplied") === 0],
  ["needs_reject_raft_append=return", (run) => run.count("entryApplied") === 0],
  ["force_reject_raft_snapshot_message=return", (run) => run.count("snapshotInstalled") === 0],
  ["receiving_snapshot_net_error=return", (run) => run.count("snapshotInstalled") === 0],
  ["snap_send_error=return", (run) => run.count("snapshotInstalled") === 0],
  ["before_region_gen_snap=return", (run) => run.count("snapshotSent") === 0],
  ["region_gen_snap=return", (run) => run.count("snapshotSent") === 0],
  ["raft_before_apply_snap=pause", (run) => run.count("snapshotInstalled") === 0],
  ["raft_after_apply_snap=pause", (run) => run.count("snapshotInstalled") === 0],
  ["apply_snapshot_finished=pause", (run) => run.count("snapshotInstalled") === 0],
  ["raft_before_applying_snap_finished=pause", (run) => run.count("snapshotInstalled") === 0],
  [
    "region_apply_snap_io_err=1*return",
    (run) => run.stops.some(({ text }) => text.endsWith("applying snapshot failed")),
  ],
  ["on_raft_gc_log_tick=return", (run) => run.count("logCompacted") === 0],
  ["worker_gc_raft_log=return", (run) => run.count("logCompacted") === 0],
  ["worker_gc_raft_log=pause", (run) => run.count("logCompacted") === 0],
  ["raft_before_persist_on_store_1=return", (run) => run.count("logPersisted", "p0") === 0],
  ["raft_before_save_on_store_1=return", (run) => run.count("logPersisted", "p0") === 0],
  ["raft_before_save=pause", (run) => run.count("logPersisted") === 0],
  ["raft_between_save=pause", (run) => run.count("logPersisted") === 0],
  ["raft_after_save=pause", (run) => run.count("logPersisted") === 0],
  ["raft_before_follower_send=pause", (run) => run.count("logPersisted") === 0],
  ["async_write_before_cb=return", (run) => run.count("logPersisted") === 0],
  ["before_leader_handle_committed_entries=return", (run) => run.count("writeAcknowledged") === 0],
  ["before_handle_normal=pause", (run) => run.count("entryApplied") === 0],
  ["on_handle_apply=pause", (run) => run.count("entryApplied") === 0],
  ["on_batch_raft_stream_drop_by_err=pause", (run) => run.hash !== calm.hash],
  [
    "disk_almost_full_peer_1=return;disk_almost_full_peer_2=return;disk_almost_full_peer_3=return",
    (run) => run.told("leader diskUsage=AlmostFull") > 50,
  ],
  [
    "disk_already_full_peer_1=return;disk_already_full_peer_2=return;" +
      "disk_already_full_peer_3=return",
    (run) => run.told("leader diskUsage=AlreadyFull") > 50,
  ],
];

/** True if most reads took the 40 ms longer that they were held, and all the same ended well. */
function slower(run: Seen, kind: string): boolean {
  const held = run.history.filter(({ request, callUs, returnUs, outcome }) => {
    const isSlow = returnUs !== null && returnUs - callUs > 40_000;
    return request.kind === kind && isSlow && outcome?.kind === "ok";
  });
  const early = calm.history.filter(({ request, callUs }) => {
    return request.kind === kind && callUs < phaseUs;
  });
  return held.length * 2 > early.length;
}

describe("what is set shows, does no harm, and is over when healing begins", () => {
  test.each(effects)("%s", (text, shows) => {
    const run = play(text);
    expect(shows(run)).toBe(true);
    expect(shows(calm) && run.hash !== calm.hash).toBe(false);
    expect(run.violations).toEqual([]);
    expect(run.stops.filter(({ planned }) => !planned)).toEqual([]);
  });
});

/** These ask for a replica that lacks what was committed: judges must see it. */
const harmful: readonly (readonly [text: string, property: string])[] = [
  ["on_handle_apply_store_1=return", "replica checksum"],
  ["on_handle_apply=3*return", "state-machine safety"],
  ["region_apply_snap=return", "replica checksum"],
];

test.each(harmful)("judges see what %s does", (text, property) => {
  expect(play(text).violations.map((one) => one.property)).toContain(property);
});

test("chance comes from the seed: twice the same run", () => {
  const text =
    "raft_before_save=1%panic->5%sleep(30);on_handle_apply=3%sleep(60);raft_propose=1%return";
  const first = play(text);
  expect(play(text).hash).toBe(first.hash);
  expect(first.hash).not.toBe(calm.hash);
  expect(first.violations).toEqual([]);
});

test("a plugin's task meets the points of its storage calls", async () => {
  const calm = builtInScenarios.find(({ name }) => name === "smoke-calm");
  const choices = { fidelity: "tikv", timing: "fast", strategy: "random" } as const;
  const plan = calm?.plan("1/0", 0, choices) ?? planWith([]);
  await prepared.prepareFor(plan);
  const told = (actions: string): number => {
    const failpoints = [{ name: "raftkv_async_snapshot_err", actions, store: 0 }];
    const options = { plan: { ...plan, failpoints }, seed: "s", keepTrace: false };
    return runPlan(prepared.environment, options).history.filter(({ request, outcome }) => {
      const text = outcome === null || outcome.kind === "ok" ? "" : outcome.text;
      return request.kind === "coprocessor" && text.includes("injected error");
    }).length;
  };
  expect(told("off")).toBe(0);
  expect(told("sleep(5)")).toBe(0);
  expect(told("return")).toBeGreaterThan(0);
});

test("a failpoint of one store concerns no other", () => {
  const base = planWith([]);
  const failpoints = [{ name: "raft_before_save", actions: "1*panic", store: 3 }];
  const plan = { ...base, faults: [], failpoints };
  const { stops } = runPlan(prepared.environment, { plan, seed: "s", keepTrace: false });
  expect(stops.map(({ store, planned }) => ({ store, planned }))).toEqual([
    { store: 3, planned: true },
  ]);
});
