/**
 * Carries out what the Raft cores of a store want, in the order of the manual in `raft/index.ts`:
 * observe, write, send, apply, answer; then one envelope a store and one disk write for all
 * regions.
 */
import { assert } from "../../sim/assert.ts";
import type { Machine, ProcessId, Stream } from "../../sim/index.ts";
import { eventKinds } from "../events.ts";
import {
  Batch,
  messageTypes,
  Raft,
  type RaftMessage,
  type RaftSettings,
  tikvSettings,
} from "../raft/index.ts";
import { isInitialized, overlaps, peerById, type Region } from "../region.ts";
import type { RaftBatch } from "../wire.ts";
import type { Detours } from "./detours.ts";
import { Outbox } from "./outbox.ts";
import { StorePeer } from "./peer.ts";
import { type FailpointSource, type StorePoints, snapshotPoint } from "./points.ts";
import { SnapshotData } from "./region-state.ts";
import type { RecoveredRegion, StoreDisk } from "./store-disk.ts";
import type { Timing } from "./timing.ts";

export type DriverOptions = {
  readonly machine: Machine;
  readonly store: number;
  readonly timing: Timing;
  readonly disk: StoreDisk;
  readonly processOf: (store: number) => ProcessId;
  /** The timer kind by which slow applies come back to `applyLate`. */
  readonly applyTimer: number;
  readonly failpoints: FailpointSource;
  readonly points: StorePoints;
  readonly detours: Detours;
  /** What leaders tell the placement driver. */
  readonly heartbeat: (region: Region) => void;
  /** A split created a peer. */
  readonly created: (peer: StorePeer) => void;
};

/** One batch in so many is applied late, as by a busy apply pool, after a time of this range. */
const applyLag = { oneIn: 16, minUs: 200, maxUs: 20_000 } as const;
/** A snapshot that nobody confirmed for so many ticks is taken for lost. */
const snapshotTicksMax = 10;
/** Far more rounds than one hand-over takes: a mistake ends the run instead of hanging it. */
const roundsMax = 10_000;

/**
 * True for what may create its receiver: votes that are asked for, and heartbeats to who was never
 * heard of. Source: TiKV raftstore store/util.rs (is_initial_msg).
 */
function createsPeers({ type, commit }: RaftMessage): boolean {
  const { requestVote, requestPreVote, heartbeat } = messageTypes;
  return type === requestVote || type === requestPreVote || (type === heartbeat && commit === 0);
}

export class RaftDriver {
  readonly #peers = new Map<number, StorePeer>();
  readonly #options: DriverOptions;
  readonly #settings: RaftSettings;
  readonly #disk: StoreDisk;
  readonly #outbox: Outbox;
  readonly #applyStream: Stream;
  readonly #dirty = new Batch<StorePeer>();
  readonly #snapshotTicks = new Map<number, number>();
  #settling = false;
  #contexts = 0;

  constructor(options: DriverOptions) {
    this.#options = options;
    const { machine, disk, processOf, timing } = options;
    const { electionTicks, heartbeatTicks } = timing;
    this.#settings = { ...tikvSettings, electionTicks, heartbeatTicks };
    this.#disk = disk;
    this.#outbox = new Outbox(machine, processOf);
    this.#applyStream = machine.stream("apply");
    for (const recovered of disk.recovered) {
      const peer = this.#add(recovered);
      const { lastIndex, applied, term } = peer.raft;
      machine.emit(eventKinds.regionRecovered, recovered.kept.region.id, term, lastIndex, applied);
      peer.reportHeld();
      peer.reportMembership(applied);
    }
    disk.logDurable = this.#logDurable.bind(this);
    disk.snapshotDurable = this.touch.bind(this);
    disk.splitDurable = this.#completeSplit.bind(this);
  }

  #logDurable(peer: StorePeer, write: number): void {
    if (this.#peers.get(peer.region.id) !== peer) return; // A split put another in its place.
    peer.raft.stableTo(write);
    this.#reportDurable(peer);
    this.touch(peer);
  }

  /** The peers of this store by region. */
  get peers(): ReadonlyMap<number, StorePeer> {
    return this.#peers;
  }

  #add(recovered: RecoveredRegion): StorePeer {
    const { machine, timing, store, disk, heartbeat } = this.#options;
    const { failpoints, points, detours } = this.#options;
    const { kept, state, appliedTerm } = recovered;
    const { region } = kept;
    const own = region.peers.find((peer) => peer.store === store);
    assert(own !== undefined, "a store keeps only regions that it has a peer of");
    const timeouts = machine.stream(`election/${region.id}`);
    const incarnationContexts = (store * 1_000 + (machine.incarnation % 1_000)) * 1_000_000_000;
    const { electionTicks } = timing;
    let peer: StorePeer | null = null;
    const raft = new Raft({
      settings: this.#settings,
      id: own.id,
      drawElectionTicks: () => timeouts.between(electionTicks, 2 * electionTicks - 1),
      snapshots: { snapshotFor: (to) => peer?.snapshotFor(to) ?? null },
      state,
    });
    peer = new StorePeer({
      machine,
      timing,
      kv: disk.kv,
      raft,
      kept,
      appliedTerm,
      // Unique over stores and restarts: a leader sees the contexts of its followers' reads, and
      // an answer to one of them may come after a restart.
      nextContext: () => incarnationContexts + ++this.#contexts,
      compacted: (one, index, term) => disk.compact(one, index, term),
      heartbeat,
      points: points.peer,
      snapshotPoint: snapshotPoint(failpoints, {
        storeId: store,
        regionId: region.id,
        peerId: own.id,
      }),
      detours,
      touch: (one) => this.touch(one),
    });
    this.#peers.set(region.id, peer);
    return peer;
  }

  /** Creates a peer that a message asks for: it knows its members, and waits for a snapshot. */
  addBlank(region: Region): StorePeer {
    return this.#add(this.#options.disk.blank(region));
  }

  /** True if `region` has a key that another peer of this store holds, or is about to. */
  isTaken(region: Region): boolean {
    for (const { region: held, raft } of this.#peers.values()) {
      if (held.id === region.id) continue;
      if (isInitialized(held) && overlaps(held, region)) return true;
      const coming = raft.pendingSnapshot?.data;
      if (coming instanceof SnapshotData && overlaps(coming.state.region, region)) return true;
    }
    return false;
  }

  /** Something came in for a peer: it is looked at when the present event settles. */
  touch(peer: StorePeer): void {
    if (peer.dirty) return;
    peer.dirty = true;
    this.#dirty.push(peer);
  }

  /** Carries out everything that the touched peers want. The last thing in each event. */
  settle(): void {
    if (this.#settling) return;
    this.#settling = true;
    for (let at = 0; at < this.#dirty.count; at++) {
      const peer = this.#dirty.at(at);
      peer.dirty = false;
      this.#drain(peer);
    }
    this.#dirty.clear();
    this.#outbox.flush();
    this.#disk.flush();
    this.#settling = false;
  }

  #drain(peer: StorePeer): void {
    const { raft } = peer;
    peer.observe();
    let rounds = 0;
    while (raft.hasReady()) {
      assert(++rounds < roundsMax, "what a region has ready gets less by handling it");
      const wrote = this.#write(peer);
      this.#send(peer);
      const applied = this.#apply(peer);
      peer.reads.answer();
      // Only what is applied changes what was seen: members, and with them a leader's role.
      if (applied) peer.observe();
      const idle = raft.out.count === 0 && raft.readStates.count === 0;
      const writesMore = wrote && raft.needsWrite();
      // What is left waits for the disk or for a slow apply, and will touch the peer again.
      if (idle && !applied && !writesMore) break;
    }
    if (rounds === 0) peer.reads.answer();
  }

  /** Writes what must be written. False if there was nothing, or it has to wait. */
  #write(peer: StorePeer): boolean {
    const { raft } = peer;
    const { disk, machine } = this.#options;
    if (!raft.needsWrite()) return false;
    if (raft.pendingSnapshot !== null) {
      // A split that is being made durable ends first; the snapshot goes on from there.
      if (peer.written !== null || !disk.installSnapshot(peer, raft.pendingSnapshot)) return false;
    }
    const { id } = peer.region;
    for (let index = raft.writeFrom; index <= raft.lastIndex; index++) {
      const entry = raft.entry(index);
      const digest = entry.data === null ? 0 : entry.data.digest;
      machine.emit(eventKinds.entryAppended, id, index, entry.term, digest);
      peer.appended(entry);
    }
    disk.write(peer);
    return true;
  }

  #send(peer: StorePeer): void {
    const { raft, region } = peer;
    for (let at = 0; at < raft.out.count; at++) {
      const message = raft.out.at(at);
      const to = peerById(region, message.to);
      if (to === undefined) continue;
      if (message.type === messageTypes.requestVoteResponse && !message.reject) {
        this.#options.machine.emit(eventKinds.voted, region.id, peer.id, message.to, message.term);
      }
      if (message.snapshot !== null && !this.#maySend(peer, to.store, message)) continue;
      this.#outbox.add(to.store, region.id, message);
      if (createsPeers(message)) this.#outbox.describe(to.store, region);
    }
    raft.out.clear();
  }

  /** A snapshot's own way out: false if it fails, or is held and leaves later. */
  #maySend(peer: StorePeer, store: number, message: RaftMessage): boolean {
    const { points, detours } = this.#options;
    const sending = points.messages.snap_send_error;
    if (sending.actions === null) return true;
    const { id } = peer.region;
    const met = detours.meet(sending, () => this.#outbox.add(store, id, message));
    if (met.kind === "return") {
      peer.raft.reportSnapshot(message.to, false);
      this.touch(peer);
    }
    return met.kind === "go";
  }

  /** Applies what is committed, mostly at once. True if it did. */
  #apply(peer: StorePeer): boolean {
    const { raft } = peer;
    const { applyFrom, applyEnd } = raft;
    if (applyEnd < applyFrom || peer.installing || peer.applyUpTo !== 0) return false;
    if (peer.written !== null) return false;
    const end = peer.applyLimit(applyFrom, applyEnd);
    if (this.#options.points.handOver.actions !== null && !this.#mayHandOver(peer)) return false;
    raft.handApply(end);
    if (this.#applyStream.chance(1, applyLag.oneIn)) {
      peer.applyUpTo = end;
      const { machine, applyTimer } = this.#options;
      const delayUs = this.#applyStream.between(applyLag.minUs, applyLag.maxUs);
      machine.arm(delayUs, applyTimer, peer.region.id);
      return false;
    }
    return this.#applyFrom(peer, end, 0);
  }

  /** A leader's committed entries go to apply, or stay until something comes in for the peer. */
  #mayHandOver(peer: StorePeer): boolean {
    if (!peer.isLeader) return true;
    if (peer.isHandOverHeld) return false;
    const { points, detours } = this.#options;
    const met = detours.meet(points.handOver, () => {
      peer.isHandOverHeld = false;
      this.touch(peer);
    });
    peer.isHandOverHeld = met.kind === "held";
    return met.kind === "go";
  }

  /** Applies what was handed out, past the failpoints from the `first` on. True if it did. */
  #applyFrom(peer: StorePeer, end: number, first: number): boolean {
    const { apply, groups } = this.#options.points;
    for (let at = first; groups.apply.isAnySet && at < apply.length; at++) {
      const met = this.#meetAtApply(peer, end, at);
      if (met !== "go") return met === "return";
    }
    if (peer.writeSplit(end)) this.#options.disk.syncSplit(peer);
    else peer.apply(end);
    return peer.written === null;
  }

  /** What the failpoint at a position makes of an apply; if it is held, it goes on by itself. */
  #meetAtApply(peer: StorePeer, end: number, at: number): "go" | "held" | "return" {
    const { points, detours } = this.#options;
    const point = points.apply[at];
    if (point === undefined || point.actions === null) return "go";
    const { kind } = detours.meet(point, () => {
      // A snapshot may have replaced the state that these entries were to change.
      if (peer.applyUpTo !== end) return;
      peer.applyUpTo = 0;
      this.#applyFrom(peer, end, at + 1);
      this.touch(peer);
    });
    if (kind === "held") peer.applyUpTo = end;
    else if (kind === "return") peer.skip(end);
    return kind;
  }

  /**
   * A split is durable: its new region begins, and campaigns at once where the old one leads.
   * Source: TiKV raftstore store/fsm/peer.rs (on_ready_split_region).
   */
  #completeSplit(peer: StorePeer): void {
    const { disk, heartbeat, created } = this.#options;
    const left = peer.completeSplit();
    const { id } = left.region;
    const before = this.#peers.get(id);
    assert(before === undefined || !isInitialized(before.region), "a split makes a new region");
    const made = this.#add(disk.begin(left));
    made.reportHeld();
    made.reportMembership(made.raft.applied);
    if (peer.isLeader) {
      heartbeat(peer.region);
      heartbeat(left.region);
      made.raft.campaign();
    }
    created(made);
    this.touch(made);
    this.touch(peer);
  }

  /** A slow apply's time has come. */
  applyLate(region: number): void {
    const peer = this.peers.get(region);
    // A snapshot may have replaced the state that these entries were to change.
    if (peer === undefined || peer.applyUpTo === 0) return;
    const end = peer.applyUpTo;
    peer.applyUpTo = 0;
    if (end > peer.raft.applied) this.#applyFrom(peer, end, 0);
    this.touch(peer);
  }

  /** An envelope did not reach its store. */
  unreachable(batch: RaftBatch): void {
    for (let at = 0; at < batch.messages.length; at++) {
      const peer = this.peers.get(batch.regions[at] as number);
      const message = batch.messages[at] as RaftMessage;
      if (peer === undefined) continue;
      if (message.type === messageTypes.snapshot) peer.raft.reportSnapshot(message.to, false);
      else peer.raft.reportUnreachable(message.to);
      this.touch(peer);
    }
  }

  /** One tick of a leader: snapshots that got lost on the way are given up, to be sent again. */
  watchSnapshots(peer: StorePeer): void {
    const { raft } = peer;
    if (!raft.sendsSnapshot && this.#snapshotTicks.size === 0) return;
    for (const member of raft.members()) {
      if (member.state !== "snapshot") {
        this.#snapshotTicks.delete(member.id);
        continue;
      }
      const ticks = (this.#snapshotTicks.get(member.id) ?? 0) + 1;
      this.#snapshotTicks.set(member.id, ticks % snapshotTicksMax);
      if (ticks === snapshotTicksMax) raft.reportSnapshot(member.id, false);
    }
  }

  #reportDurable({ raft, region, id }: StorePeer): void {
    const { machine } = this.#options;
    const { stableIndex, stableTerm, stableVote } = raft;
    const indexTerm = Math.max(0, raft.termAt(stableIndex));
    machine.emit(eventKinds.voteStatePersisted, region.id, id, stableTerm, stableVote);
    machine.emit(eventKinds.logPersisted, region.id, stableIndex, indexTerm, id);
  }

  digest(): number {
    let digest = this.#options.disk.kv.digest();
    for (const peer of this.peers.values()) digest = Math.imul(digest, 31) ^ peer.digest();
    return digest >>> 0;
  }
}
