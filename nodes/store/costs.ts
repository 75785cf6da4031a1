/**
 * Virtual CPU time, microseconds. Orders of magnitude of a TiKV server, not measurements: what
 * counts is that work takes threads, so that much of it delays what queues behind it.
 */
import { type RaftBatch, type Request, wireKinds } from "../wire.ts";

export const costs = {
  raftMessage: 4,
  request: 20,
  coprocessorDispatch: 10,
  storageCall: 10,
  /** A unit of fuel is about one instruction: a nanosecond. */
  fuelPerUs: 1_000,
} as const;

/** What taking up a message costs a gRPC thread. */
export function messageCostUs(kind: number, payload: object): number {
  if (kind === wireKinds.raft)
    return 6 + costs.raftMessage * (payload as RaftBatch).messages.length;
  const { body } = payload as Request;
  return costs.request + ((body.value.length + body.keys.length * 32) >> 8);
}
