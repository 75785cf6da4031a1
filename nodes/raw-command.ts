/**
 * Raw commands on keys that are named one by one: clients and plugins put them on the wire alike.
 * Ranges are not among them: a client's scan has a direction and a limit, a plugin's has neither.
 */
import type { KvPair } from "../plugins/index.ts";
import { unreachable } from "../sim/assert.ts";
import { operations, type Request } from "./wire.ts";

/** One of them. */
export type KeyCommand =
  | { readonly kind: "get" | "delete"; readonly key: string }
  | { readonly kind: "batchGet" | "batchDelete"; readonly keys: readonly string[] }
  | { readonly kind: "put"; readonly key: string; readonly value: Uint8Array }
  | { readonly kind: "batchPut"; readonly pairs: readonly KvPair[] };

/** Fills in what a command asks for. Returns the same request. */
export function withKeyCommand(request: Request, command: KeyCommand): Request {
  request.op = operations[command.kind];
  switch (command.kind) {
    case "get":
    case "delete":
      request.key = command.key;
      return request;
    case "batchGet":
    case "batchDelete":
      request.keys = command.keys;
      return request;
    case "put":
      request.key = command.key;
      request.value = command.value;
      return request;
    case "batchPut":
      request.keys = command.pairs.map((pair) => pair.key);
      request.values = command.pairs.map((pair) => pair.value);
      return request;
    default:
      return unreachable(command);
  }
}
