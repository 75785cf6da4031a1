/**
 * Raw commands on keys that are named one by one: clients and plugins put them on the wire alike.
 * Ranges are not among them: a client's scan has a direction and a limit, a plugin's has neither.
 */
import type { KvPair } from "../plugins/index.ts";
import { unreachable } from "../sim/assert.ts";
import { operations, RequestBody } from "./wire.ts";

/** One of them. */
export type KeyCommand =
  | { readonly kind: "get" | "delete"; readonly key: string }
  | { readonly kind: "batchGet" | "batchDelete"; readonly keys: readonly string[] }
  | { readonly kind: "put"; readonly key: string; readonly value: Uint8Array }
  | { readonly kind: "batchPut"; readonly pairs: readonly KvPair[] };

/** What a command asks for. */
export function bodyOfKeyCommand(command: KeyCommand): RequestBody {
  const body = new RequestBody();
  body.op = operations[command.kind];
  switch (command.kind) {
    case "get":
    case "delete":
      body.key = command.key;
      return body;
    case "batchGet":
    case "batchDelete":
      body.keys = command.keys;
      return body;
    case "put":
      body.key = command.key;
      body.value = command.value;
      return body;
    case "batchPut":
      body.keys = command.pairs.map((pair) => pair.key);
      body.values = command.pairs.map((pair) => pair.value);
      return body;
    default:
      return unreachable(command);
  }
}
