/**
 * The storage engine of a store, two engines as in TiKV: the Raft log of all regions, synced before
 * an acknowledgement, and the key-value state, applied but not synced for each write. Boot with
 * `Recovery`; after that hand every `diskDone` to both engines and stop at a `failure`.
 *
 * Order that the caller keeps (tikv-semantics.md 5): a snapshot, a new region or a tombstone goes
 * into the key-value engine with its record, is synced, and only then `log.reset` or `log.destroy`;
 * `log.compact` only up to an index that is durable in the key-value engine.
 */
export { ByteReader, ByteWriter } from "./byte-writer.ts";
export { engineTokens } from "./durability.ts";
export type {
  Engine,
  EngineFailure,
  KvPair,
  KvRange,
  KvReader,
  KvScan,
  KvSnapshot,
} from "./engine.ts";
export { KvBatch } from "./kv-batch.ts";
export type { KvEngine } from "./kv-engine.ts";
export type { LiveStore } from "./live-store.ts";
export type { LogEngine } from "./log-engine.ts";
export type { Corrupt } from "./log-recovery.ts";
export type { EntryCodec, HardState, LogEntry, RegionLog } from "./log-state.ts";
export { EnginePool } from "./pool.ts";
export type { RecoveredRegion, RecoveryOptions, RecoveryResult } from "./recovery.ts";
export { Recovery } from "./recovery.ts";
export type { ColumnFamily, RegionMeta } from "./vocabulary.ts";
export { columnFamilies } from "./vocabulary.ts";
