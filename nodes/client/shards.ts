/** How an operation divides over regions, and how the shards' answers come together again. */

import type { KeyRange } from "../../plugins/index.ts";
import { assert, unreachable } from "../../sim/assert.ts";
import { bodyOfKeyCommand, type KeyCommand } from "../raw-command.ts";
import { containsRange, smallerEnd } from "../region.ts";
import { operations, RequestBody } from "../wire.ts";
import type { Operation } from "./operation.ts";
import type { CachedRegion, RegionCache } from "./region-cache.ts";

/** The part of an operation that one region serves. `cached` is where it goes. */
export type Shard = { readonly cached: CachedRegion; readonly part: Operation };

/** The one region that serves all of an operation: found without the work of dividing; or null. */
export function regionOf(operation: Operation, cache: RegionCache): CachedRegion | null {
  switch (operation.kind) {
    case "get":
    case "put":
    case "delete":
    case "compareAndSwap":
      return cache.find(operation.key);
    case "coprocessor":
      return regionOfAll(operation.ranges, cache);
    default:
      return null;
  }
}

/**
 * The shards of an operation under the cache's present view, in key order. A scan gives only its
 * first shard: what the next one asks depends on the answer.
 */
export function shardsOf(operation: Operation, cache: RegionCache): readonly Shard[] {
  const whole = regionOf(operation, cache);
  return whole === null ? divide(operation, cache) : [{ cached: whole, part: operation }];
}

/** The same for an operation that `regionOf` finds no single region for. */
export function divide(operation: Operation, cache: RegionCache): readonly Shard[] {
  switch (operation.kind) {
    case "get":
    case "put":
    case "delete":
    case "compareAndSwap":
      return [{ cached: cache.find(operation.key), part: operation }];
    case "batchGet":
    case "batchDelete":
      return group(operation.keys, (key) => cache.find(key)).map(([cached, keys]) => ({
        cached,
        part: { ...operation, keys },
      }));
    case "batchPut":
      return group(operation.pairs, (pair) => cache.find(pair.key)).map(([cached, pairs]) => ({
        cached,
        part: { ...operation, pairs },
      }));
    case "scan":
      return [{ cached: firstOfScan(operation, cache), part: operation }];
    case "deleteRange":
      return splitRange(operation, cache, []).map(({ cached, range: { start, end } }) => ({
        cached,
        part: { kind: "deleteRange", start, end },
      }));
    case "coprocessor": {
      const { kind, name, versionReq, buildRequest, once = false } = operation;
      const pieces: Piece[] = [];
      for (const range of operation.ranges) splitRange(range, cache, pieces);
      return group(pieces, ({ cached }) => cached).map(([cached, parts]) => {
        const ranges = parts.map(({ range }) => range);
        return { cached, part: { kind, name, versionReq, ranges, buildRequest, once } };
      });
    }
    default:
      return unreachable(operation);
  }
}

/** The region that a scan asks first: that of its lowest key, or of its largest in reverse. */
export function firstOfScan(
  { start, end, reverse }: Operation & { kind: "scan" },
  cache: RegionCache,
): CachedRegion {
  return reverse ? lastRegionBefore(end, cache) : cache.find(start);
}

/** What the requests of a shard ask for. */
export function bodyOf(part: Operation): RequestBody {
  switch (part.kind) {
    case "get":
    case "batchGet":
    case "put":
    case "batchPut":
    case "delete":
    case "batchDelete":
      return bodyOfKeyCommand(part);
    default:
      return bodyOfOther(part);
  }
}

function bodyOfOther(part: Exclude<Operation, KeyCommand>): RequestBody {
  const body = new RequestBody();
  body.op = operations[part.kind];
  switch (part.kind) {
    case "scan":
      // kvproto: a reverse scan starts at its upper bound (exclusive) and ends at the lower one.
      body.key = part.reverse ? part.end : part.start;
      body.endKey = part.reverse ? part.start : part.end;
      body.limit = part.limit;
      body.reverse = part.reverse;
      return body;
    case "deleteRange":
      body.key = part.start;
      body.endKey = part.end;
      return body;
    case "compareAndSwap":
      body.key = part.key;
      body.previous = part.previous;
      body.value = part.value;
      return body;
    case "coprocessor":
      body.coprName = part.name;
      body.coprVersionReq = part.versionReq;
      body.keys = part.ranges.map((range) => range.start);
      body.endKeys = part.ranges.map((range) => range.end);
      body.value = part.buildRequest(part.ranges);
      return body;
    default:
      return unreachable(part);
  }
}

/** True for operations that a second delivery could change: they are never sent twice blindly. */
export function isWriting(operation: Operation): boolean {
  switch (operation.kind) {
    case "get":
    case "batchGet":
    case "scan":
    case "coprocessor": // At least once, as in client-rust: the plugin runs again.
      return false;
    default:
      return true;
  }
}

/** True for a coprocessor call that must reach a plugin once at most. */
export function isSentOnce(operation: Operation): boolean {
  return operation.kind === "coprocessor" && operation.once === true;
}

/** The bytes a request takes on the wire, roughly: what bandwidth is charged with. */
export function requestSize(body: RequestBody): number {
  let size = 64 + body.key.length + body.endKey.length + body.value.length;
  const { keys, values } = body;
  for (let at = 0; at < keys.length; at++) size += (keys[at] as string).length + 8;
  for (let at = 0; at < values.length; at++) size += (values[at] as Uint8Array).length + 8;
  return size;
}

/** The region that holds all of the ranges, as that of a part that is sent again; else null. */
function regionOfAll(ranges: readonly KeyRange[], cache: RegionCache): CachedRegion | null {
  const [first] = ranges;
  if (first === undefined) return null;
  const cached = cache.find(first.start);
  for (let at = 0; at < ranges.length; at++) {
    const { start, end } = ranges[at] as KeyRange;
    if (end < start || !containsRange(cached.region, start, end)) return null;
  }
  return cached;
}

/** What of a range one region has. */
type Piece = { readonly cached: CachedRegion; readonly range: KeyRange };

/** Adds a range's pieces by region, in key order. An empty range stays whole, in one region. */
function splitRange(range: KeyRange, cache: RegionCache, pieces: Piece[]): readonly Piece[] {
  let start = range.start;
  for (;;) {
    const cached = cache.find(start);
    const end = smallerEnd(range.end, cached.region.end);
    pieces.push({ cached, range: { start, end } });
    if (end === range.end || end === "") return pieces;
    assert(end > start || end === cached.region.end, "a piece ends where its region does");
    if (range.end !== "" && range.end <= start) return pieces; // An inverted range: one region.
    start = end;
  }
}

/** The region that holds the largest keys below `end`. */
function lastRegionBefore(end: string, cache: RegionCache): CachedRegion {
  let cached = cache.find("");
  while (cached.region.end !== "" && (end === "" || cached.region.end < end)) {
    cached = cache.find(cached.region.end);
  }
  return cached;
}

function group<Item>(
  items: readonly Item[],
  cachedOf: (item: Item) => CachedRegion,
): readonly (readonly [CachedRegion, readonly Item[]])[] {
  // Few regions have a part in an operation: a list is the quicker map.
  const groups: [CachedRegion, Item[]][] = [];
  for (const item of items) {
    const cached = cachedOf(item);
    const group = groups.find(([one]) => one === cached);
    if (group === undefined) groups.push([cached, [item]]);
    else group[1].push(item);
  }
  return groups;
}
