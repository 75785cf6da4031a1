/**
 * The failpoints of a store: TiKV's names at the steps where TiKV has them, resolved once when what
 * passes them is built. Who passes a point asks `point.actions !== null` first, and only then has
 * `Detours` carry out what was set. Source of the places: tikv-semantics.md section 9.
 */
import {
  type Failpoint,
  type FailpointName,
  Failpoints,
  failpointCatalogue,
  type Place,
  PointGroup,
} from "../../failpoints/index.ts";

/** What gives handles: the registry of a run, or what stands before it. */
export interface FailpointSource {
  handle(name: FailpointName, place: Place): Failpoint;
}

/** Where nobody sets any. */
export const noFailpoints: FailpointSource = new Failpoints({
  catalogue: failpointCatalogue,
  draw: () => 0,
});

/** What `raftkv_async_snapshot_err` answers; TiKV puts the line number behind the file. */
export const snapshotRefused: string =
  'unknown error "[src/server/raftkv/mod.rs]: injected error for async_snapshot"';

type Handles<Name extends FailpointName> = Readonly<Record<Name, Failpoint>>;

/** Raw commands between the service and a peer: RaftKv, and the scheduler of compare-and-swap. */
const requestNames = [
  "deadline_check_fail",
  "storage_drop_message",
  "txn_scheduler_busy",
  "scheduler_async_snapshot_finish",
  "scheduler_async_write_finish",
  "raftkv_async_snapshot_err",
  "raftkv_early_error_report",
  "raftkv_async_write",
  "localreader_on_find_delegate",
] as const;
/** What a peer does with a request, and the answer to a write. */
const peerNames = [
  "raft_propose",
  "before_propose_readindex",
  "propose_readindex_from_follower",
  "perform_read_index",
  "perform_read_local",
  "after_pass_lease_check",
  "raftkv_async_write_finish",
  "applied_cb_return_undetermined_err",
  "before_region_gen_snap",
] as const;
/** Raft messages, in and out. */
const messageNames = [
  "force_reject_raft_append_message",
  "needs_reject_raft_append",
  "send_raft_message_full",
  "receiving_snapshot_net_error",
  "force_reject_raft_snapshot_message",
  "on_batch_raft_stream_drop_by_err",
  "snap_send_error",
] as const;
/** Before a batch of the Raft log is written, in order. */
const saveNames = [
  "raft_before_persist_on_store_1",
  "raft_before_save",
  "raft_between_save",
  "raft_before_save_on_store_1",
] as const;
/** When it is durable, in order. */
const savedNames = [
  "raft_after_save",
  "raft_before_follower_send",
  "async_write_before_cb",
] as const;
/** Before entries are applied, in order. */
const applyNames = ["before_handle_normal", "on_handle_apply", "on_handle_apply_store_1"] as const;
/** Before a received snapshot's data is put in place, in order. */
const installNames = [
  "raft_before_apply_snap",
  "region_apply_snap_io_err",
  "region_apply_snap",
] as const;
/** When the data is durable and the log does not begin behind it yet, in order. */
const installedNames = [
  "raft_after_apply_snap",
  "apply_snapshot_finished",
  "raft_before_applying_snap_finished",
] as const;
const logGcNames = [
  "on_raft_gc_log_tick",
  "worker_gc_raft_log",
  "worker_gc_raft_log_finished",
] as const;

/** The points of all peers of a store. Only that of `snapshotPoint` differs from peer to peer. */
export type PeerPoints = Handles<(typeof peerNames)[number]>;

/** The points of one store. Lists are in the order in which their points are passed. */
export type StorePoints = {
  readonly request: Handles<(typeof requestNames)[number]>;
  readonly peer: PeerPoints;
  readonly messages: Handles<(typeof messageNames)[number]>;
  readonly save: readonly Failpoint[];
  readonly saved: readonly Failpoint[];
  readonly handOver: Failpoint;
  readonly apply: readonly Failpoint[];
  readonly install: readonly Failpoint[];
  readonly installed: readonly Failpoint[];
  readonly logGc: Handles<(typeof logGcNames)[number]>;
  /** Almost and already full; none on stores without such points. */
  readonly diskUsage: readonly Failpoint[];
  /** What is asked before any of them is passed. */
  readonly groups: Readonly<Record<"messages" | "save" | "apply" | "diskUsage", PointGroup>>;
};

/** Resolves the points of a store, 1 or above. */
export function storePoints(source: FailpointSource, storeId: number): StorePoints {
  const place: Place = { storeId };
  const list = (names: readonly FailpointName[]): readonly Failpoint[] =>
    names.map((name) => source.handle(name, place));
  const [save, apply] = [list(saveNames), list(applyNames)];
  const messages = handles(source, place, messageNames);
  const diskUsage = list(diskUsageNames[storeId - 1] ?? []);
  return {
    request: handles(source, place, requestNames),
    peer: handles(source, place, peerNames),
    messages,
    save,
    saved: list(savedNames),
    handOver: source.handle("before_leader_handle_committed_entries", place),
    apply,
    install: list(installNames),
    installed: list(installedNames),
    logGc: handles(source, place, logGcNames),
    diskUsage,
    groups: {
      messages: new PointGroup(Object.values(messages)),
      save: new PointGroup(save),
      apply: new PointGroup(apply),
      diskUsage: new PointGroup(diskUsage),
    },
  };
}

/** The point of a peer's own. */
export function snapshotPoint(source: FailpointSource, place: Required<Place>): Failpoint {
  return source.handle("region_gen_snap", place);
}

const diskUsageNames: readonly (readonly FailpointName[])[] = [
  ["disk_almost_full_peer_1", "disk_already_full_peer_1"],
  ["disk_almost_full_peer_2", "disk_already_full_peer_2"],
  ["disk_almost_full_peer_3", "disk_already_full_peer_3"],
  ["disk_almost_full_peer_4", "disk_already_full_peer_4"],
  ["disk_almost_full_peer_5", "disk_already_full_peer_5"],
];

function handles<Name extends FailpointName>(
  source: FailpointSource,
  place: Place,
  names: readonly Name[],
): Handles<Name> {
  const found: Partial<Record<Name, Failpoint>> = {};
  for (const name of names) found[name] = source.handle(name, place);
  return found as Handles<Name>;
}

/** The failpoints that something in this version passes; setting another would do nothing. */
export const passedFailpoints: ReadonlySet<FailpointName> = namesPassed();

function namesPassed(): ReadonlySet<FailpointName> {
  const names = new Set<FailpointName>();
  const source: FailpointSource = {
    handle: (name, place) => {
      names.add(name);
      return noFailpoints.handle(name, place);
    },
  };
  for (let storeId = 1; storeId <= diskUsageNames.length; storeId++) storePoints(source, storeId);
  snapshotPoint(source, { storeId: 1, regionId: 1, peerId: 1 });
  return names;
}
