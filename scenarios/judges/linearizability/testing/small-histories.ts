/** Small random histories, about half of them linearizable: a run of the object, then some lies. */
import fc from "fast-check";
import type { ModelName, Operation, Output } from "../../../history-files/operations.ts";
import { initialOf, perform } from "./brute-force.ts";

/** A history of one key with the model it belongs to. A `register` begins as 2. */
export type SmallHistory = { readonly model: ModelName; readonly operations: readonly Operation[] };

/** What a `register` of these histories begins as. */
export const smallInitial = 2;

type Draft = {
  readonly process: number;
  readonly kind: number;
  readonly a: number;
  readonly b: number;
  readonly callTime: number;
  readonly length: number;
  /** Where in its interval, in twelfths, the operation takes effect. */
  readonly effect: number;
  readonly fate: number;
};

const draft: fc.Arbitrary<Draft> = fc.record({
  process: fc.nat(5),
  kind: fc.nat(5),
  a: fc.nat(2),
  b: fc.nat(2),
  callTime: fc.nat(16),
  length: fc.nat(9),
  effect: fc.nat(12),
  fate: fc.nat(15),
});

const model: fc.Arbitrary<ModelName> = fc.constantFrom(
  "register",
  "register0",
  "cas-register",
  "cas-register",
  "kv-append",
  "set",
);

export type HistoryShape = {
  readonly operationsMax: number;
  /**
   * Added to each operation's call per operation before it: 0 leaves them all on top of another.
   */
  readonly apart: number;
  /** Of 16 answers, how many may be lies, at most 12. */
  readonly lies: number;
};

/** Histories of 3 to `operationsMax` operations over three values, all close together. */
export function smallHistory(operationsMax: number): fc.Arbitrary<SmallHistory> {
  return history({ operationsMax, apart: 0, lies: 5 });
}

/** Histories over three values, of at least half of `operationsMax` operations if that is more. */
export function history({ operationsMax, apart, lies }: HistoryShape): fc.Arbitrary<SmallHistory> {
  const minLength = operationsMax > 20 ? operationsMax >> 1 : 3;
  const drafts = fc.array(draft, { minLength, maxLength: operationsMax });
  return fc.tuple(model, drafts).map(([name, all]) => {
    const spread = all.map((one, at) => ({ ...one, callTime: one.callTime + at * apart }));
    return { model: name, operations: play(name, spread, lies) };
  });
}

function play(name: ModelName, drafts: readonly Draft[], lies: number): readonly Operation[] {
  const operations = new Map<Draft, Operation>();
  let state = initialOf(name, smallInitial);
  const at = (one: Draft): number => one.callTime + (one.length * one.effect) / 12;
  for (const one of drafts.toSorted((x, y) => at(x) - at(y))) {
    const asked = ask(name, one);
    const done = perform(name, state, asked);
    // Fates: 0-2 never returned, of them 0 without effect; 3 told nothing; from 4 on a lie.
    if (one.fate !== 0) state = done.state;
    const returned = one.fate > 2;
    const answered = { op: asked.op, answer: done.answer, lies: one.fate < 4 + lies };
    operations.set(one, {
      process: one.process,
      ...asked,
      output: returned ? reply(name, one, answered) : null,
      callTime: one.callTime,
      returnTime: returned ? one.callTime + one.length : null,
    });
  }
  return drafts.map((one) => operations.get(one)!);
}

const texts = ["x", "y", "xy"] as const;

function ask(name: ModelName, { kind, a, b }: Draft): Pick<Operation, "op" | "input"> {
  if (name === "kv-append") {
    const op = kind < 2 ? "append" : kind < 3 ? "put" : "get";
    return { op, input: op === "get" ? null : texts[a]! };
  }
  if (name === "set") return kind < 3 ? { op: "add", input: a } : { op: "read", input: null };
  if (name === "cas-register" && kind < 3) return { op: "cas", input: [a, b] };
  return kind < 4 ? { op: "write", input: a } : { op: "read", input: null };
}

function reply(
  name: ModelName,
  { a, b, fate }: Draft,
  { op, answer, lies }: { readonly op: string; readonly answer: unknown; readonly lies: boolean },
): Output {
  const silent = fate === 3 && (op === "read" || op === "get" || op === "cas");
  if (silent) return { unknown: true };
  if (op === "cas") return { ok: lies ? answer !== true : answer === true };
  if (op === "get") return { value: lies ? texts[a]! : `${answer}` };
  if (op !== "read") return {};
  if (name === "set") return { value: lies ? [a, b] : (answer as readonly number[]) };
  return { value: lies ? a : (answer as number | null) };
}
