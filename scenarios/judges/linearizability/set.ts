/** A set that only grows: add, and read of exactly what it holds. */
import { assert } from "../../../sim/assert.ts";
import { isScalar, type Operation, type Scalar } from "../../history-files/operations.ts";
import { type Model, refused, showValue } from "./model.ts";

/**
 * A set that begins empty. A read answers every member once, in any order: one that repeats a
 * member is never right. The state is its members' JSON texts in order, apart by newlines.
 */
export const setModel: Model<string> = {
  name: "set",
  initial: "",
  step,
  stateKey: (state) => state,
  isPure: ({ op }) => op === "read",
  witness,
  observer,
  demand: ({ output }) => {
    const values = answer(output);
    return values === null ? undefined : members(values);
  },
  // A set that has grown never shrinks.
  origin: () => undefined,
  origins: () => [],
  describe: (state) => `the set is {${state.replaceAll("\n", ", ")}}`,
  explain,
};

function step(state: string, { op, input, output }: Operation): string | typeof refused {
  if (op === "read") {
    const values = answer(output);
    return values === null || members(values) === state ? state : refused;
  }
  assert(op === "add" && isScalar(input), "a set is added to or read");
  const held = state === "" ? [] : state.split("\n");
  const added = JSON.stringify(input);
  return held.includes(added) ? state : [...held, added].sort(byCodeUnit).join("\n");
}

/** The state a reply stands for. A repeated member stays repeated, so it equals no state. */
function members(values: readonly Scalar[]): string {
  return values
    .map((value) => JSON.stringify(value))
    .sort(byCodeUnit)
    .join("\n");
}

const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** What a read answered, or null if that is not known. */
function answer(output: Operation["output"]): readonly Scalar[] | null {
  const value = output?.value;
  return isList(value) && output?.unknown !== true ? value : null;
}

const isList = (value: Scalar | readonly Scalar[] | undefined): value is readonly Scalar[] =>
  Array.isArray(value);

/** Nothing is ever taken out, so every later answer holds what was added. */
function witness(operations: readonly Operation[]): (pending: Operation) => boolean {
  const answers = largestOf(operations);
  return ({ input }) => answers.some((values) => values.has(JSON.stringify(input)));
}

/** A set with a member that an answer lacks never fits that answer again. */
function observer(operations: readonly Operation[]): (state: string) => boolean {
  const answers = largestOf(operations);
  return (state) => {
    const held = state === "" ? [] : state.split("\n");
    return answers.some((values) => held.every((value) => values.has(value)));
  };
}

/** The answers that no other answer holds, mostly one: what is part of any is part of one of them. */
function largestOf(operations: readonly Operation[]): readonly ReadonlySet<string>[] {
  const answers = operations.flatMap(({ output }) => {
    const values = answer(output);
    return values === null ? [] : [new Set(values.map((value) => JSON.stringify(value)))];
  });
  const largest: ReadonlySet<string>[] = [];
  for (const one of answers.sort((a, b) => b.size - a.size)) {
    const isHeld = largest.some((other) => [...one].every((value) => other.has(value)));
    if (!isHeld) largest.push(one);
  }
  return largest;
}

function explain({ output }: Operation, operations: readonly Operation[]): string | null {
  const values = answer(output) ?? [];
  const repeated = values.find((value, at) => values.indexOf(value) !== at);
  if (repeated !== undefined) return `the answer holds ${showValue(repeated)} twice`;
  const added = operations.flatMap(({ op, input }) => (op === "add" ? [input] : []));
  const foreign = values.find((value) => !added.includes(value));
  return foreign === undefined ? null : `no operation adds ${showValue(foreign)}`;
}
