/** What failpoints do to Raft messages that come in, before their peer takes them. */
import type { PointGroup } from "../../failpoints/index.ts";
import { messageTypes, type RaftMessage } from "../raft/index.ts";
import type { Detours } from "./detours.ts";
import type { StorePoints } from "./points.ts";

/** Stands before the peers of a store. Source: TiKV src/server/service/kv.rs, server/snap.rs. */
export class MessageGate {
  readonly #points: StorePoints["messages"];
  readonly #all: PointGroup;
  readonly #detours: Detours;

  constructor({ messages, groups }: StorePoints, detours: Detours) {
    this.#points = messages;
    this.#all = groups.messages;
    this.#detours = detours;
  }

  /** False while any point is set: then each message is asked about. */
  get isOpen(): boolean {
    return !this.#all.isAnySet;
  }

  /** False if a message is turned away, or held until `step`. */
  admits(message: RaftMessage, step: () => void): boolean {
    const points = this.#points;
    const detours = this.#detours;
    const isSnapshot = message.type === messageTypes.snapshot;
    if (detours.returns(points.force_reject_raft_append_message)) return false;
    if (message.type === messageTypes.append && detours.returns(points.needs_reject_raft_append)) {
      return false;
    }
    if (isSnapshot && detours.returns(points.force_reject_raft_snapshot_message)) return false;
    if (detours.returns(points.send_raft_message_full)) return false;
    const receiving = points.receiving_snapshot_net_error;
    if (!isSnapshot || receiving.actions === null) return true;
    return detours.meet(receiving, step).kind === "go";
  }
}
