/**
 * RawKV writes as mutations of one command: one Raft entry, all or nothing inside the region.
 * Source: TiKV src/storage/mod.rs (raw_put and others), src/storage/config.rs.
 */
import { assert } from "../../sim/assert.ts";
import type { Mutation } from "../command.ts";
import { operations, type Request } from "../wire.ts";

/** storage.max-key-size. */
export const keySizeMax = 8192;

/** The text of the first key that is too long, or null. */
export function keySizeError(request: Request): string | null {
  const size = Math.max(request.key.length, request.endKey.length, ...lengths(request.keys));
  if (size <= keySizeMax) return null;
  return `max key size exceeded, size: ${size}, limit: ${keySizeMax}`;
}

/** The mutations of a write request. compareAndSwap is made of its own, under a latch. */
export function mutationsOf(request: Request): readonly Mutation[] {
  switch (request.op) {
    case operations.put:
      return [{ kind: "put", key: request.key, value: request.value }];
    case operations.batchPut:
      return request.keys.map((key, at) => {
        const value = request.values[at];
        assert(value !== undefined, "every key of a batch has its value");
        return { kind: "put", key, value };
      });
    case operations.delete:
      return [{ kind: "delete", key: request.key }];
    case operations.batchDelete:
      return request.keys.map((key) => ({ kind: "delete", key }));
    case operations.deleteRange:
      return [{ kind: "deleteRange", key: request.key, endKey: request.endKey }];
    default:
      assert(false, "only plain writes have mutations of their own");
  }
}

const lengths = (keys: readonly string[]): readonly number[] => keys.map((key) => key.length);
