/**
 * A machine's disk over all incarnations of its process. An operation takes effect when its
 * latency is over. A crash keeps what completed, and of what had not completed the first few, by
 * chance; a power loss takes what was not synced, by chance (`FileBody.losePower`, `Directory`).
 */
import { assert, unreachable } from "../assert.ts";
import { type Decisions, draw } from "../decisions.ts";
import * as operations from "../operation.ts";
import type { Disk, DiskError, ProcessId } from "../process.ts";
import type { Randomness, Stream } from "../random.ts";
import type { Lane, Timeline } from "../scheduler/timeline.ts";
import { Directory } from "./directory.ts";
import { type DiskFaultListener, DiskFaults } from "./faults.ts";
import type { FileBody } from "./file.ts";
import { type DiskOperation, MountedDisk } from "./mounted.ts";
import { sectorBytes } from "./sizes.ts";

/** How long an operation takes where no fault says otherwise. */
export type DiskDefaults = {
  readonly latency: { readonly minUs: number; readonly maxUs: number };
};

/** Something that chance decides: its name, and how often it came up. */
type Chance = { readonly name: string; occurrences: number; stream: Stream | null };

const chance = (name: string): Chance => ({ name, occurrences: 0, stream: null });

/** What an operation ended with. */
export type DiskOutcome = { readonly error: DiskError | null; readonly bytes: Uint8Array | null };

const done: DiskOutcome = { error: null, bytes: null };
const failed = (error: DiskError): DiskOutcome => ({ error, bytes: null });

type Parts = {
  readonly process: ProcessId;
  readonly timeline: Timeline;
  readonly random: Randomness;
  readonly defaults: DiskDefaults;
  readonly decisions: Decisions | null;
  readonly listen: DiskFaultListener;
};

/** The disk. */
export class SimDisk {
  readonly faults: DiskFaults;
  readonly #process: ProcessId;
  readonly #name: string;
  readonly #timeline: Timeline;
  readonly #random: Randomness;
  readonly #defaults: DiskDefaults;
  readonly #decisions: Decisions | null;
  readonly #latencies: Stream;
  readonly #chances = {
    write: chance("eio/write"),
    sync: chance("eio/sync"),
    read: chance("eio/read"),
    misdirect: chance("misdirect"),
    rot: chance("rot"),
    flip: chance("flip"),
    crash: chance("crash"),
    loseNames: chance("loseNames"),
  } as const;
  readonly #loseWrites = new Map<string, Chance>();
  readonly #directory = new Directory();
  readonly #lanes = new Map<string, Lane>();
  /** Behind everything that was started: where a directory's sync has its place. */
  readonly #rear: Lane;
  /** What has not completed, in order of the calls: mostly one or two. */
  readonly #pending: DiskOperation[] = [];
  readonly #stalled: number[] = [];
  #bytes = 0;
  #incarnation = -1;

  constructor({ process, timeline, random, defaults, decisions, listen }: Parts) {
    this.#process = process;
    this.#name = `disk/${process}`;
    this.#timeline = timeline;
    this.#rear = timeline.lane();
    this.#random = random;
    this.#defaults = defaults;
    this.#decisions = decisions;
    this.#latencies = random.stream(this.#name);
    this.faults = new DiskFaults((fault, began) => {
      if (fault === "stall" && !began) this.#flow();
      listen(fault, began);
    });
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
    const { minUs, maxUs } = this.faults.latency ?? this.#defaults.latency;
    const latencyUs = timeline.strategy.delay(minUs, maxUs, this.#process, this.#latencies);
    const slot = timeline.queue.allocate(
      operations.disk,
      this.#process,
      incarnation,
      0,
      operation.token,
      0,
      operation,
    );
    this.#pending.push(operation);
    this.#enqueue(slot, timeline.nowUs + latencyUs, operation);
  }

  /** Whether an operation whose time has come must wait: then its slot is the disk's to keep. */
  delays(slot: number): boolean {
    if (!this.faults.isStalled) return false;
    this.#stalled.push(slot);
    return true;
  }

  /** An operation's time has come: it takes effect. */
  settle(operation: DiskOperation): DiskOutcome {
    this.#forget(operation);
    const { kind, file } = operation;
    if (this.#fails(kind)) {
      // The kernel forgets which pages were dirty: what was not on the disk by now never will be.
      if (kind === "sync") this.#resize(file, (body) => body.failSync());
      return failed("eio");
    }
    return this.#carryOut(operation);
  }

  /** The process died: what completed stays, and so do the first few of what had not. */
  crash(): void {
    this.#incarnation = -1;
    const pending = this.#pending.splice(0).filter(({ kind }) => isChange(kind));
    for (const slot of this.#stalled.splice(0)) this.#timeline.queue.release(slot);
    if (pending.length === 0) return;
    const reached = this.#decide(this.#chances.crash, 500_000, pending.length);
    for (const operation of pending.slice(0, reached)) this.#carryOut(operation);
  }

  /** The machine lost its power: of what was not synced only what chance leaves is there. */
  losePower(): void {
    this.crash();
    if (this.faults.isLosing) {
      const { loseNames } = this.#chances;
      const changes = this.#directory.unsyncedChanges;
      this.#directory.losePower(changes === 0 ? 0 : this.#decide(loseNames, 500_000, changes));
    } else this.#directory.sync();
    for (const [name, body] of this.#directory.entries()) this.#loseWritesOf(name, body);
    this.#count();
  }

  /** Everything is gone, durably: a new disk. */
  wipe(): void {
    assert(this.#incarnation < 0, "a disk is wiped while its process is down");
    this.#directory.clear();
    this.#bytes = 0;
  }

  /** Flips bits of a file where it lies, wherever chance says. Nothing for a missing file. */
  flip(file: string, bits: number): void {
    const body = this.#directory.find(file);
    if (body === undefined) return;
    for (let flipped = 0; flipped < bits; flipped++)
      body.flip(this.#stream(this.#chances.flip).uint32());
  }

  list(): readonly string[] {
    return this.#directory.list();
  }

  #forget(operation: DiskOperation): void {
    const pending = this.#pending;
    let at = pending.indexOf(operation);
    assert(at >= 0, "an operation completes once");
    for (at += 1; at < pending.length; at++) pending[at - 1] = pending[at]!;
    pending.pop();
  }

  #carryOut(operation: DiskOperation): DiskOutcome {
    const { kind, file } = operation;
    const body = this.#directory.find(file);
    switch (kind) {
      case "append":
        return this.#write(body, operation, body?.length ?? 0);
      case "write":
        return this.#write(body, operation, operation.offset);
      case "sync":
        if (body === undefined) return failed("missing");
        body.sync();
        return done;
      case "syncDirectory":
        this.#directory.sync();
        return done;
      case "rename":
        if (body === undefined) return failed("missing");
        this.#bytes -=
          operation.to === file ? 0 : (this.#directory.find(operation.to)?.length ?? 0);
        this.#directory.rename(file, operation.to);
        return done;
      case "remove":
        if (body === undefined) return failed("missing");
        this.#bytes -= body.length;
        this.#directory.remove(file);
        return done;
      case "read":
        return body === undefined ? failed("missing") : this.#read(body);
      default:
        return unreachable(kind);
    }
  }

  #write(known: FileBody | undefined, { file, bytes }: DiskOperation, offset: number): DiskOutcome {
    const length = known?.length ?? 0;
    const grows = Math.max(offset + bytes.length - length, 0);
    const { capacityBytes, misdirectPerMillion } = this.faults;
    if (capacityBytes !== null && grows > 0 && this.#bytes + grows > capacityBytes) {
      return failed("full");
    }
    const body = known ?? this.#directory.create(file);
    const sectors = Math.max(1, Math.ceil(length / sectorBytes));
    const astray = this.#decide(this.#chances.misdirect, misdirectPerMillion, sectors);
    if (astray === 0) body.write(offset, bytes);
    else {
      // The file ends where it would have; where the bytes belong, there is what was there.
      const landed = ((astray - 1) % sectors) * sectorBytes;
      if (grows > 0) body.write(length, new Uint8Array(grows));
      body.write(landed, bytes.subarray(0, Math.max(0, offset + bytes.length - landed)));
    }
    this.#bytes += grows;
    return done;
  }

  #read(body: FileBody): DiskOutcome {
    if (body.length > 0) {
      const bits = Math.min(body.length * 8, 2 ** 31);
      const bit = this.#decide(this.#chances.rot, this.faults.rotPerMillion, bits);
      if (bit > 0) body.flip(bit - 1);
    }
    return { error: null, bytes: body.read() };
  }

  /** Each sort of work by its name: a look-up by a variable name is slow. */
  #fails(kind: DiskOperation["kind"]): boolean {
    const { eioPerMillion } = this.faults;
    switch (kind) {
      case "append":
      case "write":
        return this.#decide(this.#chances.write, eioPerMillion.write, 1) > 0;
      case "sync":
      case "syncDirectory":
        return this.#decide(this.#chances.sync, eioPerMillion.sync, 1) > 0;
      case "read":
        return this.#decide(this.#chances.read, eioPerMillion.read, 1) > 0;
      case "rename":
      case "remove":
        return false;
      default:
        return unreachable(kind);
    }
  }

  #loseWritesOf(name: string, body: FileBody): void {
    const { isTorn, isLosing } = this.faults;
    if (!isLosing) body.sync();
    else if (body.unsyncedWrites > 0) {
      const known = this.#loseWrites.get(name) ?? chance(`loseWrites/${name}`);
      this.#loseWrites.set(name, known);
      const pattern = this.#decide(known, 750_000, 2 ** 31);
      body.losePower({ pattern, isTorn });
    }
  }

  #resize(file: string, change: (body: FileBody) => void): void {
    const body = this.#directory.find(file);
    if (body === undefined) return;
    this.#bytes -= body.length;
    change(body);
    this.#bytes += body.length;
  }

  #count(): void {
    this.#bytes = 0;
    for (const body of this.#directory.bodies) this.#bytes += body.length;
  }

  /** Every operation has its place behind those on the same file; so has a directory's sync. */
  #enqueue(slot: number, timeUs: number, { kind, file, to }: DiskOperation): void {
    const lane = kind === "syncDirectory" ? this.#rear : this.#lane(file);
    const other = kind === "rename" ? this.#lane(to) : lane;
    this.#timeline.joinLanes(lane, other);
    this.#timeline.scheduleInLane(slot, timeUs, this.#process, lane);
    this.#timeline.joinLanes(other, lane);
    this.#timeline.joinLanes(this.#rear, lane);
  }

  #lane(file: string): Lane {
    let lane = this.#lanes.get(file);
    if (lane === undefined) {
      lane = this.#timeline.lane();
      this.#lanes.set(file, lane);
    }
    return lane;
  }

  /** What stalled ends now, in its order. */
  #flow(): void {
    for (const slot of this.#stalled.splice(0)) this.#timeline.scheduleFirst(slot);
  }

  /** 0, or what chance or a replayed list makes of it. Odds of null are no fault: no draw. */
  #decide(one: Chance, perMillion: number | null, values: number): number {
    const decisions = this.#decisions;
    if (decisions === null) {
      return perMillion === null ? 0 : draw(this.#stream(one), { perMillion, values });
    }
    // Counted with and without the fault, so that an occurrence keeps its number when a plan does
    // not keep the fault.
    const n = one.occurrences;
    one.occurrences += 1;
    if (perMillion === null && !decisions.isReplay) return 0;
    const odds = { perMillion: perMillion ?? 0, values };
    return decisions.decide(`${this.#name}/${one.name}`, n, this.#stream(one), odds);
  }

  #stream(one: Chance): Stream {
    one.stream ??= this.#random.stream(`${this.#name}/${one.name}`);
    return one.stream;
  }
}

const isChange = (kind: DiskOperation["kind"]): boolean =>
  kind === "append" || kind === "write" || kind === "rename" || kind === "remove";
