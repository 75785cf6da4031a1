/** How cached values lie in storage: `space/key`, a zero byte, the version in 8 bytes. */
import { FrameReader, FrameWriter, Malformed, wordText } from "../../wire-frame.ts";
import type { CacheEntry, RecordName } from "./wire.ts";

/** `[start, end)` of keys; an empty end means no end. */
export type Span = { readonly start: string; readonly end: string };

/** What is stored under one version of a key. */
export type CacheRecord = RecordName & {
  readonly expiresAt: bigint;
  /** null: the key was removed. */
  readonly value: Uint8Array | null;
};

/** Where a version of a key is stored. */
export function recordKey(space: string, { key, version }: RecordName): string {
  return `${space}/${key}\0${wordText(version)}`;
}

/** Where all versions of a key are stored. */
export function keySpan(space: string, key: string): Span {
  return { start: `${space}/${key}\0`, end: `${space}/${key}\x01` };
}

/** Where a whole cache is stored: "0" is the character after "/". */
export function spaceSpan(space: string): Span {
  return { start: `${space}/`, end: `${space}0` };
}

/** The bytes of a record. */
export function encodeRecord({
  expiresAt,
  value,
}: Pick<CacheEntry, "expiresAt"> & Pick<CacheRecord, "value">): Uint8Array {
  const into = new FrameWriter();
  into.u8(value === null ? 0 : 1);
  into.u64(expiresAt);
  into.bytes(value ?? new Uint8Array(0));
  return into.done();
}

/** A stored pair as a record; null for what somebody else has put there. */
export function decodeRecord(space: string, key: string, value: Uint8Array): CacheRecord | null {
  const cut = key.indexOf("\0");
  const isOurs = cut > space.length + 1 && key.length === cut + 9 && key.startsWith(`${space}/`);
  if (!isOurs) return null;
  const name = key.slice(space.length + 1, cut);
  const from = new FrameReader(value);
  try {
    const kind = from.u8();
    const expiresAt = from.u64();
    const content = from.bytes();
    if (kind > 1 || from.left > 0) return null;
    const version = versionIn(key.slice(cut + 1));
    return { key: name, version, expiresAt, value: kind === 1 ? content : null };
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
}

function versionIn(text: string): bigint {
  return new FrameReader(Uint8Array.from(text, (one) => one.charCodeAt(0))).u64();
}

/** The inhabited ranges in key order, overlapping ones joined, so that each key counts once. */
export function joinSpans(ranges: readonly Span[]): readonly Span[] {
  const joined: Span[] = [];
  const inhabited = ranges.filter(({ start, end }) => end === "" || start < end);
  for (const range of inhabited.sort((a, b) => compareText(a.start, b.start))) {
    const last = joined.at(-1);
    if (last === undefined || (last.end !== "" && range.start >= last.end)) joined.push(range);
    else if (last.end !== "" && (range.end === "" || range.end > last.end)) {
      joined[joined.length - 1] = { start: last.start, end: range.end };
    }
  }
  return joined;
}

/** What a span and a range share; null if nothing. */
export function clip(span: Span, range: Span): Span | null {
  const start = span.start > range.start ? span.start : range.start;
  const end = range.end !== "" && range.end < span.end ? range.end : span.end;
  return start < end ? { start, end } : null;
}

/** True if one of the ranges holds the key. */
export function isInside(ranges: readonly Span[], key: string): boolean {
  return ranges.some(({ start, end }) => key >= start && (end === "" || key < end));
}

/** Order by code unit: that of bytes for keys. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
