/**
 * The Raft log of all regions of a store, after TiKV's raft-engine. Puts of any number of regions
 * gather in the open batch; one batch at a time is appended and synced as one frame, while the next
 * fills (group commit). Nothing may be acknowledged before its batch is durable.
 *
 * A full segment is left by writing the whole live state as the first frame of the next, its
 * *base*. Only when the base is durable is the old segment removed, so recovery needs exactly the
 * newest segment with a whole base.
 */
import { assert, InvariantError, unreachable } from "../../sim/assert.ts";
import type { Disk, DiskError } from "../../sim/process.ts";
import type { RegionId } from "../ids.ts";
import { ByteWriter } from "./byte-writer.ts";
import type { Durability } from "./durability.ts";
import type { EngineFailure } from "./engine.ts";
import { fileNumbers, logName } from "./file-names.ts";
import { beginFrame, endFrame, frameHeaderBytes, magics, newFields } from "./frame.ts";
import {
  type EntryCodec,
  type HardState,
  type LogEntry,
  type LogState,
  RecordEncoder,
  type RegionLog,
} from "./log-state.ts";

export type LogEngineOptions<E extends LogEntry> = {
  readonly disk: Disk;
  /** It uses this token and the three after it. */
  readonly firstToken: number;
  readonly durability: Durability;
  readonly codec: EntryCodec<E>;
  /** The recovered state. Its first batch makes it the base of a new segment. */
  readonly state: LogState<E>;
  /** The highest number of any segment that exists, 0 when there is none. */
  readonly segment: number;
  /** The last sequence number of the recovered log. */
  readonly sequence: number;
  /** A segment is left when it has grown to so many bytes, or to four times its base. */
  readonly segmentBytesMax: number;
};

/** What the disk is doing for the batch in flight. */
type Phase = "idle" | "append" | "sync" | "directory";

/** The writer of the Raft log. Reads are of memory: the live state is whole there. */
export class LogEngine<E extends LogEntry> {
  readonly #disk: Disk;
  readonly #firstToken: number;
  readonly #durability: Durability;
  readonly #state: LogState<E>;
  readonly #segmentBytesMax: number;
  readonly #fields = newFields(magics.log);
  readonly #writer = new ByteWriter();
  readonly #encoder: RecordEncoder<E>;

  #segment: number;
  #name: string;
  #sequence: number;
  #segmentBytes = 0;
  #baseBytes = 0;
  #rotateWanted = true;
  /** The batch in flight is the base of a new segment. */
  #rotating = false;

  #phase: Phase = "idle";
  #openBatch = 1;
  #durableBatch = 0;
  #flushWanted = false;
  #failure: EngineFailure | null = null;

  constructor(options: LogEngineOptions<E>) {
    this.#disk = options.disk;
    this.#firstToken = options.firstToken;
    this.#durability = options.durability;
    this.#state = options.state;
    this.#segmentBytesMax = options.segmentBytesMax;
    this.#encoder = new RecordEncoder(this.#writer, options.codec);
    this.#segment = options.segment;
    this.#name = logName(options.segment);
    this.#sequence = options.sequence;
    beginFrame(this.#writer);
  }

  /** The number of the batch that puts go to now, from 1. */
  get openBatch(): number {
    return this.#openBatch;
  }

  /** Every batch up to this number is durable. */
  get durableBatch(): number {
    return this.#durableBatch;
  }

  /** Not null when a disk operation failed: the store must stop, and never retry. */
  get failure(): EngineFailure | null {
    return this.#failure;
  }

  /** The segment that is written. */
  get segment(): number {
    return this.#segment;
  }

  /** A region's log as it will be when all batches are durable. Not to be changed. */
  region(region: RegionId): Readonly<RegionLog<E>> | undefined {
    return this.#state.find(region);
  }

  /** The regions with a log, ascending. */
  regions(): RegionId[] {
    return this.#state.regions();
  }

  /** Puts `entries`, from position `from` on, over the log's suffix from the first one's index. */
  append(region: RegionId, entries: readonly E[], from = 0): void {
    this.#checkUsable();
    this.#state.append(region, entries, from);
    this.#encoder.append(region, entries, from);
  }

  /** Puts a region's term, vote and commit index. */
  hardState(region: RegionId, hardState: HardState): void {
    this.#checkUsable();
    this.#state.setHardState(region, hardState);
    this.#encoder.hardState(region, hardState);
  }

  /**
   * Drops the entries up to `at`. The key-value state must be durable at least to there: else a
   * power loss would take the applied state back to where the log no longer begins.
   */
  compact(region: RegionId, at: LogEntry): void {
    this.#checkUsable();
    assert(
      this.#durability.appliedIndex(region) >= at.index,
      "what is compacted away is durable in the key-value engine",
    );
    this.#state.compact(region, at);
    this.#encoder.compact(region, at);
  }

  /** Begins a region's log anew behind a snapshot, whose data must be durable already. */
  reset(region: RegionId, at: LogEntry): void {
    this.#checkUsable();
    assert(
      this.#durability.appliedIndex(region) >= at.index,
      "a snapshot's data is durable before the log begins behind it",
    );
    this.#state.reset(region, at);
    this.#encoder.reset(region, at);
  }

  /** Forgets a region. Its tombstone must be durable in the key-value engine. */
  destroy(region: RegionId): void {
    this.#checkUsable();
    this.#state.destroy(region);
    this.#encoder.destroy(region);
  }

  /**
   * Starts to make all puts so far durable, at once or after the batch in flight. The answer is
   * the batch to wait for: compare with `durableBatch`, which may have reached it already.
   */
  flush(): number {
    this.#checkUsable();
    if (this.#writer.length === frameHeaderBytes) return this.#openBatch - 1;
    this.#flushWanted = true;
    const batch = this.#openBatch;
    if (this.#phase === "idle") this.#start();
    return batch;
  }

  /** Leaves the segment with the next batch, which this starts even if there is nothing to put. */
  rotate(): number {
    this.#checkUsable();
    this.#rotateWanted = true;
    this.#flushWanted = true;
    const batch = this.#openBatch;
    if (this.#phase === "idle") this.#start();
    return batch;
  }

  /** Takes the end of a disk operation. False when the token is another's. */
  diskDone(token: number, error: DiskError | null): boolean {
    const step = token - this.#firstToken;
    if (step < 0 || step > 3) return false;
    // An old segment that could not be removed is removed by the next rotation or recovery.
    if (step === 3 || this.#failure !== null) return true;
    if (error === null) this.#next();
    else this.#failure = { kind: "io", what: `${this.#phase} ${this.#name}`, error };
    return true;
  }

  #start(): void {
    if (!this.#flushWanted) return;
    this.#flushWanted = false;
    this.#openBatch += 1;
    this.#phase = "append";
    const limit = Math.max(this.#segmentBytesMax, 4 * this.#baseBytes);
    if (this.#rotateWanted || this.#segmentBytes >= limit) this.#beginSegment();
    this.#write();
  }

  #next(): void {
    switch (this.#phase) {
      case "append":
        this.#phase = "sync";
        this.#disk.sync(this.#name, this.#firstToken + 1);
        break;
      case "sync":
        if (this.#rotating) {
          this.#phase = "directory";
          this.#disk.syncDirectory(this.#firstToken + 2);
        } else this.#finish();
        break;
      case "directory":
        this.#rotating = false;
        this.#removeOld();
        this.#finish();
        break;
      case "idle":
        throw new InvariantError("does not hold: a disk operation ends that was begun");
      default:
        unreachable(this.#phase);
    }
  }

  #finish(): void {
    this.#durability.log = this.#sequence;
    this.#durableBatch = this.#openBatch - 1;
    this.#phase = "idle";
    this.#start();
  }

  // The live state includes the open batch, whose records are thereby superseded.
  #beginSegment(): void {
    this.#rotateWanted = false;
    this.#rotating = true;
    this.#segment += 1;
    this.#name = logName(this.#segment);
    this.#writer.clear();
    beginFrame(this.#writer);
    this.#encoder.all(this.#state);
    this.#segmentBytes = 0;
    this.#baseBytes = this.#writer.length;
  }

  #write(): void {
    this.#sequence += 1;
    const fields = this.#fields;
    fields.file = this.#segment;
    fields.sequence = this.#sequence;
    fields.durable = this.#durability.log;
    fields.otherDurable = this.#durability.wal;
    endFrame(this.#writer, 0, fields);
    this.#segmentBytes += this.#writer.length;
    this.#disk.append(this.#name, this.#writer.take(), this.#firstToken);
    beginFrame(this.#writer);
  }

  #removeOld(): void {
    for (const number of fileNumbers(this.#disk.list(), "log")) {
      if (number < this.#segment) this.#disk.remove(logName(number), this.#firstToken + 3);
    }
  }

  #checkUsable(): void {
    assert(this.#failure === null, "a store whose disk failed writes no more");
  }
}
