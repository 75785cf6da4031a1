/**
 * What travels between clients and stores, and between stores. One class a family with all fields
 * always set, so that call sites stay monomorphic; the envelope's kind selects the handler.
 * Source of the fields: kvproto kvrpcpb.proto (Raw*, RawCoprocessor*), raft_serverpb.proto.
 */
import { emptyBytes } from "../sim/bytes.ts";
import type { RegionError } from "./errors.ts";
import type { RaftMessage } from "./raft/index.ts";
import type { Region } from "./region.ts";

/** Envelope kinds. */
export const wireKinds = { raft: 1, request: 2, response: 3 } as const;

/** Operations of requests. Numbers are part of traces. */
export const operations = {
  get: 1,
  batchGet: 2,
  scan: 3,
  put: 4,
  batchPut: 5,
  delete: 6,
  batchDelete: 7,
  deleteRange: 8,
  compareAndSwap: 9,
  coprocessor: 10,
} as const;
export type OperationNumber = (typeof operations)[keyof typeof operations];

export const isWrite = (operation: OperationNumber): boolean =>
  operation >= operations.put && operation <= operations.compareAndSwap;

/** Status of the call itself, gRPC's numbers. */
export const statuses = { ok: 0, invalidArgument: 3, unavailable: 14 } as const;

/**
 * What sort of error an `error` text is. TiKV's protocol has no such field: there they are all
 * `none`, except inside a store. Fidelity `contract` tells its clients.
 */
export const errorClasses = {
  none: 0,
  timeout: 1,
  canceled: 2,
  /** Nobody knows whether a write took effect. */
  undetermined: 3,
  /** The plugin panicked. */
  panic: 4,
  /** The plugin was stopped at a limit, or trapped. */
  limit: 5,
  /** The plugin was stopped when the request's time was over. */
  deadline: 6,
} as const;
export type ErrorClass = (typeof errorClasses)[keyof typeof errorClasses];

/** What stands for an empty list, everywhere: readers then meet one kind of it. */
export const noStrings: readonly string[] = Object.freeze([]);
export const noValues: readonly Uint8Array[] = Object.freeze([]);
export const noRegions: readonly Region[] = Object.freeze([]);

/** A request to a store: context, operation, and the fields of every operation. */
export class Request {
  /** The client's operation (shared by its attempts and region shards); 0 inside a store. */
  operation = 0;
  /** The client's number of this RPC, unique per client: pairs the response. */
  rpc = 0;
  /** gRPC's timeout: how long the client waits, microseconds; 0 = it does not say. */
  timeoutUs = 0;
  op: OperationNumber = operations.get;
  regionId = 0;
  version = 0;
  confVer = 0;
  peerId = 0;
  storeId = 0;
  /** Context.term: 0 = not checked. */
  term = 0;
  replicaRead = false;
  /** Key of single-key operations; start of a range. */
  key = "";
  /** End of a range, "" = none. */
  endKey = "";
  value: Uint8Array = emptyBytes;
  /** Keys of batch operations; starts of coprocessor ranges. */
  keys: readonly string[] = noStrings;
  /** Values of batchPut, same order as `keys`. */
  values: readonly Uint8Array[] = noValues;
  /** Ends of coprocessor ranges, same order as `keys`. */
  endKeys: readonly string[] = noStrings;
  limit = 0;
  reverse = false;
  keyOnly = false;
  /** compareAndSwap: the expected value, or null for "absent". */
  previous: Uint8Array | null = null;
  /** compareAndSwap: delete instead of put on a match. */
  deletes = false;
  coprName = "";
  coprVersionReq = "";

  /** Another request for the same. Whom it goes to, and when, is left to be filled in. */
  again(): Request {
    const request = new Request();
    request.op = this.op;
    request.key = this.key;
    request.endKey = this.endKey;
    request.value = this.value;
    request.keys = this.keys;
    request.values = this.values;
    request.endKeys = this.endKeys;
    request.limit = this.limit;
    request.reverse = this.reverse;
    request.keyOnly = this.keyOnly;
    request.previous = this.previous;
    request.deletes = this.deletes;
    request.coprName = this.coprName;
    request.coprVersionReq = this.coprVersionReq;
    return request;
  }
}

/** A store's answer. `regionError` and `error` exclude the rest. */
export class Response {
  operation = 0;
  rpc = 0;
  status: number = statuses.ok;
  regionError: RegionError | null = null;
  /** TiKV's `error` string; "" = none. */
  error = "";
  errorClass: ErrorClass = errorClasses.none;
  /** get: the value; compareAndSwap: the previous value; null = not found. */
  value: Uint8Array | null = null;
  /** compareAndSwap: it was swapped. */
  succeeded = false;
  keys: readonly string[] = noStrings;
  values: readonly Uint8Array[] = noValues;
  /** batchGet, scan: the per-key error of a pair, "" = none; same order as `keys`, or empty. */
  errors: readonly string[] = noStrings;
  /** Coprocessor: the plugin's bytes. */
  data: Uint8Array = emptyBytes;
}

/** The bytes a response takes on the wire, roughly. */
export function responseSize(response: Response): number {
  let size = 48 + response.error.length + response.data.length + (response.value?.length ?? 0);
  const { keys, values } = response;
  for (let at = 0; at < keys.length; at++) size += (keys[at] as string).length + 8;
  for (let at = 0; at < values.length; at++) size += (values[at] as Uint8Array).length + 8;
  return size;
}

/** A batch of Raft messages from one store to another, with the region of each. */
export class RaftBatch {
  readonly regions: readonly number[];
  readonly messages: readonly RaftMessage[];
  /** What the regions are of the messages by which a store may create a peer. */
  readonly descriptors: readonly Region[];
  constructor(
    regions: readonly number[],
    messages: readonly RaftMessage[],
    descriptors: readonly Region[],
  ) {
    this.regions = regions;
    this.messages = messages;
    this.descriptors = descriptors;
  }
}
