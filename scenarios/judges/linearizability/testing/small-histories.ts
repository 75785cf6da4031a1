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

/** Histories of 3 to `operationsMax` operations over three values. */
export function smallHistory(operationsMax: number): fc.Arbitrary<SmallHistory> {
  const drafts = fc.array(draft, { minLength: 3, maxLength: operationsMax });
  return fc.tuple(model, drafts).map(([name, all]) => {
    return { model: name, operations: play(name, all) };
  });
}

function play(name: ModelName, drafts: readonly Draft[]): readonly Operation[] {
  const operations = new Map<Draft, Operation>();
  let state = initialOf(name, smallInitial);
  const at = (one: Draft): number => one.callTime + (one.length * one.effect) / 12;
  for (const one of drafts.toSorted((x, y) => at(x) - at(y))) {
    const asked = ask(name, one);
    const done = perform(name, state, asked);
    // Fates: 0-2 never returned, of them 0 without effect; 3 told nothing; 4-8 a lie.
    if (one.fate !== 0) state = done.state;
    const returned = one.fate > 2;
    operations.set(one, {
      process: one.process,
      ...asked,
      output: returned ? reply(name, one, { op: asked.op, answer: done.answer }) : null,
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
  { op, answer }: { readonly op: string; readonly answer: unknown },
): Output {
  const silent = fate === 3 && (op === "read" || op === "get" || op === "cas");
  if (silent) return { unknown: true };
  const lies = fate > 3 && fate < 9;
  if (op === "cas") return { ok: lies ? answer !== true : answer === true };
  if (op === "get") return { value: lies ? texts[a]! : `${answer}` };
  if (op !== "read") return {};
  if (name === "set") return { value: lies ? [a, b] : (answer as readonly number[]) };
  return { value: lies ? a : (answer as number | null) };
}
