/**
 * A string per key: get, put, append (the key-value service of MIT 6.824, as Porcupine tests it).
 */
import { assert } from "../../../sim/assert.ts";
import type { Operation } from "../../history-files/operations.ts";
import { type Model, refused, showValue } from "./model.ts";

/** Strings that begin as "": put replaces, append adds at the end, get answers the whole. */
export const kvAppendModel: Model<string> = {
  name: "kv-append",
  initial: "",
  step,
  stateKey: (state) => state,
  isPure: ({ op }) => op === "get",
  witness,
  observer,
  demand: ({ output }) => answer(output) ?? undefined,
  // Appends only make it longer: a string that was left comes back by a put of its beginning.
  origin: ({ op, input }) => (op === "put" && typeof input === "string" ? input : undefined),
  origins: (state, all) => [...all].filter((put) => state.startsWith(`${put}`)),
  describe: (state) => `the value is ${showValue(state)}`,
  explain,
};

function step(state: string, { op, input, output }: Operation): string | typeof refused {
  if (op === "get") return answer(output) !== null && answer(output) !== state ? refused : state;
  assert(typeof input === "string", "puts and appends have a string");
  if (op === "put") return input;
  assert(op === "append", "a string is read, put or appended to");
  return state + input;
}

/** What a get answered, or null if that is not known. */
function answer(output: Operation["output"]): string | null {
  return typeof output?.value === "string" && output.unknown !== true ? output.value : null;
}

/** Until the next put, every get answers a string that holds what was put or appended. */
function witness(operations: readonly Operation[]): (pending: Operation) => boolean {
  // What is in an answer is in every longer one, so the longest of each beginning are enough.
  const answers = answersOf(operations);
  const longest = answers.filter((one, at) => answers[at + 1]?.startsWith(one) !== true);
  return ({ input }) => {
    assert(typeof input === "string", "puts and appends have a string");
    // The empty string is part of every answer: counting a put of it as seen is safe, not sharp.
    return longest.some((one) => one.includes(input));
  };
}

/** In order, so that those with the same beginning stand together. */
function answersOf(operations: readonly Operation[]): readonly string[] {
  return operations.flatMap(({ output }) => answer(output) ?? []).sort(byCodeUnit);
}

/** A string with which no answer begins fits none, however much is appended: only a put helps. */
function observer(operations: readonly Operation[]): (state: string) => boolean {
  const answers = answersOf(operations);
  return (state) => {
    let [from, to] = [0, answers.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (answers[middle]! < state) from = middle + 1;
      else to = middle;
    }
    return answers[from]?.startsWith(state) === true;
  };
}

const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function explain({ output }: Operation, operations: readonly Operation[]): string | null {
  const value = answer(output);
  if (value === null || value === "") return null;
  const last = operations.some(
    ({ op, input }) =>
      op !== "get" && typeof input === "string" && input !== "" && value.endsWith(input),
  );
  return last ? null : `no operation puts or appends what ${showValue(value)} ends with`;
}
