/**
 * The ordered keys of an engine, each with the digest of its entry: what memory-level lacks to be
 * scanned synchronously, and what makes the digest of the whole state O(1) for each write.
 */
import sortedBtree from "sorted-btree";
import { assert } from "../../sim/assert.ts";

// Node gives the CommonJS exports, of which the class is the "default"; vitest the class itself.
const BTree = sortedBtree.default ?? sortedBtree;
type Tree = InstanceType<typeof sortedBtree.default<string, KeyEntry>>;

/** What the index keeps of a key. */
export type KeyEntry = {
  readonly key: string;
  /** The value while memory-level has not seen it, else null. */
  value: Uint8Array | null;
  digest: number;
  /** `digest` is that of an older value. */
  isStale: boolean;
  /** Tells the index's own entries from those that it shares with its clones. */
  readonly age: number;
};

/** What a visitor answers to see no more. */
export const stop = { break: 1 } as const;

/** Is shown entries one after another. */
export type EntryVisitor = (key: string, entry: KeyEntry) => typeof stop | undefined;

/** Byte order of latin1 strings. */
export function compareKeys(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Keys of a node: a quarter quicker than the usual 32, for hundreds of keys and for thousands. */
const nodeKeys = 256;
const none: KeyEntry = { key: "", value: null, digest: 0, isStale: false, age: 0 };
/** Above every latin1 string. */
const highest = "\uffff";

/** Keys in byte order. Cloning is O(1): later changes copy the path they touch. */
export class KeyIndex {
  readonly #tree: Tree;
  #digest = 0;
  #age = 0;

  constructor(tree?: Tree) {
    this.#tree = tree ?? new BTree<string, KeyEntry>(undefined, compareKeys, nodeKeys);
  }

  /** How many keys there are. */
  get size(): number {
    return this.#tree.size;
  }

  /** Sum of all entries' digests, modulo 2^32: does not depend on the order of the writes. */
  get digest(): number {
    return this.#digest >>> 0;
  }

  /** True if the caller may change an entry of this index: no clone has it. */
  owns(entry: KeyEntry): boolean {
    return entry.age === this.#age;
  }

  /** Puts an entry of its own in the place of a key's, if there was one. */
  put(key: string, before: KeyEntry | undefined): KeyEntry {
    const digest = before?.digest ?? 0;
    const entry: KeyEntry = { key, value: null, digest, isStale: false, age: this.#age };
    this.#tree.set(key, entry);
    return entry;
  }

  /** Replaces the digest of an entry. */
  setDigest(entry: KeyEntry, digest: number): void {
    this.#digest = (this.#digest + digest - entry.digest) | 0;
    entry.digest = digest;
  }

  /** Removes an entry. */
  delete(entry: KeyEntry): void {
    this.#digest = (this.#digest - entry.digest) | 0;
    this.#tree.delete(entry.key);
  }

  /** Shows the entries of [start, end) up to a stop. Here and below "" is no bound. */
  ascend(start: string, end: string, visit: EntryVisitor): void {
    this.#tree.forRange(start, end || highest, false, visit);
  }

  /** The same from the last one on. */
  descend(start: string, end: string, visit: EntryVisitor): void {
    const room: [string, KeyEntry] = ["", none];
    for (const { 1: entry } of this.#tree.entriesReversed(end || highest, room, true)) {
      if (entry.key < start || visit(entry.key, entry) !== undefined) break;
    }
  }

  /** Sum of the digests of [start, end), modulo 2^32. */
  digestOf(start: string, end: string): number {
    let digest = 0;
    this.#tree.forRange(start, end || highest, false, (_key: string, one: KeyEntry) => {
      digest = (digest + one.digest) | 0;
    });
    return digest >>> 0;
  }

  /** A frozen copy in O(1). The entries of before are the copy's from now on. */
  clone(): KeyIndex {
    this.#age += 1;
    const copy = new KeyIndex(this.#tree.clone());
    copy.#digest = this.#digest;
    assert(copy.size === this.size, "a clone has all keys");
    return copy;
  }
}
