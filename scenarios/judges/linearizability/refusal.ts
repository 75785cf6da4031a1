/**
 * What to say of a key that no order explains: how far its history can be explained, and the first
 * answer that cannot. A history that is linearizable is so up to each of its moments; so the first
 * return up to which this one is not is found by halving.
 */
import { assert } from "../../../sim/assert.ts";
import type { Operation } from "../../history-files/operations.ts";
import { explainRefusal } from "./explain.ts";
import type { Model } from "./model.ts";
import { type Budget, limitsOf, type Part, toPart } from "./part.ts";
import type { Search } from "./search.ts";

/** A history that no order explains. The first key that was refused stands for all. */
export type LinearizabilityRefusal = {
  readonly kind: "refused";
  /** The operations' key; null if they have none. */
  readonly key: string | number | null;
  /**
   * An order that explains the key's history up to just before the culprit's return, including
   * operations that were still open then. Shorter if finding the longest took too long.
   */
  readonly longestPrefix: readonly Operation[];
  /** The first operation to return whose answer no order explains. */
  readonly culprit: Operation;
  /** One or two sentences. */
  readonly why: string;
  /** Lanes by process, lines of at most 100 columns. */
  readonly picture: string;
};

/** Steps per operation that judging one prefix may take: the verdict is certain already. */
const stepsPerOperation = 64;
/** Steps that it may take in any case. */
const stepsMin = 2 ** 20;

export type RefusalContext<State> = {
  readonly model: Model<State>;
  readonly search: Search;
  readonly budget: Budget;
};

/** Explains a part that the search has refused. */
export function refusalOf<State>(
  part: Part<State>,
  context: RefusalContext<State>,
): LinearizabilityRefusal {
  const { key, operations } = part;
  const returns = operations
    .filter(({ returnTime }) => returnTime !== null)
    .sort((a, b) => (a.returnTime ?? 0) - (b.returnTime ?? 0));
  const { model } = context;
  // Up to `good` returns the history is explained, up to `bad` it is not.
  let [good, bad] = [0, returns.length];
  let best: Explained<State> = { longestPrefix: [], state: model.initial };
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    const found = explainUpTo(cut({ operations, returns, count: middle }), { key, ...context });
    if (found === "undecided") break;
    if (found === "refused") {
      bad = middle;
    } else {
      good = middle;
      best = found;
    }
  }
  const culprit = returns[bad - 1];
  assert(culprit !== undefined, "a history without an answer is explained by nothing happening");
  const { longestPrefix } = best;
  const explained = explainRefusal({
    key,
    operations,
    longestPrefix,
    isLongest: bad - good === 1,
    culprit,
    state: model.describe(best.state),
    impossible: model.explain(culprit, operations),
  });
  return { kind: "refused", key, longestPrefix, culprit, ...explained };
}

type Explained<State> = { readonly longestPrefix: readonly Operation[]; readonly state: State };

/** A cut history's operations, and which operation each of them was before the cut. */
type Cut = ReadonlyMap<Operation, Operation>;

/**
 * The history up to its `count`-th return. What returns later may have taken effect, if its answer
 * fits, or not yet; what is called later is not there.
 */
function cut({
  operations,
  returns,
  count,
}: {
  readonly operations: readonly Operation[];
  /** The complete ones in order of return. */
  readonly returns: readonly Operation[];
  readonly count: number;
}): Cut {
  const end = returns[count - 1]?.returnTime ?? Number.NEGATIVE_INFINITY;
  const returned = new Set(returns.slice(0, count));
  const called = operations.filter(({ callTime }) => callTime <= end);
  return new Map(
    called.map((one) => (returned.has(one) ? [one, one] : [{ ...one, returnTime: null }, one])),
  );
}

function explainUpTo<State>(
  history: Cut,
  { key, model, search, budget }: RefusalContext<State> & { readonly key: Part<State>["key"] },
): Explained<State> | "refused" | "undecided" {
  const part = toPart({ key, operations: [...history.keys()], model });
  const stepsMax = stepsMin + stepsPerOperation * history.size;
  const { kind } = search.run(part.problem, { ...limitsOf(part, budget), stepsMax });
  if (kind !== "linearizable") return kind;
  const order = search.order();
  const longestPrefix = order.map((operation) => history.get(part.operations[operation]!)!);
  return { longestPrefix, state: part.machine.replay(order) };
}
