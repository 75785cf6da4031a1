/**
 * The versions of every item: who wrote each, who read each, and which are known to follow which.
 * Both workloads end here; from here on nobody asks which of them a history was.
 */
import { assert } from "../../../sim/assert.ts";
import type { ItemKey, ReadResult, Scalar } from "./history.ts";
import { type Adjacency, adjacency, IntList } from "./int-list.ts";
import type { DirectAnomaly } from "./levels.ts";

/** No transaction: the first version of an item, and values that nobody wrote. */
export const NOBODY = -1;

/** A version is a number; these say what it is. */
export type Versions = {
  readonly count: number;
  readonly keys: readonly ItemKey[];
  /** By version: the index in `keys`. */
  readonly keyOf: Int32Array;
  /** By version: what was written, or null for an item's first version. */
  readonly valueAt: readonly (Scalar | null)[];
  /** By version: the transaction that wrote it, or NOBODY. */
  readonly writerOf: Int32Array;
  /** By version: the committed transactions that read it. */
  readonly readers: Adjacency;
  /** By version: versions of the same item that came later, those directly behind it at least. */
  readonly next: Adjacency;
};

/** An anomaly that needs no cycle, with one case of it. */
export type DirectFinding = {
  readonly name: DirectAnomaly;
  /** How often it was seen. */
  readonly count: number;
  /** The transactions of the case told. */
  readonly transactions: readonly number[];
  /** The case as sentences, transactions as `T1`. */
  readonly sentences: readonly string[];
};

/** Collects direct anomalies: counts all, keeps the first case of each. */
export class Findings {
  readonly #found = new Map<DirectAnomaly, DirectFinding>();

  add(name: DirectAnomaly, transactions: readonly number[], tell: () => readonly string[]): void {
    const before = this.#found.get(name);
    if (before === undefined) {
      this.#found.set(name, { name, count: 1, transactions, sentences: tell() });
    } else {
      this.#found.set(name, { ...before, count: before.count + 1 });
    }
  }

  list(): readonly DirectFinding[] {
    return [...this.#found.values()];
  }
}

/** Two transactions that may both have written the same value to the same item. */
export type Clash = {
  readonly key: ItemKey;
  readonly value: Scalar;
  readonly transactions: readonly [number, number];
};

/** What reading a workload's transactions gives. */
export type Reading = {
  readonly versions: Versions;
  readonly findings: Findings;
  /** Remarks that change no verdict. */
  readonly notes: readonly string[];
  /** Null where every value has one writer. Versions cannot be told apart otherwise. */
  readonly clash: Clash | null;
};

/** Builds `Versions` while the transactions are read. */
export class VersionTable {
  readonly keys: ItemKey[] = [];
  readonly keyOf: IntList;
  readonly valueAt: (Scalar | null)[] = [];
  readonly writerOf: IntList;
  readonly #keyIds = new Map<ItemKey, number>();
  readonly #firsts = new IntList();
  readonly #byValue: Map<Scalar, number>[] = [];
  readonly #readFrom: IntList;
  readonly #readBy: IntList;
  readonly #before: IntList;
  readonly #after: IntList;

  /** `expected` is how many reads, and how many writes, there may be: a guess for table sizes. */
  constructor(expected: number) {
    const capacity = expected + 64;
    this.keyOf = new IntList(capacity);
    this.writerOf = new IntList(capacity);
    this.#readFrom = new IntList(capacity);
    this.#readBy = new IntList(capacity);
    this.#before = new IntList(capacity);
    this.#after = new IntList(capacity);
  }

  /** The number of an item, given out on first sight together with the item's first version. */
  keyId(key: ItemKey): number {
    const known = this.#keyIds.get(key);
    if (known !== undefined) return known;
    const id = this.keys.length;
    this.#keyIds.set(key, id);
    this.keys.push(key);
    this.#byValue.push(new Map());
    this.#firsts.push(this.valueAt.length);
    this.create(id, null, NOBODY);
    return id;
  }

  /** The version that an item has before anybody writes it. */
  first(key: number): number {
    return this.#firsts.at(key);
  }

  /** The version of an item with this value, or undefined. */
  find(key: number, value: Scalar): number | undefined {
    return this.#byValue[key]!.get(value);
  }

  /** A new version; `find` gives it from now on. */
  create(key: number, value: Scalar | null, writer: number): number {
    const version = this.valueAt.length;
    this.keyOf.push(key);
    this.valueAt.push(value);
    this.writerOf.push(writer);
    if (value !== null) this.#byValue[key]!.set(value, version);
    return version;
  }

  addReader(version: number, transaction: number): void {
    this.#readFrom.push(version);
    this.#readBy.push(transaction);
  }

  addNext(before: number, after: number): void {
    assert(before !== after, "a version does not follow itself");
    this.#before.push(before);
    this.#after.push(after);
  }

  build(): Versions {
    const count = this.valueAt.length;
    return {
      count,
      keys: this.keys,
      keyOf: this.keyOf.view(),
      valueAt: this.valueAt,
      writerOf: this.writerOf.view(),
      readers: adjacency(count, this.#readFrom.view(), this.#readBy.view()),
      next: adjacency(count, this.#before.view(), this.#after.view()),
    };
  }
}

/** A value as a sentence shows it: lists as `[1 2 3]`, long ones shortened in the middle. */
export function showValue(value: ReadResult): string {
  if (value === null) return "nothing";
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value !== "object") return String(value);
  const shown = value.map((one) => showValue(one));
  const cut = shown.length > 12 ? [...shown.slice(0, 4), "..", ...shown.slice(-4)] : shown;
  return `[${cut.join(" ")}]`;
}
