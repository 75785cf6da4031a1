/**
 * memory-level as a synchronous map: what checkpoints and snapshots handed over of an engine's
 * live, volatile state; what changed since lies in the entries of `Family`. Batches are not
 * awaited; memory-level 3 carries them out before it returns (the contract suite holds it to that).
 * Their promises share one failure handler, which stops the test bed.
 */
import { MemoryLevel } from "memory-level";
import { assert } from "../../sim/assert.ts";

/** One change, in memory-level's own shape. */
export type LiveOperation =
  | { readonly type: "put"; readonly key: string; readonly value: Uint8Array }
  | { readonly type: "del"; readonly key: string };

type Level = MemoryLevel<string, Uint8Array>;
type LevelSnapshot = ReturnType<Level["snapshot"]>;

// Stored keys are latin1 strings and compare as such; values pass by reference. memory-level has
// one format for both, so the values' encoding says "utf8" and leaves the bytes alone.
const untouched = {
  name: "untouched",
  format: "utf8" as const,
  encode: (value: Uint8Array): Uint8Array => value,
  decode: (value: Uint8Array): Uint8Array => value,
};

/** A frozen view of a live store. */
export class LiveSnapshot {
  readonly #level: Level;
  readonly #options: { readonly snapshot: LevelSnapshot };
  readonly #onClose: (closed: LiveSnapshot) => void;

  constructor(level: Level, onClose: (closed: LiveSnapshot) => void) {
    this.#level = level;
    this.#options = { snapshot: level.snapshot() };
    this.#onClose = onClose;
  }

  get(storedKey: string): Uint8Array | undefined {
    return this.#level.getSync(storedKey, this.#options);
  }

  close(): void {
    this.#onClose(this);
  }

  /** Internal to the live store. */
  release(onFailure: (error: unknown) => void): void {
    this.#options.snapshot.close().catch(onFailure);
  }
}

/** An opened memory-level instance. */
export class LiveStore {
  readonly #level: Level;
  readonly #onFailure: (error: unknown) => void;
  readonly #snapshots = new Set<LiveSnapshot>();
  #isEmpty = true;

  /** `onFailure` hears of a batch that failed: state and index differ, nothing may go on. */
  constructor(onFailure: (error: unknown) => void) {
    const encodings = { storeEncoding: "utf8", valueEncoding: untouched } as const;
    this.#level = new MemoryLevel<string, Uint8Array>(encodings);
    this.#onFailure = onFailure;
  }

  /** Before a run only: opening takes promises. */
  async open(): Promise<void> {
    await this.#level.open();
  }

  get(storedKey: string): Uint8Array | undefined {
    return this.#level.getSync(storedKey);
  }

  /** Carries out the changes before it returns. The array belongs to the store from now on. */
  batch(changes: LiveOperation[]): void {
    assert(this.#level.status === "open", "a live store is opened before the run");
    this.#isEmpty = false;
    this.#level.batch(changes).catch(this.#onFailure);
  }

  snapshot(): LiveSnapshot {
    const snapshot = new LiveSnapshot(this.#level, (closed) => {
      if (this.#snapshots.delete(closed)) closed.release(this.#onFailure);
    });
    this.#snapshots.add(snapshot);
    return snapshot;
  }

  /** Empties it and closes what snapshots a crash left open. */
  wipe(): void {
    for (const snapshot of this.#snapshots) snapshot.release(this.#onFailure);
    this.#snapshots.clear();
    if (this.#isEmpty) return;
    this.#isEmpty = true;
    this.#level.clear().catch(this.#onFailure);
  }
}
