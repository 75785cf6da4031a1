/** The two sides of a C3 comparison: the same request, run in two ways that must agree. */
import type { KeyRange, KvPair } from "../../plugins/index.ts";
import { unreachable } from "../../sim/assert.ts";
import type { VerifyCase } from "./case.ts";
import type { Contract } from "./contract.ts";
import { Rows } from "./emulator.ts";
import { type ClientAnswer, clientAnswer, type LayoutRun } from "./layout-run.ts";

/** How the two sides of a comparison differ. */
export const layoutRelations = [
  "regions", // one region, and the key space cut at `cuts`
  "fragments", // one region, and its ranges cut at `cuts`
  "partOrder", // the parts of `cuts`, and the same parts backwards
  "rangeOrder", // one region, and its ranges backwards
  "model", // one region, and what the contract says
] as const;
/** One of them. */
export type LayoutRelation = (typeof layoutRelations)[number];

/** The two answers that must be the same. */
export type LayoutPair = {
  readonly left: ClientAnswer;
  readonly right: ClientAnswer;
  /** The rows afterwards are the same. */
  readonly sameRows: boolean;
};

/** Runs a case's request over a layout: in the emulator, or in a simulated cluster. */
export type LayoutRunner = (cuts: readonly string[], ranges: readonly KeyRange[]) => LayoutRun;

/** Both sides of a case, or null where the contract has no model to compare with. */
export function layoutPair(
  contract: Contract,
  one: VerifyCase,
  run: LayoutRunner,
): LayoutPair | null {
  const { rows, ranges, request, cuts } = one;
  const relation = one.relation as LayoutRelation;
  if (relation === "partOrder") {
    const { parts } = run(cuts, ranges);
    const right = clientAnswer(contract, [...parts].reverse());
    return { left: clientAnswer(contract, parts), right, sameRows: true };
  }
  const whole = run([], ranges);
  const left = clientAnswer(contract, whole.parts);
  if (relation === "model") {
    const said = contract.model(new Rows(rows).map(), request, ranges);
    if (said === null) return null;
    const state = said.rows === null ? rows : pairsOf(said.rows);
    const right: ClientAnswer = { kind: "merged", merged: said.merged };
    return { left, right, sameRows: new Rows(state).equals(whole.rows) };
  }
  const other = otherRun(one, relation, run);
  const right = clientAnswer(contract, other.parts);
  return { left, right, sameRows: other.rows.equals(whole.rows) };
}

function otherRun(
  { ranges, cuts }: VerifyCase,
  relation: Exclude<LayoutRelation, "partOrder" | "model">,
  run: LayoutRunner,
): LayoutRun {
  switch (relation) {
    case "regions":
      return run(cuts, ranges);
    case "fragments":
      return run([], fragments(ranges, cuts));
    case "rangeOrder":
      return run([], [...ranges].reverse());
    default:
      return unreachable(relation);
  }
}

const pairsOf = (rows: ReadonlyMap<string, Uint8Array>): readonly KvPair[] =>
  [...rows].map(([key, value]) => ({ key, value }));

/** The ranges cut inside, in place: `[a,c)` becomes `[a,b)` and `[b,c)`. */
export function fragments(
  ranges: readonly KeyRange[],
  cuts: readonly string[],
): readonly KeyRange[] {
  return ranges.flatMap((range) => {
    const pieces: KeyRange[] = [];
    let { start } = range;
    for (const cut of cuts) {
      if (cut <= start || (range.end !== "" && cut >= range.end)) continue;
      pieces.push({ start, end: cut });
      start = cut;
    }
    return [...pieces, { start, end: range.end }];
  });
}
