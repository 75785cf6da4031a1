/** How often a plugin counts a key that lies in several ranges: what shapes of a case show. */
import type { KeyRange } from "../../plugins/index.ts";
import type { VerifyCase } from "./case.ts";
import type { Subject } from "./check.ts";
import type { Contract } from "./contract.ts";
import type { OverlapPolicy } from "./contract-policy.ts";
import type { Host } from "./emulator.ts";
import { type ClientAnswer, clientAnswer, runLayout } from "./layout-run.ts";
import { unionOf } from "./range-edges.ts";

/** A shape, and what it shows; null: nothing, as once and twice give the same answer. */
export type Shown = { readonly name: string; readonly policy: OverlapPolicy | "neither" | null };

/** What a policy means. */
export const policyWords: Readonly<Record<OverlapPolicy | "neither", string>> = {
  dedupe: "they count once",
  "count-twice": "they count once for each range",
  refuse: "the request is refused",
  neither: "they count neither once nor once for each range",
};

/** The same overlap in up to four shapes: as given, backwards, one range twice, over the cuts. */
export function shownPolicies(
  subject: Subject,
  contract: Contract,
  one: VerifyCase,
): readonly Shown[] {
  const { ranges, cuts } = one;
  const [range] = unionOf(ranges);
  const twice = range === undefined ? [] : [range, range];
  const shapes = [
    { name: "as given", ranges, cuts: [] },
    { name: "backwards", ranges: [...ranges].reverse(), cuts: [] },
    { name: "one range twice", ranges: twice, cuts: [] },
    ...(cuts.length === 0 ? [] : [{ name: "over several regions", ranges, cuts }]),
  ];
  // One node for all of them: whether it remembers is C1's matter.
  const host = subject.fresh();
  return shapes.map(({ name, ...shape }) => {
    return { name, policy: policyOf(host, contract, { ...one, ...shape }) };
  });
}

/** Compares with the answer about the union, and with the merge of one answer a range. */
function policyOf(host: Host, contract: Contract, one: VerifyCase): Shown["policy"] {
  const partsOver = (ranges: readonly KeyRange[]) => runLayout(host, { ...one, ranges }).parts;
  const parts = partsOver(one.ranges);
  const refused = parts.some(
    ({ end }) => end.kind === "response" && contract.answerKind(end.data) === "refusal",
  );
  if (refused) return "refuse";
  const got = clientAnswer(contract, parts);
  const once = clientAnswer(contract, partsOver(unionOf(one.ranges)));
  const each = one.ranges.flatMap((range) => partsOver([range]));
  const every = clientAnswer(contract, each);
  const isOnce = sameMerged(got, once);
  const isEvery = sameMerged(got, every);
  if (isOnce === null || isEvery === null || (isOnce && isEvery)) return null;
  return isOnce ? "dedupe" : isEvery ? "count-twice" : "neither";
}

function sameMerged(a: ClientAnswer, b: ClientAnswer): boolean | null {
  return a.kind === "merged" && b.kind === "merged" ? a.merged.equals(b.merged) : null;
}
