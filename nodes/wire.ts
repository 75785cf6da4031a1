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

/**
 * Whom a request is for (kvrpcpb.proto, Context): its region as the client knows it, and the peer
 * there. Immutable: all requests of a client for the same have the same one.
 */
export class RequestContext {
  readonly regionId: number;
  readonly version: number;
  readonly confVer: number;
  readonly peerId: number;
  readonly storeId: number;
  /** 0 = not checked. */
  readonly term: number;
  readonly replicaRead: boolean;

  constructor(
    regionId: number,
    version: number,
    confVer: number,
    peerId: number,
    storeId: number,
    term: number,
    replicaRead: boolean,
  ) {
    this.regionId = regionId;
    this.version = version;
    this.confVer = confVer;
    this.peerId = peerId;
    this.storeId = storeId;
    this.term = term;
    this.replicaRead = replicaRead;
  }
}

/**
 * What a request asks for: the fields of every operation. Filled in by who makes it, and never
 * changed once it was sent: a request that is sent again carries the same one.
 */
export class RequestBody {
  op: OperationNumber = operations.get;
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
}

/** A request to a store. */
export class Request {
  /** The client's operation (shared by its attempts and region shards); 0 inside a store. */
  readonly operation: number;
  /** The client's number of this RPC, unique per client: pairs the response. */
  readonly rpc: number;
  /** gRPC's timeout: how long the client waits, microseconds; 0 = it does not say. */
  readonly timeoutUs: number;
  readonly context: RequestContext;
  readonly body: RequestBody;

  constructor(
    operation: number,
    rpc: number,
    timeoutUs: number,
    context: RequestContext,
    body: RequestBody,
  ) {
    this.operation = operation;
    this.rpc = rpc;
    this.timeoutUs = timeoutUs;
    this.context = context;
    this.body = body;
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
