/** A set that only grows: add, and read of exactly what it holds. */
import { assert } from "../../../sim/assert.ts";
import { isScalar, type Operation, type Scalar } from "../../history-files/operations.ts";
import { type Model, refused, showValue } from "./model.ts";

/** The members' JSON texts in order, each once, and all of them in one text. */
export type SetState = { readonly members: readonly string[]; readonly text: string };

/**
 * A set that begins empty. A read answers every member once, in any order: one that repeats a
 * member is never right.
 */
export const setModel: Model<SetState> = {
  name: "set",
  initial: { members: [], text: "" },
  step,
  stateKey: ({ text }) => text,
  isPure: ({ op }) => op === "read",
  witness,
  observer,
  demand: ({ output }) => {
    const values = answer(output);
    return values === null ? undefined : toState(values);
  },
  // A set that has grown never shrinks.
  origin: () => undefined,
  origins: () => [],
  describe: ({ members }) => `the set is {${members.join(", ")}}`,
  explain,
};

function step(state: SetState, { op, input, output }: Operation): SetState | typeof refused {
  const { members } = state;
  if (op === "read") {
    const values = answer(output);
    if (values === null) return state;
    // Most answers are of another size: no need to bring them into order to see it.
    return values.length === members.length && toState(values).text === state.text
      ? state
      : refused;
  }
  assert(op === "add" && isScalar(input), "a set is added to or read");
  const added = JSON.stringify(input);
  let [from, to] = [0, members.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (members[middle]! < added) from = middle + 1;
    else to = middle;
  }
  if (members[from] === added) return state;
  const grown = members.toSpliced(from, 0, added);
  return { members: grown, text: grown.join("\n") };
}

/** The state a reply stands for. A repeated member stays repeated, so it equals no state. */
function toState(values: readonly Scalar[]): SetState {
  const members = values.map((value) => JSON.stringify(value)).sort(byCodeUnit);
  return { members, text: members.join("\n") };
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
function observer(operations: readonly Operation[]): (state: SetState) => boolean {
  const answers = largestOf(operations);
  return ({ members }) => answers.some((values) => members.every((value) => values.has(value)));
}

/**
 * The answers that no other answer holds, mostly one: what is part of any is part of one of them.
 */
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
