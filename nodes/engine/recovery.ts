/**
 * A store's boot: reads and verifies what is on the disk, makes it durable (a crash leaves
 * completed writes that were never synced), and hands out the two engines. Nothing is served
 * before it ends.
 */
import { assert } from "../../sim/assert.ts";
import type { Disk, DiskError } from "../../sim/process.ts";
import type { RegionId } from "../ids.ts";
import { removeBefore } from "./checkpoint.ts";
import { Durability } from "./durability.ts";
import type { EngineFailure } from "./engine.ts";
import { checkpointName, fileNumbers, logName, walName } from "./file-names.ts";
import { KvEngine } from "./kv-engine.ts";
import { type KvFiles, kvClaimBroken, type LoadedKv, loadKv } from "./kv-recovery.ts";
import { KvState } from "./kv-state.ts";
import type { LiveStore } from "./live-store.ts";
import { LogEngine } from "./log-engine.ts";
import {
  type Corrupt,
  type LoadedLog,
  loadLog,
  logClaimBroken,
  type ReadFile,
} from "./log-recovery.ts";
import type { EntryCodec, HardState, LogEntry } from "./log-state.ts";
import type { RegionMeta } from "./vocabulary.ts";

export type RecoveryOptions<E extends LogEntry> = {
  readonly disk: Disk;
  /** The engines and the recovery use `engineTokens` tokens from this one on. */
  readonly firstToken: number;
  readonly codec: EntryCodec<E>;
  /** An empty one, from the pool. */
  readonly live: LiveStore;
  /** Size in bytes at which a segment of the Raft log is left. */
  readonly segmentBytesMax: number;
  /** Size in bytes of the key-value log at which a checkpoint begins. */
  readonly walBytesMax: number;
  /** How far a region may be applied beyond its own durable log (TiKV: up to 1,024 entries). */
  readonly unpersistedAppliesMax: number;
};

/** A region as found: log and applied state. */
export type RecoveredRegion<E extends LogEntry> = {
  readonly region: RegionId;
  readonly hardState: HardState;
  readonly truncatedIndex: number;
  readonly truncatedTerm: number;
  /** The entries after the truncated index. Not to be changed: the engine's own. */
  readonly entries: readonly E[];
  /** Null when the key-value engine knows nothing of it. */
  readonly meta: RegionMeta | null;
};

/** How a recovery ended. */
export type RecoveryResult<E extends LogEntry> =
  | {
      readonly kind: "recovered";
      readonly log: LogEngine<E>;
      readonly kv: KvEngine;
      /** In ascending order of their ids. */
      readonly regions: readonly RecoveredRegion<E>[];
    }
  | Corrupt
  | EngineFailure;

type Answer = { readonly error: DiskError | null; readonly bytes: Uint8Array | null };
type Steps<E extends LogEntry> = Generator<void, RecoveryResult<E>, Answer>;
type Loaded<E extends LogEntry> = { readonly log: LoadedLog<E>; readonly kv: LoadedKv };

/** One recovery. `start`, then `diskDone` until `result` is not null. */
export class Recovery<E extends LogEntry> {
  readonly #options: RecoveryOptions<E>;
  readonly #state: KvState;
  readonly #steps: Steps<E>;
  #log: LogEngine<E> | null = null;
  #result: RecoveryResult<E> | null = null;

  constructor(options: RecoveryOptions<E>) {
    this.#options = options;
    this.#state = new KvState(options.live);
    this.#steps = this.#run();
  }

  /** Null until the recovery has ended. */
  get result(): RecoveryResult<E> | null {
    return this.#result;
  }

  /** Begins to read. */
  start(): void {
    this.#advance({ error: null, bytes: null });
  }

  /** Takes the end of a disk operation. False when the token is another's. */
  diskDone(token: number, error: DiskError | null, bytes: Uint8Array | null): boolean {
    const { firstToken } = this.#options;
    if (token === firstToken + 9) return true;
    if (token === firstToken + 10) {
      this.#advance({ error, bytes });
      return true;
    }
    if (this.#log === null || !this.#log.diskDone(token, error)) return false;
    if (this.#log.failure !== null || this.#log.durableBatch > 0) {
      this.#advance({ error: null, bytes: null });
    }
    return true;
  }

  #advance(answer: Answer): void {
    if (this.#result !== null) return;
    const step = this.#steps.next(answer);
    if (step.done === true) this.#result = step.value;
  }

  *#run(): Steps<E> {
    const { disk, firstToken } = this.#options;
    const names = disk.list();
    const logNumbers = fileNumbers(names, "log");
    const logFiles: ReadFile[] = [];
    for (const number of logNumbers) {
      const file = yield* this.#read(logName(number), number);
      if (file.kind === "io") return file;
      logFiles.push(file);
    }
    const checkpointNumber = fileNumbers(names, "checkpoint").at(-1) ?? 0;
    const walNumbers = fileNumbers(names, "wal").filter((number) => number >= checkpointNumber);
    let checkpoint: ReadFile | null = null;
    if (checkpointNumber > 0) {
      const file = yield* this.#read(checkpointName(checkpointNumber), checkpointNumber);
      if (file.kind === "io") return file;
      checkpoint = file;
    }
    const wals: ReadFile[] = [];
    for (const number of walNumbers) {
      const file = yield* this.#read(walName(number), number);
      if (file.kind === "io") return file;
      wals.push(file);
    }
    const loaded = this.#load(logFiles, { checkpoint, wals });
    if (loaded.kind === "corrupt") return loaded;
    const walNumber = walNumbers.at(-1);
    // The new log's first frame claims the key-value log durable: it must be, and its name too.
    if (walNumber !== undefined) {
      disk.sync(walName(walNumber), firstToken + 10);
      const synced = yield;
      if (synced.error === null) disk.syncDirectory(firstToken + 10);
      const { error } = synced.error === null ? yield : synced;
      if (error !== null) return { kind: "io", what: `sync ${walName(walNumber)}`, error };
    }
    const result = yield* this.#open(loaded, Math.max(walNumber ?? 0, checkpointNumber) + 1);
    if (result.kind === "recovered") removeBefore(disk, checkpointNumber, firstToken + 9);
    return result;
  }

  *#read(
    name: string,
    number: number,
  ): Generator<void, (ReadFile & { readonly kind: "read" }) | EngineFailure, Answer> {
    this.#options.disk.read(name, this.#options.firstToken + 10);
    const { error, bytes } = yield;
    if (error !== null) return { kind: "io", what: `read ${name}`, error };
    assert(bytes !== null, "a read without an error has bytes");
    return { kind: "read", name, number, bytes };
  }

  #load(
    logFiles: readonly ReadFile[],
    kvFiles: KvFiles,
  ): (Loaded<E> & { readonly kind: "loaded" }) | Corrupt {
    const log = loadLog(logFiles, this.#options.codec);
    if (log.kind === "corrupt") return log;
    const kv = loadKv(this.#state, kvFiles);
    if (kv.kind === "corrupt") return kv;
    const broken = logClaimBroken(log, kv.logClaim) ?? kvClaimBroken(kv, log.walClaim);
    if (broken !== null) return broken;
    // The empty log of a first boot is durable before the key-value engine gets its first batch.
    if (log.sequence === 0 && kv.sequence > 0) {
      return { kind: "corrupt", ...log.end, what: "the key-value state stands without a log" };
    }
    for (const region of this.#state.regions()) this.#repair(log, region);
    return this.#inconsistency({ log, kv }) ?? { kind: "loaded", log, kv };
  }

  // 1. A snapshot's data and record are made durable. 2. The crash. 3. The log was to begin anew
  // behind the snapshot, and still has the entries of before, or none.
  #repair({ state }: LoadedLog<E>, region: RegionId): void {
    const meta = this.#state.readMeta(region);
    assert(meta !== undefined, "a listed region has a record");
    const log = state.find(region);
    if (meta.tombstone) state.destroy(region);
    else if (meta.baseIndex > (log?.truncatedIndex ?? 0)) {
      const at = { index: meta.baseIndex, term: meta.baseTerm };
      if (log?.termOf(at.index) !== at.term) state.reset(region, at);
    }
  }

  #inconsistency({ log, kv }: Loaded<E>): Corrupt | null {
    for (const region of log.state.regions()) {
      const found = log.state.find(region);
      assert(found !== undefined, "a listed region has a log");
      const applied = this.#state.readMeta(region)?.appliedIndex ?? 0;
      const { truncatedIndex, lastIndex } = found;
      if (applied < truncatedIndex) {
        const what = `region ${region} is applied to ${applied}, its log begins at`;
        return { kind: "corrupt", ...kv.end, what: `${what} ${truncatedIndex + 1}` };
      }
      if (applied > lastIndex + this.#options.unpersistedAppliesMax) {
        const what = `region ${region} is applied to ${applied}, its log ends at ${lastIndex}`;
        return { kind: "corrupt", ...log.end, what };
      }
    }
    return null;
  }

  *#open({ log: loaded, kv: { sequence, logClaim } }: Loaded<E>, number: number): Steps<E> {
    const { disk, firstToken, codec, segmentBytesMax, walBytesMax } = this.#options;
    const durability = new Durability();
    const kv = new KvEngine({
      disk,
      firstToken: firstToken + 5,
      durability,
      state: this.#state,
      wal: { number, sequence, logClaim },
      walBytesMax,
    });
    const { state } = loaded;
    const log = new LogEngine<E>({
      disk,
      firstToken,
      durability,
      codec,
      state,
      segment: loaded.segment,
      sequence: loaded.sequence,
      segmentBytesMax,
    });
    this.#log = log;
    log.rotate();
    yield;
    if (log.failure !== null) return log.failure;
    return { kind: "recovered", log, kv, regions: recoveredRegions(log, kv) };
  }
}

function recoveredRegions<E extends LogEntry>(
  log: LogEngine<E>,
  kv: KvEngine,
): RecoveredRegion<E>[] {
  const ids = new Set([...log.regions(), ...kv.metaRegions()]);
  const none: HardState = { term: 0, vote: 0, commit: 0 };
  return [...ids]
    .sort((a, b) => a - b)
    .map((region) => {
      const found = log.region(region);
      return {
        region,
        hardState: found?.hardState ?? none,
        truncatedIndex: found?.truncatedIndex ?? 0,
        truncatedTerm: found?.truncatedTerm ?? 0,
        entries: found?.entries ?? [],
        meta: kv.readMeta(region) ?? null,
      };
    });
}
