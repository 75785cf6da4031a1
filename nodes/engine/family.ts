/**
 * One column family's live state: its keys in order, their values in memory-level, and before it
 * the changes that memory-level has not seen. They go there as batches of many keys, each with its
 * last value. Digests wait until one is asked for, which is seldom.
 */
import { assert } from "../../sim/assert.ts";
import { entryDigest } from "./checksum.ts";
import type { KvPair } from "./engine.ts";
import { type KeyEntry, KeyIndex } from "./key-index.ts";
import { familyPrefix } from "./kv-batch.ts";
import type { LiveOperation, LiveSnapshot, LiveStore } from "./live-store.ts";
import { type ColumnFamily, columnFamilies } from "./vocabulary.ts";

/** A family as a reader sees it: its keys, and where their values are. */
export interface FamilyView {
  readonly index: KeyIndex;
  get(key: string): Uint8Array | undefined;
}

/** Something of each family, in the order of their stored keys. */
export type Families<V> = Readonly<Record<ColumnFamily, V>>;

/** Makes it. */
export function eachFamily<V>(make: (cf: ColumnFamily) => V): Families<V> {
  const [first, second, third] = columnFamilies;
  return { [first]: make(first), [second]: make(second), [third]: make(third) };
}

/** The pairs of a view's keys. */
export function pairsOf(view: FamilyView, keys: readonly string[]): KvPair[] {
  const pairs: KvPair[] = [];
  for (const key of keys) pairs.push({ key, value: valueIn(view, key) });
  return pairs;
}

/** The value of one of a view's keys. */
export function valueIn(view: FamilyView, key: string): Uint8Array {
  const value = view.get(key);
  assert(value !== undefined, "each key of the index has a value");
  return value;
}

/** A change that memory-level has not seen. A removed key has neither value nor entry. */
type Change = {
  readonly key: string;
  value: Uint8Array | null;
  entry: KeyEntry | null;
  /** The entry's digest is of an older value. */
  isStale: boolean;
};

/** The family. */
export class Family implements FamilyView {
  readonly index: KeyIndex = new KeyIndex();
  readonly #prefix: string;
  readonly #live: LiveStore;
  readonly #changes = new Map<string, Change>();
  readonly #stale: Change[] = [];

  constructor(cf: ColumnFamily, live: LiveStore) {
    this.#prefix = familyPrefix(cf);
    this.#live = live;
  }

  /** How many keys have changed since `takeChanges`. */
  get changes(): number {
    return this.#changes.size;
  }

  get(key: string): Uint8Array | undefined {
    const change = this.#changes.get(key);
    if (change === undefined) return this.#live.get(this.#prefix + key);
    return change.value ?? undefined;
  }

  put(key: string, value: Uint8Array): void {
    const change = this.#changes.get(key);
    if (change === undefined) {
      const first: Change = { key, value, entry: this.index.add(key), isStale: true };
      this.#changes.set(key, first);
      this.#stale.push(first);
      return;
    }
    change.value = value;
    change.entry ??= this.index.add(key);
    if (change.isStale) return;
    change.isStale = true;
    this.#stale.push(change);
  }

  delete(key: string): void {
    if (!this.index.delete(key)) return;
    const change = this.#changes.get(key);
    if (change === undefined) {
      this.#changes.set(key, { key, value: null, entry: null, isStale: false });
      return;
    }
    change.value = null;
    change.entry = null;
  }

  /** Moves the changes to the end of a batch for memory-level. */
  takeChanges(operations: LiveOperation[]): void {
    this.digestChanges();
    for (const { key: own, value } of this.#changes.values()) {
      const key = this.#prefix + own;
      operations.push(value === null ? { type: "del", key } : { type: "put", key, value });
    }
    this.#changes.clear();
  }

  /** Brings the index's digests up to the changes. */
  digestChanges(): void {
    for (const change of this.#stale) {
      change.isStale = false;
      const { key, value, entry } = change;
      if (value === null || entry === null) continue;
      this.index.setDigest(entry, entryDigest(this.#prefix, key, value));
    }
    this.#stale.length = 0;
  }
}

/** A family as it was when there were no changes of it. */
export class FrozenFamily implements FamilyView {
  readonly index: KeyIndex;
  readonly #prefix: string;
  readonly #values: LiveSnapshot;

  constructor(cf: ColumnFamily, index: KeyIndex, values: LiveSnapshot) {
    this.index = index.clone();
    this.#prefix = familyPrefix(cf);
    this.#values = values;
  }

  get(key: string): Uint8Array | undefined {
    return this.#values.get(this.#prefix + key);
  }
}
