/** The live state of the column families and the regions' records: what batches change. */
import { assert } from "../../sim/assert.ts";
import type { RegionId } from "../ids.ts";
import { checksum } from "./checksum.ts";
import type { KvPair, KvRange, KvReader, KvScan, KvSnapshot } from "./engine.ts";
import {
  eachFamily,
  type Families,
  Family,
  type FamilyView,
  FrozenFamily,
  firstPairs,
  lastPairs,
} from "./family.ts";
import type { BatchTarget } from "./kv-batch.ts";
import type { LiveOperation, LiveSnapshot, LiveStore } from "./live-store.ts";
import { type ColumnFamily, columnFamilies, type RegionMeta } from "./vocabulary.ts";

/** A region's record. While it is stale, its digest is that of an earlier one. */
type RegionRecord = { meta: RegionMeta; digest: number; isStale: boolean };

/** Reads of families. */
export class FamilyReader implements KvReader {
  readonly #families: Families<FamilyView>;

  constructor(families: Families<FamilyView>) {
    this.#families = families;
  }

  get(cf: ColumnFamily, key: string): Uint8Array | undefined {
    return this.#families[cf].get(key);
  }

  scan({ cf, start, end, limit }: KvScan): KvPair[] {
    return firstPairs(this.#families[cf], start, end, limit);
  }

  reverseScan({ cf, start, end, limit }: KvScan): KvPair[] {
    return lastPairs(this.#families[cf], start, end, limit);
  }

  checksum({ cf, start, end }: KvRange): number {
    return this.#families[cf].index.digestOf(start, end);
  }
}

/** Families and records. Changes show at once. */
export class KvState implements BatchTarget {
  readonly families: Families<Family>;
  readonly live: LiveStore;
  readonly reader: FamilyReader;
  readonly #records = new Map<RegionId, RegionRecord>();
  readonly #staleRecords: RegionId[] = [];
  #recordsDigest = 0;

  constructor(live: LiveStore) {
    this.live = live;
    this.families = eachFamily((cf) => new Family(cf, live));
    this.reader = new FamilyReader(this.families);
  }

  /** How many keys there are. */
  get size(): number {
    let size = 0;
    for (const cf of columnFamilies) size += this.families[cf].index.size;
    return size;
  }

  put(cf: ColumnFamily, key: string, value: Uint8Array): void {
    this.families[cf].put(key, value);
  }

  delete(cf: ColumnFamily, key: string): void {
    this.families[cf].delete(key);
  }

  deleteRange(cf: ColumnFamily, start: string, end: string): void {
    const family = this.families[cf];
    const doomed: string[] = [];
    family.index.ascend(start, end, (key) => {
      doomed.push(key);
      return undefined;
    });
    for (const key of doomed) family.delete(key);
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

  /** How many keys have changed since the last `flush`. */
  get changes(): number {
    let changes = 0;
    for (const cf of columnFamilies) changes += this.families[cf].changes;
    return changes;
  }

  /** Hands the changes to memory-level as one batch. */
  flush(): void {
    const operations: LiveOperation[] = [];
    for (const cf of columnFamilies) this.families[cf].takeChanges(operations);
    if (operations.length > 0) this.live.batch(operations);
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
    this.families[range.cf].digestChanges();
    return this.reader.checksum(range);
  }

  /** Digest of everything: families and records. */
  digest(): number {
    let digest = this.#digestRecords();
    for (const cf of columnFamilies) {
      this.families[cf].digestChanges();
      digest += this.families[cf].index.digest;
    }
    return digest >>> 0;
  }

  #digestRecords(): number {
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
    return this.#recordsDigest;
  }
}

/** A frozen view of a state. */
export class KvView implements KvSnapshot {
  readonly #live: LiveSnapshot;
  readonly #reader: FamilyReader;
  #open = true;

  constructor(state: KvState) {
    state.flush();
    this.#live = state.live.snapshot();
    const values = this.#live;
    this.#reader = new FamilyReader(
      eachFamily((cf) => new FrozenFamily(cf, state.families[cf].index, values)),
    );
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

  #whileOpen(): FamilyReader {
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
