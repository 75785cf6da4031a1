/** A request over a layout of regions, as the client sends it: sharded, answered, merged. */
import { fixedLayout, fixedLocator, RegionCache, shardsOf } from "../../nodes/index.ts";
import type { KeyRange, KvPair } from "../../plugins/index.ts";
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
  const regions = fixedLayout([1], cuts);
  const cache = new RegionCache(fixedLocator(regions));
  const buildRequest = () => request;
  const shards = shardsOf(
    { kind: "coprocessor", name: "", versionReq: "", ranges, buildRequest },
    cache,
  );
  const parts = shards.map(({ cached: { region }, part }) => {
    const own = part.kind === "coprocessor" ? part.ranges : [];
    const call = { request: { ranges: own, data: request }, region, rows: state, fault: null };
    return { ranges: own, end: host.call(call).end };
  });
  return { parts, rows: state };
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
