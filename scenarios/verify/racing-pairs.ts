/** Which requests to let run at the same time: those that meet on what both write. */
import type { VerifyCase } from "./case.ts";
import type { TracedCall } from "./emulator.ts";
import { conflict, namedKeys, touches } from "./footprint.ts";
import { isWriteCall } from "./told-text.ts";

/** A case, and the storage calls of its request on its rows. */
export type TracedCase = { readonly one: VerifyCase; readonly trace: readonly TracedCall[] };
/** A case, and requests that may meet its own. */
export type Promising = { readonly base: TracedCase; readonly partners: readonly VerifyCase[] };

/**
 * Bases with the partners that promise most first, those of each degree of promise in turn: a race
 * needs two requests that meet, and of those drawn most do not.
 */
export function promisingBases(drawn: readonly TracedCase[]): readonly Promising[] {
  const byPromise: Promising[][] = [[], [], [], []];
  drawn.forEach((base, at) => {
    // Itself last: the same again meets it surely, but often undoes nothing.
    const others = [...drawn.slice(at + 1), ...drawn.slice(0, at + 1)];
    const rated = others.map((other) => ({ other, rate: promise(base.trace, other.trace) }));
    const partners = rated.toSorted((a, b) => b.rate - a.rate).map(({ other }) => other.one);
    const best = Math.max(...rated.map(({ rate }) => rate));
    byPromise[best]?.push({ base, partners });
  });
  const [none = [], some = [], good = [], best = []] = byPromise;
  const inTurn = drawn.flatMap((_, at) =>
    [best, good, some, none].flatMap((each) => each[at] ?? []),
  );
  return inTurn;
}

/** 3: what one reads and writes back, the other writes; 2: both write a key; 1: they conflict. */
function promise(own: readonly TracedCall[], theirs: readonly TracedCall[]): number {
  const [calls = [], others = []] = [own, theirs].map((trace) => trace.map(({ call }) => call));
  const [writes, otherWrites] = [calls.filter(isWriteCall), others.filter(isWriteCall)];
  const both = [...writes, ...otherWrites]
    .flatMap(namedKeys)
    .filter((key) => [writes, otherWrites].every((all) => all.some((one) => touches(one, key))));
  const reads = calls.filter((call) => !isWriteCall(call));
  if (both.some((key) => reads.some((read) => touches(read, key)))) return 3;
  if (both.length > 0) return 2;
  return calls.some((call) => others.some((other) => conflict(call, other))) ? 1 : 0;
}
