/**
 * One column family's live state: its keys in order, their values in memory-level, and before it
 * the changes that memory-level has not seen. They go there with a checkpoint or for a snapshot, as
 * a batch of many keys, each with its last value. Digests wait until one is asked for, seldom.
 */
import { assert } from "../../sim/assert.ts";
import { entryDigest } from "./checksum.ts";
import type { KvPair } from "./engine.ts";
import { type KeyEntry, KeyIndex, stop } from "./key-index.ts";
import { familyPrefix } from "./kv-batch.ts";
import type { LiveOperation, LiveSnapshot, LiveStore } from "./live-store.ts";
import { type ColumnFamily, columnFamilies } from "./vocabulary.ts";

/** A family as a reader sees it: its keys, and where the values of those are that have none. */
export interface FamilyView {
  readonly index: KeyIndex;
  get(key: string): Uint8Array | undefined;
  /** What memory-level has for a key. */
  stored(key: string): Uint8Array | undefined;
}

/** Something of each family, in the order of their stored keys. */
export type Families<V> = Readonly<Record<ColumnFamily, V>>;

/** Makes it. */
export function eachFamily<V>(make: (cf: ColumnFamily) => V): Families<V> {
  const [first, second, third] = columnFamilies;
  return { [first]: make(first), [second]: make(second), [third]: make(third) };
}

/** The first pairs of [start, end), at most `limit`. "" is no bound. */
export function firstPairs(view: FamilyView, start: string, end: string, limit: number): KvPair[] {
  const pairs: KvPair[] = [];
  if (limit <= 0) return pairs;
  view.index.ascend(start, end, (key, entry) => {
    const length = pairs.push({ key, value: entryValue(view, entry) });
    return length < limit ? undefined : stop;
  });
  return pairs;
}

/** The last pairs of [start, end), at most `limit`, descending. */
export function lastPairs(view: FamilyView, start: string, end: string, limit: number): KvPair[] {
  const pairs: KvPair[] = [];
  if (limit <= 0) return pairs;
  view.index.descend(start, end, (key, entry) => {
    const length = pairs.push({ key, value: entryValue(view, entry) });
    return length < limit ? undefined : stop;
  });
  return pairs;
}

/** The value of an entry of a view's index. */
export function entryValue(view: FamilyView, { key, value: changed }: KeyEntry): Uint8Array {
  const value = changed ?? view.stored(key);
  assert(value !== undefined, "each key of the index has a value");
  return value;
}

/** The family. */
export class Family implements FamilyView {
  readonly index: KeyIndex = new KeyIndex();
  readonly #prefix: string;
  readonly #live: LiveStore;
  /** The index's entries by key: what is asked for one key need not search. */
  readonly #entries = new Map<string, KeyEntry>();
  /** The entries with a value, and some that lost it because their key was removed. */
  readonly #changed: KeyEntry[] = [];
  /** Keys that memory-level may have, and that may be there again. */
  readonly #removed: string[] = [];
  readonly #stale: KeyEntry[] = [];

  constructor(cf: ColumnFamily, live: LiveStore) {
    this.#prefix = familyPrefix(cf);
    this.#live = live;
  }

  /** How many keys have changed since `takeChanges`, or a few more. */
  get changes(): number {
    return this.#changed.length + this.#removed.length;
  }

  get(key: string): Uint8Array | undefined {
    const entry = this.#entries.get(key);
    return entry === undefined ? undefined : entryValue(this, entry);
  }

  stored(key: string): Uint8Array | undefined {
    return this.#live.get(this.#prefix + key);
  }

  put(key: string, value: Uint8Array): void {
    let entry = this.#entries.get(key);
    if (entry === undefined || !this.index.owns(entry)) {
      entry = this.index.put(key, entry);
      this.#entries.set(key, entry);
    }
    if (entry.value === null) this.#changed.push(entry);
    entry.value = value;
    if (entry.isStale) return;
    entry.isStale = true;
    this.#stale.push(entry);
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.index.delete(entry);
    this.#entries.delete(key);
    this.#removed.push(key);
    // What a clone has is neither changed nor stale.
    entry.value = null;
    entry.isStale = false;
  }

  /** Moves the changes to the end of a batch for memory-level. */
  takeChanges(operations: LiveOperation[]): void {
    this.digestChanges();
    // First of all: some are there again.
    for (const key of this.#removed) operations.push({ type: "del", key: this.#prefix + key });
    this.#removed.length = 0;
    for (const entry of this.#changed) {
      if (entry.value === null) continue;
      operations.push({ type: "put", key: this.#prefix + entry.key, value: entry.value });
      entry.value = null;
    }
    this.#changed.length = 0;
  }

  /** Brings the index's digests up to the changes. */
  digestChanges(): void {
    for (const entry of this.#stale) {
      // A key that was removed is stale no more.
      if (!entry.isStale || entry.value === null) continue;
      entry.isStale = false;
      this.index.setDigest(entry, entryDigest(this.#prefix, entry.key, entry.value));
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
    return this.stored(key);
  }

  stored(key: string): Uint8Array | undefined {
    return this.#values.get(this.#prefix + key);
  }
}
