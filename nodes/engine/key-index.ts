/**
 * The ordered keys of an engine, each with the digest of its entry: what memory-level lacks to be
 * scanned synchronously, and what makes the digest of the whole state O(1) for each write.
 */
import sortedBtree from "sorted-btree";
import { assert } from "../../sim/assert.ts";

// Node gives the CommonJS exports, of which the class is the "default"; vitest the class itself.
const BTree = sortedBtree.default ?? sortedBtree;
type Tree = InstanceType<typeof sortedBtree.default<string, number>>;

/** Byte order of latin1 strings. */
export function compareKeys(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const stop = { break: 1 } as const;

/** Stored keys in byte order. Cloning is O(1): later changes copy the path they touch. */
export class KeyIndex {
  readonly #tree: Tree;
  #digest = 0;

  constructor(tree?: Tree) {
    this.#tree = tree ?? new BTree<string, number>(undefined, compareKeys);
  }

  /** How many keys there are. */
  get size(): number {
    return this.#tree.size;
  }

  /** Sum of all entries' digests, modulo 2^32: does not depend on the order of the writes. */
  get digest(): number {
    return this.#digest >>> 0;
  }

  /** Adds a key without a digest. Nothing for a key that is there. */
  add(storedKey: string): void {
    this.#tree.set(storedKey, 0, false);
  }

  /** Replaces a key's digest; adds the key when it is missing. */
  set(storedKey: string, digest: number): void {
    const before: number | undefined = this.#tree.get(storedKey);
    this.#digest = (this.#digest + digest - (before ?? 0)) | 0;
    this.#tree.set(storedKey, digest);
  }

  /** Removes a key. False when it was absent. */
  delete(storedKey: string): boolean {
    const before: number | undefined = this.#tree.get(storedKey);
    if (before === undefined) return false;
    this.#digest = (this.#digest - before) | 0;
    return this.#tree.delete(storedKey);
  }

  /** The first keys of [start, end), at most `limit`. */
  keys(start: string, end: string, limit: number): string[] {
    const found: string[] = [];
    if (limit <= 0) return found;
    this.#tree.forRange(start, end, false, (storedKey: string) => {
      found.push(storedKey);
      return found.length === limit ? stop : undefined;
    });
    return found;
  }

  /** The last keys of [start, end), at most `limit`, descending. */
  keysDescending(start: string, end: string, limit: number): string[] {
    const found: string[] = [];
    if (limit <= 0) return found;
    for (const [storedKey] of this.#tree.entriesReversed(end, undefined, true)) {
      if (storedKey < start) break;
      found.push(storedKey);
      if (found.length === limit) break;
    }
    return found;
  }

  /** Sum of the digests of [start, end), modulo 2^32. */
  digestOf(start: string, end: string): number {
    let digest = 0;
    this.#tree.forRange(start, end, false, (_key: string, one: number) => {
      digest = (digest + one) | 0;
    });
    return digest >>> 0;
  }

  /** A frozen copy in O(1). */
  clone(): KeyIndex {
    const copy = new KeyIndex(this.#tree.clone());
    copy.#digest = this.#digest;
    assert(copy.size === this.size, "a clone has all keys");
    return copy;
  }
}
