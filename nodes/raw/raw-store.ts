/**
 * The raw commands of a store: checks, then a read or a proposal; compare-and-swap under a latch.
 * Source: TiKV src/storage/mod.rs (raw_*), src/storage/txn/commands/compare_and_swap.rs.
 */
import { compareBytes } from "../../sim/bytes.ts";
import { type CommandBody, command, type Mutation } from "../command.ts";
import type { RawCommands } from "../copr/endpoint.ts";
import type { StorePeer } from "../store/peer.ts";
import { checkRequest } from "../store/request-check.ts";
import type { Waiter } from "../store/waiter.ts";
import { isWrite, operations, type Response } from "../wire.ts";
import { Latches } from "./latches.ts";
import { keySizeError, mutationsOf } from "./write.ts";

/** raftstore.raft-entry-max-size, bytes. */
const entrySizeMax = 8 << 20;

export type RawStoreOptions = {
  readonly storeId: number;
  readonly peers: ReadonlyMap<number, StorePeer>;
  /** A peer's core has something to do. */
  readonly touched: (peer: StorePeer) => void;
};

export class RawStore implements RawCommands {
  readonly #options: RawStoreOptions;
  readonly #latches = new Latches();

  constructor(options: RawStoreOptions) {
    this.#options = options;
  }

  execute(waiter: Waiter): void {
    const { op } = waiter.request;
    if (op === operations.compareAndSwap) return this.#latch(waiter);
    if (!isWrite(op)) return this.#read(waiter);
    const tooLong = keySizeError(waiter.request);
    if (tooLong !== null) return waiter.fail(tooLong);
    return this.#write(waiter, mutationsOf(waiter.request), waiter.response());
  }

  #read(waiter: Waiter): void {
    const checked = checkRequest(waiter.request, this.#options.storeId, this.#options.peers);
    if (checked.kind === "refused") return waiter.refuse(checked.error);
    checked.peer.read(waiter);
    this.#options.touched(checked.peer);
  }

  #write(waiter: Waiter, mutations: readonly Mutation[], response: Response): void {
    const { storeId, peers, touched } = this.#options;
    const { request } = waiter;
    const checked = checkRequest(request, storeId, peers);
    if (checked.kind === "refused") return waiter.refuse(checked.error);
    const { peer } = checked;
    const { regionId, version, operation } = request;
    const body: CommandBody = { kind: "write", mutations };
    const proposal = command({ regionId, version, operation }, body);
    if (proposal.size > entrySizeMax) {
      const entrySize = proposal.size;
      return waiter.refuse({ kind: "raftEntryTooLarge", regionId, entrySize });
    }
    const error = peer.propose(waiter, proposal, response);
    if (error !== null) return waiter.refuse(error);
    return touched(peer);
  }

  // Compare-and-swap: latch, read, compare, write, release ------------------------------------

  #latch(waiter: Waiter): void {
    if (this.#latches.acquire(waiter.request.key, waiter)) this.#compare(waiter);
  }

  /** The inner read is a step whose answer goes on with the swap. */
  #compare(outer: Waiter): void {
    const reader = outer.step({
      answer: (response) => this.#swap(outer, response),
      drop: () => this.#release(outer, null),
    });
    const checked = checkRequest(outer.request, this.#options.storeId, this.#options.peers);
    if (checked.kind === "refused") return reader.refuse(checked.error);
    checked.peer.read(reader);
    return this.#options.touched(checked.peer);
  }

  #swap(outer: Waiter, read: Response): void {
    const { key, value, previous, deletes } = outer.request;
    if (read.regionError !== null || read.error !== "") return this.#release(outer, read);
    const response = outer.response();
    response.value = read.value;
    if (!isEqual(read.value, previous)) return this.#release(outer, response);
    response.succeeded = true;
    const writer = outer.step({
      answer: (answer) => this.#release(outer, answer),
      drop: () => this.#release(outer, null),
    });
    const mutation: Mutation = deletes ? { kind: "delete", key } : { kind: "put", key, value };
    return this.#write(writer, [mutation], response);
  }

  /** Ends a swap: answers unless its fate is not known, and lets the next one in. */
  #release(outer: Waiter, response: Response | null): void {
    if (response === null) outer.drop();
    else outer.answer(response);
    const next = this.#latches.release(outer.request.key, outer);
    if (next !== undefined) this.#compare(next);
  }
}

function isEqual(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (a === null || b === null) return a === b;
  return compareBytes(a, b) === 0;
}
