/**
 * Chance. One master seed string gives any number of streams, one for each concern and object
 * ("net/1->2"), so that a new draw in one place disturbs no other. A draw is an integer, costs one
 * step of the generator whatever its range, and can be recorded and overridden by (stream, n).
 *
 * The generator is Tyche-i (Neves and Araujo, "Fast and small nonlinear pseudorandom number
 * generators for computer simulation", 2011). The package seedrandom makes its four words of state
 * from a text; a stream steps them itself, without the closures and objects around them.
 */
import seedrandom from "seedrandom";
import { assert } from "./assert.ts";

/** One draw: the `n`th (from 0) of a stream, and the value it gave in its range. */
export type Draw = { readonly stream: number; readonly n: number; readonly value: number };

/** Every draw of a run as integers, three words each; names are looked up only when asked for. */
export class DrawRecord {
  #words = new Uint32Array(3 * 256);
  #count = 0;

  /** How many draws are recorded. */
  get count(): number {
    return this.#count;
  }

  /** Adds one draw. */
  add(stream: number, n: number, value: number): void {
    const at = this.#count * 3;
    if (at === this.#words.length) this.#grow();
    this.#words[at] = stream;
    this.#words[at + 1] = n;
    this.#words[at + 2] = value;
    this.#count += 1;
  }

  /** The draw at position `at`, from 0. */
  at(at: number): Draw {
    assert(at >= 0 && at < this.#count, "a recorded draw is asked for by its position");
    const [stream = 0, n = 0, value = 0] = this.#words.subarray(at * 3, at * 3 + 3);
    return { stream, n, value };
  }

  #grow(): void {
    const wider = new Uint32Array(this.#words.length * 2);
    wider.set(this.#words);
    this.#words = wider;
  }
}

/** A source of integers of its own. Made by `Randomness.stream`, never directly. */
export class Stream {
  /** Its number in its `Randomness`, in order of creation. */
  readonly id: number;
  // The generator's state: words of 32 bits.
  #a: number;
  #b: number;
  #c: number;
  #d: number;
  readonly #record: DrawRecord | null;
  #overrides: Map<number, number> | null = null;
  #draws = 0;

  /** Internal to this file's `Randomness`. */
  constructor(id: number, state: seedrandom.State.Tychei, record: DrawRecord | null) {
    this.id = id;
    this.#a = state.a;
    this.#b = state.b;
    this.#c = state.c;
    this.#d = state.d;
    this.#record = record;
  }

  /** How many draws were made. */
  get draws(): number {
    return this.#draws;
  }

  /** Any 32-bit integer, 0 to 2^32 - 1. */
  uint32(): number {
    return this.below(0x1_0000_0000);
  }

  /** An integer from 0 up to, not including, `n`; `n` from 1 to 2^32. Bias at most n / 2^32. */
  below(n: number): number {
    assert(n >= 1 && n <= 0x1_0000_0000, "a draw's range is 1 to 2^32 values");
    // Always one step, so that the nth draw of a stream is the nth whatever the ranges were.
    let value = Math.floor(((this.#step() >>> 0) * n) / 0x1_0000_0000);
    if (this.#overrides !== null) value = this.#override(value, n);
    if (this.#record !== null) this.#record.add(this.id, this.#draws, value);
    this.#draws += 1;
    return value;
  }

  /** An integer from `min` to `max`, both included. */
  between(min: number, max: number): number {
    return min + this.below(max - min + 1);
  }

  /** True `numerator` times of `denominator`. Always draws, also for 0 and for certainty. */
  chance(numerator: number, denominator: number): boolean {
    return this.below(denominator) < numerator;
  }

  /** One of the items; there is at least one. */
  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item;
  }

  /** Makes the `n`th draw (from 0) give `value`, cut to that draw's range. */
  override(n: number, value: number): void {
    assert(n >= this.#draws, "only a draw yet to come is overridden");
    this.#overrides ??= new Map();
    this.#overrides.set(n, value);
  }

  /** The next word, signed. */
  #step(): number {
    let b = rotated(this.#b, 25) ^ this.#c;
    let c = (this.#c - this.#d) | 0;
    const d = rotated(this.#d, 24) ^ this.#a;
    const a = (this.#a - b) | 0;
    b = rotated(b, 20) ^ c;
    c = (c - d) | 0;
    this.#b = b;
    this.#c = c;
    // Tyche-i rotates d here. The package, whose numbers these are, takes half of c.
    this.#d = (d << 16) ^ (c >>> 16) ^ a;
    this.#a = (a - b) | 0;
    return this.#a;
  }

  #override(value: number, n: number): number {
    const wanted = this.#overrides?.get(this.#draws);
    return wanted === undefined ? value : Math.min(wanted, n - 1);
  }
}

const rotated = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits));

/** All streams of one master seed. */
export class Randomness {
  /** The master seed. */
  readonly seed: string;
  /** Every draw of every stream, or null when they are not recorded. */
  readonly record: DrawRecord | null;
  readonly #streams = new Map<string, Stream>();
  readonly #labels: string[] = [];

  constructor({ seed, keepDraws }: { readonly seed: string; readonly keepDraws: boolean }) {
    this.seed = seed;
    this.record = keepDraws ? new DrawRecord() : null;
  }

  /** The stream of a label: made at the first call, the same handle afterwards. Keep the handle. */
  stream(label: string): Stream {
    const known = this.#streams.get(label);
    if (known !== undefined) return known;
    // The separator is in no label by convention, so "a" + "b/c" and "a/b" + "c" stay apart.
    const generator = seedrandom.tychei(`${this.seed}\n${label}`, { state: true });
    const stream = new Stream(this.#labels.length, generator.state(), this.record);
    this.#labels.push(label);
    this.#streams.set(label, stream);
    return stream;
  }

  /** The label of a stream's number. */
  label(id: number): string {
    const label = this.#labels[id];
    assert(label !== undefined, "a stream's number comes from this Randomness");
    return label;
  }
}

/** The first draw in which two runs differ, and on which stream each made it; null at an end. */
export type DrawDifference = {
  readonly at: number;
  readonly left: (Draw & { readonly label: string }) | null;
  readonly right: (Draw & { readonly label: string }) | null;
};

/** Where the draws of two runs part, or null where they are equal. Both keep their draws. */
export function firstDrawDifference(left: Randomness, right: Randomness): DrawDifference | null {
  const named = (random: Randomness, at: number): DrawDifference["left"] => {
    const { record } = random;
    assert(record !== null, "only runs that keep their draws are compared");
    if (at >= record.count) return null;
    const draw = record.at(at);
    return { ...draw, label: random.label(draw.stream) };
  };
  const longest = Math.max(left.record?.count ?? 0, right.record?.count ?? 0);
  for (let at = 0; at < longest; at++) {
    const [one, other] = [named(left, at), named(right, at)];
    const isEqual =
      one?.label === other?.label && one?.n === other?.n && one?.value === other?.value;
    if (!isEqual) return { at, left: one, right: other };
  }
  return null;
}
