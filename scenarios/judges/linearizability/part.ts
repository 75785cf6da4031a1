/** One key of a history made ready for the search. */
import type { Operation } from "../../history-files/operations.ts";
import { demandTable } from "./demands.ts";
import { Machine } from "./machine.ts";
import type { Model } from "./model.ts";
import type { SearchLimits, SearchProblem } from "./search.ts";

/** What a check may cost. The judge itself has no clock: `expired` is the caller's. */
export type Budget = {
  /** Operations tried over all keys, about. */
  readonly stepsMax: number;
  /** Bytes of what one key's search remembers. */
  readonly memoryBytesMax: number;
  /** Asked every few thousand steps; true ends the check as undecided. */
  readonly expired: () => boolean;
};

/** No limit but memory: 1 GiB. */
export const unlimited: Budget = {
  stepsMax: Number.MAX_SAFE_INTEGER,
  memoryBytesMax: 2 ** 30,
  expired: () => false,
};

/** One key's operations, ready to be searched. */
export type Part<State> = {
  readonly key: string | number | null;
  readonly operations: readonly Operation[];
  readonly machine: Machine<State>;
  readonly problem: SearchProblem;
};

/** Leaves out what constrains nothing and numbers the rest. */
export function toPart<State>({
  key,
  operations: all,
  model,
}: {
  readonly key: string | number | null;
  readonly operations: readonly Operation[];
  readonly model: Model<State>;
}): Part<State> {
  // Reads without information go anywhere in their interval, unseen effects may as well not be.
  const telling = all.filter((one) => !(model.isPure(one) && isSilent(one)));
  const isSeen = model.witness(telling);
  const isNeeded = (one: Operation): boolean => one.returnTime !== null || isSeen(one);
  const needed = telling.filter(isNeeded).sort((a, b) => a.callTime - b.callTime);
  const complete = needed.filter(({ returnTime }) => returnTime !== null);
  const pending = needed.filter(({ returnTime }) => returnTime === null);
  const operations = [...complete, ...pending];
  const machine = new Machine(model, operations);
  const problem: SearchProblem = {
    complete: complete.length,
    count: operations.length,
    callTimes: Float64Array.from(operations, ({ callTime }) => callTime),
    returnTimes: Float64Array.from(complete, ({ returnTime }) => returnTime ?? Infinity),
    pure: Uint8Array.from(operations, (one) => (model.isPure(one) ? 1 : 0)),
    twins: twinsOf(machine, { complete: complete.length, count: operations.length }),
    demands: demandTable(operations, model, machine),
    initial: 0,
    step: (state, operation) => machine.step(state, operation),
  };
  return { key, operations, machine, problem };
}

function isSilent({ output, returnTime }: Operation): boolean {
  return returnTime === null || output?.unknown === true;
}

function twinsOf<State>(
  machine: Machine<State>,
  { complete, count }: { readonly complete: number; readonly count: number },
): Int32Array {
  const twins = new Int32Array(count).fill(-1);
  const latest = new Map<number, number>();
  for (let operation = complete; operation < count; operation++) {
    const kind = machine.classOf(operation);
    twins[operation] = latest.get(kind) ?? -1;
    latest.set(kind, operation);
  }
  return twins;
}

/** The search's limits, without that of steps. */
export function limitsOf<State>(part: Part<State>, budget: Budget): Omit<SearchLimits, "stepsMax"> {
  const expired = (): boolean => isFull(part, budget) || budget.expired();
  return { memoBytesMax: budget.memoryBytesMax, expired };
}

/** The states are outside the memo: what their text takes, at two bytes a character. */
export function isFull<State>({ machine }: Part<State>, { memoryBytesMax }: Budget): boolean {
  return machine.textLength * 2 >= memoryBytesMax;
}
