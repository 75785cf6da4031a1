/** From a history to a verdict: each key on its own, small efforts on all before large on one. */
import { assert } from "../../../sim/assert.ts";
import type { Operation } from "../../history-files/operations.ts";
import type { Model } from "./model.ts";
import { type Budget, isFull, limitsOf, type Part, toPart } from "./part.ts";
import { type LinearizabilityRefusal, refusalOf } from "./refusal.ts";
import { Search } from "./search.ts";

/** What the judge says of a history. */
export type LinearizabilityVerdict =
  | { readonly kind: "linearizable"; readonly operations: number; readonly keys: number }
  | LinearizabilityRefusal
  | { readonly kind: "undecided"; readonly reason: string };

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
  const search = new Search();
  const decision = decide(operations, model, { budget, search });
  if (decision.kind !== "refused") return decision;
  return refusalOf(decision.part, { model, search, budget });
}

/** The verdict alone, without finding out how far the history can be explained. */
export function decideLinearizability<State>(
  operations: readonly Operation[],
  model: Model<State>,
  { budget }: { readonly budget: Budget },
): LinearizabilityVerdict["kind"] {
  return decide(operations, model, { budget, search: new Search() }).kind;
}

type Decision<State> =
  | Exclude<LinearizabilityVerdict, LinearizabilityRefusal>
  | { readonly kind: "refused"; readonly part: Part<State> };

function decide<State>(
  operations: readonly Operation[],
  model: Model<State>,
  { budget, search }: { readonly budget: Budget; readonly search: Search },
): Decision<State> {
  if (operations.length === 0) return { kind: "undecided", reason: "the history has no operation" };
  const keys = byKey(operations);
  let open = [...keys].map(([key, ofKey]) => toPart({ key, operations: ofKey, model }));
  let stepsLeft = budget.stepsMax;
  // One hard key must not hide the plain mistake of another, hence the rounds.
  for (let steps = stepsFirst; ; steps *= 16) {
    const harder: Part<State>[] = [];
    for (const part of open) {
      const limits = { ...limitsOf(part, budget), stepsMax: Math.min(steps, stepsLeft) };
      const result = search.run(part.problem, limits);
      if (result.kind === "refused") return { kind: "refused", part };
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

function undecided<State>(
  { key, operations }: Part<State>,
  reason: "steps" | "memory" | "time",
): Extract<LinearizabilityVerdict, { kind: "undecided" }> {
  const where = key === null ? "" : ` on key ${JSON.stringify(key)}`;
  const limit = { steps: "step limit", memory: "memory limit", time: "time limit" }[reason];
  const text = `${limit} reached${where} with ${operations.length} operations`;
  return { kind: "undecided", reason: text };
}
