/**
 * Messages for regions that this store has no peer of. Some create one: the region was split or
 * moved here and this store missed it. Not while another peer still holds its keys: that one has to
 * carry out the split, or to shrink by a snapshot, before the new region may begin here.
 * Source: TiKV raftstore store/fsm/store.rs (maybe_create_peer).
 */
import { messageTypes, type RaftMessage } from "../raft/index.ts";
import { containsPeer, type Region } from "../region.ts";
import type { RaftBatch } from "../wire.ts";
import type { RaftDriver } from "./driver.ts";
import type { StorePeer } from "./peer.ts";

/** As many votes as wait for a split, one a region (TiKV: PENDING_MSG_CAP). */
const waitingMax = 100;

export class Newcomers {
  readonly #driver: RaftDriver;
  readonly #store: number;
  /** Votes that were asked for too early, the last of each region. */
  readonly #waiting = new Map<number, RaftMessage>();

  constructor(driver: RaftDriver, store: number) {
    this.#driver = driver;
    this.#store = store;
  }

  /** The peer that a message creates, or null: the message is dropped, or waits. */
  meet(batch: RaftBatch, region: number, message: RaftMessage): StorePeer | null {
    const descriptor = batch.descriptors.find(({ id }) => id === region);
    if (descriptor === undefined || !containsPeer(descriptor, message.to, this.#store)) return null;
    if (!this.#driver.isTaken(descriptor)) return this.#driver.addBlank(descriptor);
    const isVote =
      message.type === messageTypes.requestVote || message.type === messageTypes.requestPreVote;
    if (isVote && this.#waiting.size < waitingMax) this.#waiting.set(region, message);
    return null;
  }

  /** A split created a peer: what waited for it comes in. */
  created(peer: StorePeer): void {
    const { id } = peer.region;
    const message = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (message !== undefined && message.to === peer.id) peer.raft.step(message);
  }

  /** True if a snapshot's region is free for its peer to take. */
  mayTake(region: Region): boolean {
    return !this.#driver.isTaken(region);
  }
}
