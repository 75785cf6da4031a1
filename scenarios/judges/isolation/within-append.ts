/** What one transaction over lists says of itself: reads against its own appends and reads. */
import type { ItemKey, MicroOp, Scalar } from "./history.ts";
import { type Findings, showValue } from "./versions.ts";

/** What a transaction knows of a list: all of it, or how it ends. */
type Known = { readonly whole: boolean; readonly list: readonly Scalar[] };

const NOTHING: Known = { whole: false, list: [] };

/**
 * Adds `internal` (a read that disagrees with the transaction's own earlier reads and appends) and
 * `future-read` (a read of an element that the transaction appends later).
 *
 * Source: Cerone, Bernardi, Gotsman (CONCUR 2015), axioms INT and EXT.
 */
export function checkWithin(txn: number, ops: readonly MicroOp[], findings: Findings): void {
  const known = new Map<ItemKey, Known>();
  const seen = new Map<ItemKey, Set<Scalar>>();
  let internal = false;
  let future = false;
  for (const [f, key, value] of ops) {
    const before = known.get(key) ?? NOTHING;
    if (f === "r") {
      const list: readonly Scalar[] = Array.isArray(value) ? value : [];
      if (!internal && !agrees(before, list)) {
        internal = true;
        findings.add("internal", [txn], () => [
          `T${txn} read ${key}=${showValue(list)}, ` +
            `but by its own earlier operations it expects ${expected(before)}`,
        ]);
      }
      known.set(key, { whole: true, list });
      const elements = seen.get(key) ?? new Set();
      for (const element of list) elements.add(element);
      seen.set(key, elements);
    } else {
      const element = value as Scalar;
      if (!future && seen.get(key)?.has(element)) {
        future = true;
        findings.add("future-read", [txn], () => [
          `T${txn} read ${showValue(element)} in ${key} before it appended it`,
        ]);
      }
      known.set(key, { whole: before.whole, list: [...before.list, element] });
    }
  }
}

function agrees({ whole, list }: Known, read: readonly Scalar[]): boolean {
  const offset = read.length - list.length;
  if (offset < 0 || (whole && offset > 0)) return false;
  return list.every((element, at) => element === read[offset + at]);
}

function expected({ whole, list }: Known): string {
  const ending = showValue(list);
  return whole ? ending : `a list that ends in ${ending}`;
}
