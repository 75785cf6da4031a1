/** The live state of the column families and the regions' records: what batches change. */
import { assert } from "../../sim/assert.ts";
import type { RegionId } from "../ids.ts";
import { checksum, entryDigest } from "./checksum.ts";
import type { KvPair, KvRange, KvReader, KvScan, KvSnapshot } from "./engine.ts";
import { KeyIndex } from "./key-index.ts";
import { type BatchTarget, familyPrefix, rangeEnd } from "./kv-batch.ts";
import type { LiveOperation, LiveSnapshot, LiveStore } from "./live-store.ts";
import type { ColumnFamily, RegionMeta } from "./vocabulary.ts";

/** A region's record. While it is stale, its digest is that of an earlier one. */
type RegionRecord = { meta: RegionMeta; digest: number; isStale: boolean };

/** A change that memory-level has not seen. While it is stale, the index has an older digest. */
type Change = { value: Uint8Array | null; isStale: boolean };

/** Changed keys that make a batch for memory-level. A batch costs it 1 KiB a key. */
const changesMax = 128;

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

/**
 * Index, values and records. Changes show at once, but go to memory-level as batches of many keys,
 * each with its last value. Digests wait until one is asked for, which is seldom.
 */
export class KvState implements BatchTarget, ValueSource {
  readonly index: KeyIndex = new KeyIndex();
  readonly live: LiveStore;
  readonly reader: IndexedReader;
  /** By stored key. A removed key's value is null. */
  readonly #changes = new Map<string, Change>();
  readonly #staleKeys: string[] = [];
  readonly #records = new Map<RegionId, RegionRecord>();
  readonly #staleRecords: RegionId[] = [];
  #recordsDigest = 0;

  constructor(live: LiveStore) {
    this.live = live;
    this.reader = new IndexedReader(this.index, this);
  }

  get(storedKey: string): Uint8Array | undefined {
    const change = this.#changes.get(storedKey);
    return change === undefined ? this.live.get(storedKey) : (change.value ?? undefined);
  }

  put(storedKey: string, value: Uint8Array): void {
    const change = this.#changes.get(storedKey);
    if (change === undefined) {
      this.index.add(storedKey);
      this.#changes.set(storedKey, { value, isStale: true });
      this.#staleKeys.push(storedKey);
      return;
    }
    if (change.value === null) this.index.add(storedKey);
    change.value = value;
    if (change.isStale) return;
    change.isStale = true;
    this.#staleKeys.push(storedKey);
  }

  delete(storedKey: string): void {
    if (!this.index.delete(storedKey)) return;
    const change = this.#changes.get(storedKey);
    if (change === undefined) this.#changes.set(storedKey, { value: null, isStale: false });
    else change.value = null;
  }

  deleteRange(start: string, end: string): void {
    const doomed = this.index.keys(start, end, Number.POSITIVE_INFINITY);
    for (const storedKey of doomed) this.delete(storedKey);
  }

  meta(region: RegionId, meta: RegionMeta): void {
    let record = this.#records.get(region);
    if (record === undefined) {
      record = { meta, digest: 0, isStale: false };
      this.#records.set(region, record);
    }
    assert(
      meta.tombstone || meta.appliedIndex >= record.meta.appliedIndex,
      "a region's applied index never goes back",
    );
    record.meta = meta;
    if (record.isStale) return;
    record.isStale = true;
    this.#staleRecords.push(region);
  }

  dropMeta(region: RegionId): void {
    this.#recordsDigest = (this.#recordsDigest - (this.#records.get(region)?.digest ?? 0)) | 0;
    this.#records.delete(region);
  }

  /** After a batch: hands the changes to memory-level once they are many. */
  commit(): void {
    if (this.#changes.size >= changesMax) this.flush();
  }

  /** Hands the changes to memory-level as one batch. */
  flush(): void {
    if (this.#changes.size === 0) return;
    this.#digestKeys();
    const operations: LiveOperation[] = [];
    for (const [key, { value }] of this.#changes) {
      operations.push(value === null ? { type: "del", key } : { type: "put", key, value });
    }
    this.live.batch(operations);
    this.#changes.clear();
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

  /** Digest of a range's keys and values. */
  checksum(range: KvRange): number {
    this.#digestKeys();
    return this.reader.checksum(range);
  }

  /** Digest of everything: index and records. */
  digest(): number {
    this.#digestKeys();
    for (const region of this.#staleRecords) {
      const record = this.#records.get(region);
      // A record that was dropped may have come again, and is stale twice then.
      if (record === undefined || !record.isStale) continue;
      const digest = metaDigest(region, record.meta);
      this.#recordsDigest = (this.#recordsDigest + digest - record.digest) | 0;
      record.digest = digest;
      record.isStale = false;
    }
    this.#staleRecords.length = 0;
    return (this.index.digest + this.#recordsDigest) >>> 0;
  }

  #digestKeys(): void {
    for (const storedKey of this.#staleKeys) {
      const change = this.#changes.get(storedKey);
      assert(change !== undefined, "a key whose digest is stale has changed");
      change.isStale = false;
      if (change.value !== null) this.index.set(storedKey, entryDigest(storedKey, change.value));
    }
    this.#staleKeys.length = 0;
  }
}

/** A frozen view of a state. */
export class KvView implements KvSnapshot {
  readonly #live: LiveSnapshot;
  readonly #reader: IndexedReader;
  #open = true;

  constructor(state: KvState) {
    state.flush();
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
