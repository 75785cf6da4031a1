/** From a history to a verdict: each key on its own, small efforts on all before large on one. */
import { assert, InvariantError, unreachable } from "../../../sim/assert.ts";
import type { Operation } from "../../history-files/operations.ts";
import { demandTable } from "./demands.ts";
import { explainRefusal } from "./explain.ts";
import { Machine } from "./machine.ts";
import type { Model } from "./model.ts";
import { type DeadEnd, Search, type SearchLimits, type SearchProblem } from "./search.ts";

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

/** What the judge says of a history. */
export type LinearizabilityVerdict =
  | { readonly kind: "linearizable"; readonly operations: number; readonly keys: number }
  | LinearizabilityRefusal
  | { readonly kind: "undecided"; readonly reason: string };

/** A history that no order explains. The first key that was refused stands for all. */
export type LinearizabilityRefusal = {
  readonly kind: "refused";
  /** The operations' key; null if they have none. */
  readonly key: string | number | null;
  /**
   * The most operations of the key that an order places, in that order; of a hard history the most
   * that were found in a bounded search.
   */
  readonly longestPrefix: readonly Operation[];
  /** The operation that cannot be placed after it. */
  readonly culprit: Operation;
  /** One or two sentences. */
  readonly why: string;
  /** Lanes by process, lines of at most 100 columns. */
  readonly picture: string;
};

/** One key's operations, ready to be searched. */
type Part<State> = {
  readonly key: string | number | null;
  readonly operations: readonly Operation[];
  readonly machine: Machine<State>;
  readonly problem: SearchProblem;
};

/** Steps per key in the first round; each round allows 16 times the one before. */
const stepsFirst = 2 ** 16;

/**
 * Judges whether each key's operations could have taken effect one at a time, each between its call
 * and its return. An empty history is undecided: there is nothing to judge.
 */
export function checkLinearizability<State>(
  operations: readonly Operation[],
  model: Model<State>,
  { budget }: { readonly budget: Budget },
): LinearizabilityVerdict {
  if (operations.length === 0) return { kind: "undecided", reason: "the history has no operation" };
  const keys = byKey(operations);
  let open = [...keys].map(([key, ofKey]) => toPart({ key, operations: ofKey, model }));
  const search = new Search();
  let stepsLeft = budget.stepsMax;
  // One hard key must not hide the plain mistake of another, hence the rounds.
  for (let steps = stepsFirst; ; steps *= 16) {
    const harder: Part<State>[] = [];
    for (const part of open) {
      const limits = { ...limitsOf(part, budget), stepsMax: Math.min(steps, stepsLeft) };
      const result = search.run(part.problem, limits);
      if (result.kind === "refused") {
        const dead = longest(search, part, { budget, refused: result });
        return refusal({ part, model, ...dead });
      }
      if (result.kind === "linearizable") continue;
      if (result.reason === "memory" || isFull(part, budget)) return undecided(part, "memory");
      if (result.reason === "time") return undecided(part, "time");
      stepsLeft -= limits.stepsMax;
      if (stepsLeft <= 0) return undecided(part, "steps");
      harder.push(part);
    }
    if (harder.length === 0) {
      return { kind: "linearizable", operations: operations.length, keys: keys.size };
    }
    open = harder;
  }
}

function byKey(operations: readonly Operation[]): Map<string | number | null, Operation[]> {
  const keys = new Map<string | number | null, Operation[]>();
  for (const operation of operations) {
    const { callTime, returnTime, output } = operation;
    assert(returnTime === null || returnTime >= callTime, "a return does not precede its call");
    assert((returnTime === null) === (output === null), "what returned has an output, and only it");
    const key = operation.key ?? null;
    const ofKey = keys.get(key);
    if (ofKey === undefined) keys.set(key, [operation]);
    else ofKey.push(operation);
  }
  return keys;
}

function toPart<State>({
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
  const isNeeded = (one: Operation): boolean =>
    one.returnTime !== null || model.isObserved(one, telling);
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
    demands: demandTable(operations, model, (state) => machine.numberOf(state)),
    initial: 0,
    step: (state, operation) => machine.step(state, operation),
  };
  return { key, operations, machine, problem };
}

function isSilent({ output }: Operation): boolean {
  return output === null || output.unknown === true;
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

function limitsOf<State>(part: Part<State>, budget: Budget): Omit<SearchLimits, "stepsMax"> {
  const expired = (): boolean => isFull(part, budget) || budget.expired();
  return { memoBytesMax: budget.memoryBytesMax, expired };
}

/** The states are outside the memo: what their text takes, at two bytes a character. */
function isFull<State>({ machine }: Part<State>, { memoryBytesMax }: Budget): boolean {
  return machine.textLength * 2 >= memoryBytesMax;
}

function undecided<State>(
  { key, operations }: Part<State>,
  reason: "steps" | "memory" | "time",
): LinearizabilityVerdict {
  const where = key === null ? "" : ` on key ${JSON.stringify(key)}`;
  const limit = { steps: "step limit", memory: "memory limit", time: "time limit" }[reason];
  const text = `${limit} reached${where} with ${operations.length} operations`;
  return { kind: "undecided", reason: text };
}

/** Steps that the search for the longest prefix may take, once the verdict is certain. */
const explainStepsMax = 2 ** 22;

type Longest = { readonly dead: DeadEnd; readonly isLongest: boolean };

/**
 * The longest prefix. The search that refused turned back wherever it saw that an order leads
 * nowhere; this one goes on to the end of each, as long as that does not take too long.
 */
function longest<State>(
  search: Search,
  part: Part<State>,
  { budget, refused }: { readonly budget: Budget; readonly refused: DeadEnd },
): Longest {
  const limits = {
    ...limitsOf(part, budget),
    stepsMax: Math.min(budget.stepsMax, explainStepsMax),
  };
  const result = search.run({ ...part.problem, demands: null }, limits);
  switch (result.kind) {
    case "refused":
      return { dead: result, isLongest: true };
    case "undecided":
      return { dead: result.best ?? refused, isLongest: false };
    case "linearizable":
      throw new InvariantError("does not hold: both searches come to the same verdict");
    default:
      return unreachable(result);
  }
}

function refusal<State>({
  part,
  model,
  dead,
  isLongest,
}: Longest & {
  readonly part: Part<State>;
  readonly model: Model<State>;
}): LinearizabilityRefusal {
  const { key, operations, machine } = part;
  const at = (operation: number): Operation => operations[operation]!;
  const culprit = at(dead.culprit);
  const longestPrefix = dead.prefix.map(at);
  const state = model.describe(machine.replay(dead.prefix));
  const impossible = model.explain(culprit, operations);
  const facts = { key, operations, longestPrefix, isLongest, culprit, state, impossible };
  return { kind: "refused", key, longestPrefix, culprit, ...explainRefusal(facts) };
}
