/**
 * RawKV reads on an engine's state, once the peer may serve them. API V1.
 * Source: TiKV src/storage/mod.rs, src/storage/raw/store.rs, raftstore region_snapshot.rs.
 */
import { assert } from "../../sim/assert.ts";
import { emptyBytes, hex, latin1Bytes } from "../../sim/bytes.ts";
import type { KvReader } from "../engine/index.ts";
import { containsKey, type Region, smallerEnd } from "../region.ts";
import type { Waiter } from "../store/waiter.ts";
import { operations, type RequestBody, type Response } from "../wire.ts";

/** What raw reads need of an engine's state. */
export type RawReader = Pick<KvReader, "get" | "scan" | "reverseScan">;

/** Answers a read from `engine`, which holds the region's state as of now. */
export function answerRead(waiter: Waiter, region: Region, engine: RawReader): void {
  const response = waiter.response();
  readInto(response, waiter.request.body, region, engine);
  waiter.answer(response);
}

/** Carries out a read on a region's state. */
export function readInto(
  response: Response,
  body: RequestBody,
  region: Region,
  engine: RawReader,
): void {
  switch (body.op) {
    case operations.get:
    case operations.compareAndSwap: // The read of a swap is a get.
      if (!containsKey(region, body.key)) response.error = outOfRegion(body.key, region);
      else response.value = engine.get("default", body.key) ?? null;
      break;
    case operations.batchGet:
      batchGet(body.keys, region, engine, response);
      break;
    case operations.scan:
      scan(body, region, engine, response);
      break;
    default:
      assert(false, "only reads come here");
  }
}

function batchGet(
  wanted: readonly string[],
  region: Region,
  engine: RawReader,
  response: Response,
): void {
  const keys: string[] = [];
  const values: Uint8Array[] = [];
  const errors: string[] = [];
  for (const key of wanted) {
    if (!containsKey(region, key)) {
      keys.push(key);
      values.push(emptyBytes);
      errors.push(outOfRegion(key, region));
      continue;
    }
    const value = engine.get("default", key);
    if (value === undefined) continue; // Absent keys are omitted; order is kept.
    keys.push(key);
    values.push(value);
    errors.push("");
  }
  response.keys = keys;
  response.values = values;
  response.errors = errors;
}

/** The range is cut at the region's end without a word; a start outside is an error. */
function scan(body: RequestBody, region: Region, engine: RawReader, response: Response): void {
  const { key, endKey, limit, reverse, keyOnly } = body;
  if (limit === 0) return; // Before any look at the keys.
  const bound = reverse && key === "" ? region.end : key;
  // The region's end itself is allowed as a start (it finds nothing). An empty upper bound of a
  // reverse scan means the region's end.
  const inside = bound >= region.start && (region.end === "" || bound <= region.end);
  if (!inside && !(reverse && bound === "")) {
    const { id: regionId, start, end } = region;
    response.regionError = { kind: "keyNotInRegion", key, regionId, start, end };
    return;
  }
  const cf = "default" as const;
  const pairs = reverse
    ? engine.reverseScan({ cf, start: largerStart(endKey, region.start), end: bound, limit })
    : engine.scan({ cf, start: key, end: smallerEnd(endKey, region.end), limit });
  response.keys = pairs.map((pair) => pair.key);
  response.values = keyOnly ? pairs.map(() => emptyBytes) : pairs.map((pair) => pair.value);
}

const largerStart = (a: string, b: string): string => (a > b ? a : b);

/** A raw read outside its region is neither KeyNotInRegion nor a region error in API V1. */
function outOfRegion(key: string, region: Region): string {
  const show = (text: string) => hex(latin1Bytes(text)).toUpperCase();
  return (
    'unknown error "[components/raftstore/src/store/region_snapshot.rs]: ' +
    `Key ${show(key)} is out of [region ${region.id}] [${show(region.start)}, ${show(region.end)})"`
  );
}
