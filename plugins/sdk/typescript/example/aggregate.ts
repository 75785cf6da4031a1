/**
 * The aggregate plugin as a script: the same bytes for the same request as the one in
 * AssemblyScript (plugins/examples/aggregate, whose README has the wire format).
 */
import type { Handler, KeyRange, KvPair, PluginIdentity } from "../plugin.d.ts";

/** Who it is. */
export const plugin: PluginIdentity = { name: "aggregate", version: "1.0.0" };

type Request = {
  readonly mask: number;
  readonly smallestFirst: boolean;
  readonly topMax: number;
  readonly prefix: string;
};
type Refusal = { readonly reason: number; readonly offset: number };
type Row = { readonly key: string; readonly value: bigint };

const wanted = { count: 1, sum: 2, min: 4, max: 8, average: 16, top: 32 } as const;

/** Answers a request. */
export const handle: Handler = async (ranges, data, storage) => {
  const request = decode(data);
  if ("reason" in request) return refusal(request);
  const rows: Row[] = [];
  let skipped = 0n;
  for (const range of joined(ranges)) {
    for (const pair of await storage.scan(range)) {
      if (!isRowOf(pair, range)) throw new PluginError("scan failed part-way");
      if (!pair.key.startsWith(request.prefix)) continue;
      if (pair.value.length === 8) rows.push({ key: pair.key, value: signed(pair.value) });
      else skipped += 1n;
    }
  }
  return encode(request, rows, skipped);
};

function decode(data: Uint8Array): Request | Refusal {
  const refuse = (reason: number, offset: number): Refusal => ({ reason, offset });
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const { length } = data;
  if (length < 1) return refuse(1, 0);
  if (view.getUint8(0) !== 1) return refuse(2, 0);
  if (length < 2) return refuse(1, 1);
  const mask = view.getUint8(1);
  if (mask === 0 || mask > 63) return refuse(3, 1);
  if (length < 3) return refuse(1, 2);
  const order = view.getUint8(2);
  if (order > 1) return refuse(4, 2);
  if (length < 5) return refuse(1, 3);
  const topMax = view.getUint16(3, true);
  if (topMax > 1000) return refuse(5, 3);
  if (length < 9) return refuse(1, 5);
  const prefixLength = view.getUint32(5, true);
  if (prefixLength > length - 9) return refuse(1, 5);
  if (prefixLength > 256) return refuse(6, 5);
  if (length > 9 + prefixLength) return refuse(7, 9 + prefixLength);
  const prefix = String.fromCharCode(...data.subarray(9));
  return { mask, smallestFirst: order === 1, topMax, prefix };
}

/** A node puts an empty pair where a read failed. */
function isRowOf({ key, value }: KvPair, { start, end }: KeyRange): boolean {
  if (key === "" && value.length === 0) return false;
  return key >= start && (end === "" || key < end);
}

/** Inhabited ranges, overlapping ones joined, so that each key counts once. */
function joined(ranges: readonly KeyRange[]): readonly KeyRange[] {
  const found: KeyRange[] = [];
  const inhabited = ranges.filter(({ start, end }) => end === "" || start < end);
  for (const range of inhabited.sort((a, b) => compare(a.start, b.start))) {
    const last = found.at(-1);
    if (last === undefined || (last.end !== "" && range.start >= last.end)) found.push(range);
    else if (last.end !== "" && (range.end === "" || range.end > last.end)) {
      found[found.length - 1] = { start: last.start, end: range.end };
    }
  }
  return found;
}

function compare<Value>(a: Value, b: Value): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function signed(value: Uint8Array): bigint {
  return new DataView(value.buffer, value.byteOffset, 8).getBigInt64(0, true);
}

function refusal({ reason, offset }: Refusal): Uint8Array {
  const into = new Writer();
  into.put(1, 1, reason);
  into.number(BigInt(offset), 4);
  return into.done();
}

function encode(request: Request, rows: readonly Row[], skipped: bigint): Uint8Array {
  const { mask, smallestFirst, topMax } = request;
  const into = new Writer();
  const sum = rows.reduce((total, { value }) => total + value, 0n);
  const count = BigInt(rows.length);
  const inOrder = [...rows].sort((a, b) => compare(a.value, b.value) || compare(a.key, b.key));
  into.put(1, 0, mask, smallestFirst ? 1 : 0, topMax & 0xff, topMax >> 8);
  into.number(skipped, 8);
  if (mask & wanted.count) into.number(count, 8);
  if (mask & wanted.sum) into.number(sum, 16);
  if (mask & wanted.min) into.optional(inOrder[0]?.value);
  if (mask & wanted.max) into.optional(inOrder.at(-1)?.value);
  if (mask & wanted.average) {
    into.number(sum, 16);
    into.number(count, 8);
  }
  if (mask & wanted.top) {
    const sign = smallestFirst ? 1 : -1;
    const top = inOrder.sort((a, b) => sign * compare(a.value, b.value) || compare(a.key, b.key));
    into.number(BigInt(Math.min(top.length, topMax)), 4);
    for (const { key, value } of top.slice(0, topMax)) {
      into.number(BigInt(key.length), 4);
      for (let at = 0; at < key.length; at++) into.put(key.charCodeAt(at));
      into.number(value, 8);
    }
  }
  return into.done();
}

class Writer {
  readonly #bytes: number[] = [];

  put(...bytes: readonly number[]): void {
    this.#bytes.push(...bytes);
  }

  /** Little-endian, two's complement. */
  number(value: bigint, bytes: number): void {
    let left = BigInt.asUintN(8 * bytes, value);
    for (let at = 0; at < bytes; at++) {
      this.#bytes.push(Number(left & 0xffn));
      left >>= 8n;
    }
  }

  optional(value: bigint | undefined): void {
    this.put(value === undefined ? 0 : 1);
    if (value !== undefined) this.number(value, 8);
  }

  done(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}
