/** What the cache plugin must answer: the reference over plain rows, and the client's merge. */
import { assert } from "../../../sim/assert.ts";
import type { KeyRange } from "../../api.ts";
import { decodeRecord, encodeRecord, recordKey, spaceSpan } from "./script/records.ts";
import type {
  CacheItem,
  CacheRefusal,
  CacheRequest,
  CacheResponse,
  RecordName,
} from "./script/wire.ts";

/** What the client makes of all parts. */
export type CacheResult =
  | CacheRefusal
  /** In the order of the request's keys. */
  | { readonly kind: "found"; readonly items: readonly CacheItem[] }
  | { readonly kind: "written"; readonly applied: number }
  /** Records that `purge` may take, in order of keys and versions. */
  | { readonly kind: "stale"; readonly removable: readonly RecordName[] };

/**
 * The client's merge of the parts of one request, at least one. Each key's newest version over all
 * parts counts. A refusal stands for the whole: every part was sent the same bytes.
 */
export function mergeResponses(parts: readonly CacheResponse[]): CacheResult {
  const refusal = parts.find((part) => part.kind === "badRequest");
  if (refusal !== undefined) return refusal;
  const [first] = parts;
  assert(first !== undefined, "a request has at least one part");
  switch (first.kind) {
    case "badRequest":
      return first;
    case "found": {
      const lists = parts.map((part) => (part.kind === "found" ? part.items : []));
      const items = first.items.map((_, at) =>
        lists.map((list): CacheItem => list[at] ?? { state: "absent" }).reduce(newer),
      );
      return { kind: "found", items };
    }
    case "written": {
      const counts = parts.map((part) => (part.kind === "written" ? part.applied : 0));
      return { kind: "written", applied: counts.reduce((sum, count) => sum + count, 0) };
    }
    case "stale":
      return { kind: "stale", removable: removableOf(parts) };
  }
}

function newer(a: CacheItem, b: CacheItem): CacheItem {
  if (a.state === "absent") return b;
  return b.state === "absent" || b.version < a.version ? a : b;
}

/** What parts call removable, and borders that another part's border supersedes. */
function removableOf(parts: readonly CacheResponse[]): readonly RecordName[] {
  const stale = parts.filter((part) => part.kind === "stale");
  const borders = stale.flatMap((part) => part.borders);
  const superseded = borders.filter(({ key, version }) =>
    borders.some((other) => other.key === key && other.version > version),
  );
  return inOrder([...stale.flatMap((part) => part.removable), ...superseded]);
}

/** Sorted, none twice. */
function inOrder(records: readonly RecordName[]): readonly RecordName[] {
  const byName = new Map(records.map((record) => [recordKey("", record), record]));
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, record]) => record);
}

/** The whole answer over `ranges` of a map of rows, and the rows afterwards. */
export function modelAnswer(
  rows: ReadonlyMap<string, Uint8Array>,
  ranges: readonly KeyRange[],
  request: CacheRequest,
): { readonly result: CacheResult; readonly rows: ReadonlyMap<string, Uint8Array> } {
  const inside = (key: string) =>
    ranges.some(({ start, end }) => key >= start && (end === "" || key < end));
  const { space } = request;
  const covered = [...rows].filter(([key]) => inside(key)).sort(([a], [b]) => (a < b ? -1 : 1));
  const records = covered.flatMap(([key, value]) => decodeRecord(space, key, value) ?? []);
  const changed = (changes: readonly (readonly [key: string, value: Uint8Array | null])[]) => {
    const own = changes.filter(([key]) => inside(key));
    const after = new Map(rows);
    for (const [key, value] of own) {
      if (value === null) after.delete(key);
      else after.set(key, value);
    }
    return { result: { kind: "written", applied: own.length } as const, rows: after };
  };
  switch (request.kind) {
    case "get": {
      const items = request.keys.map((key) => {
        const versions = records.filter((record) => record.key === key);
        return stateOf(versions.at(-1), request.now);
      });
      return { result: { kind: "found", items }, rows };
    }
    case "set":
      return changed(request.entries.map((one) => [recordKey(space, one), encodeRecord(one)]));
    case "remove":
      return changed(
        request.entries.map((one) => [
          recordKey(space, one),
          encodeRecord({ ...one, value: null }),
        ]),
      );
    case "purge":
      return changed(request.records.map((one) => [recordKey(space, one), null]));
    case "stale": {
      const removable = records.filter(
        ({ key, version, expiresAt }) =>
          expiresAt <= request.before ||
          records.some((other) => other.key === key && other.version > version),
      );
      const names = removable.map(({ key, version }) => ({ key, version }));
      return { result: { kind: "stale", removable: inOrder(names) }, rows };
    }
  }
}

function stateOf(newest: ReturnType<typeof decodeRecord> | undefined, now: bigint): CacheItem {
  if (newest === undefined || newest === null) return { state: "absent" };
  const { version, expiresAt, value } = newest;
  if (value === null) return { state: "removed", version };
  if (now >= expiresAt) return { state: "expired", version };
  return { state: "hit", version, expiresAt, value };
}

/** The ranges that a client sends a request over: all of a cache. */
export function cacheRanges(space: string): readonly KeyRange[] {
  return [spaceSpan(space)];
}
