/**
 * The cache plugin. Reads never write and writes never read: a write is one batch that depends on
 * the request alone, so it may be repeated, delayed and interleaved with others as one likes. The
 * bad twins replace one action each; nothing else differs.
 */
import type { Handler, KeyRange, Storage } from "../../../sdk/typescript/plugin.d.ts";
import {
  type CacheRecord,
  clip,
  compareText,
  decodeRecord,
  encodeRecord,
  isInside,
  joinSpans,
  keySpan,
  recordKey,
  type Span,
  spaceSpan,
} from "./records.ts";
import {
  type CacheItem,
  type CacheRequest,
  type CacheResponse,
  decodeRequest,
  encodeResponse,
  type RecordName,
} from "./wire.ts";

/** One operation of requests. */
export type CacheAction<Kind extends CacheRequest["kind"]> = (
  request: Extract<CacheRequest, { readonly kind: Kind }>,
  ranges: readonly KeyRange[],
  storage: Storage,
) => Promise<CacheResponse>;

/** All operations. */
export type CacheActions = { readonly [Kind in CacheRequest["kind"]]: CacheAction<Kind> };

/** A handler that carries requests out by these actions. */
export function cacheHandler(actions: CacheActions): Handler {
  return async (ranges, data, storage) => {
    const request = decodeRequest(data);
    return encodeResponse(await act(actions, request, joinSpans(ranges), storage));
  };
}

async function act(
  actions: CacheActions,
  request: ReturnType<typeof decodeRequest>,
  ranges: readonly KeyRange[],
  storage: Storage,
): Promise<CacheResponse> {
  switch (request.kind) {
    case "badRequest":
      return request;
    case "get":
      return actions.get(request, ranges, storage);
    case "set":
      return actions.set(request, ranges, storage);
    case "remove":
      return actions.remove(request, ranges, storage);
    case "stale":
      return actions.stale(request, ranges, storage);
    case "purge":
      return actions.purge(request, ranges, storage);
  }
}

/** The plugin as it should be. */
export const soundActions: CacheActions = {
  async get({ space, now, keys }, ranges, storage) {
    const items: CacheItem[] = [];
    for (const key of keys) {
      const found = await recordsOf(space, keySpan(space, key), ranges, storage);
      items.push(itemOf(found.flat().at(-1), now));
    }
    return { kind: "found", items };
  },
  async set({ space, entries }, ranges, storage) {
    return put(space, entries, ranges, storage);
  },
  async remove({ space, entries }, ranges, storage) {
    const marks = entries.map((entry) => ({ ...entry, value: null }));
    return put(space, marks, ranges, storage);
  },
  async stale({ space, before }, ranges, storage) {
    const removable: RecordName[] = [];
    const borders: RecordName[] = [];
    for (const records of await recordsOf(space, spaceSpan(space), ranges, storage)) {
      records.forEach((record, at) => {
        const isNewest = records[at + 1]?.key !== record.key;
        if (!isNewest || record.expiresAt <= before) removable.push(nameOf(record));
        const { key } = record;
        // Other versions of the first and of the last key may lie in somebody else's range.
        const isAtEnd = key === records[0]?.key || key === records.at(-1)?.key;
        if (isNewest && isAtEnd) borders.push(nameOf(record));
      });
    }
    return { kind: "stale", removable, borders };
  },
  async purge({ space, records }, ranges, storage) {
    const keys = records.map((record) => recordKey(space, record));
    const own = keys.filter((key) => isInside(ranges, key));
    if (own.length > 0) await storage.batchDelete(own);
    return { kind: "written", applied: own.length };
  },
};

async function put(
  space: string,
  records: readonly CacheRecord[],
  ranges: readonly KeyRange[],
  storage: Storage,
): Promise<CacheResponse> {
  const pairs = records.map((record) => ({
    key: recordKey(space, record),
    value: encodeRecord(record),
  }));
  const own = pairs.filter(({ key }) => isInside(ranges, key));
  // One batch is one command: all of a part, or nothing of it.
  if (own.length > 0) await storage.batchPut(own);
  return { kind: "written", applied: own.length };
}

/** The records in a span, range by range, in order of keys and versions. */
export async function recordsOf(
  space: string,
  span: Span,
  ranges: readonly KeyRange[],
  storage: Storage,
): Promise<readonly (readonly CacheRecord[])[]> {
  const found: (readonly CacheRecord[])[] = [];
  for (const range of ranges) {
    const own = clip(span, range);
    if (own === null) continue;
    const pairs = await storage.scan(own);
    // A node puts an empty pair where a read failed: what was found is not all there is.
    const failed = pairs.some(({ key, value }) => key === "" && value.length === 0);
    if (failed) throw new PluginError("scan failed part-way");
    const records = pairs.map(({ key, value }) => decodeRecord(space, key, value));
    found.push(records.filter((record) => record !== null).sort(byKeyAndVersion));
  }
  return found;
}

/** Keys of bytes below "\0" do not exist, so stored order is this one; sorting says so. */
function byKeyAndVersion(a: CacheRecord, b: CacheRecord): number {
  if (a.key !== b.key) return compareText(a.key, b.key);
  return a.version < b.version ? -1 : 1;
}

/** What the newest record of a key comes to at a moment. */
export function itemOf(record: CacheRecord | undefined, now: bigint): CacheItem {
  if (record === undefined) return { state: "absent" };
  const { version, expiresAt, value } = record;
  if (value === null) return { state: "removed", version };
  return now < expiresAt
    ? { state: "hit", version, expiresAt, value }
    : { state: "expired", version };
}

const nameOf = ({ key, version }: RecordName): RecordName => ({ key, version });
