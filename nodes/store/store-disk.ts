/**
 * A store's two engines as its driver sees them: recovery or bootstrap at boot, then one group
 * commit at a time, and what must wait for the key-value engine to be durable: log compaction and
 * snapshots. Any disk error after boot ends the process: a retry could turn a loss into a success.
 */
import type { Failpoint, PointGroup } from "../../failpoints/index.ts";
import { assert, unreachable } from "../../sim/assert.ts";
import { compareBytes } from "../../sim/bytes.ts";
import type { DiskError, Machine } from "../../sim/process.ts";
import {
  type EngineFailure,
  type EntryCodec,
  KvBatch,
  type KvEngine,
  type LogEngine,
  type RecoveredRegion as RecoveredLog,
  Recovery,
  type RecoveryResult,
  type RegionMeta,
} from "../engine/index.ts";
import type { LiveStore } from "../engine/live-store.ts";
import { eventKinds } from "../events.ts";
import { regionId } from "../ids.ts";
import {
  confOf,
  type Entry,
  type HardState,
  type RecoveredState,
  type Snapshot,
} from "../raft/index.ts";
import { peerOnStore, type Region } from "../region.ts";
import type { Detours } from "./detours.ts";
import { entryCodec } from "./entry-codec.ts";
import type { StorePeer } from "./peer.ts";
import type { StorePoints } from "./points.ts";
import { decodeRegionState, firstEntry, initialMeta, RegionState } from "./region-state.ts";

export type StoreDiskOptions = {
  readonly machine: Machine;
  readonly store: number;
  /** What an empty disk begins with. */
  readonly layout: readonly RegionState[];
  readonly live: LiveStore;
  /** Recovery is over. */
  readonly ready: () => void;
  readonly points: StorePoints;
  readonly detours: Detours;
};

/** A region as the store finds it at boot. */
export type RecoveredRegion = {
  /** Descriptor and membership, with the bytes that they were read from. */
  readonly kept: RegionState;
  readonly state: RecoveredState;
  readonly appliedTerm: number;
};

/** A write of a peer's unstable part, by the number that its core gave it. */
type PendingWrite = { readonly number: number; readonly batch: number; readonly peer: StorePeer };
type PendingCompaction = {
  readonly sequence: number;
  readonly peer: StorePeer;
  readonly index: number;
  readonly term: number;
};
type PendingSnapshot = {
  readonly snapshot: Snapshot;
  /** What must be durable in the key-value engine; 0 = its data is not in place yet. */
  sequence: number;
  /** A failpoint holds it. */
  isHeld: boolean;
  /** It is durable, and no failpoint holds it any more. */
  isThrough: boolean;
};

const noHardState: HardState = { term: 0, vote: 0, commit: 0 };
const sizes = { segmentBytesMax: 256 << 10, walBytesMax: 256 << 10 } as const;
/** What nobody waits for. */
const ignored = (): void => {};

export class StoreDisk {
  readonly #options: StoreDiskOptions;
  readonly #savePoints: PointGroup;
  readonly #recovery: Recovery<Entry>;
  readonly #writes: PendingWrite[] = [];
  readonly #compactions: PendingCompaction[] = [];
  readonly #snapshots = new Map<StorePeer, PendingSnapshot>();
  readonly #splits: { readonly sequence: number; readonly peer: StorePeer }[] = [];
  /** Something was put into the open batch since the last flush. */
  #isUnsaved = false;
  #isSaveHeld = false;
  /** The batch up to which durable writes may be told, and whether a failpoint holds the next. */
  #toldBatch = 0;
  #isTellingHeld = false;
  #log: LogEngine<Entry> | null = null;
  #kv: KvEngine | null = null;
  #recovered: readonly RecoveredRegion[] = [];
  /** While an empty disk is being set up: what must be durable before the store opens. */
  #bootstrap: { readonly batch: number; readonly sequence: number } | null = null;
  /** Set by the driver: a peer's write of this number is durable, its snapshot may go on. */
  logDurable: (peer: StorePeer, write: number) => void = ignored;
  snapshotDurable: (peer: StorePeer) => void = ignored;
  /** The same of a written split: the new region may begin. */
  splitDurable: (peer: StorePeer) => void = ignored;

  constructor(options: StoreDiskOptions) {
    this.#options = options;
    this.#savePoints = options.points.groups.save;
    const codec: EntryCodec<Entry> = entryCodec;
    this.#recovery = new Recovery({
      disk: options.machine.disk,
      firstToken: 1,
      codec,
      live: options.live,
      ...sizes,
      unpersistedAppliesMax: 0,
    });
    this.#recovery.start();
  }

  /** The key-value engine. Only after recovery. */
  get kv(): KvEngine {
    assert(this.#kv !== null, "the engines are open");
    return this.#kv;
  }

  get recovered(): readonly RecoveredRegion[] {
    return this.#recovered;
  }

  /** Takes the end of a disk operation. */
  done(token: number, error: DiskError | null, bytes: Uint8Array | null): void {
    const log = this.#log;
    const kv = this.#kv;
    if (kv === null || log === null) {
      this.#recovery.diskDone(token, error, bytes);
      if (this.#recovery.result !== null) this.#open(this.#recovery.result);
      return;
    }
    const durable = log.durableBatch + kv.durableSequence;
    if (!log.diskDone(token, error)) kv.diskDone(token, error);
    const failure = log.failure ?? kv.failure;
    if (failure !== null) this.#stop(failure);
    // Most operations are appends, which make nothing durable that somebody waits for.
    const isSame = log.durableBatch + kv.durableSequence === durable;
    if (!isSame || this.#snapshots.size > 0) this.#progress();
  }

  // Boot ---------------------------------------------------------------------------------------

  #open(result: RecoveryResult<Entry>): void {
    const { machine, store } = this.#options;
    switch (result.kind) {
      case "io":
        return this.#stop(result);
      case "corrupt": {
        machine.emit(eventKinds.corruptionFound, store, result.offset, 0, 0);
        const place = `${result.file} at byte ${result.offset}`;
        return machine.die("abort", `corruption in ${place}: ${result.what}`);
      }
      case "recovered":
        break;
      default:
        return unreachable(result);
    }
    this.#log = result.log;
    this.#kv = result.kv;
    const known: RecoveredRegion[] = [];
    for (const region of result.regions) {
      const { meta } = region;
      if (meta !== null) known.push(recoveredRegion(region, meta, this.#keptAs(meta.state)));
    }
    if (known.length === 0) return this.#bootstrapRegions(result.log, result.kv);
    this.#recovered = known;
    return this.#options.ready();
  }

  /** What the bytes of a region say: mostly it is still as it was at first, with the same bytes. */
  #keptAs(bytes: Uint8Array): RegionState {
    const first = this.#options.layout.find((state) => compareBytes(state.bytes, bytes) === 0);
    return first ?? decodeRegionState(bytes);
  }

  /** Writes the first state of every region that this store has a peer of. */
  #bootstrapRegions(log: LogEngine<Entry>, kv: KvEngine): void {
    const { layout, store } = this.#options;
    const own = layout.filter(({ region }) => peerOnStore(region, store) !== undefined);
    const batch = new KvBatch();
    for (const kept of own) batch.meta(regionId(kept.region.id), initialMeta(kept));
    kv.write(batch);
    this.#bootstrap = { batch: 0, sequence: kv.sync() };
    const { index: commit, term } = firstEntry;
    this.#recovered = own.map((kept) => newRegion(kept, { term, vote: 0, commit }));
    this.#continueBootstrap(log, kv);
  }

  /** First the key-value state, then the logs behind it, then the doors. */
  #continueBootstrap(log: LogEngine<Entry>, kv: KvEngine): void {
    const state = this.#bootstrap;
    assert(state !== null, "an empty disk is being set up");
    if (kv.durableSequence < state.sequence) return;
    if (state.batch === 0) {
      const write = (): void => {
        for (const { kept } of this.#recovered) {
          const id = regionId(kept.region.id);
          log.reset(id, firstEntry);
          log.hardState(id, { term: firstEntry.term, vote: 0, commit: firstEntry.index });
        }
        this.#bootstrap = { ...state, batch: log.flush() };
      };
      const before = this.#options.points.save.find(({ actions }) => actions !== null);
      this.#bootstrap = { ...state, batch: Number.POSITIVE_INFINITY };
      if (before === undefined || this.#options.detours.passes(before, write)) write();
      return;
    }
    if (log.durableBatch < state.batch) return;
    this.#bootstrap = null;
    this.#options.ready();
  }

  #stop(failure: EngineFailure): never {
    const { machine } = this.#options;
    return machine.die("panic", `disk ${failure.error}: ${failure.what}`);
  }

  // Running ------------------------------------------------------------------------------------

  /** Puts all that a peer's core has unwritten into the open batch. */
  write(peer: StorePeer): void {
    const log = this.#log;
    assert(log !== null && this.#bootstrap === null, "the store is open");
    const { raft } = peer;
    const id = regionId(peer.region.id);
    const installing = this.#snapshots.get(peer);
    if (installing !== undefined) {
      const { index, term } = installing.snapshot;
      log.reset(id, { index, term });
    }
    log.hardState(id, raft);
    const { writeFrom } = raft;
    if (writeFrom <= raft.lastIndex) log.append(id, raft.entries, writeFrom - raft.firstIndex);
    this.#writes.push({ number: raft.handOver(), batch: log.openBatch, peer });
    this.#isUnsaved = true;
    if (installing !== undefined) {
      this.#snapshots.delete(peer);
      peer.installed(installing.snapshot);
    }
  }

  /** Starts to make the open batch durable, unless one is on its way. */
  flush(): void {
    // This is asked after every event of the store.
    if (!this.#isUnsaved) return;
    if (this.#savePoints.isAnySet || this.#isSaveHeld) this.#save(0);
    else {
      this.#isUnsaved = false;
      this.#log?.flush();
    }
  }

  /** Writes the open batch, past the failpoints from the `first` on. */
  #save(first: number): void {
    if (this.#isSaveHeld || !this.#isUnsaved) return;
    const { points, detours } = this.#options;
    for (const [at, point] of points.save.entries()) {
      if (at < first || point.actions === null) continue;
      const met = detours.meet(point, () => {
        this.#isSaveHeld = false;
        this.#save(at + 1);
      });
      this.#isSaveHeld = met.kind === "held";
      // Not written by now: the batch stays open, and the next flush comes here again.
      if (met.kind !== "go") return;
    }
    this.#isUnsaved = false;
    this.#log?.flush();
  }

  /** Once a tick: a mark that the last batch is durable, if nothing else will say so. */
  tick(): void {
    this.#kv?.tick();
  }

  /** The entries up to `index` may go once the applied state is durable beyond them. */
  compact(peer: StorePeer, index: number, term: number): void {
    this.#compactions.push({ sequence: this.kv.sync(), peer, index, term });
    this.#progress();
  }

  /** A split was written: the peer goes on once it is durable (`splitDurable`). */
  syncSplit(peer: StorePeer): void {
    this.#splits.push({ sequence: this.kv.sync(), peer });
    this.#progress();
  }

  /**
   * Begins the log of a region that a durable split made. Term and vote of a peer that was there
   * before it, created by a message, stay.
   */
  begin(state: RegionState): RecoveredRegion {
    const log = this.#log;
    assert(log !== null && this.#bootstrap === null, "the store is open");
    const id = regionId(state.region.id);
    log.reset(id, firstEntry);
    this.#isUnsaved = true;
    const hardState = log.region(id)?.hardState;
    assert(hardState !== undefined, "a log that began has a hard state");
    return newRegion(state, hardState);
  }

  /** A peer that a message creates: nothing is known but its members, and a vote perhaps. */
  blank(region: Region): RecoveredRegion {
    const { term, vote } = this.#log?.region(regionId(region.id))?.hardState ?? noHardState;
    const log = { entries: [], truncatedIndex: 0, truncatedTerm: 0 };
    const hardState = { term, vote, commit: 0 };
    const conf = confOf([]);
    return {
      kept: new RegionState({ ...region, start: "", end: "", version: 0, confVer: 0 }, conf),
      appliedTerm: 0,
      state: { hardState, ...log, conf, applied: 0 },
    };
  }

  /**
   * Puts a snapshot's data in place. True once it is durable, so that the log may begin anew behind
   * it; until then the peer is touched again when it is.
   */
  installSnapshot(peer: StorePeer, snapshot: Snapshot): boolean {
    let pending = this.#snapshots.get(peer);
    if (pending === undefined || pending.snapshot !== snapshot) {
      pending = { snapshot, sequence: 0, isHeld: false, isThrough: false };
      this.#snapshots.set(peer, pending);
      peer.beginInstall();
      this.#putInPlace(peer, pending, 0);
    }
    if (pending.isHeld || pending.sequence === 0) return false;
    if (this.kv.durableSequence < pending.sequence) return false;
    return pending.isThrough || this.#isDone(peer, pending, 0);
  }

  /** Writes a snapshot's data, past the failpoints from the `first` on. */
  #putInPlace(peer: StorePeer, pending: PendingSnapshot, first: number): void {
    const { points, detours, machine } = this.#options;
    let takesData = true;
    for (const [at, point] of points.install.entries()) {
      if (at < first || point.actions === null) continue;
      const met = detours.meet(point, () => {
        pending.isHeld = false;
        if (this.#snapshots.get(peer) !== pending) return;
        this.#putInPlace(peer, pending, at + 1);
        this.snapshotDurable(peer);
      });
      pending.isHeld = met.kind === "held";
      if (pending.isHeld) return;
      if (met.kind !== "return") continue;
      if (point.name === "region_apply_snap_io_err") {
        // TiKV peer_storage.rs: a snapshot that cannot be applied ends the process.
        machine.die("panic", `failpoint ${point.name}: applying snapshot failed`);
      }
      takesData = false;
    }
    peer.install(pending.snapshot, takesData);
    pending.sequence = this.kv.sync();
  }

  /** True once a durable snapshot has passed the failpoints from the `first` on. */
  #isDone(peer: StorePeer, pending: PendingSnapshot, first: number): boolean {
    const { points, detours } = this.#options;
    for (const [at, point] of points.installed.entries()) {
      if (at < first || point.actions === null) continue;
      const again = (): void => {
        pending.isHeld = false;
        if (this.#isDone(peer, pending, at + 1)) this.snapshotDurable(peer);
      };
      pending.isHeld = !detours.passes(point, again);
      if (pending.isHeld) return false;
    }
    pending.isThrough = true;
    return true;
  }

  #progress(): void {
    const log = this.#log;
    const kv = this.#kv;
    assert(log !== null && kv !== null, "the engines are open");
    if (this.#bootstrap !== null) return this.#continueBootstrap(log, kv);
    while (this.#writes.length > 0) {
      const { number, batch, peer } = this.#writes[0] as PendingWrite;
      if (batch > log.durableBatch) break;
      if (batch > this.#toldBatch && !this.#mayTell(batch, 0)) break;
      this.#writes.shift();
      this.logDurable(peer, number);
    }
    while (this.#compactions.length > 0) {
      const pending = this.#compactions[0] as PendingCompaction;
      if (pending.sequence > kv.durableSequence) break;
      this.#compactions.shift();
      this.#compactNow(log, pending);
    }
    while (this.#splits.length > 0) {
      const { sequence, peer } = this.#splits[0] as { sequence: number; peer: StorePeer };
      if (sequence > kv.durableSequence) break;
      this.#splits.shift();
      this.splitDurable(peer);
    }
    if (this.#snapshots.size === 0) return;
    for (const [peer, { sequence }] of this.#snapshots) {
      if (sequence <= kv.durableSequence) this.snapshotDurable(peer);
    }
  }

  /** True if nothing keeps the peers from learning that a batch is durable. */
  #mayTell(batch: number, first: number): boolean {
    const { saved } = this.#options.points;
    if (this.#isTellingHeld) return false;
    for (let at = first; at < saved.length; at++) {
      const point = saved[at] as Failpoint;
      if (point.actions !== null && this.#isHeldAt(point, batch, at)) return false;
    }
    this.#toldBatch = batch;
    return true;
  }

  #isHeldAt(point: Failpoint, batch: number, at: number): boolean {
    const { detours } = this.#options;
    const tell = (): void => {
      this.#isTellingHeld = false;
      if (this.#mayTell(batch, at + 1)) this.#progress();
    };
    const met = detours.meet(point, tell);
    // Not told of this batch, nor of those behind it.
    if (met.kind === "return") detours.holdUntilChange(point, tell);
    this.#isTellingHeld = met.kind !== "go";
    return this.#isTellingHeld;
  }

  #compactNow(log: LogEngine<Entry>, { peer, index, term }: PendingCompaction): void {
    const { points, detours } = this.#options;
    const worker = points.logGc.worker_gc_raft_log;
    const remove = (): void => this.#removeEntries(log, peer, index, term);
    if (worker.actions === null || detours.meet(worker, remove).kind === "go") remove();
  }

  #removeEntries(log: LogEngine<Entry>, peer: StorePeer, index: number, term: number): void {
    const { raft, region } = peer;
    const { points, detours, machine } = this.#options;
    // A snapshot may have passed it meanwhile.
    if (index <= raft.truncatedIndex || this.#snapshots.has(peer)) return;
    log.compact(regionId(region.id), { index, term });
    raft.compact(index);
    this.#isUnsaved = true;
    machine.emit(eventKinds.logCompacted, region.id, index, term, peer.id);
    detours.passes(points.logGc.worker_gc_raft_log_finished, () => {});
  }
}

function recoveredRegion(
  { hardState, entries, truncatedIndex, truncatedTerm }: RecoveredLog<Entry>,
  { appliedIndex: applied, appliedTerm }: RegionMeta,
  kept: RegionState,
): RecoveredRegion {
  const { term, vote, commit } = hardState;
  const state: RecoveredState = {
    hardState: {
      term: Math.max(term, appliedTerm),
      // A snapshot's data became durable, the term that brought it did not.
      vote: term < appliedTerm ? 0 : vote,
      commit: Math.max(commit, applied),
    },
    entries,
    truncatedIndex,
    truncatedTerm,
    conf: kept.conf,
    applied,
  };
  return { kept, state, appliedTerm };
}

/** A region with nothing in its log, whose hard state may have risen already. */
function newRegion(kept: RegionState, hardState: HardState): RecoveredRegion {
  const { index, term } = firstEntry;
  const log = { entries: [], truncatedIndex: index, truncatedTerm: term };
  const state = { hardState, ...log, conf: kept.conf, applied: index };
  return { kept, appliedTerm: term, state };
}
