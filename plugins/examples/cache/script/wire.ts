/**
 * The cache plugin's requests and responses as bytes: README.md is the format. The plugin's script
 * and its clients share this file, so it uses nothing that the sandbox lacks. Keys are latin1
 * strings, one character a byte; versions and times are 64-bit.
 */
import { FrameReader, FrameWriter, Malformed } from "../../wire-frame.ts";

/** A cached value to store. The client chooses the version; the greatest of a key counts. */
export type CacheEntry = {
  readonly key: string;
  readonly version: bigint;
  /** Milliseconds of the clients' clock: from then on it is not served. */
  readonly expiresAt: bigint;
  readonly value: Uint8Array;
};

/** One stored record: a version of a key. */
export type RecordName = { readonly key: string; readonly version: bigint };

/** What a client asks for; `space` keeps caches apart. */
export type CacheRequest =
  | {
      readonly kind: "get";
      readonly space: string;
      /** Milliseconds of the client's clock. */
      readonly now: bigint;
      readonly keys: readonly string[];
    }
  | { readonly kind: "set"; readonly space: string; readonly entries: readonly CacheEntry[] }
  | {
      readonly kind: "remove";
      readonly space: string;
      /** `expiresAt`: until then the mark keeps late writes of older versions away. */
      readonly entries: readonly Omit<CacheEntry, "value">[];
    }
  | {
      readonly kind: "stale";
      readonly space: string;
      /** Records that ended before this time may go. */
      readonly before: bigint;
    }
  | { readonly kind: "purge"; readonly space: string; readonly records: readonly RecordName[] };

/** What a part found of one key. */
export type CacheItem =
  | { readonly state: "absent" }
  | {
      readonly state: "hit";
      readonly version: bigint;
      readonly expiresAt: bigint;
      readonly value: Uint8Array;
    }
  | { readonly state: "expired" | "removed"; readonly version: bigint };

/** Why a request is refused, by its number from 1 on. */
export const cacheRefusals = [
  "short",
  "version",
  "operation",
  "space",
  "key",
  "count",
  "value",
  "trailing",
] as const;
/** One of them. */
export type CacheRefusalReason = (typeof cacheRefusals)[number];

/** A refused request: why, and at which byte of it. */
export type CacheRefusal = {
  readonly kind: "badRequest";
  readonly reason: CacheRefusalReason;
  readonly offset: number;
};

/** What one part answers, unless a storage error took its place. */
export type CacheResponse =
  | CacheRefusal
  /** In the order of the request's keys. */
  | { readonly kind: "found"; readonly items: readonly CacheItem[] }
  /** How many of the request's records lay inside the ranges. */
  | { readonly kind: "written"; readonly applied: number }
  | {
      readonly kind: "stale";
      readonly removable: readonly RecordName[];
      /** Newest records at the ends of the ranges: another part may hold a newer one. */
      readonly borders: readonly RecordName[];
    };

const formatVersion = 1;
const operations = ["get", "set", "remove", "stale", "purge"] as const;
const responses = ["badRequest", "found", "written", "stale"] as const;
const states = ["absent", "hit", "expired", "removed"] as const;

/** Keys or records of one request at most. */
export const itemsMax = 256;
/** Bytes of a key at most. */
export const keyBytesMax = 256;
/** Bytes of a value at most. */
export const valueBytesMax = 65_536;
const spaceBytesMax = 32;

/** The request's bytes. */
export function encodeRequest(request: CacheRequest): Uint8Array {
  const into = new FrameWriter();
  into.u8(formatVersion);
  into.u8(operations.indexOf(request.kind) + 1);
  into.text(request.space);
  switch (request.kind) {
    case "get":
      into.u64(request.now);
      into.list(request.keys, (key) => into.text(key));
      break;
    case "set":
      into.list(request.entries, (entry) => {
        writeName(into, entry);
        into.u64(entry.expiresAt);
        into.bytes(entry.value);
      });
      break;
    case "remove":
      into.list(request.entries, (entry) => {
        writeName(into, entry);
        into.u64(entry.expiresAt);
      });
      break;
    case "stale":
      into.u64(request.before);
      break;
    case "purge":
      into.list(request.records, (record) => writeName(into, record));
      break;
  }
  return into.done();
}

/** Decodes a request: fields in order, the first wrong one is the reason. */
export function decodeRequest(data: Uint8Array): CacheRequest | CacheRefusal {
  const from = new FrameReader(data);
  try {
    const request = readRequest(from);
    if (from.left > 0) throw new Malformed("trailing", from.at);
    return request;
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    const reason = cacheRefusals.find((one) => one === error.message) ?? "short";
    return { kind: "badRequest", reason, offset: error.offset };
  }
}

function readRequest(from: FrameReader): CacheRequest {
  if (from.u8() !== formatVersion) throw new Malformed("version", from.at - 1);
  const kind = operations[from.u8() - 1];
  if (kind === undefined) throw new Malformed("operation", from.at - 1);
  const start = from.at;
  const space = from.text();
  const isPlain = space.length > 0 && space.length <= spaceBytesMax && !space.includes("/");
  if (!isPlain) throw new Malformed("space", start);
  switch (kind) {
    case "get":
      return { kind, space, now: from.u64(), keys: readItems(from, 4, () => readKey(from)) };
    case "set":
      return {
        kind,
        space,
        entries: readItems(from, 24, () => ({
          ...readName(from),
          expiresAt: from.u64(),
          value: readValue(from),
        })),
      };
    case "remove": {
      const entry = () => ({ ...readName(from), expiresAt: from.u64() });
      return { kind, space, entries: readItems(from, 20, entry) };
    }
    case "stale":
      return { kind, space, before: from.u64() };
    case "purge":
      return { kind, space, records: readItems(from, 12, () => readName(from)) };
  }
}

/** A count that the bytes at hand can hold, of 1 to `itemsMax`, then the items. */
function readItems<Item>(from: FrameReader, itemBytes: number, read: () => Item): readonly Item[] {
  const start = from.at;
  const count = from.u32();
  if (count < 1 || count > itemsMax) throw new Malformed("count", start);
  if (count * itemBytes > from.left) throw new Malformed("short", from.at);
  return from.items(count, read);
}

function readKey(from: FrameReader): string {
  const start = from.at;
  const key = from.text();
  const isPlain = key.length > 0 && key.length <= keyBytesMax && !key.includes("\0");
  if (!isPlain) throw new Malformed("key", start);
  return key;
}

function readName(from: FrameReader): RecordName {
  return { key: readKey(from), version: from.u64() };
}

function writeName(into: FrameWriter, { key, version }: RecordName): void {
  into.text(key);
  into.u64(version);
}

function readValue(from: FrameReader): Uint8Array {
  const start = from.at;
  const value = from.bytes();
  if (value.length > valueBytesMax) throw new Malformed("value", start);
  return value;
}

/** A response's bytes. */
export function encodeResponse(response: CacheResponse): Uint8Array {
  const into = new FrameWriter();
  into.u8(formatVersion);
  into.u8(responses.indexOf(response.kind));
  switch (response.kind) {
    case "badRequest":
      into.u8(cacheRefusals.indexOf(response.reason) + 1);
      into.u32(response.offset);
      break;
    case "found":
      into.list(response.items, (item) => {
        into.u8(states.indexOf(item.state));
        if (item.state !== "absent") into.u64(item.version);
        if (item.state !== "hit") return;
        into.u64(item.expiresAt);
        into.bytes(item.value);
      });
      break;
    case "written":
      into.u32(response.applied);
      break;
    case "stale":
      into.list(response.removable, (record) => writeName(into, record));
      into.list(response.borders, (record) => writeName(into, record));
      break;
  }
  return into.done();
}

/** Decodes a response; null if it is none. */
export function decodeResponse(data: Uint8Array): CacheResponse | null {
  const from = new FrameReader(data);
  try {
    const response = readResponse(from);
    return from.left === 0 ? response : null;
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
}

function readResponse(from: FrameReader): CacheResponse | null {
  if (from.u8() !== formatVersion) return null;
  const kind = responses[from.u8()];
  switch (kind) {
    case "badRequest": {
      const reason = cacheRefusals[from.u8() - 1];
      return reason === undefined ? null : { kind, reason, offset: from.u32() };
    }
    case "found":
      return { kind, items: from.list(1, () => readItem(from)) };
    case "written":
      return { kind, applied: from.u32() };
    case "stale": {
      const removable = from.list(12, () => readName(from));
      return { kind, removable, borders: from.list(12, () => readName(from)) };
    }
    default:
      return null;
  }
}

function readItem(from: FrameReader): CacheItem {
  const state = states[from.u8()];
  if (state === undefined) throw new Malformed("state", from.at - 1);
  if (state === "absent") return { state };
  const version = from.u64();
  if (state !== "hit") return { state, version };
  return { state, version, expiresAt: from.u64(), value: from.bytes() };
}
