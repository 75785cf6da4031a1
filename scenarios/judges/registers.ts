/**
 * Linearizability per key, over the history alone: puts, deletes, batches and swaps write a key's
 * register, gets, batch gets and scans read it. An `error` had no effect and is left out; an
 * `unknown` write may take effect at any time after its call, or never.
 */
import { unreachable } from "../../sim/assert.ts";
import type { History, HistoryOperation } from "../history.ts";
import type { JudgeFactory } from "../judge.ts";
import { RegisterJudge, type RegisterRow, registerOp } from "./linearizability/index.ts";
import { judgeOf } from "./verdicts.ts";

const parts = {
  property: "linearizability",
  sentence: "each key behaves like one register that operations access one at a time",
} as const;

/** More steps than any key of a run needs by far: beyond it a key is left undecided. */
const stepsMax = 2_000_000;

/** What an operation did to one key; value 0 is "absent". */
type Access = RegisterRow & { readonly operation: HistoryOperation };

export const linearizabilityJudge: JudgeFactory = () =>
  judgeOf(parts, (findings) => ({
    finish: ({ history }) => {
      const judge = new RegisterJudge({ stepsMax });
      for (const [key, accesses] of accessesByKey(history)) {
        for (const access of accesses) judge.add(access);
        const verdict = judge.judge({ initial: 0 });
        if (verdict === "undecided") continue;
        findings.check();
        if (verdict === "refused") {
          const [message, details] = story(key, accesses);
          const last = accesses.at(-1);
          findings.convict(message, last?.callTime ?? 0, details);
        }
      }
    },
  }));

/** Numbers for values: equal texts get equal numbers, from 1. */
class Values {
  readonly #numbers = new Map<string, number>();

  of(value: string | null): number {
    if (value === null) return 0;
    let number = this.#numbers.get(value);
    if (number === undefined) {
      number = this.#numbers.size + 1;
      this.#numbers.set(value, number);
    }
    return number;
  }
}

/** Every key's accesses, in order of the history. */
export function accessesByKey(history: History): ReadonlyMap<string, readonly Access[]> {
  const byKey = new Map<string, Access[]>();
  const values = new Values();
  for (const operation of history) {
    const touch = (
      key: string,
      op: RegisterRow["op"],
      first: number,
      second: number,
      returnTime: number,
    ): void => {
      let accesses = byKey.get(key);
      if (accesses === undefined) {
        accesses = [];
        byKey.set(key, accesses);
      }
      accesses.push({ op, first, second, callTime: operation.callUs, returnTime, operation });
    };
    collect(operation, values, touch);
  }
  // A write that may have happened and that nobody can tell from one that did not: left out where
  // its value was never read. It constrains nothing.
  for (const [key, accesses] of byKey) byKey.set(key, withoutUnseen(accesses));
  return byKey;
}

type Touch = (
  key: string,
  op: RegisterRow["op"],
  first: number,
  second: number,
  returnTime: number,
) => void;

function collect(operation: HistoryOperation, values: Values, touch: Touch): void {
  const { request, outcome, returnUs } = operation;
  if (outcome?.kind === "error") return;
  const result = outcome?.kind === "ok" ? outcome.result : null;
  const returned = result === null || returnUs === null ? Number.POSITIVE_INFINITY : returnUs;
  const read = (key: string, value: string | null) =>
    touch(key, registerOp.read, values.of(value), 0, returned);
  const write = (key: string, value: string | null) =>
    touch(key, registerOp.write, values.of(value), 0, returned);
  switch (request.kind) {
    case "get":
      if (result?.kind === "value") read(request.key, result.value);
      return;
    case "batchGet":
      if (result?.kind !== "pairs") return;
      for (const key of request.keys) {
        read(key, result.pairs.find(([found]) => found === key)?.[1] ?? null);
      }
      return;
    case "scan":
      // What a scan does not contain is judged by scan completeness.
      if (result?.kind === "pairs") for (const [key, value] of result.pairs) read(key, value);
      return;
    case "put":
      return write(request.key, request.value);
    case "batchPut":
      for (const [key, value] of request.pairs) write(key, value);
      return;
    case "delete":
      return write(request.key, null);
    case "batchDelete":
      for (const key of request.keys) write(key, null);
      return;
    case "deleteRange": // Touches keys that nobody lists: such keys are not judged as registers.
      return;
    case "compareAndSwap": {
      const expected = values.of(request.previous);
      const next = values.of(request.value);
      if (result?.kind !== "swapped") {
        touch(request.key, registerOp.casUnknown, expected, next, returned);
      } else if (result.succeeded) {
        touch(request.key, registerOp.casSucceeded, expected, next, returned);
      } else {
        touch(request.key, registerOp.casFailed, expected, 0, returned);
        read(request.key, result.previous);
      }
      return;
    }
    case "coprocessor": // Judged by what its events say.
      return;
    default:
      unreachable(request);
  }
}

function withoutUnseen(accesses: readonly Access[]): Access[] {
  const seen = new Set<number>();
  for (const { op, first } of accesses) if (op !== registerOp.write) seen.add(first);
  return accesses.filter(
    ({ op, first, returnTime }) =>
      op !== registerOp.write || returnTime !== Number.POSITIVE_INFINITY || seen.has(first),
  );
}

/** The operations on the key, as people read them. */
function story(key: string, accesses: readonly Access[]): readonly [string, readonly string[]] {
  const lines = accesses
    .filter(({ operation }) => operation.outcome?.kind !== "error")
    .slice(-12)
    .map(({ operation }) => describe(operation));
  return [`no order of the operations on key ${JSON.stringify(key)} explains their answers`, lines];
}

function describe({ id, client, request, callUs, returnUs, outcome }: HistoryOperation): string {
  const ms = (us: number) => (us / 1000).toFixed(1);
  const span = `${ms(callUs)}..${returnUs === null ? "" : ms(returnUs)} ms`;
  const answer = outcome === null ? "no answer" : JSON.stringify(outcome);
  return `client ${client} #${id} ${span}: ${JSON.stringify(request)} -> ${answer}`.slice(0, 300);
}
