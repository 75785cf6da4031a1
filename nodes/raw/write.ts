/**
 * RawKV writes as mutations of one command: one Raft entry, all or nothing inside the region.
 * Source: TiKV src/storage/mod.rs (raw_put and others), src/storage/config.rs.
 */
import { assert } from "../../sim/assert.ts";
import { latin1Bytes } from "../../sim/bytes.ts";
import type { Mutation } from "../command.ts";
import type { RegionError } from "../errors.ts";
import { containsKey, type Region } from "../region.ts";
import { operations, type RequestBody } from "../wire.ts";

/** storage.max-key-size where nothing else is set, bytes. */
export const keyBytesDefault: number = 8 << 10;

/** The text of the first key that is longer than storage.max-key-size, in bytes; or null. */
export function keySizeError(body: RequestBody, limit: number): string | null {
  const { key, endKey, keys } = body;
  let tooLong = key.length > limit ? key.length : 0;
  if (tooLong === 0 && endKey.length > limit) tooLong = endKey.length;
  for (let at = 0; at < keys.length && tooLong === 0; at++) {
    const { length } = keys[at] as string;
    if (length > limit) tooLong = length;
  }
  return tooLong === 0 ? null : `max key size exceeded, size: ${tooLong}, limit: ${limit}`;
}

/** The mutations of a write request. compareAndSwap is made of its own, under a latch. */
export function mutationsOf(body: RequestBody): readonly Mutation[] {
  switch (body.op) {
    case operations.put:
      return [{ kind: "put", key: body.key, value: body.value }];
    case operations.batchPut:
      return body.keys.map((key, at) => {
        const value = body.values[at];
        assert(value !== undefined, "every key of a batch has its value");
        return { kind: "put", key, value };
      });
    case operations.delete:
      return [{ kind: "delete", key: body.key }];
    case operations.batchDelete:
      return body.keys.map((key) => ({ kind: "delete", key }));
    case operations.deleteRange:
      return [{ kind: "deleteRange", key: body.key, endKey: body.endKey }];
    default:
      assert(false, "only plain writes have mutations of their own");
  }
}

/**
 * Why a command must not be applied to a region: the first mutation that does not fit, all of the
 * command with it. Source: TiKV raftstore store/fsm/apply.rs (handle_put, handle_delete_range).
 */
export function refusalOf(mutations: readonly Mutation[], region: Region): RegionError | null {
  for (const mutation of mutations) {
    const { key } = mutation;
    if (mutation.kind === "deleteRange") {
      const { endKey } = mutation;
      if (endKey !== "" && key >= endKey) return invertedRange(key, endKey);
      if (containsKey(region, key) && !endsInside(endKey, region)) return stray(endKey, region);
    }
    if (!containsKey(region, key)) return stray(key, region);
  }
  return null;
}

/** An empty end is the end of all keys, which fits the last region only. */
function endsInside(endKey: string, { end }: Region): boolean {
  return end === "" || (endKey !== "" && endKey <= end);
}

function stray(key: string, { id: regionId, start, end }: Region): RegionError {
  return { kind: "keyNotInRegion", key, regionId, start, end };
}

/** No variant of `errorpb.Error` stands for it: a text in Rust's debug form. */
function invertedRange(key: string, endKey: string): RegionError {
  const show = (text: string): string => `[${[...latin1Bytes(text)].join(", ")}]`;
  const what = `start_key: ${show(key)}, end_key: ${show(endKey)}`;
  const text = `invalid delete range command, ${what}`;
  return { kind: "messageOnly", text: `"[components/raftstore/src/store/fsm/apply.rs]: ${text}"` };
}
