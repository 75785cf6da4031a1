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
  isObserved,
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
function isObserved({ input }: Operation, operations: readonly Operation[]): boolean {
  assert(typeof input === "string", "puts and appends have a string");
  // The empty string is part of every answer, so a put of it counts as observed: safe, not sharp.
  return operations.some(({ output }) => answer(output)?.includes(input) === true);
}

/** A string with which no answer begins fits none, however much is appended: only a put helps. */
function observer(operations: readonly Operation[]): (state: string) => boolean {
  const answers = operations.flatMap(({ output }) => answer(output) ?? []).sort(byCodeUnit);
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
