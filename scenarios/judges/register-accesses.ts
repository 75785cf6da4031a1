/** What the operations of a history did to each key. */
import { unreachable } from "../../sim/assert.ts";
import type { History, HistoryOperation } from "../history.ts";
import { keysOf } from "./history-keys.ts";
import { type RegisterRow, registerOp } from "./linearizability/index.ts";
import { probePairs } from "./probe-answers.ts";

/** What an operation did to one key, as numbers; value 0 is "absent". `texts` are the values. */
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

/**
 * Every key's accesses, in order of the history; keys that a plugin may have written are left out.
 */
export function accessesByKey(
  history: History,
  isForeign: (key: string) => boolean,
): ReadonlyMap<string, readonly Access[]> {
  const collector = new Collector(history, isForeign);
  for (const operation of history) collector.collect(operation);
  // A write that may have happened and that nobody can tell from one that did not: left out where
  // its value was never read. It constrains nothing.
  const byKey = new Map<string, readonly Access[]>();
  for (const [key, accesses] of collector.byKey) {
    const telling = withoutUnseen(accesses);
    if (telling.length > 0) byKey.set(key, telling);
  }
  return byKey;
}

type Op = RegisterRow["op"];
type Touch = (key: string, op: Op, first: string | null, second: string | null) => void;

class Collector {
  readonly byKey = new Map<string, Access[]>();
  readonly #numbers = new Map<string, number>();

  constructor(history: History, isForeign: (key: string) => boolean) {
    for (const key of keysOf(history)) if (!isForeign(key)) this.byKey.set(key, []);
  }

  collect(operation: HistoryOperation): void {
    const { request, outcome, callUs, returnUs } = operation;
    if (outcome?.kind === "error") return;
    const isCertain = outcome?.kind === "ok" && returnUs !== null;
    const times = { callTime: callUs, returnTime: isCertain ? returnUs : Infinity };
    const touch: Touch = (key, op, first, second) => {
      const numbers = { first: this.#number(first), second: this.#number(second) };
      const access = { op, ...numbers, ...times, operation, texts: [first, second] as const };
      this.byKey.get(key)?.push(access);
    };
    if (isCertain) readsOf(operation, touch);
    switch (request.kind) {
      case "put":
        return touch(request.key, registerOp.write, request.value, null);
      case "batchPut":
        for (const [key, value] of request.pairs) touch(key, registerOp.write, value, null);
        return;
      case "delete":
        return touch(request.key, registerOp.write, null, null);
      case "batchDelete":
        for (const key of request.keys) touch(key, registerOp.write, null, null);
        return;
      case "deleteRange":
        for (const key of this.byKey.keys()) {
          const isInside = key >= request.start && (request.end === "" || key < request.end);
          if (isInside) touch(key, registerOp.write, null, null);
        }
        return;
      case "compareAndSwap":
        return swapOf(operation, touch);
      case "get":
      case "batchGet":
      case "scan":
      case "coprocessor": // What plugins write is judged by what their events say.
        return;
      default:
        unreachable(request);
    }
  }

  /** Equal texts get equal numbers, from 1. */
  #number(value: string | null): number {
    if (value === null) return 0;
    let number = this.#numbers.get(value);
    if (number === undefined) {
      number = this.#numbers.size + 1;
      this.#numbers.set(value, number);
    }
    return number;
  }
}

/** What a scan does not contain is judged by scan completeness. */
function readsOf(operation: HistoryOperation, touch: Touch): void {
  const { request, outcome } = operation;
  if (outcome?.kind !== "ok") return;
  const { result } = outcome;
  const read = (key: string, value: string | null) => touch(key, registerOp.read, value, null);
  if (request.kind === "get" && result.kind === "value") read(request.key, result.value);
  else if (request.kind === "batchGet" && result.kind === "pairs") {
    const found = new Map(result.pairs);
    for (const key of request.keys) read(key, found.get(key) ?? null);
  } else if (request.kind === "scan" && result.kind === "pairs") {
    for (const [key, value] of result.pairs) read(key, value);
  } else if (request.kind === "coprocessor") {
    for (const { pairs } of probePairs(operation))
      for (const [key, value] of pairs) read(key, value);
  }
}

function swapOf({ request, outcome }: HistoryOperation, touch: Touch): void {
  if (request.kind !== "compareAndSwap") return;
  const { key, previous, value } = request;
  const result = outcome?.kind === "ok" ? outcome.result : null;
  if (result?.kind !== "swapped") touch(key, registerOp.casUnknown, previous, value);
  else if (result.succeeded) touch(key, registerOp.casSucceeded, previous, value);
  // It found something else, and says what.
  else touch(key, registerOp.read, result.previous, null);
}

function withoutUnseen(accesses: readonly Access[]): readonly Access[] {
  const seen = new Set<number>();
  for (const { op, first } of accesses) if (op !== registerOp.write) seen.add(first);
  return accesses.filter(
    ({ op, first, returnTime }) =>
      op !== registerOp.write || returnTime !== Infinity || seen.has(first),
  );
}
