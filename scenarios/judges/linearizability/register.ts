/** Registers: read, write, and compare-and-swap. */

import { assert } from "../../../sim/assert.ts";
import {
  isScalar,
  type ModelName,
  type Operation,
  type Scalar,
} from "../../history-files/operations.ts";
import { type Model, refused, showValue } from "./model.ts";

/** Read and write of one value that begins as `initial`. */
export function registerModel(initial: Scalar): Model<Scalar> {
  return register("register", initial);
}

/** A register that begins as 0, as in Porcupine's examples. */
export const register0Model: Model<Scalar> = register("register0", 0);

/**
 * A register with compare-and-swap that begins as null, "absent". A cas [from, to] answers ok and
 * writes `to` where it finds `from`, else answers not ok and writes nothing.
 */
export const casRegisterModel: Model<Scalar> = register("cas-register", null);

function register(name: ModelName, initial: Scalar): Model<Scalar> {
  return {
    name,
    initial,
    step,
    stateKey: (state) => state,
    // A cas that failed has read: it tells what the register did not hold.
    isPure: ({ op, output }) => op === "read" || (op === "cas" && output?.ok === false),
    witness,
    observer,
    demand,
    origin: written,
    origins: (state, all) => (all.has(state) ? [state] : []),
    describe: (state) => `the register holds ${showValue(state)}`,
    explain: (operation, operations) => explain(operation, { operations, initial }),
  };
}

function step(state: Scalar, { op, input, output }: Operation): Scalar | typeof refused {
  switch (op) {
    case "read":
      return knows(output) && output?.value !== state ? refused : state;
    case "write":
      assert(isScalar(input), "a write has one value");
      return input;
    default: {
      assert(op === "cas" && Array.isArray(input), "a register reads, writes and compares");
      const [from, to] = input;
      if (knows(output) && output?.ok !== (state === from)) return refused;
      return state === from ? to : state;
    }
  }
}

const knows = (output: Operation["output"]): boolean => output !== null && output.unknown !== true;

function demand({ op, input, output }: Operation): Scalar | undefined {
  if (!knows(output)) return undefined;
  if (op === "read") return isScalar(output?.value) ? output.value : undefined;
  return op === "cas" && output?.ok === true && Array.isArray(input) ? input[0] : undefined;
}

/** What the operation may leave in the register, or undefined. */
function written({ op, input }: Operation): Scalar | undefined {
  if (op === "cas") return Array.isArray(input) ? input[1] : undefined;
  return op === "write" && isScalar(input) ? input : undefined;
}

function witness(operations: readonly Operation[]): (pending: Operation) => boolean {
  const expected = observer(operations);
  // A failed cas tells that the register held something else than `from`: anything may do that.
  const others = new Set<unknown>();
  for (const { op, input, output } of operations) {
    if (op === "cas" && output?.ok === false && Array.isArray(input)) others.add(input[0]);
  }
  return (pending) => {
    const value = written(pending);
    assert(value !== undefined, "a pending operation that reads is left out");
    return expected(value) || others.size > (others.has(value) ? 1 : 0);
  };
}

/**
 * A value that no read answers and no cas expects is as good as any other such value: reads of it
 * and swaps from it do not fit, and a cas that failed fits always.
 */
function observer(operations: readonly Operation[]): (state: Scalar) => boolean {
  const seen = new Set<unknown>();
  for (const { op, input, output } of operations) {
    if (op === "cas" && Array.isArray(input)) seen.add(input[0]);
    if (op === "read") seen.add(output?.value);
  }
  return (state) => seen.has(state);
}

type Context = { readonly operations: readonly Operation[]; readonly initial: Scalar };

function explain(operation: Operation, { operations, initial }: Context): string | null {
  const { op, input, output } = operation;
  const seen =
    op === "cas" && output?.ok === true && Array.isArray(input) ? input[0] : output?.value;
  if (seen === undefined || seen === initial) return null;
  if (operations.some((one) => written(one) === seen)) return null;
  return `no operation writes ${showValue(seen)}, and the register begins as ${showValue(initial)}`;
}
