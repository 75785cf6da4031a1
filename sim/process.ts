/**
 * What a process and the world see of each other. A process is a machine's program for one
 * incarnation: created by its boot function, told what happens one call at a time with the virtual
 * clock standing still, and simply gone at a crash (nothing of it is resumed or unwound).
 */
import type { Stream } from "./random.ts";

declare const brand: unique symbol;
/** A process's number in its world: 0, 1, 2... in order of creation. */
export type ProcessId = number & { readonly [brand]: "ProcessId" };

/** Why a disk operation failed. */
export type DiskError = "eio" | "full" | "missing";

/** The program of one incarnation. Every method runs synchronously inside one event. */
export interface Process {
  /** A message arrived and a thread of the process's first pool took it up. */
  receive(from: ProcessId, kind: number, payload: object): void;
  /** The connection to `to` is refused: the message was not delivered and never will be. */
  refused(to: ProcessId, kind: number, payload: object): void;
  /** A timer that this incarnation armed, or work that a pool took up. */
  timer(kind: number, number: number): void;
  /** A disk operation ended. `bytes` are those of a read, else null. */
  diskDone(token: number, error: DiskError | null, bytes: Uint8Array | null): void;
  /** 32-bit digest of the state that must agree between two runs of one seed. */
  digest(): number;
}

/** Starts an incarnation. */
export type Boot = (machine: Machine) => Process;

/**
 * A task: straight-line code over several events. `yield` after arranging a wake-up (`sleep`, or
 * `wake` by somebody who kept `current()`); the value of the yield is the value of the wake-up.
 * No `finally` and no `using`: a crash drops a task without resuming it.
 */
export type Task = Generator<void, void, unknown>;

/** Names one suspension of one task: a second wake-up with the same token does nothing. */
export type TaskToken = number & { readonly [brand]: "TaskToken" };
/** A thread of the first pool that a handler keeps beyond its own event. */
export type ThreadToken = number & { readonly [brand]: "ThreadToken" };

/** The world as one incarnation sees it. Every call of a dead incarnation does nothing. */
export interface Machine {
  readonly id: ProcessId;
  readonly name: string;
  /** How many times this process booted before: 0 at first. */
  readonly incarnation: number;
  readonly disk: Disk;

  /** The machine's monotonic clock: never goes back; drifts at most 200 ppm. */
  monotonicUs(): number;
  /** The machine's wall clock: may be offset, drift, jump, freeze. */
  wallUs(): number;
  /** A stream of its own for a concern of this process; the label is interned here, once. */
  stream(label: string): Stream;

  /** Calls `timer(kind, number)` after `delayUs` of the monotonic clock. There is no cancelling. */
  arm(delayUs: number, kind: number, number: number): void;
  /**
   * Sends; delivery, loss, delay and repetition are the network's. It leaves when the CPU time of
   * the running handler is over. `payload` is immutable from now on. `sizeBytes` feeds bandwidth.
   */
  send(to: ProcessId, kind: number, payload: object, sizeBytes: number): void;

  /** Adds CPU time to the handler that is running: its thread stays busy for so much longer. */
  spend(costUs: number): void;
  /** Keeps the running handler's thread of the first pool until it is released. */
  holdThread(): ThreadToken;
  releaseThread(token: ThreadToken): void;
  /** Calls `timer(kind, number)` when a thread of pool `pool` is free, then keeps it `costUs`. */
  submit(pool: number, costUs: number, kind: number, number: number): void;

  /** Starts a task: it runs at once up to its first yield. */
  spawn(task: Task): void;
  /** The running task's next suspension. Only inside a task. */
  current(): TaskToken;
  /** Resumes a suspended task with `value`, in an event of its own at the present time. */
  wake(token: TaskToken, value: unknown): void;
  /** Arranges to be woken (with undefined) after `delayUs`. Only inside a task, before a yield. */
  sleep(delayUs: number): void;

  /** Reports what happened: feeds the hash, the judges, the gates and the moments. Integers. */
  emit(kind: number, a: number, b: number, c: number, d: number): void;
  /** The process dies here and now (panic, abort, exit): never returns. */
  die(reason: "panic" | "abort" | "exit", text: string): never;
}

/**
 * A machine's disk: files of bytes with a durable part and a volatile one. Every operation ends
 * with `Process.diskDone(token, ...)`; operations on one file take effect in the order of the
 * calls. A crash keeps every write that was *called and completed*, a power loss only what was
 * synced.
 */
export interface Disk {
  /** Adds to the end of a file, which is created when it is missing. Not durable until synced. */
  append(file: string, bytes: Uint8Array, token: number): void;
  /** Replaces bytes from `offset`; writing past the end fills the hole with zeroes. */
  write(file: string, offset: number, bytes: Uint8Array, token: number): void;
  /** Makes the file's completed writes durable. After an error the unsynced pages are gone. */
  sync(file: string, token: number): void;
  /** Makes the directory's creations, renames and removals durable. */
  syncDirectory(token: number): void;
  rename(from: string, to: string, token: number): void;
  remove(file: string, token: number): void;
  /** Reads a whole file. "missing" when there is none. */
  read(file: string, token: number): void;
  /** The names of all files, in byte order: no I/O error, no waiting. */
  list(): readonly string[];
}
