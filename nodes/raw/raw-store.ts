/**
 * The raw commands of a store: checks, then a read or a proposal; compare-and-swap under a latch.
 * Source: TiKV src/storage/mod.rs (raw_*), src/storage/txn/commands/compare_and_swap.rs.
 */
import type { Failpoint } from "../../failpoints/index.ts";
import { compareBytes } from "../../sim/bytes.ts";
import { type CommandBody, command, type Mutation } from "../command.ts";
import type { RawCommands } from "../copr/endpoint.ts";
import type { RegionError } from "../errors.ts";
import type { Detours } from "../store/detours.ts";
import type { StorePeer } from "../store/peer.ts";
import { type StorePoints, snapshotRefused } from "../store/points.ts";
import { checkRequest } from "../store/request-check.ts";
import type { Waiter } from "../store/waiter.ts";
import { isWrite, operations, type Response } from "../wire.ts";
import { Latches } from "./latches.ts";
import { keySizeError, mutationsOf } from "./write.ts";

export type RawStoreOptions = {
  readonly storeId: number;
  /** raftstore.raft-entry-max-size, bytes. */
  readonly entryBytesMax: number;
  /** storage.max-key-size, bytes. */
  readonly keyBytesMax: number;
  readonly peers: ReadonlyMap<number, StorePeer>;
  /** A peer's core has something to do. */
  readonly touched: (peer: StorePeer) => void;
  readonly points: StorePoints;
  readonly detours: Detours;
};

export class RawStore implements RawCommands {
  readonly #options: RawStoreOptions;
  readonly #latches = new Latches();

  constructor(options: RawStoreOptions) {
    this.#options = options;
  }

  execute(waiter: Waiter, isThrough: boolean): void {
    const { body } = waiter.request;
    if (body.op === operations.compareAndSwap) return this.#schedule(waiter);
    if (!isWrite(body.op)) return isThrough ? this.#readNow(waiter) : this.#read(waiter);
    const tooLong = keySizeError(body, this.#options.keyBytesMax);
    if (tooLong !== null) return waiter.fail(tooLong);
    return this.#write(waiter, null, isThrough);
  }

  /** A snapshot of the engine is asked for, as RaftKv does for every read. */
  #read(waiter: Waiter): void {
    const { points } = this.#options;
    const { raftkv_async_snapshot_err: asked, localreader_on_find_delegate: found } =
      points.request;
    // The way past failpoints has closures, and a method of its own: they would cost here.
    if (asked.actions === null && found.actions === null) return this.#readNow(waiter);
    return this.#readPast(waiter, asked, found);
  }

  #readPast(waiter: Waiter, asked: Failpoint, found: Failpoint): void {
    const { detours } = this.#options;
    const read = (): void => this.#readNow(waiter);
    const find = (): void => {
      if (detours.passes(found, read)) read();
    };
    const met = asked.actions === null ? null : detours.meet(asked, find);
    if (met === null || met.kind === "go") return find();
    if (met.kind === "return") return waiter.fail(snapshotRefused);
  }

  #readNow(waiter: Waiter): void {
    const peer = this.#peerFor(waiter);
    if (peer === null) return;
    // A read by lease asks nothing of the core; what a failpoint left there is looked at again.
    if (peer.reads.read(waiter) || peer.raft.hasReady()) this.#options.touched(peer);
  }

  /** The peer that may serve a request, or null after a refusal. */
  #peerFor(waiter: Waiter): StorePeer | null {
    const { storeId, peers } = this.#options;
    const { context } = waiter.request;
    const peer = peers.get(context.regionId);
    const error = checkRequest(context, peer, storeId, peers);
    if (error !== null) waiter.refuse(error);
    return error === null && peer !== undefined ? peer : null;
  }

  /** `swap`: what to write and to answer where the request does not say it. */
  #write(waiter: Waiter, swap: Swap | null, isThrough: boolean): void {
    const { raftkv_early_error_report: early, raftkv_async_write: start } =
      this.#options.points.request;
    if (early.actions !== null && this.#isUnknownRegion(early, waiter)) return;
    if (isThrough || start.actions === null) this.#writeNow(waiter, swap);
    else this.#writePast(waiter, swap, start);
  }

  #writePast(waiter: Waiter, swap: Swap | null, start: Failpoint): void {
    const write = (): void => this.#writeNow(waiter, swap);
    if (this.#options.detours.passes(start, write)) write();
  }

  /** True if the point answered with RegionNotFound: of any region, or of the one it names. */
  #isUnknownRegion(early: Failpoint, waiter: Waiter): boolean {
    const met = this.#options.detours.meet(early, () => {});
    const { regionId } = waiter.request.context;
    if (met.kind !== "return") return false;
    if (met.value !== null && met.value !== String(regionId)) return false;
    waiter.refuse({ kind: "regionNotFound", regionId });
    return true;
  }

  #writeNow(waiter: Waiter, swap: Swap | null): void {
    const peer = this.#peerFor(waiter);
    if (peer === null) return;
    const { storeId, touched } = this.#options;
    const { operation, context, body } = waiter.request;
    const { regionId, version } = context;
    if (this.#options.points.groups.diskUsage.isAnySet) {
      const usage = this.#diskUsage();
      if (usage !== null) return waiter.refuse(diskFull(storeId, usage));
    }
    // Only now: many a request is for another leader, and needs none of it.
    const mutations = swap === null ? mutationsOf(body) : swap.mutations;
    const write: CommandBody = { kind: "write", mutations };
    const proposal = command({ regionId, version, operation }, write);
    if (proposal.size > this.#options.entryBytesMax) {
      const entrySize = proposal.size;
      return waiter.refuse({ kind: "raftEntryTooLarge", regionId, entrySize });
    }
    const response = swap === null ? waiter.response() : swap.response;
    const error = peer.propose(waiter, proposal, response);
    if (error !== null) return waiter.refuse(error);
    return touched(peer);
  }

  /** What failpoints say of this store's disk. */
  #diskUsage(): "AlmostFull" | "AlreadyFull" | null {
    const { points, detours } = this.#options;
    const [almost, already] = points.diskUsage;
    if (already !== undefined && detours.returns(already)) return "AlreadyFull";
    return almost !== undefined && detours.returns(almost) ? "AlmostFull" : null;
  }

  // Compare-and-swap: latch, read, compare, write, release ------------------------------------

  /** Into the scheduler of transactions, where atomic raw commands run too. */
  #schedule(waiter: Waiter): void {
    const { points, detours } = this.#options;
    const { storage_drop_message: dropped, txn_scheduler_busy: busy } = points.request;
    const met = dropped.actions === null ? null : detours.meet(dropped, () => this.#latch(waiter));
    if (met?.kind === "return") return waiter.drop();
    if (met?.kind === "held") return;
    if (detours.returns(busy)) {
      return waiter.refuse({ kind: "serverIsBusy", reason: "scheduler is busy" });
    }
    return this.#latch(waiter);
  }

  #latch(waiter: Waiter): void {
    if (this.#latches.acquire(waiter.request.body.key, waiter)) this.#compare(waiter);
  }

  /** The inner read is a step whose answer goes on with the swap. */
  #compare(outer: Waiter): void {
    const { points, detours } = this.#options;
    if (detours.returns(points.request.deadline_check_fail)) {
      const response = outer.response();
      response.regionError = { kind: "serverIsBusy", reason: "deadline is exceeded" };
      return this.#release(outer, response);
    }
    const taken = points.request.scheduler_async_snapshot_finish;
    const reader = outer.step({
      answer: (response) => {
        const swap = (): void => this.#swap(outer, response);
        if (taken.actions === null || detours.passes(taken, swap)) swap();
      },
      drop: () => this.#release(outer, null),
    });
    return this.#read(reader);
  }

  #swap(outer: Waiter, read: Response): void {
    const { key, value, previous, deletes } = outer.request.body;
    if (read.regionError !== null || read.error !== "") return this.#release(outer, read);
    const response = outer.response();
    response.value = read.value;
    if (!isEqual(read.value, previous)) return this.#release(outer, response);
    response.succeeded = true;
    const { points, detours } = this.#options;
    const written = points.request.scheduler_async_write_finish;
    const writer = outer.step({
      answer: (answer) => {
        const release = (): void => this.#release(outer, answer);
        if (written.actions === null || detours.passes(written, release)) release();
      },
      drop: () => this.#release(outer, null),
    });
    const mutation: Mutation = deletes ? { kind: "delete", key } : { kind: "put", key, value };
    return this.#write(writer, { mutations: [mutation], response }, false);
  }

  /** Ends a swap: answers unless its fate is not known, and lets the next one in. */
  #release(outer: Waiter, response: Response | null): void {
    if (response === null) outer.drop();
    else outer.answer(response);
    const next = this.#latches.release(outer.request.body.key, outer);
    if (next !== undefined) this.#compare(next);
  }
}

/** The write of a swap: `response` is the answer once it is applied. */
type Swap = { readonly mutations: readonly Mutation[]; readonly response: Response };

/** TiKV raftstore store/peer.rs, check_proposal_with_disk_usage. */
function diskFull(store: number, usage: string): RegionError {
  const reason =
    "propose failed: tikv disk full, cmd diskFullOpt=NotAllowedOnFull, " +
    `leader diskUsage=${usage}`;
  return { kind: "diskFull", stores: [store], reason };
}

function isEqual(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (a === null || b === null) return a === b;
  return compareBytes(a, b) === 0;
}
