/**
 * The aggregate plugin's requests and responses for its clients: README.md beside this file is
 * the wire format. Values are 64-bit and sums 128-bit, so numbers here are bigints.
 */
import { assert } from "../../../sim/assert.ts";
import { FrameError, FrameReader, FrameWriter } from "../../host/frame-bytes.ts";

/** What a request can ask for, in the order of the bits in its mask and of the response. */
export const aggregateNames = ["count", "sum", "min", "max", "average", "top"] as const;
/** One of them. */
export type AggregateName = (typeof aggregateNames)[number];

/** A request. */
export type AggregateRequest = {
  /** At least one. */
  readonly wants: readonly AggregateName[];
  /** Which of the top entries come first. */
  readonly order: "largest" | "smallest";
  /** Entries of `top` at most, 0 to 1,000. */
  readonly top: number;
  /** Only keys that begin so count, at most 256 bytes. */
  readonly keyPrefix: string;
};

/** One row among the top. */
export type AggregateEntry = { readonly key: string; readonly value: bigint };

/** The aggregates of some rows. What was not asked for is null, as are min and max of no rows. */
export type AggregateTotals = {
  readonly kind: "totals";
  readonly wants: readonly AggregateName[];
  readonly order: "largest" | "smallest";
  readonly topMax: number;
  /** Rows whose value is not 8 bytes. */
  readonly skipped: bigint;
  readonly count: bigint | null;
  readonly sum: bigint | null;
  readonly min: bigint | null;
  readonly max: bigint | null;
  /** Divide only after the last merge: see `averageOf`. */
  readonly average: { readonly sum: bigint; readonly count: bigint } | null;
  readonly top: readonly AggregateEntry[] | null;
};

/** Why the plugin refused a request, and at which byte of it. */
export type AggregateRefusal = {
  readonly kind: "badRequest";
  readonly reason: RefusalReason;
  readonly offset: number;
};
/** Where a request stops making sense; README.md lists them. */
export type RefusalReason =
  | "short"
  | "version"
  | "aggregates"
  | "order"
  | "top"
  | "prefix"
  | "trailing";

/** What the plugin answers, unless a storage error took its place. */
export type AggregateResponse = AggregateTotals | AggregateRefusal;

/** Numbers of the reasons: 1 is `short`. */
export const refusalReasons: readonly RefusalReason[] = [
  "short",
  "version",
  "aggregates",
  "order",
  "top",
  "prefix",
  "trailing",
];

const version = 1;
/** Entries of `top` that a request may ask for. */
export const topMax = 1_000;
/** Bytes of a key prefix at most. */
export const keyPrefixBytesMax = 256;

/** The request's bytes. */
export function encodeRequest(request: AggregateRequest): Uint8Array {
  assert(request.wants.length > 0, "a request asks for something");
  const into = Buffer.alloc(9 + request.keyPrefix.length);
  into.set([version, wantsMask(request.wants), request.order === "smallest" ? 1 : 0]);
  into.writeUInt16LE(request.top, 3);
  new FrameWriter(into, 5).key(request.keyPrefix);
  return into;
}

/** Decodes a request as the plugin does: fields in order, the first wrong one is the reason. */
export function decodeRequest(
  data: Uint8Array,
): { readonly kind: "request"; readonly request: AggregateRequest } | AggregateRefusal {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const refuse = (reason: RefusalReason, offset: number) =>
    ({ kind: "badRequest", reason, offset }) as const;
  if (bytes.length < 1) return refuse("short", 0);
  if (bytes[0] !== version) return refuse("version", 0);
  if (bytes.length < 2) return refuse("short", 1);
  const mask = bytes[1] as number;
  if (mask === 0 || mask >= 1 << aggregateNames.length) return refuse("aggregates", 1);
  if (bytes.length < 3) return refuse("short", 2);
  if ((bytes[2] as number) > 1) return refuse("order", 2);
  if (bytes.length < 5) return refuse("short", 3);
  const top = bytes.readUInt16LE(3);
  if (top > topMax) return refuse("top", 3);
  if (bytes.length < 9) return refuse("short", 5);
  const prefixLength = bytes.readUInt32LE(5);
  if (prefixLength > bytes.length - 9) return refuse("short", 5);
  if (prefixLength > keyPrefixBytesMax) return refuse("prefix", 5);
  if (bytes.length > 9 + prefixLength) return refuse("trailing", 9 + prefixLength);
  const order = bytes[2] === 1 ? "smallest" : "largest";
  const keyPrefix = bytes.toString("latin1", 9, 9 + prefixLength);
  return { kind: "request", request: { wants: wantedNames(mask), order, top, keyPrefix } };
}

/** A response's bytes. */
export function encodeResponse(response: AggregateResponse): Uint8Array {
  if (response.kind === "badRequest") {
    const into = Buffer.alloc(7);
    into.set([version, 1, refusalReasons.indexOf(response.reason) + 1]);
    into.writeUInt32LE(response.offset, 3);
    return into;
  }
  const entries = response.top ?? [];
  const size = entries.reduce((sum, { key }) => sum + 12 + key.length, 128);
  const into = Buffer.alloc(size);
  const writer = new FrameWriter(into);
  writer.u8(version);
  writer.u8(0);
  writer.u8(wantsMask(response.wants));
  writer.u8(response.order === "smallest" ? 1 : 0);
  writer.u8(response.topMax & 0xff);
  writer.u8(response.topMax >> 8);
  writeWord(writer, response.skipped);
  for (const name of response.wants) writeAggregate(writer, name, response);
  return into.subarray(0, writer.at);
}

/** Decodes a response; null if it is none. */
export function decodeResponse(data: Uint8Array): AggregateResponse | null {
  const from = new FrameReader(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  try {
    if (from.u8() !== version) return null;
    const response = from.u8() === 0 ? readTotals(from) : readRefusal(from);
    from.finish();
    return response;
  } catch (error) {
    if (error instanceof FrameError) return null;
    throw error;
  }
}

/** The average, rounded to a double; null of no rows, or if it was not asked for. */
export function averageOf({ average }: AggregateTotals): number | null {
  if (average === null || average.count === 0n) return null;
  return Number(average.sum) / Number(average.count);
}

function wantsMask(wants: readonly AggregateName[]): number {
  return wants.reduce((mask, name) => mask | (1 << aggregateNames.indexOf(name)), 0);
}

function wantedNames(mask: number): readonly AggregateName[] {
  return aggregateNames.filter((_, bit) => (mask & (1 << bit)) !== 0);
}

function writeAggregate(into: FrameWriter, name: AggregateName, totals: AggregateTotals): void {
  if (name === "count") writeWord(into, totals.count ?? 0n);
  else if (name === "sum") writeWide(into, totals.sum ?? 0n);
  else if (name === "min" || name === "max") {
    const value = totals[name];
    into.u8(value === null ? 0 : 1);
    if (value !== null) writeWord(into, value);
  } else if (name === "average") {
    writeWide(into, totals.average?.sum ?? 0n);
    writeWord(into, totals.average?.count ?? 0n);
  } else {
    into.u32(totals.top?.length ?? 0);
    for (const { key, value } of totals.top ?? []) {
      into.key(key);
      writeWord(into, value);
    }
  }
}

function readTotals(from: FrameReader): AggregateTotals | null {
  const mask = from.u8();
  if (mask === 0 || mask >= 1 << aggregateNames.length) return null;
  const wants = wantedNames(mask);
  const order = from.u8() === 1 ? "smallest" : "largest";
  const limit = from.u8() + (from.u8() << 8);
  const skipped = readWord(from, false);
  const read = <Value>(name: AggregateName, one: () => Value): Value | null =>
    wants.includes(name) ? one() : null;
  const optional = () => (from.u8() === 0 ? null : readWord(from, true));
  const entry = () => ({ key: from.key(), value: readWord(from, true) });
  return {
    kind: "totals",
    wants,
    order,
    topMax: limit,
    skipped,
    count: read("count", () => readWord(from, false)),
    sum: read("sum", () => readWide(from)),
    min: read("min", optional),
    max: read("max", optional),
    average: read("average", () => ({ sum: readWide(from), count: readWord(from, false) })),
    top: read("top", () => Array.from({ length: from.count(12) }, entry)),
  };
}

function readRefusal(from: FrameReader): AggregateRefusal | null {
  const reason = refusalReasons[from.u8() - 1];
  const offset = from.u32();
  return reason === undefined ? null : { kind: "badRequest", reason, offset };
}

function writeWord(into: FrameWriter, value: bigint): void {
  const word = BigInt.asUintN(64, value);
  into.u32(Number(word & 0xffff_ffffn));
  into.u32(Number(word >> 32n));
}

function writeWide(into: FrameWriter, value: bigint): void {
  writeWord(into, value);
  writeWord(into, value >> 64n);
}

function readWord(from: FrameReader, signed: boolean): bigint {
  const low = BigInt(from.u32());
  const word = (BigInt(from.u32()) << 32n) | low;
  return signed ? BigInt.asIntN(64, word) : word;
}

function readWide(from: FrameReader): bigint {
  const low = readWord(from, false);
  return (readWord(from, true) << 64n) | low;
}
