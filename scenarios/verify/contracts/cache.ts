/** The contract of the example plugin `cache`: its README is the format. */
import fc from "fast-check";
import {
  type CacheItem,
  type CacheRequest,
  type CacheResult,
  decodeRequest,
  decodeResponse,
  encodeRecord,
  encodeRequest,
  mergeResponses,
  modelAnswer,
  type RecordName,
  recordKey,
} from "../../../plugins/examples/cache/index.ts";
import { latin1Text } from "../../../sim/bytes.ts";
import { type Contract, defineContract } from "../contract.ts";

const space = "c";

/** One is a prefix of another: their versions must not mix. */
const keys = fc.constantFrom("a", "ab", "b", "b/x");
const versions = fc.integer({ min: 1, max: 4 }).map(BigInt);
const times = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 6 }).map(BigInt) },
  { weight: 1, arbitrary: fc.constant((1n << 64n) - 1n) },
);
const values = fc.uint8Array({ maxLength: 4 });
const names: fc.Arbitrary<RecordName> = fc.record({ key: keys, version: versions });
const entries = fc.record({ key: keys, version: versions, expiresAt: times, value: values });

const rows = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(entries, fc.nat({ max: 3 })).map(([entry, mark]) => ({
      key: recordKey(space, entry),
      value: encodeRecord(mark === 0 ? { ...entry, value: null } : entry),
    })),
  },
  {
    // What others have left among the cache's keys.
    weight: 1,
    arbitrary: fc
      .tuple(keys, fc.uint8Array({ maxLength: 9 }), values)
      .map(([key, tail, value]) => ({
        key: `${space}/${key}${latin1Text(tail)}`,
        value,
      })),
  },
);

const few = <Item>(item: fc.Arbitrary<Item>) => fc.array(item, { minLength: 1, maxLength: 3 });

const requests: fc.Arbitrary<CacheRequest> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("get" as const),
      space: fc.constant(space),
      now: times,
      keys: few(keys),
    }),
  },
  {
    weight: 2,
    arbitrary: few(entries).map((all) => ({ kind: "set" as const, space, entries: all })),
  },
  {
    weight: 1,
    arbitrary: few(entries).map((all) => ({
      kind: "remove" as const,
      space,
      entries: all.map(({ key, version, expiresAt }) => ({ key, version, expiresAt })),
    })),
  },
  {
    weight: 1,
    arbitrary: times.map((before) => ({ kind: "stale" as const, space, before })),
  },
  {
    weight: 1,
    arbitrary: few(names).map((records) => ({ kind: "purge" as const, space, records })),
  },
);

/** A cache with versions and expiry. */
export const cacheContract: Contract = defineContract({
  codec: {
    encodeReq: encodeRequest,
    decodeReq: (data) => {
      const decoded = decodeRequest(data);
      return decoded.kind === "badRequest" ? null : decoded;
    },
    decodeRes: decodeResponse,
  },
  isRefusal: ({ kind }) => kind === "badRequest",
  merge: (parts) => mergeResponses(parts.map(({ res }) => res)),
  show: { result: resultWords, request: requestWords },
  kind: "write-idempotent",
  isolation: "read-committed",
  gen: { data: fc.array(rows, { maxLength: 8 }), request: requests },
  model: (stored, request, ranges) => modelAnswer(stored, ranges, request),
});

function resultWords(result: CacheResult): string {
  switch (result.kind) {
    case "badRequest":
      return `bad request: ${result.reason} at byte ${result.offset}`;
    case "found":
      return result.items.map(itemWords).join(", ");
    case "written":
      return `wrote ${result.applied}`;
    case "stale":
      return `may go: ${result.removable.map(nameWords).join(" ") || "none"}`;
  }
}

const nameWords = ({ key, version }: RecordName): string => `${key}@${version}`;

function itemWords(item: CacheItem): string {
  if (item.state === "absent") return "absent";
  const value = item.state === "hit" ? ` ${JSON.stringify(latin1Text(item.value))}` : "";
  return `${item.state} @${item.version}${value}`;
}

function requestWords(request: CacheRequest): string {
  switch (request.kind) {
    case "get":
      return `get ${request.keys.join(" ")} at ${request.now}`;
    case "set":
    case "remove":
      return `${request.kind} ${request.entries.map(nameWords).join(" ")}`;
    case "stale":
      return `stale before ${request.before}`;
    case "purge":
      return `purge ${request.records.map(nameWords).join(" ")}`;
  }
}
