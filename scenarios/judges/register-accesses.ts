/** What the operations of a history did to each key. */
import { assert, unreachable } from "../../sim/assert.ts";
import type { History, HistoryOperation } from "../history.ts";
import { keysOf } from "./history-keys.ts";
import {
  type RegisterJudge,
  type RegisterOp,
  type RegisterRow,
  registerOp,
} from "./linearizability/index.ts";
import type { ProbeRead } from "./probe-answers.ts";

/** What an operation did to one key, told in full. `texts` are the values. */
export type Access = RegisterRow & {
  readonly operation: HistoryOperation;
  readonly texts: readonly [first: string | null, second: string | null];
};

/** What an answer says against itself, or null. */
export function contradiction({ id, request, outcome }: HistoryOperation): string | null {
  if (request.kind !== "compareAndSwap" || outcome?.kind !== "ok") return null;
  if (outcome.result.kind !== "swapped" || outcome.result.succeeded) return null;
  if (outcome.result.previous !== request.previous) return null;
  return `swap ${id} failed, and says that it found what it expected`;
}

/** One key, and the rows of what was done to it. */
export class Register {
  readonly key: string;
  /** The first and the last of its rows, -1 where there is none. */
  first = -1;
  last = -1;
  /** For whoever looks for keys in an answer: the number of the last one that had this. */
  foundIn = -1;

  constructor(key: string) {
    this.key = key;
  }
}

/** Rows that there is room for at first: most histories need no more. */
const roomMin = 2048;

export type RegistersOptions = {
  readonly history: History;
  /** Whether a plugin may have written a key: such keys are left out. */
  readonly isForeign: (key: string) => boolean;
  /** What probes read for an operation. */
  readonly probeReads: (operation: HistoryOperation) => readonly ProbeRead[];
};

/** Every key that requests name, in order of their first mention. */
export class Registers {
  readonly byKey: ReadonlyMap<string, Register>;
  readonly #history: History;
  readonly #numbers = new Map<string, number>();
  /** The values by their numbers. */
  readonly #texts: (string | null)[] = [null];
  readonly #probeReads: RegistersOptions["probeReads"];
  /** By a value's number: the latest key, counted from 1, in which it was seen. */
  readonly #seenIn: number[] = [];
  #looked = 0;
  // What operations did, in order of the history: one row for each key that one touched. Values
  // are numbers, 0 is "absent"; `seconds` are 0 unless a compare-and-swap.
  #rows = 0;
  #ops = new Uint8Array(roomMin);
  #firsts = new Int32Array(roomMin);
  #seconds = new Int32Array(roomMin);
  #calls = new Float64Array(roomMin);
  /** When the effect is certain; Infinity: at any time after the call, or never. */
  #certains = new Float64Array(roomMin);
  /** The places of the operations in the history. */
  #operations = new Int32Array(roomMin);
  /** The next row of the same key, or -1. */
  #next = new Int32Array(roomMin);
  /** The operation that is being read: its place, its times. */
  #at = 0;
  #callUs = 0;
  #certainUs = 0;

  constructor({ history, isForeign, probeReads }: RegistersOptions) {
    this.#history = history;
    this.#probeReads = probeReads;
    const byKey = new Map<string, Register>();
    for (const key of keysOf(history)) if (!isForeign(key)) byKey.set(key, new Register(key));
    this.byKey = byKey;
    for (let at = 0; at < history.length; at++) {
      const operation = history[at] as HistoryOperation;
      const { callUs, returnUs, outcome } = operation;
      this.#at = at;
      this.#callUs = callUs;
      this.#certainUs = outcome?.kind === "ok" && returnUs !== null ? returnUs : Infinity;
      this.#collect(operation);
    }
  }

  /**
   * Gives a judge what was done to a key, as far as it tells something: a write that may have
   * happened and whose value was never seen cannot be told from one that did not, and constrains
   * nothing. Answers how many rows it gave.
   */
  give({ first }: Register, judge: RegisterJudge): number {
    this.#markSeen(first);
    let given = 0;
    for (let row = first; row >= 0; row = this.#next[row] as number) {
      if (!this.#isTelling(row)) continue;
      judge.take(
        this.#ops[row] as RegisterOp,
        this.#firsts[row] as number,
        this.#seconds[row] as number,
        this.#calls[row] as number,
        this.#certains[row] as number,
      );
      given++;
    }
    return given;
  }

  /** The same for people and for slower searches. */
  told({ first }: Register): readonly Access[] {
    this.#markSeen(first);
    const accesses: Access[] = [];
    for (let row = first; row >= 0; row = this.#next[row] as number) {
      if (this.#isTelling(row)) accesses.push(this.#access(row));
    }
    return accesses;
  }

  /** Whether a key certainly had a value all the time between two moments. */
  isPresent({ first }: Register, fromUs: number, untilUs: number): boolean {
    const [calls, certains] = [this.#calls, this.#certains];
    let latestCall = -1;
    for (let row = first; row >= 0; row = this.#next[row] as number) {
      const callUs = calls[row] as number;
      if (callUs <= latestCall || (certains[row] as number) > fromUs) continue;
      if (this.#sets(row)) latestCall = callUs;
    }
    if (latestCall < 0) return false;
    // A removal that may have come after the latest certain put makes it uncertain.
    for (let row = first; row >= 0; row = this.#next[row] as number) {
      const isMeanwhile =
        (calls[row] as number) <= untilUs && (certains[row] as number) >= latestCall;
      if (isMeanwhile && this.#removes(row)) return false;
    }
    return true;
  }

  /** What certainly or perhaps sets a key: a swap whose answer is unknown does neither. */
  #sets(row: number): boolean {
    const op = this.#ops[row];
    return op === registerOp.casSucceeded || (op === registerOp.write && this.#firsts[row] !== 0);
  }

  #removes(row: number): boolean {
    return this.#ops[row] === registerOp.write && this.#firsts[row] === 0;
  }

  /** Marks the values that answers of a key had. */
  #markSeen(first: number): void {
    const own = ++this.#looked;
    for (let row = first; row >= 0; row = this.#next[row] as number) {
      if (this.#ops[row] !== registerOp.write) this.#seenIn[this.#firsts[row] as number] = own;
    }
  }

  #isTelling(row: number): boolean {
    if (this.#ops[row] !== registerOp.write || (this.#certains[row] as number) < Infinity) {
      return true;
    }
    return this.#seenIn[this.#firsts[row] as number] === this.#looked;
  }

  #access(row: number): Access {
    const op = this.#ops[row] as RegisterOp;
    const [first, second] = [this.#firsts[row] as number, this.#seconds[row] as number];
    const texts = [this.#texts[first] ?? null, this.#texts[second] ?? null] as const;
    const operation = this.#history[this.#operations[row] as number];
    assert(operation !== undefined, "a row has its operation");
    const times = { callTime: operation.callUs, returnTime: this.#certains[row] as number };
    return { op, first, second, ...times, operation, texts };
  }

  #collect(operation: HistoryOperation): void {
    const { request, outcome } = operation;
    if (outcome?.kind === "error") return;
    if (this.#certainUs < Infinity) this.#reads(operation);
    switch (request.kind) {
      case "put":
        return this.#write(request.key, request.value);
      case "batchPut":
        for (const [key, value] of request.pairs) this.#write(key, value);
        return;
      case "delete":
        return this.#write(request.key, null);
      case "batchDelete":
        for (const key of request.keys) this.#write(key, null);
        return;
      case "deleteRange":
        for (const key of this.byKey.keys()) {
          const isInside = key >= request.start && (request.end === "" || key < request.end);
          if (isInside) this.#write(key, null);
        }
        return;
      case "compareAndSwap":
        return this.#swap(operation, request);
      case "get":
      case "batchGet":
      case "scan":
      case "coprocessor": // What plugins write is judged by what their events say.
        return;
      default:
        unreachable(request);
    }
  }

  /** What a scan does not contain is judged by scan completeness. */
  #reads(operation: HistoryOperation): void {
    const { request, outcome } = operation;
    if (outcome?.kind !== "ok") return;
    const { result } = outcome;
    if (request.kind === "get" && result.kind === "value") {
      this.#read(request.key, result.value);
    } else if (request.kind === "batchGet" && result.kind === "pairs") {
      const found = new Map(result.pairs);
      for (const key of request.keys) this.#read(key, found.get(key) ?? null);
    } else if (request.kind === "scan" && result.kind === "pairs") {
      for (const [key, value] of result.pairs) this.#read(key, value);
    } else if (request.kind === "coprocessor") {
      for (const { pairs } of this.#probeReads(operation)) {
        for (const [key, value] of pairs) this.#read(key, value);
      }
    }
  }

  #swap(
    operation: HistoryOperation,
    request: Extract<HistoryOperation["request"], { kind: "compareAndSwap" }>,
  ): void {
    const { key, previous, value } = request;
    const result = operation.outcome?.kind === "ok" ? operation.outcome.result : null;
    // It found something else, and says what.
    if (result?.kind === "swapped" && !result.succeeded) {
      return this.#touch(key, registerOp.read, result.previous, null);
    }
    const isKnown = result?.kind === "swapped";
    const op = isKnown ? registerOp.casSucceeded : registerOp.casUnknown;
    this.#touch(key, op, previous, value);
  }

  #read(key: string, value: string | null): void {
    this.#touch(key, registerOp.read, value, null);
  }

  #write(key: string, value: string | null): void {
    this.#touch(key, registerOp.write, value, null);
  }

  #touch(key: string, op: RegisterOp, one: string | null, other: string | null): void {
    const [first, second] = [this.#number(one), this.#number(other)];
    const register = this.byKey.get(key);
    if (register === undefined) return;
    const row = this.#rows++;
    if (row === this.#ops.length) this.#grow();
    this.#ops[row] = op;
    this.#firsts[row] = first;
    this.#seconds[row] = second;
    this.#calls[row] = this.#callUs;
    this.#certains[row] = this.#certainUs;
    this.#operations[row] = this.#at;
    this.#next[row] = -1;
    if (register.first < 0) register.first = row;
    else this.#next[register.last] = row;
    register.last = row;
  }

  #grow(): void {
    const room = 2 * this.#ops.length;
    const wider = <Column extends Uint8Array | Int32Array | Float64Array>(
      column: Column,
      before: Column,
    ): Column => {
      column.set(before);
      return column;
    };
    this.#ops = wider(new Uint8Array(room), this.#ops);
    this.#firsts = wider(new Int32Array(room), this.#firsts);
    this.#seconds = wider(new Int32Array(room), this.#seconds);
    this.#calls = wider(new Float64Array(room), this.#calls);
    this.#certains = wider(new Float64Array(room), this.#certains);
    this.#operations = wider(new Int32Array(room), this.#operations);
    this.#next = wider(new Int32Array(room), this.#next);
  }

  /** Equal texts get equal numbers, from 1. */
  #number(value: string | null): number {
    if (value === null) return 0;
    let number = this.#numbers.get(value);
    if (number === undefined) {
      number = this.#texts.length;
      this.#texts.push(value);
      this.#numbers.set(value, number);
    }
    return number;
  }
}
