/**
 * C3: the same answer for any region layout. Every boundary beside every key, ranges cut inside one
 * region, parts in another order, ranges in another order, and the contract's model.
 * Source: verify-checks.md 3.1, C3.
 */
import type { KeyRange } from "../../../plugins/index.ts";
import { assert } from "../../../sim/assert.ts";
import { digestText } from "../../../sim/bytes.ts";
import type { VerifyCase } from "../case.ts";
import type { Check, CheckGate, Complaint, DrawOptions, Seen, Subject } from "../check.ts";
import { drawCases } from "../draws.ts";
import type { HintCode } from "../hints.ts";
import {
  type LayoutPair,
  type LayoutRelation,
  layoutPair,
  layoutRelations,
} from "../layout-pair.ts";
import { answerText, emulated } from "../layout-run.ts";
import { layoutStory } from "../number-line.ts";

const gates: readonly CheckGate[] = [
  { name: "cutBetweenKeys", sentence: "a cut fell between two live keys" },
  { name: "emptyRegion", sentence: "a region held no key at all" },
  { name: "manyCuts", sentence: "a layout of three regions or more was compared" },
  { name: "compared", sentence: "two answers were compared" },
];

/** Same answer for any region layout. */
export const splitInvariance: Check = {
  id: "C3",
  title: "split invariance",
  sentence: "same answer for any region layout",
  needsContract: "it merges the parts as a client does",
  emptyMeans: null,
  exhaustive: false,
  shrinks: ["cuts", "rows", "ranges", "values", "request"],
  relations: layoutRelations,
  gates: () => gates,
  cases: layoutCases,
  judge(subject, one, seen) {
    const { contract } = subject;
    assert(contract !== null, "split invariance has a contract");
    if (one.ranges.length === 0) return null; // The client sends nothing.
    if (contract.isRequest(one.request) === false) return null; // C9's matter.
    const pair = layoutPair(contract, one, emulated(subject, one));
    if (pair === null || pair.left.kind === "died" || pair.right.kind === "died") return null;
    countGates(one, pair, seen);
    return complaintOf(one, pair);
  },
  story: layoutStory,
};

function complaintOf(one: VerifyCase, { left, right, sameRows }: LayoutPair): Complaint | null {
  const expected = answerText(left);
  const observed = answerText(right);
  const say = (hint: HintCode, message: string): Complaint => {
    return { hint, message, expected, observed };
  };
  if (left.kind === "undecodable" || right.kind === "undecodable") {
    return say("C3-ANSWER", "an answer does not decode with the contract's codec");
  }
  const same =
    left.kind === "merged" && right.kind === "merged"
      ? left.merged.equals(right.merged)
      : left.kind === right.kind;
  const hint = hints[one.relation as LayoutRelation];
  if (!same) return say(hint, `${expected} ${words[one.relation as LayoutRelation]} ${observed}`);
  return sameRows ? null : say(hint, "the data afterwards is not the same");
}

const hints: Readonly<Record<LayoutRelation, HintCode>> = {
  regions: "C3-LAYOUT",
  fragments: "C3-RANGES",
  rangeOrder: "C3-RANGES",
  partOrder: "C3-ORDER",
  model: "C3-MODEL",
};

const words: Readonly<Record<LayoutRelation, string>> = {
  regions: "in one region, but over several:",
  fragments: "over whole ranges, but over the same ranges cut up:",
  rangeOrder: "over the ranges as given, but backwards:",
  partOrder: "merged in key order, but backwards:",
  model: "in one region, but the contract's model says:",
};

function countGates(one: VerifyCase, { left, right }: LayoutPair, seen: Seen): void {
  if (left.kind !== "merged" || right.kind !== "merged") return;
  seen.saw("compared");
  if (one.relation !== "regions") return;
  const { cuts, rows } = one;
  if (cuts.length >= 2) seen.saw("manyCuts");
  const covered = rows.filter(({ key }) => one.ranges.some((range) => inside(range, key)));
  const bounds = ["", ...cuts, ""];
  for (let at = 0; at + 1 < bounds.length; at++) {
    const region = { start: bounds[at] ?? "", end: bounds[at + 1] ?? "" };
    if (!rows.some(({ key }) => inside(region, key))) seen.saw("emptyRegion");
  }
  const parted = cuts.some(
    (cut) => covered.some(({ key }) => key < cut) && covered.some(({ key }) => key >= cut),
  );
  if (parted) seen.saw("cutBetweenKeys");
}

const inside = ({ start, end }: KeyRange, key: string): boolean =>
  key >= start && (end === "" || key < end);

/** All single cuts, a few layouts of many, the other relations; models when all of them hold. */
function* layoutCases(subject: Subject, options: DrawOptions): Generator<VerifyCase> {
  const bases = drawCases(subject, options).filter(({ ranges }) => ranges.length > 0);
  for (const [number, base] of bases.entries()) {
    const cuts = boundaries(base);
    if (base.ranges.length > 1) yield { ...base, relation: "rangeOrder" };
    for (const cut of plainFirst(cuts)) {
      yield { ...base, cuts: [cut], relation: "regions" };
      yield { ...base, cuts: [cut], relation: "fragments" };
    }
    for (const many of layouts(cuts, number)) {
      yield { ...base, cuts: many, relation: "regions" };
      yield { ...base, cuts: many, relation: "partOrder" };
      yield { ...base, cuts: many, relation: "fragments" };
    }
  }
  for (const base of bases) yield { ...base, relation: "model" };
}

/** Cuts on keys read best, so they are tried before those just after a key. */
const plainFirst = (cuts: readonly string[]): readonly string[] => [
  ...cuts.filter((cut) => !cut.endsWith("\0")),
  ...cuts.filter((cut) => cut.endsWith("\0")),
];

/** On every key, just after it, and on the ends of the ranges: ascending. */
function boundaries({ rows, ranges }: VerifyCase): readonly string[] {
  const found = new Set<string>();
  for (const { key } of rows) found.add(key).add(`${key}\0`);
  for (const { start, end } of ranges) found.add(start).add(end);
  found.delete("");
  return [...found].sort((a, b) => (a < b ? -1 : 1));
}

/** All cuts at once, and two selections by chance. */
function layouts(cuts: readonly string[], number: number): readonly (readonly string[])[] {
  const selection = (draw: number) =>
    cuts.filter((cut) => (digestText(cut, number * 2 + draw) & 3) === 0);
  return [cuts, selection(0), selection(1)].filter((many) => many.length > 1);
}
