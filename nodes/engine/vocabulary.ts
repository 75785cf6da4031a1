/** What engine and batch both speak of: column families, and the record of a region. */

/** The column families, as in TiKV. */
export const columnFamilies = ["default", "lock", "write"] as const;

/** One of `columnFamilies`. */
export type ColumnFamily = (typeof columnFamilies)[number];

/** What the engine keeps of a region besides data, changed in the same batch as the data. */
export type RegionMeta = {
  /** The last log entry that this state includes, and its term. */
  readonly appliedIndex: number;
  readonly appliedTerm: number;
  /**
   * The snapshot (or bootstrap, or split) that this state began with; 0 and 0 when none. Recovery
   * cuts the log to it when a crash fell between the key-value batch and the log's own reset.
   */
  readonly baseIndex: number;
  readonly baseTerm: number;
  /** The peer is gone for good: recovery drops what is left of its log. */
  readonly tombstone: boolean;
  /** The store's own record of the region (descriptor, peer state), opaque here. */
  readonly state: Uint8Array;
};
