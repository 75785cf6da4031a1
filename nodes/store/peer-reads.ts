/**
 * The reads of a region's replica: by lease where it holds, else by a quorum; and what renews the
 * lease.
 * Source: TiKV components/raftstore/src/store/{peer,worker/read}.rs.
 */
import type { Failpoint } from "../../failpoints/index.ts";
import { assert } from "../../sim/assert.ts";
import type { Machine } from "../../sim/process.ts";
import type { KvEngine, KvSnapshot } from "../engine/index.ts";
import type { RegionError } from "../errors.ts";
import { eventKinds } from "../events.ts";
import type { Raft } from "../raft/index.ts";
import { answerRead } from "../raw/read.ts";
import type { Region } from "../region.ts";
import type { Detours } from "./detours.ts";
import { Lease } from "./lease.ts";
import { tellExecuted } from "./peer-report.ts";
import type { PeerPoints } from "./points.ts";
import { Reads } from "./reads.ts";
import type { Timing } from "./timing.ts";
import type { Waiter } from "./waiter.ts";

/** The replica as its reads see it. */
export interface ReadingPeer {
  readonly id: number;
  readonly raft: Raft;
  readonly region: Region;
  readonly isLeader: boolean;
  /** The term of the last entry that was applied. */
  readonly appliedTerm: number;
  /** A split is committed and not applied. */
  readonly isSplitting: boolean;
  /** A snapshot takes the state's place: nothing is served. */
  readonly installing: boolean;
}

export type PeerReadsOptions = {
  readonly machine: Machine;
  readonly timing: Timing;
  readonly kv: KvEngine;
  /** A context for the next ReadIndex, unique on this store. */
  readonly nextContext: () => number;
  readonly points: PeerPoints;
  readonly detours: Detours;
};

export class PeerReads {
  readonly lease: Lease;
  readonly #peer: ReadingPeer;
  readonly #options: PeerReadsOptions;
  readonly #touch: () => void;
  readonly #rounds = new Reads();
  #electedAtUs = 0;

  /** `touch`: the core has something to do, what a failpoint held has gone on. */
  constructor(peer: ReadingPeer, options: PeerReadsOptions, touch: () => void) {
    this.#peer = peer;
    this.#options = options;
    this.#touch = touch;
    this.lease = new Lease(options.timing);
  }

  /**
   * Answers by lease, or asks a quorum: true if the core was asked. The checks of the request are
   * done.
   */
  read(waiter: Waiter): boolean {
    const { machine, points, detours } = this.#options;
    const { raft, isLeader, appliedTerm, isSplitting } = this.#peer;
    const nowUs = machine.monotonicUs();
    const byLease = isLeader && appliedTerm === raft.term && raft.leadTransferee === 0;
    let isLocal = byLease && this.lease.isValid(nowUs) && !isSplitting;
    if (detours.returns(points.perform_read_index)) isLocal = false;
    if (detours.returns(points.perform_read_local)) isLocal = true;
    if (isLocal) {
      this.#serve(waiter, 0);
      return false;
    }
    const asking = isLeader
      ? points.before_propose_readindex
      : points.propose_readindex_from_follower;
    if (asking.actions === null) this.#readIndex(waiter, nowUs);
    else this.#askHeld(waiter, nowUs, asking);
    return true;
  }

  #readIndex(waiter: Waiter, stampUs: number): void {
    const { isSplitting, region, raft } = this.#peer;
    if (isSplitting) {
      const reason = "can not read index due to split";
      return waiter.refuse({ kind: "readIndexNotReady", regionId: region.id, reason });
    }
    const context = this.#options.nextContext();
    this.#rounds.add(context, stampUs, waiter);
    raft.readIndex(context);
  }

  #askHeld(waiter: Waiter, nowUs: number, point: Failpoint): void {
    const { machine, detours } = this.#options;
    const met = detours.meet(point, () => {
      this.#readIndex(waiter, machine.monotonicUs());
      this.#touch();
    });
    if (met.kind === "held") return;
    // Only the argument "false" fails the read (TiKV peer.rs).
    if (met.kind === "return" && met.value === "false") {
      const { id, region } = this.#peer;
      const text = `[region ${region.id}] ${id} can not read due to injected failure`;
      waiter.refuse({ kind: "messageOnly", text });
    } else this.#readIndex(waiter, nowUs);
  }

  #serve(waiter: Waiter, path: 0 | 1): void {
    const { machine, kv, points } = this.#options;
    const { region, raft } = this.#peer;
    const { operation, context } = waiter.request;
    // The region may have been split while the read waited (TiKV store/peer.rs, handle_read).
    if (context.version !== region.version) return waiter.refuse(staleEpoch(region, context));
    machine.emit(eventKinds.readServed, context.regionId, operation, path, raft.applied);
    tellExecuted(machine, region, raft.applied, context.version);
    const passed = points.after_pass_lease_check;
    if (path === 1 || passed.actions === null) answerRead(waiter, region, kv);
    else this.#servePast(passed, waiter, region);
  }

  #servePast(passed: Failpoint, waiter: Waiter, region: Region): void {
    const { kv, detours } = this.#options;
    // TiKV takes its snapshot before it looks at the lease: a stall here does not age the lease.
    let snapshot: KvSnapshot | null = null;
    const met = detours.meet(passed, () => {
      assert(snapshot !== null, "a read that was held has its snapshot");
      answerRead(waiter, region, snapshot);
      snapshot.close();
    });
    if (met.kind === "held") snapshot = kv.snapshot();
    else answerRead(waiter, region, kv);
  }

  /** This peer is the leader since now. */
  elected(): void {
    this.#electedAtUs = this.#options.machine.monotonicUs();
  }

  /** Entries of this term were committed; `stampUs`: when the last was proposed, 0 = not here. */
  renewByCommit(stampUs: number): void {
    this.#renew(stampUs === 0 ? this.#electedAtUs : stampUs);
  }

  #renew(stampUs: number): void {
    const { id, raft, region, isLeader, isSplitting } = this.#peer;
    if (!isLeader || raft.leadTransferee !== 0 || isSplitting) return;
    if (!this.lease.renew(stampUs)) return;
    const untilMs = Math.floor(this.lease.endUs / 1000);
    this.#options.machine.emit(eventKinds.leaseRenewed, region.id, id, raft.term, untilMs);
  }

  /**
   * The core dropped all reads that no quorum confirmed.
   * Source: TiKV store/peer.rs (apply_reads), read_queue.rs (clear_uncommitted_on_role_change).
   */
  drop(): void {
    for (const waiter of this.#rounds.takeUnconfirmed()) waiter.refuse({ kind: "staleCommand" });
  }

  /** Takes the core's read states, then answers every read whose index is applied. */
  answer(): void {
    const { raft, installing } = this.#peer;
    const { readStates } = raft;
    for (let at = 0; at < readStates.count; at++) {
      const { context, index } = readStates.at(at);
      const stampUs = this.#rounds.confirm(Number(context), index);
      if (stampUs !== null) this.#renew(stampUs);
    }
    readStates.clear();
    if (installing) return;
    if (!this.#rounds.hasReady(raft.applied)) return;
    for (const waiter of this.#rounds.takeReady(raft.applied)) this.#serve(waiter, 1);
  }

  /** One tick: overdue reads are asked again, because the core may have dropped them silently. */
  retry(): void {
    if (this.#rounds.count === 0) return;
    for (const context of this.#rounds.overdue(this.#options.timing.readRetryTicks)) {
      this.#peer.raft.readIndex(context);
    }
  }
}

type Epoch = { readonly version: number; readonly confVer: number };

function staleEpoch(region: Region, { version, confVer }: Epoch): RegionError {
  return { kind: "epochNotMatch", currentRegions: [region], sent: { version, confVer } };
}
