/**
 * What probes say. The first line of their answers is who they are: `probe NAME VERSION CODE`; to
 * `read`, a line `key=value` for each pair of their ranges follows (workloads/probes.ts).
 */
import type { HistoryOperation } from "../history.ts";

export type ProbeIdentity = {
  readonly name: string;
  readonly version: string;
  readonly code: number;
  /** The answer without its first line. */
  readonly rest: string;
};

/** Who gave an answer, or null: it was no probe. */
export function probeIdentity(data: string): ProbeIdentity | null {
  const match = /^probe (\S+) (\S+) (\d+)\n/.exec(data);
  if (match === null) return null;
  const [line, name = "", version = "", code = ""] = match;
  return { name, version, code: Number(code), rest: data.slice(line.length) };
}

type KeyRange = { readonly start: string; readonly end: string };

/** The pairs that a probe found in one range. */
export type ProbeRead = {
  readonly range: KeyRange;
  readonly pairs: readonly (readonly [string, string])[];
};

/** What probes read for an operation, range by range; nothing for all other operations. */
export function probePairs({ request, outcome }: HistoryOperation): readonly ProbeRead[] {
  if (request.kind !== "coprocessor" || request.data !== "read") return [];
  if (outcome?.kind !== "ok" || outcome.result.kind !== "shards") return [];
  return outcome.result.shards.flatMap(({ ranges, data }) => {
    const rest = probeIdentity(data)?.rest;
    if (rest === undefined) return [];
    const lines = rest === "" ? [] : rest.split("\n");
    const pairs = lines.map((line) => {
      const at = line.indexOf("=");
      return [line.slice(0, Math.max(0, at)), line.slice(at + 1)] as const;
    });
    return divided(ranges, pairs);
  });
}

/** A pair that is in no range goes with the first one, whose bounds it then breaks. */
function divided(
  ranges: readonly KeyRange[],
  pairs: readonly (readonly [string, string])[],
): readonly ProbeRead[] {
  const reads = ranges.map((range) => ({ range, pairs: [] as (readonly [string, string])[] }));
  for (const pair of pairs) {
    const [key] = pair;
    const home = reads.find(
      ({ range }) => key >= range.start && (range.end === "" || key < range.end),
    );
    (home ?? reads[0])?.pairs.push(pair);
  }
  return reads;
}
