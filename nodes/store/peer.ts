/**
 * A region's replica on a store: its Raft peer, its lease, and who waits for what. The store drives
 * it: the peer never touches disk or network by itself.
 * Source: TiKV components/raftstore/src/store/{peer,fsm/peer,fsm/apply}.rs.
 */
import type { Failpoint } from "../../failpoints/index.ts";
import { assert } from "../../sim/assert.ts";
import type { Machine } from "../../sim/process.ts";
import { Command } from "../command.ts";
import { KvBatch, type KvEngine, type RegionMeta } from "../engine/index.ts";
import type { NotLeader, RegionError } from "../errors.ts";
import { eventKinds } from "../events.ts";
import { regionId } from "../ids.ts";
import {
  Batch,
  type Entry,
  entryKinds,
  type Raft,
  type Role,
  type Snapshot,
} from "../raft/index.ts";
import { refusalOf } from "../raw/write.ts";
import { isInitialized, peerById, type Region } from "../region.ts";
import type { Response } from "../wire.ts";
import type { Detours } from "./detours.ts";
import { PeerReads } from "./peer-reads.ts";
import { roleNumbers, tellExecuted, tellMembers, tellRange } from "./peer-report.ts";
import type { PeerPoints } from "./points.ts";
import { type Proposal, Proposals } from "./proposals.ts";
import { initialMeta, type RegionState, SnapshotData } from "./region-state.ts";
import { clearOutside, Splits, type WrittenSplit, writtenSplit } from "./splits.ts";
import type { Timing } from "./timing.ts";
import type { Waiter } from "./waiter.ts";

export type PeerOptions = {
  readonly machine: Machine;
  readonly timing: Timing;
  readonly kv: KvEngine;
  readonly raft: Raft;
  /** Its region and members as the disk has them. */
  readonly kept: RegionState;
  readonly appliedTerm: number;
  /** A context for the next ReadIndex, unique on this store. */
  readonly nextContext: () => number;
  /** A command that asks for log compaction was applied. */
  readonly compacted: (peer: StorePeer, index: number, term: number) => void;
  /** TiKV's region heartbeat: what a leader tells the placement driver of its region. */
  readonly heartbeat: (region: Region) => void;
  readonly points: PeerPoints;
  readonly snapshotPoint: Failpoint;
  readonly detours: Detours;
  /** The core has something to do: what a failpoint held has gone on. */
  readonly touch: (peer: StorePeer) => void;
};

export class StorePeer {
  readonly raft: Raft;
  readonly reads: PeerReads;
  readonly #options: PeerOptions;
  readonly #proposals = new Proposals();
  /** The last refusal for want of leadership, and the region that it was told of. */
  #notLeader: { readonly region: Region | null; readonly told: NotLeader } = {
    region: null,
    told: { kind: "notLeader", regionId: 0, leaderStore: 0 },
  };
  readonly #splits = new Splits();
  /** Filled and written within one call, over and over. */
  readonly #batch = new KvBatch();
  readonly #verdicts = new Batch<RegionError | null>();
  #state: RegionState;
  #appliedTerm: number;
  /** The last snapshot's place: the log begins behind it at least. */
  #baseIndex: number;
  #baseTerm: number;
  #role: Role = "follower";
  #term = 0;
  #lead = 0;
  #commit: number;
  /** A snapshot's data is on its way to the disk: nothing is served meanwhile. */
  installing = false;
  /** A split is written and waits to be durable: nothing is applied or installed meanwhile. */
  written: WrittenSplit | null = null;
  /** Entries are handed out up to here and wait for a slow apply; 0 = none. */
  applyUpTo = 0;
  /** A failpoint keeps committed entries from being handed out. */
  isHandOverHeld = false;
  /** A failpoint keeps snapshots from being made. */
  #isSnapshotHeld = false;
  /** In the store's list of peers with something to do. */
  dirty = false;
  logGcRounds = 0;

  constructor(options: PeerOptions) {
    this.#options = options;
    this.raft = options.raft;
    this.reads = new PeerReads(this, options, () => options.touch(this));
    this.#state = options.kept.withConf(options.raft.conf);
    this.#appliedTerm = options.appliedTerm;
    this.#baseIndex = options.raft.truncatedIndex;
    this.#baseTerm = options.raft.truncatedTerm;
    this.#commit = options.raft.commit;
    this.#term = options.raft.term;
    const { applied, lastIndex } = options.raft;
    for (let at = applied + 1; at <= lastIndex; at++) this.#splits.appended(options.raft.entry(at));
  }

  get region(): Region {
    return this.#state.region;
  }
  get id(): number {
    return this.raft.id;
  }
  get isLeader(): boolean {
    return this.raft.role === "leader";
  }
  get appliedTerm(): number {
    return this.#appliedTerm;
  }
  /** A split is committed and not applied. */
  get isSplitting(): boolean {
    return this.#splits.isBefore(this.raft.commit);
  }

  /** What a request gets that only the leader may serve: who that is, as far as it is known. */
  notLeader(): RegionError {
    const { region } = this;
    const { lead } = this.raft;
    // While an election lasts, every request is answered with it.
    const { told } = this.#notLeader;
    if (this.#notLeader.region === region && told.leaderPeer === lead) return told;
    const leaderStore = peerById(region, lead)?.store ?? 0;
    const error: NotLeader = {
      kind: "notLeader",
      regionId: region.id,
      leaderStore,
      leaderPeer: lead,
    };
    this.#notLeader = { region, told: error };
    return error;
  }

  // Requests -----------------------------------------------------------------------------------

  /** Proposes a command; `response` is the answer once it is applied. */
  propose(waiter: Waiter, command: Command, response: Response): RegionError | null {
    const point = this.#options.points.raft_propose;
    if (point.actions === null) return this.#propose(waiter, command, response);
    return this.#proposePast(point, waiter, command, response);
  }

  /** The way past a failpoint has a closure, and a method of its own: it would cost elsewhere. */
  #proposePast(
    point: Failpoint,
    waiter: Waiter,
    command: Command,
    response: Response,
  ): RegionError | null {
    const { detours, touch } = this.#options;
    const met = detours.meet(point, () => {
      const error = this.#propose(waiter, command, response);
      if (error !== null) waiter.refuse(error);
      touch(this);
    });
    if (met.kind === "go") return this.#propose(waiter, command, response);
    if (met.kind === "return") waiter.drop();
    return null;
  }

  /**
   * Proposes a split of this leader's region, unless something stands against it: another split on
   * its way, or entries of older terms that are not applied. Nobody waits for it.
   * Source: TiKV store/peer.rs (pre_propose, CmdEpochChecker).
   */
  proposeSplit(command: Command): void {
    if (!this.isLeader || this.#splits.isAny || this.#appliedTerm !== this.raft.term) return;
    this.raft.propose(command);
  }

  #propose(waiter: Waiter, command: Command, response: Response): RegionError | null {
    const stampUs = this.#options.machine.monotonicUs();
    const proposed = this.raft.propose(command);
    // Dropped while leadership is being handed over: TiKV answers NotLeader without a leader.
    if (proposed === null) {
      return { kind: "notLeader", regionId: this.region.id, leaderStore: 0 };
    }
    const { index, term } = proposed;
    this.#proposals.add({ index, term, stampUs, waiter, response });
    return null;
  }

  // What the core says -------------------------------------------------------------------------

  /** Reports role, term and commit as far as they changed, and what follows from them. */
  observe(): void {
    const { raft } = this;
    const { machine } = this.#options;
    if (raft.role !== this.#role || raft.lead !== this.#lead) {
      this.#lead = raft.lead;
      this.reads.drop();
    }
    if (raft.role !== this.#role || raft.term !== this.#term) {
      const wasLeader = this.#role === "leader";
      this.#role = raft.role;
      this.#term = raft.term;
      const role = roleNumbers[raft.role];
      if (raft.role === "leader") {
        this.reads.elected();
        this.#options.heartbeat(this.region);
      } else if (wasLeader) this.reads.lease.expire();
      machine.emit(eventKinds.roleChanged, this.region.id, this.id, role, raft.term);
    }
    if (raft.commit > this.#commit) {
      this.#commit = raft.commit;
      this.#renewByCommit();
      machine.emit(eventKinds.commitAdvanced, this.region.id, this.id, raft.commit, raft.term);
    }
    if (raft.leadTransferee !== 0) this.reads.lease.suspect();
    else this.reads.lease.trust();
  }

  #renewByCommit(): void {
    const { raft } = this;
    if (raft.role !== "leader" || !raft.committedInTerm) return;
    this.reads.renewByCommit(this.#proposals.latestStampUs(raft.commit, raft.term));
  }

  /** An entry entered the log. */
  appended(entry: Entry): void {
    this.#splits.appended(entry);
  }

  /** How far the entries from `from` may be applied in one batch, at most to `end`. */
  applyLimit(from: number, end: number): number {
    return this.#splits.limit(from, end);
  }

  // Apply --------------------------------------------------------------------------------------

  /** Applies the entries up to `end`, which were handed out: one batch, then the answers. */
  apply(end: number): void {
    const { machine, kv } = this.#options;
    const { raft } = this;
    const start = raft.applied + 1;
    assert(end >= start && end <= raft.commit, "only committed entries are applied, in order");
    const batch = this.#batch;
    batch.clear();
    const verdicts = this.#verdicts;
    verdicts.clear();
    for (let index = start; index <= end; index++) {
      const entry = raft.entry(index);
      if (entry.change !== null) {
        this.#state = this.#state.withConf(raft.applyConfChange(entry.change));
        this.reportMembership(index);
      }
      verdicts.push(this.#execute(entry.kind === entryKinds.normal ? entry.data : null, index));
      this.#appliedTerm = entry.term;
    }
    this.#recordApplied(batch, end);
    kv.write(batch);
    this.#splits.appliedTo(end);
    for (let index = start; index <= end; index++) {
      const entry = raft.entry(index);
      const digest = entry.data === null ? 0 : entry.data.digest;
      machine.emit(eventKinds.entryApplied, this.region.id, index, entry.term, digest);
    }
    raft.appliedTo(end);
    for (let index = start; index <= end; index++) {
      this.#answer(index, raft.entry(index).term, verdicts.at(index - start));
    }
    for (let index = start; index <= end; index++) this.#afterApply(raft.entry(index).data);
  }

  /** Passes over the entries up to `end` as if they were applied: a failpoint asked for it. */
  skip(end: number): void {
    const { raft } = this;
    const batch = new KvBatch();
    this.#appliedTerm = raft.termAt(end);
    this.#splits.appliedTo(end);
    this.#recordApplied(batch, end);
    this.#options.kv.write(batch);
    raft.appliedTo(end);
    this.#dropProposals(end);
  }

  /**
   * Writes the split at `index`, which was handed out by itself; false if it is none that this
   * region can carry out, which is then applied like any other entry. It goes on with
   * `completeSplit` once the write is durable: TiKV syncs the batch of a split.
   */
  writeSplit(index: number): boolean {
    const written = writtenSplit(this.raft.entry(index), this.#state);
    if (written === null) return false;
    const { left, right, term } = written;
    const { machine, kv } = this.#options;
    const batch = new KvBatch();
    batch.meta(regionId(right.region.id), this.#meta(index, term, right));
    batch.meta(regionId(left.region.id), initialMeta(left));
    kv.write(batch);
    this.written = written;
    const { id, version } = right.region;
    machine.emit(eventKinds.splitWritten, id, left.region.id, index, version);
    return true;
  }

  /** The written split is durable: the region is the right part now. Returns the left one. */
  completeSplit(): RegionState {
    assert(this.written !== null, "a split was written");
    const { index, term, digest, left, right } = this.written;
    const { machine } = this.#options;
    this.written = null;
    this.#state = right;
    this.#appliedTerm = term;
    this.#splits.appliedTo(index);
    const { id, version } = this.region;
    machine.emit(eventKinds.entryApplied, id, index, term, digest);
    machine.emit(eventKinds.regionSplit, id, left.region.id, index, version);
    this.reportHeld();
    this.raft.appliedTo(index);
    this.#answer(index, term, null);
    return left;
  }

  /** Data and applied index belong into one batch: a crash must not come between them. */
  #recordApplied(batch: KvBatch, index: number): void {
    const state = this.#state;
    batch.meta(regionId(this.region.id), this.#meta(index, this.#appliedTerm, state));
  }

  #meta(index: number, term: number, state: RegionState): RegionMeta {
    return {
      appliedIndex: index,
      appliedTerm: term,
      baseIndex: this.#baseIndex,
      baseTerm: this.#baseTerm,
      tombstone: false,
      state: state.bytes,
    };
  }

  /** Puts a command's mutations into the batch, or says why it must not be carried out. */
  #execute(data: unknown, index: number): RegionError | null {
    if (!(data instanceof Command) || data.body.kind !== "write") return null;
    const { region } = this;
    const batch = this.#batch;
    const { version } = data.header;
    if (version !== region.version) return { kind: "epochNotMatch", currentRegions: [region] };
    const refusal = refusalOf(data.body.mutations, region);
    if (refusal !== null) return refusal;
    tellExecuted(this.#options.machine, region, index, version);
    for (const mutation of data.body.mutations) {
      if (mutation.kind === "put") batch.put("default", mutation.key, mutation.value);
      else if (mutation.kind === "delete") batch.delete("default", mutation.key);
      else batch.deleteRange("default", mutation.key, mutation.endKey || region.end);
    }
    return null;
  }

  #answer(index: number, term: number, error: RegionError | null): void {
    // Who is answered may propose again, at a later index.
    let proposal = this.#proposals.take(index);
    while (proposal !== null) {
      const { waiter } = proposal;
      if (proposal.index < index) waiter.drop();
      else if (proposal.term !== term) waiter.refuse({ kind: "staleCommand" });
      else if (error !== null) waiter.refuse(error);
      else this.#acknowledge(proposal);
      proposal = this.#proposals.take(index);
    }
  }

  /** Nobody knows what became of the proposals up to `index`. */
  #dropProposals(index: number): void {
    let proposal = this.#proposals.take(index);
    while (proposal !== null) {
      proposal.waiter.drop();
      proposal = this.#proposals.take(index);
    }
  }

  #acknowledge(proposal: Proposal): void {
    const { raftkv_async_write_finish: finish, applied_cb_return_undetermined_err: fate } =
      this.#options.points;
    if (finish.actions === null && fate.actions === null) this.#tell(proposal);
    else this.#acknowledgePast(finish, fate, proposal);
  }

  /** Past the failpoints between the apply of a write and its answer. */
  #acknowledgePast(finish: Failpoint, fate: Failpoint, proposal: Proposal): void {
    const { detours } = this.#options;
    const answer = (): void => {
      const told = (): void => this.#tell(proposal);
      const met = fate.actions === null ? null : detours.meet(fate, told);
      if (met === null || met.kind === "go") told();
      else if (met.kind === "return") proposal.waiter.drop();
    };
    if (detours.passes(finish, answer)) answer();
  }

  #tell({ waiter, response, index, term }: Proposal): void {
    const { operation } = waiter.request;
    const { machine } = this.#options;
    machine.emit(eventKinds.writeAcknowledged, this.region.id, operation, index, term);
    waiter.answer(response);
  }

  #afterApply(data: unknown): void {
    if (!(data instanceof Command)) return;
    const { body } = data;
    if (body.kind === "compactLog") this.#options.compacted(this, body.index, body.term);
    if (body.kind === "computeHash") this.#reportChecksum();
  }

  #reportChecksum(): void {
    const { machine, kv } = this.#options;
    const { id, start, end } = this.region;
    const sum = kv.checksum({ cf: "default", start, end });
    machine.emit(eventKinds.replicaChecksum, id, this.raft.applied, sum, this.id);
  }

  // Snapshots ----------------------------------------------------------------------------------

  /** The region's state as of now, for a peer that fell behind. */
  snapshotFor(to: number): Snapshot | null {
    if (this.installing || this.applyUpTo !== 0 || this.#isSnapshotHeld) return null;
    if (this.written !== null) return null;
    const { kv, machine, points, snapshotPoint } = this.#options;
    if (!this.#maySnapshot(points.before_region_gen_snap)) return null;
    const { raft, region } = this;
    const { start, end } = region;
    const pairs = kv.scan({ cf: "default", start, end, limit: Number.MAX_SAFE_INTEGER });
    const data = new SnapshotData(this.#state, pairs);
    if (!this.#maySnapshot(snapshotPoint)) return null;
    machine.emit(eventKinds.snapshotSent, region.id, raft.applied, this.#appliedTerm, to);
    return { index: raft.applied, term: this.#appliedTerm, conf: raft.conf, data };
  }

  /** False while a failpoint keeps a snapshot from the core, which asks again. */
  #maySnapshot(point: Failpoint): boolean {
    if (point.actions === null) return true;
    const { detours, touch } = this.#options;
    const met = detours.meet(point, () => {
      this.#isSnapshotHeld = false;
      touch(this);
    });
    this.#isSnapshotHeld = met.kind === "held";
    return met.kind === "go";
  }

  /** A received snapshot is about to replace the state: nothing is served or applied meanwhile. */
  beginInstall(): void {
    this.installing = true;
    this.applyUpTo = 0;
  }

  /** Puts a snapshot's state in place of the region's, in one batch; `takesData`: with its data. */
  install(snapshot: Snapshot, takesData: boolean): void {
    assert(this.installing, "the peer knows that it installs a snapshot");
    const { kv } = this.#options;
    assert(snapshot.data instanceof SnapshotData, "a store's snapshot carries a store's data");
    const { pairs, state } = snapshot.data;
    const batch = new KvBatch();
    // What a split that it missed took away is the new region's matter, which begins from nothing.
    if (isInitialized(this.region)) clearOutside(batch, this.region, state.region);
    this.#state = state.withConf(snapshot.conf);
    this.#appliedTerm = snapshot.term;
    this.#baseIndex = snapshot.index;
    this.#baseTerm = snapshot.term;
    batch.deleteRange("default", this.region.start, this.region.end);
    for (const { key, value } of takesData ? pairs : []) batch.put("default", key, value);
    this.#recordApplied(batch, snapshot.index);
    kv.write(batch);
  }

  /** The snapshot is durable in the key-value engine. */
  installed(snapshot: Snapshot): void {
    const { machine } = this.#options;
    this.installing = false;
    this.#splits.appliedTo(snapshot.index);
    // The snapshot passed over these: their fate is not known, so nobody is told anything.
    this.#dropProposals(snapshot.index);
    this.raft.appliedTo(snapshot.index);
    const { index, term } = snapshot;
    machine.emit(eventKinds.snapshotInstalled, this.region.id, index, term, this.id);
    this.reportHeld();
    this.reportMembership(index);
  }

  /** Tells who the members are as of an index: after a change, a snapshot, and at each boot. */
  reportMembership(index: number): void {
    tellMembers(this.#options.machine, this.#state, index);
  }

  /** Tells the range that this peer holds: after a split, a snapshot, and at each boot. */
  reportHeld(): void {
    tellRange(this.#options.machine, this.region);
  }

  digest(): number {
    const { raft } = this;
    let mix = Math.imul(raft.term, 31) ^ raft.lastIndex;
    mix = Math.imul(mix, 31) ^ raft.commit;
    mix = Math.imul(mix, 31) ^ raft.applied;
    return (Math.imul(mix, 31) ^ roleNumbers[raft.role]) >>> 0;
  }
}
