/** Requests made smaller: by keys, values and batches. */
import { unreachable } from "../sim/assert.ts";
import type { HistoryRequest } from "./history.ts";

/** The keys that a request names one by one; none for ranges. */
export function keysOf(request: HistoryRequest): readonly string[] {
  switch (request.kind) {
    case "get":
    case "put":
    case "delete":
    case "compareAndSwap":
      return [request.key];
    case "batchGet":
    case "batchDelete":
      return request.keys;
    case "batchPut":
      return request.pairs.map(([key]) => key);
    case "scan":
    case "deleteRange":
    case "coprocessor":
      return [];
    default:
      return unreachable(request);
  }
}

/** A batch as the plain operation on one of its keys; null for what is no batch. */
export function single(request: HistoryRequest, key: string): HistoryRequest | null {
  switch (request.kind) {
    case "batchGet":
      return { kind: "get", key };
    case "batchDelete":
      return { kind: "delete", key };
    case "batchPut": {
      const pair = request.pairs.find(([one]) => one === key);
      return pair === undefined ? null : { kind: "put", key, value: pair[1] };
    }
    default:
      return null;
  }
}

/** How texts are replaced. */
export type Rewriting = {
  readonly key: (key: string) => string;
  readonly value: (value: string) => string;
};

/** The same request with other keys and values. Ranges and plugins' bytes stay as they are. */
export function rewritten(request: HistoryRequest, { key, value }: Rewriting): HistoryRequest {
  switch (request.kind) {
    case "get":
    case "delete":
      return { ...request, key: key(request.key) };
    case "put":
      return { ...request, key: key(request.key), value: value(request.value) };
    case "compareAndSwap": {
      const previous = request.previous === null ? null : value(request.previous);
      return { ...request, key: key(request.key), previous, value: value(request.value) };
    }
    case "batchGet":
    case "batchDelete":
      return { ...request, keys: [...new Set(request.keys.map(key))] };
    case "batchPut": {
      const pairs = new Map(request.pairs.map(([one, text]) => [key(one), value(text)] as const));
      return { ...request, pairs: [...pairs] };
    }
    case "scan":
    case "deleteRange":
    case "coprocessor":
      return request;
    default:
      return unreachable(request);
  }
}
