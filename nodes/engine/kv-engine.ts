/** The key-value engine of a store: live state, its log, and checkpoints that cut the log. */
import type { Disk, DiskError } from "../../sim/process.ts";
import type { RegionId } from "../ids.ts";
import { Checkpointer, encodeCheckpoint } from "./checkpoint.ts";
import type { Durability } from "./durability.ts";
import type { Engine, EngineFailure, KvPair, KvRange, KvScan, KvSnapshot } from "./engine.ts";
import type { KvBatch } from "./kv-batch.ts";
import { type KvState, KvView } from "./kv-state.ts";
import { KvWal } from "./kv-wal.ts";
import type { ColumnFamily, RegionMeta } from "./vocabulary.ts";

export type KvEngineOptions = {
  readonly disk: Disk;
  /** It uses this token and the five after it. */
  readonly firstToken: number;
  readonly durability: Durability;
  /** The recovered state, durable as it is. */
  readonly state: KvState;
  /** The file to begin, the last frame before it, the Raft log's frames claimed so far. */
  readonly wal: { readonly number: number; readonly sequence: number; readonly logClaim: number };
  /** A checkpoint begins when the log file has grown to so many bytes, or to twice the last one. */
  readonly walBytesMax: number;
};

/**
 * A checkpoint hands the changed keys to memory-level if there is one for each so many bytes that
 * the log may have; fewer wait for the next.
 */
const logBytesPerChange = 3_072;

/** Applied state. Writes show at once and are durable after `sync`, or earlier by chance. */
export class KvEngine implements Engine {
  readonly #state: KvState;
  readonly #durability: Durability;
  readonly #wal: KvWal;
  readonly #checkpointer: Checkpointer;
  readonly #walBytesMax: number;
  /** A checkpoint whose log file is not left yet. */
  #encoded: { readonly number: number; readonly bytes: Uint8Array } | null = null;
  /** What becomes the durable applied indexes at which sequence number. */
  readonly #syncs: { readonly sequence: number; readonly applied: Map<RegionId, number> }[] = [];

  constructor(options: KvEngineOptions) {
    const { disk, firstToken, durability, state } = options;
    this.#state = state;
    this.#durability = durability;
    const { number, sequence, logClaim } = options.wal;
    this.#wal = new KvWal({ disk, firstToken, durability, number, sequence, logClaim });
    this.#checkpointer = new Checkpointer({ disk, firstToken: firstToken + 3 });
    this.#walBytesMax = options.walBytesMax;
    durability.setApplied(state.appliedIndexes());
  }

  /** Not null when a disk operation failed: the store must stop, and never retry. */
  get failure(): EngineFailure | null {
    return this.#wal.failure ?? this.#checkpointer.failure;
  }

  /** Every write up to this sequence number is durable. Compare with what `sync` answered. */
  get durableSequence(): number {
    return this.#durability.wal;
  }

  /** The last write's sequence number. */
  get lastSequence(): number {
    return this.#wal.sequence;
  }

  /** How far a region's applied state is durable: the limit of its log's compaction. */
  durableAppliedIndex(region: RegionId): number {
    return this.#durability.appliedIndex(region);
  }

  write(batch: KvBatch): void {
    this.#wal.append(batch);
    batch.replay(this.#state);
    const limit = Math.max(this.#walBytesMax, 2 * this.#checkpointer.bytes);
    if (this.#wal.bytesInFile >= limit) this.checkpoint();
  }

  /** Once a tick of the store: lets this log vouch for the end of the Raft log. */
  tick(): void {
    this.#wal.claim();
  }

  /** Asks for all writes so far to be made durable: once `durableSequence` reaches the answer. */
  sync(): number {
    const sequence = this.#wal.sync();
    if (sequence > this.#durability.wal) {
      this.#syncs.push({ sequence, applied: this.#state.appliedIndexes() });
    }
    return sequence;
  }

  /** Begins a checkpoint of the present state. Does nothing while one is being written. */
  checkpoint(): void {
    if (this.checkpointing) return;
    const walSequence = this.sync();
    const number = this.#wal.seal() + 1;
    const logDurable = this.#durability.log;
    const bytes = encodeCheckpoint(this.#state, { number, walSequence, logDurable });
    if (this.#state.changes * logBytesPerChange >= this.#walBytesMax) this.#state.flush();
    this.#encoded = { number, bytes };
    this.#startCheckpoint();
  }

  /** True while a checkpoint is being written. */
  get checkpointing(): boolean {
    return this.#encoded !== null || this.#checkpointer.busy;
  }

  // Only once the old log file is synced and left: the checkpoint's last step removes it.
  #startCheckpoint(): void {
    if (this.#encoded === null || this.#wal.sealing || this.#wal.failure !== null) return;
    this.#checkpointer.start(this.#encoded);
    this.#encoded = null;
  }

  /** Takes the end of a disk operation. False when the token is another's. */
  diskDone(token: number, error: DiskError | null): boolean {
    if (this.#checkpointer.diskDone(token, error)) return true;
    if (!this.#wal.diskDone(token, error)) return false;
    this.#startCheckpoint();
    while (this.#syncs.length > 0) {
      const first = this.#syncs[0];
      if (first === undefined || first.sequence > this.#durability.wal) break;
      this.#durability.setApplied(first.applied);
      this.#syncs.shift();
    }
    return true;
  }

  get(cf: ColumnFamily, key: string): Uint8Array | undefined {
    return this.#state.reader.get(cf, key);
  }

  scan(scan: KvScan): KvPair[] {
    return this.#state.reader.scan(scan);
  }

  reverseScan(scan: KvScan): KvPair[] {
    return this.#state.reader.reverseScan(scan);
  }

  checksum(range: KvRange): number {
    return this.#state.checksum(range);
  }

  snapshot(): KvSnapshot {
    return new KvView(this.#state);
  }

  readMeta(region: RegionId): RegionMeta | undefined {
    return this.#state.readMeta(region);
  }

  metaRegions(): RegionId[] {
    return this.#state.regions();
  }

  digest(): number {
    return this.#state.digest();
  }
}
