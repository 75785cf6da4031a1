/** What a key-value engine offers, whatever it keeps its state in. */
import type { RegionId } from "../ids.ts";
import type { KvBatch } from "./kv-batch.ts";
import type { ColumnFamily, RegionMeta } from "./vocabulary.ts";

/** A key of a column family and its value. The value is immutable by convention. */
export type KvPair = { readonly key: string; readonly value: Uint8Array };

/** Keys from `start` up to, not including, `end`; "" is "no bound" on either side. */
export type KvRange = {
  readonly cf: ColumnFamily;
  readonly start: string;
  readonly end: string;
};

/** A range and how many pairs at most, 0 or more. */
export type KvScan = KvRange & { readonly limit: number };

/** Reads of one consistent state. Keys are latin1 strings; order is byte order. */
export interface KvReader {
  get(cf: ColumnFamily, key: string): Uint8Array | undefined;
  /** The first pairs of a range, ascending. */
  scan(scan: KvScan): KvPair[];
  /** The last pairs of a range, descending. */
  reverseScan(scan: KvScan): KvPair[];
  /** Digest of the range's keys and values, independent of how they came about. */
  checksum(range: KvRange): number;
}

/** A frozen view. Close it: it holds memory, and costs each later write a copied path. */
export interface KvSnapshot extends KvReader {
  close(): void;
}

/** A key-value engine: atomic batches, ordered reads, snapshots. */
export interface Engine extends KvReader {
  /** Carries out a batch, wholly and at once, in the order of its operations. */
  write(batch: KvBatch): void;
  snapshot(): KvSnapshot;
  readMeta(region: RegionId): RegionMeta | undefined;
  /** The regions with a meta record, in ascending order. */
  metaRegions(): RegionId[];
  /** 32-bit digest of everything: data and metas. Costs what changed since the last one. */
  digest(): number;
}

/** Why an engine stopped for good. The store must die: a retry could call a loss a success. */
export type EngineFailure = {
  readonly kind: "io";
  /** The operation and the file. */
  readonly what: string;
  readonly error: "eio" | "full" | "missing";
};
