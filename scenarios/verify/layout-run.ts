/** A request over a layout of regions, as the client sends it: sharded, answered, merged. */
import {
  fixedLayout,
  fixedLocator,
  type Region,
  RegionCache,
  shardsOf,
} from "../../nodes/index.ts";
import type { KeyRange, KvPair } from "../../plugins/index.ts";
import { assert } from "../../sim/assert.ts";
import { emptyBytes } from "../../sim/bytes.ts";
import type { Subject } from "./check.ts";
import type { Contract, Merged } from "./contract.ts";
import { type Host, type PluginEnd, Rows } from "./emulator.ts";

export type LayoutCall = {
  readonly rows: readonly KvPair[];
  readonly ranges: readonly KeyRange[];
  readonly request: Uint8Array;
  /** Where the key space is cut, ascending. */
  readonly cuts: readonly string[];
};

/** One region's part. */
export type LayoutPart = { readonly ranges: readonly KeyRange[]; readonly end: PluginEnd };

/** The parts in order of their regions, and the rows after all of them. */
export type LayoutRun = { readonly parts: readonly LayoutPart[]; readonly rows: Rows };

/** Runs a request region by region. */
export function runLayout(host: Host, { rows, ranges, request, cuts }: LayoutCall): LayoutRun {
  const state = new Rows(rows);
  const parts = shardedRanges(ranges, cuts).map(({ region, ranges: own }) => {
    const call = { request: { ranges: own, data: request }, region, rows: state, fault: null };
    return { ranges: own, end: host.call(call).end };
  });
  return { parts, rows: state };
}

/** A region and those parts of the ranges that the client sends to it. */
export type Sharded = { readonly region: Region; readonly ranges: readonly KeyRange[] };

/** Ranges as the client divides them over regions, in key order. */
export function shardedRanges(
  ranges: readonly KeyRange[],
  cuts: readonly string[],
): readonly Sharded[] {
  const cache = new RegionCache(fixedLocator(fixedLayout([1], cuts)));
  const buildRequest = () => emptyBytes;
  const shards = shardsOf(
    { kind: "coprocessor", name: "", versionReq: "", ranges, buildRequest },
    cache,
  );
  return shards.map(({ cached: { region }, part }) => {
    return { region, ranges: part.kind === "coprocessor" ? part.ranges : [] };
  });
}

/** The one region of a layout without cuts. */
export const wholeSpace: Region = onlyRegion();

function onlyRegion(): Region {
  const [region] = fixedLayout([1], []);
  assert(region !== undefined, "a layout without cuts has one region");
  return region;
}

/** Runs a case's request over layouts, each on a plugin freshly loaded. */
export function emulated(
  subject: Subject,
  { rows, request }: Pick<LayoutCall, "rows" | "request">,
): (cuts: readonly string[], ranges: readonly KeyRange[]) => LayoutRun {
  return (cuts, ranges) => runLayout(subject.fresh(), { rows, ranges, request, cuts });
}

/** What the client makes of the parts. */
export type ClientAnswer =
  | { readonly kind: "merged"; readonly merged: Merged }
  | { readonly kind: "error" }
  /** A part is no answer in the contract's eyes. */
  | { readonly kind: "undecodable" }
  /** A part panicked or was stopped: another check's matter. */
  | { readonly kind: "died" };

/** Merges the parts in the order given. */
export function clientAnswer(contract: Contract, parts: readonly LayoutPart[]): ClientAnswer {
  const answers: { ranges: readonly KeyRange[]; data: Uint8Array }[] = [];
  let failed = false;
  for (const { ranges, end } of parts) {
    if (end.kind === "response") answers.push({ ranges, data: end.data });
    else if (end.kind === "error") failed = true;
    else return { kind: "died" };
  }
  if (failed) return { kind: "error" };
  const merged = contract.merge(answers);
  return merged === null ? { kind: "undecodable" } : { kind: "merged", merged };
}

/** An answer for people. */
export function answerText(answer: ClientAnswer): string {
  switch (answer.kind) {
    case "merged":
      return answer.merged.text;
    case "error":
      return "an error";
    case "undecodable":
      return "bytes that are no answer";
    case "died":
      return "no answer: the plugin died";
  }
}
