/** What the operations of a history did to each key. */
import { unreachable } from "../../sim/assert.ts";
import type { History, HistoryOperation } from "../history.ts";
import { keysOf } from "./history-keys.ts";
import { type RegisterOp, type RegisterRow, registerOp } from "./linearizability/index.ts";
import type { ProbeRead } from "./probe-answers.ts";

/** What an operation did to one key, as numbers that stand for values; 0 is "absent". */
export type Touch = {
  readonly op: RegisterOp;
  readonly first: number;
  /** 0 unless a compare-and-swap. */
  readonly second: number;
  /** It returned, and its answer is known; else it took effect at any time after its call. */
  readonly isCertain: boolean;
  readonly operation: HistoryOperation;
};

/** The same, told in full. `texts` are the values. */
export type Access = RegisterRow & {
  readonly operation: HistoryOperation;
  readonly texts: readonly [first: string | null, second: string | null];
};

/** When the effect of an operation is certain, or Infinity. */
export const certainUs = ({ isCertain, operation }: Touch): number =>
  isCertain ? (operation.returnUs ?? Infinity) : Infinity;

/** What an answer says against itself, or null. */
export function contradiction({ id, request, outcome }: HistoryOperation): string | null {
  if (request.kind !== "compareAndSwap" || outcome?.kind !== "ok") return null;
  if (outcome.result.kind !== "swapped" || outcome.result.succeeded) return null;
  if (outcome.result.previous !== request.previous) return null;
  return `swap ${id} failed, and says that it found what it expected`;
}

/** One key's accesses, in order of the history. */
export class Register {
  readonly key: string;
  readonly touches: Touch[] = [];
  /** For whoever looks for keys in an answer: the number of the last one that had this. */
  foundIn = -1;

  constructor(key: string) {
    this.key = key;
  }
}

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
  readonly #numbers = new Map<string, number>();
  /** The values by their numbers. */
  readonly #texts: (string | null)[] = [null];
  readonly #probeReads: RegistersOptions["probeReads"];
  /** By a value's number: the latest key, counted from 1, in which it was seen. */
  readonly #seenIn: number[] = [];
  #looked = 0;

  constructor({ history, isForeign, probeReads }: RegistersOptions) {
    this.#probeReads = probeReads;
    const byKey = new Map<string, Register>();
    for (const key of keysOf(history)) if (!isForeign(key)) byKey.set(key, new Register(key));
    this.byKey = byKey;
    for (const operation of history) this.#collect(operation);
  }

  /**
   * Those touches of a key that tell something: a write that may have happened and whose value was
   * never seen cannot be told from one that did not, and constrains nothing.
   */
  telling({ touches }: Register): readonly Touch[] {
    const seenIn = this.#seenIn;
    const own = ++this.#looked;
    let isAllTelling = true;
    for (const { op, first, isCertain } of touches) {
      if (op !== registerOp.write) seenIn[first] = own;
      else if (!isCertain) isAllTelling = false;
    }
    if (isAllTelling) return touches;
    return touches.filter(
      ({ op, first, isCertain }) => op !== registerOp.write || isCertain || seenIn[first] === own,
    );
  }

  /** Touches for people and for slower searches. */
  told(touches: readonly Touch[]): readonly Access[] {
    return touches.map((touch) => {
      const { op, first, second, operation } = touch;
      const texts = [this.#texts[first] ?? null, this.#texts[second] ?? null] as const;
      const times = { callTime: operation.callUs, returnTime: certainUs(touch) };
      return { op, first, second, ...times, operation, texts };
    });
  }

  #collect(operation: HistoryOperation): void {
    const { request, outcome } = operation;
    if (outcome?.kind === "error") return;
    if (isCertain(operation)) this.#reads(operation);
    switch (request.kind) {
      case "put":
        return this.#write(operation, request.key, request.value);
      case "batchPut":
        for (const [key, value] of request.pairs) this.#write(operation, key, value);
        return;
      case "delete":
        return this.#write(operation, request.key, null);
      case "batchDelete":
        for (const key of request.keys) this.#write(operation, key, null);
        return;
      case "deleteRange":
        for (const key of this.byKey.keys()) {
          const isInside = key >= request.start && (request.end === "" || key < request.end);
          if (isInside) this.#write(operation, key, null);
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
      this.#read(operation, request.key, result.value);
    } else if (request.kind === "batchGet" && result.kind === "pairs") {
      const found = new Map(result.pairs);
      for (const key of request.keys) this.#read(operation, key, found.get(key) ?? null);
    } else if (request.kind === "scan" && result.kind === "pairs") {
      for (const [key, value] of result.pairs) this.#read(operation, key, value);
    } else if (request.kind === "coprocessor") {
      for (const { pairs } of this.#probeReads(operation)) {
        for (const [key, value] of pairs) this.#read(operation, key, value);
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
      return this.#touch(operation, key, registerOp.read, result.previous, null);
    }
    const isKnown = result?.kind === "swapped";
    const op = isKnown ? registerOp.casSucceeded : registerOp.casUnknown;
    this.#touch(operation, key, op, previous, value);
  }

  #read(operation: HistoryOperation, key: string, value: string | null): void {
    this.#touch(operation, key, registerOp.read, value, null);
  }

  #write(operation: HistoryOperation, key: string, value: string | null): void {
    this.#touch(operation, key, registerOp.write, value, null);
  }

  #touch(
    operation: HistoryOperation,
    key: string,
    op: RegisterOp,
    one: string | null,
    other: string | null,
  ): void {
    const [first, second] = [this.#number(one), this.#number(other)];
    const touch = { op, first, second, isCertain: isCertain(operation), operation };
    this.byKey.get(key)?.touches.push(touch);
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

const isCertain = ({ outcome, returnUs }: HistoryOperation): boolean =>
  outcome?.kind === "ok" && returnUs !== null;
