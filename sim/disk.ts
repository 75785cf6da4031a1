/** A machine's disk over all incarnations of its process. */
import { assert } from "./assert.ts";
import { concatBytes, emptyBytes } from "./bytes.ts";
import { operations } from "./operation.ts";
import type { Disk, DiskError, ProcessId } from "./process.ts";
import type { Randomness, Stream } from "./random.ts";
import { Lane, type Timeline } from "./scheduler/timeline.ts";

/** How long disk operations take. */
export type DiskDefaults = {
  readonly latency: { readonly minUs: number; readonly maxUs: number };
};

/** An operation under way. */
export type DiskOperation = {
  readonly kind: "append" | "write" | "sync" | "syncDirectory" | "rename" | "remove" | "read";
  readonly file: string;
  readonly to: string;
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly token: number;
};

/** What an operation ended with. */
export type DiskOutcome = { readonly error: DiskError | null; readonly bytes: Uint8Array | null };

const done: DiskOutcome = { error: null, bytes: null };

/** The disk. */
export class SimDisk {
  readonly #process: ProcessId;
  readonly #timeline: Timeline;
  readonly #defaults: DiskDefaults;
  readonly #stream: Stream;
  readonly #lane = new Lane();
  readonly #files = new Map<string, Uint8Array>();
  #durable = new Map<string, Uint8Array>();
  #incarnation = -1;

  constructor(parts: {
    readonly process: ProcessId;
    readonly timeline: Timeline;
    readonly random: Randomness;
    readonly defaults: DiskDefaults;
  }) {
    this.#process = parts.process;
    this.#timeline = parts.timeline;
    this.#defaults = parts.defaults;
    this.#stream = parts.random.stream(`disk/${parts.process}`);
  }

  /** The disk as incarnation `incarnation` sees it. */
  mount(incarnation: number): Disk {
    this.#incarnation = incarnation;
    return new MountedDisk(this, incarnation);
  }

  /** Starts an operation for an incarnation, if that is the present one. */
  start(incarnation: number, operation: DiskOperation): void {
    if (incarnation !== this.#incarnation) return;
    const timeline = this.#timeline;
    const { minUs, maxUs } = this.#defaults.latency;
    const latencyUs = timeline.strategy.delay(minUs, maxUs, this.#process, this.#stream);
    const slot = timeline.queue.allocate(
      operations.disk,
      this.#process,
      incarnation,
      0,
      operation.token,
      0,
      operation,
    );
    timeline.scheduleInLane(slot, timeline.nowUs + latencyUs, this.#process, this.#lane);
  }

  /** An operation's time has come: it takes effect. */
  settle({ kind, file, to, offset, bytes }: DiskOperation): DiskOutcome {
    const before = this.#files.get(file);
    switch (kind) {
      case "append":
        this.#files.set(file, concatBytes([before ?? emptyBytes, bytes]));
        return done;
      case "write": {
        const old = before ?? emptyBytes;
        const next = new Uint8Array(Math.max(old.length, offset + bytes.length));
        next.set(old);
        next.set(bytes, offset);
        this.#files.set(file, next);
        return done;
      }
      case "sync":
        if (before === undefined) return { error: "missing", bytes: null };
        this.#durable.set(file, before);
        return done;
      case "syncDirectory":
        return done;
      case "rename":
      case "remove":
        if (before === undefined) return { error: "missing", bytes: null };
        this.#files.delete(file);
        this.#durable.delete(file);
        if (kind === "rename") {
          this.#files.set(to, before);
          this.#durable.set(to, before);
        }
        return done;
      case "read":
        return before === undefined
          ? { error: "missing", bytes: null }
          : { error: null, bytes: before };
      default:
        assert(false, "every disk operation is known");
    }
  }

  /** The process died: what it completed stays. */
  crash(): void {
    this.#incarnation = -1;
  }

  /** The machine lost its power: what was not synced is gone. */
  losePower(): void {
    this.crash();
    this.#files.clear();
    for (const [name, bytes] of this.#durable) this.#files.set(name, bytes);
  }

  /** Everything is gone. */
  wipe(): void {
    this.#files.clear();
    this.#durable = new Map();
  }

  list(): readonly string[] {
    return [...this.#files.keys()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  }
}

class MountedDisk implements Disk {
  readonly #disk: SimDisk;
  readonly #incarnation: number;

  constructor(disk: SimDisk, incarnation: number) {
    this.#disk = disk;
    this.#incarnation = incarnation;
  }

  append(file: string, bytes: Uint8Array, token: number): void {
    this.#start("append", file, "", 0, bytes, token);
  }

  write(file: string, offset: number, bytes: Uint8Array, token: number): void {
    assert(Number.isSafeInteger(offset) && offset >= 0, "a write has an offset");
    this.#start("write", file, "", offset, bytes, token);
  }

  sync(file: string, token: number): void {
    this.#start("sync", file, "", 0, emptyBytes, token);
  }

  syncDirectory(token: number): void {
    this.#start("syncDirectory", "", "", 0, emptyBytes, token);
  }

  rename(from: string, to: string, token: number): void {
    this.#start("rename", from, to, 0, emptyBytes, token);
  }

  remove(file: string, token: number): void {
    this.#start("remove", file, "", 0, emptyBytes, token);
  }

  read(file: string, token: number): void {
    this.#start("read", file, "", 0, emptyBytes, token);
  }

  list(): readonly string[] {
    return this.#disk.list();
  }

  #start(
    kind: DiskOperation["kind"],
    file: string,
    to: string,
    offset: number,
    bytes: Uint8Array,
    token: number,
  ): void {
    this.#disk.start(this.#incarnation, { kind, file, to, offset, bytes, token });
  }
}
