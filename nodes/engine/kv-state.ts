/** The live state of the column families and the regions' records: what batches change. */
import { assert } from "../../sim/assert.ts";
import type { RegionId } from "../ids.ts";
import { checksum, entryDigest } from "./checksum.ts";
import type { KvPair, KvRange, KvReader, KvScan, KvSnapshot } from "./engine.ts";
import { KeyIndex } from "./key-index.ts";
import { type BatchTarget, familyPrefix, rangeEnd } from "./kv-batch.ts";
import type { LiveOperation, LiveSnapshot, LiveStore } from "./live-store.ts";
import type { ColumnFamily, RegionMeta } from "./vocabulary.ts";

type RegionRecord = { readonly meta: RegionMeta; readonly digest: number };

/** Where values are looked up by stored key: a live store or its snapshot. */
export interface ValueSource {
  get(storedKey: string): Uint8Array | undefined;
}

/** Reads over an index and the values beside it. */
export class IndexedReader implements KvReader {
  readonly #index: KeyIndex;
  readonly #values: ValueSource;

  constructor(index: KeyIndex, values: ValueSource) {
    this.#index = index;
    this.#values = values;
  }

  get(cf: ColumnFamily, key: string): Uint8Array | undefined {
    return this.#values.get(familyPrefix(cf) + key);
  }

  scan({ cf, start, end, limit }: KvScan): KvPair[] {
    const prefix = familyPrefix(cf);
    return this.#pairs(this.#index.keys(prefix + start, rangeEnd(prefix, end), limit));
  }

  reverseScan({ cf, start, end, limit }: KvScan): KvPair[] {
    const prefix = familyPrefix(cf);
    return this.#pairs(this.#index.keysDescending(prefix + start, rangeEnd(prefix, end), limit));
  }

  checksum({ cf, start, end }: KvRange): number {
    const prefix = familyPrefix(cf);
    return this.#index.digestOf(prefix + start, rangeEnd(prefix, end));
  }

  #pairs(storedKeys: readonly string[]): KvPair[] {
    const pairs: KvPair[] = [];
    for (const storedKey of storedKeys) {
      const value = this.#values.get(storedKey);
      assert(value !== undefined, "each key of the index has a value");
      pairs.push({ key: storedKey.slice(1), value });
    }
    return pairs;
  }
}

/** Index, values and records. Changes show in the index at once, in the values at `commit`. */
export class KvState implements BatchTarget {
  readonly index: KeyIndex = new KeyIndex();
  readonly live: LiveStore;
  readonly reader: IndexedReader;
  readonly #records = new Map<RegionId, RegionRecord>();
  #recordsDigest = 0;
  #changes: LiveOperation[] = [];

  constructor(live: LiveStore) {
    this.live = live;
    this.reader = new IndexedReader(this.index, live);
  }

  put(storedKey: string, value: Uint8Array): void {
    this.index.set(storedKey, entryDigest(storedKey, value));
    this.#changes.push({ type: "put", key: storedKey, value });
  }

  delete(storedKey: string): void {
    if (this.index.delete(storedKey)) this.#changes.push({ type: "del", key: storedKey });
  }

  deleteRange(start: string, end: string): void {
    const doomed = this.index.keys(start, end, Number.POSITIVE_INFINITY);
    for (const storedKey of doomed) this.delete(storedKey);
  }

  meta(region: RegionId, meta: RegionMeta): void {
    const before = this.#records.get(region);
    const appliedBefore = before === undefined ? 0 : before.meta.appliedIndex;
    assert(
      meta.tombstone || meta.appliedIndex >= appliedBefore,
      "a region's applied index never goes back",
    );
    const digest = metaDigest(region, meta);
    this.#recordsDigest = (this.#recordsDigest + digest - (before?.digest ?? 0)) | 0;
    this.#records.set(region, { meta, digest });
  }

  dropMeta(region: RegionId): void {
    this.#recordsDigest = (this.#recordsDigest - (this.#records.get(region)?.digest ?? 0)) | 0;
    this.#records.delete(region);
  }

  /** Hands the values' changes to memory-level as one batch. */
  commit(): void {
    if (this.#changes.length === 0) return;
    this.live.batch(this.#changes);
    this.#changes = [];
  }

  readMeta(region: RegionId): RegionMeta | undefined {
    return this.#records.get(region)?.meta;
  }

  /** The regions with a record, ascending. */
  regions(): RegionId[] {
    return [...this.#records.keys()].sort((a, b) => a - b);
  }

  /** Each region's applied index now. */
  appliedIndexes(): Map<RegionId, number> {
    const applied = new Map<RegionId, number>();
    for (const [region, { meta }] of this.#records) applied.set(region, meta.appliedIndex);
    return applied;
  }

  digest(): number {
    return (this.index.digest + this.#recordsDigest) >>> 0;
  }
}

/** A frozen view of a state. */
export class KvView implements KvSnapshot {
  readonly #live: LiveSnapshot;
  readonly #reader: IndexedReader;
  #open = true;

  constructor(state: KvState) {
    this.#live = state.live.snapshot();
    this.#reader = new IndexedReader(state.index.clone(), this.#live);
  }

  get(cf: ColumnFamily, key: string): Uint8Array | undefined {
    return this.#whileOpen().get(cf, key);
  }

  scan(scan: KvScan): KvPair[] {
    return this.#whileOpen().scan(scan);
  }

  reverseScan(scan: KvScan): KvPair[] {
    return this.#whileOpen().reverseScan(scan);
  }

  checksum(range: KvRange): number {
    return this.#whileOpen().checksum(range);
  }

  close(): void {
    this.#whileOpen();
    this.#open = false;
    this.#live.close();
  }

  #whileOpen(): IndexedReader {
    assert(this.#open, "a snapshot is used before it is closed");
    return this.#reader;
  }
}

function metaDigest(region: RegionId, meta: RegionMeta): number {
  let hash = Math.imul(region ^ 0x165667b1, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13) ^ meta.appliedIndex, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 13) ^ meta.appliedTerm, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13) ^ meta.baseIndex, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 13) ^ meta.baseTerm, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13) ^ (meta.tombstone ? 1 : 0), 0xc2b2ae35);
  return checksum(meta.state, 0, meta.state.length, hash) | 0;
}
