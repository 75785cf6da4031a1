/**
 * What a run leaves behind: a rolling hash of everything that was dispatched and emitted, and, when
 * the trace is kept, each of these as a row. Two runs of one seed have equal hashes; when they have
 * not, the first row that differs says where they parted.
 */
import { assert } from "./assert.ts";
import type { ProcessId } from "./process.ts";

/** One row of a kept trace. */
export type TraceRow = {
  readonly timeUs: number;
  /** "dispatch": the kernel took up an operation (`operation.ts`); "emit": somebody reported. */
  readonly source: "dispatch" | "emit" | "digest";
  readonly kind: number;
  readonly process: ProcessId;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
};

/** The hash after so many events, digests of all processes included: to halve a divergence. */
export type Checkpoint = { readonly events: number; readonly hash: string };

const width = 7;
const sources = ["dispatch", "emit", "digest"] as const;
const sourceSpan = 4;

/** The rolling hash and, optionally, the rows. */
export class Trace {
  readonly keeps: boolean;
  #low = 0x6a09e667;
  #high = 0x3c6ef372;
  #rows: Float64Array = new Float64Array(0);
  #count = 0;

  constructor(keeps: boolean) {
    this.keeps = keeps;
  }

  /** How many rows are kept. */
  get count(): number {
    return this.#count;
  }

  /** An operation is taken up. `a` and `b` are those columns of its slot. */
  dispatch(timeUs: number, operation: number, process: number, a: number, b: number): void {
    this.#mix(timeUs | 0, (operation << 24) ^ (process << 12) ^ a, b | 0);
    if (this.keeps) this.#add(timeUs, 0, operation, process, a, b, 0, 0);
  }

  /** Somebody reports. Integers of any size count in full. */
  emit(
    timeUs: number,
    kind: number,
    process: number,
    a: number,
    b: number,
    c: number,
    d: number,
  ): void {
    this.#mix((kind << 12) ^ process, a | 0, b | 0);
    this.#mix(timeUs | 0, c | 0, d | 0);
    if (a !== (a | 0) || b !== (b | 0) || c !== (c | 0) || d !== (d | 0)) {
      this.#mix(upper(a), upper(b), upper(c));
      this.#mix(upper(d), 0, 0);
    }
    if (this.keeps) this.#add(timeUs, 1, kind, process, a, b, c, d);
  }

  /** A process's digest at a checkpoint. */
  digest(timeUs: number, process: number, digest: number): void {
    this.#mix(process, digest | 0, 0);
    if (this.keeps) this.#add(timeUs, 2, 0, process, digest, 0, 0, 0);
  }

  /** The hash so far, and on top of it `digests`: 16 hexadecimal digits. The trace is unchanged. */
  hash(digests: readonly number[]): string {
    const low = this.#low;
    const high = this.#high;
    for (const digest of digests) this.#mix(digest | 0, 0, 0);
    const text = [this.#low, this.#high].map((lane) => (lane >>> 0).toString(16).padStart(8, "0"));
    this.#low = low;
    this.#high = high;
    return text.join("");
  }

  /** The row at a position from 0. */
  row(at: number): TraceRow {
    assert(at >= 0 && at < this.#count, "a row is asked for by its position");
    const [timeUs = 0, source = 0, process = 0, a = 0, b = 0, c = 0, d = 0] = this.#rows.subarray(
      at * width,
      at * width + width,
    );
    return {
      timeUs,
      source: sources[source % sourceSpan]!,
      kind: Math.floor(source / sourceSpan),
      process: process as ProcessId,
      a,
      b,
      c,
      d,
    };
  }

  #mix(first: number, second: number, third: number): void {
    let low = Math.imul(this.#low ^ first, 0x85ebca6b);
    let high = Math.imul(this.#high ^ second, 0xc2b2ae35);
    low ^= low >>> 15;
    high ^= high >>> 13;
    low = Math.imul(low ^ third, 0x27d4eb2f);
    // Each lane takes in the other, so that both feel all three words.
    this.#low = (low + high) | 0;
    this.#high = (high ^ ((low << 11) | (low >>> 21))) | 0;
  }

  #add(
    timeUs: number,
    source: number,
    kind: number,
    process: number,
    a: number,
    b: number,
    c: number,
    d: number,
  ): void {
    const at = this.#count * width;
    if (at + width > this.#rows.length) {
      const wider = new Float64Array(Math.max(this.#rows.length * 2, 1024 * width));
      wider.set(this.#rows);
      this.#rows = wider;
    }
    const rows = this.#rows;
    rows[at] = timeUs;
    rows[at + 1] = kind * sourceSpan + source;
    rows[at + 2] = process;
    rows[at + 3] = a;
    rows[at + 4] = b;
    rows[at + 5] = c;
    rows[at + 6] = d;
    this.#count += 1;
  }
}

/** The part of an integer above its low 32 bits. */
const upper = (value: number): number => Math.floor(value / 0x1_0000_0000) | 0;

/** Where two kept traces part: the position and both rows, null where one has ended. */
export type Difference = {
  readonly at: number;
  readonly left: TraceRow | null;
  readonly right: TraceRow | null;
};

/** The first row in which two kept traces differ, or null when they are equal. */
export function firstDifference(left: Trace, right: Trace): Difference | null {
  assert(left.keeps && right.keeps, "only kept traces are compared");
  const longest = Math.max(left.count, right.count);
  for (let at = 0; at < longest; at++) {
    const one = at < left.count ? left.row(at) : null;
    const other = at < right.count ? right.row(at) : null;
    if (one === null || other === null || !equalRows(one, other)) {
      return { at, left: one, right: other };
    }
  }
  return null;
}

function equalRows(one: TraceRow, other: TraceRow): boolean {
  return (
    one.timeUs === other.timeUs &&
    one.source === other.source &&
    one.kind === other.kind &&
    one.process === other.process &&
    one.a === other.a &&
    one.b === other.b &&
    one.c === other.c &&
    one.d === other.d
  );
}
