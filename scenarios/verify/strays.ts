/** What a storage call touches outside of given ranges, and what TiKV makes of it. */
import type { Region } from "../../nodes/index.ts";
import type { KeyRange, StorageCall } from "../../plugins/index.ts";
import { unreachable } from "../../sim/assert.ts";
import type { Containment } from "./contract-policy.ts";
import { keyText, rangesText } from "./number-line.ts";
import { isWriteCall } from "./told-text.ts";

/** Something that a call touches although nobody gave it the range. */
export type Stray = {
  readonly kind: "read" | "write";
  /** From here on; of a single key the range of that key alone. */
  readonly outside: KeyRange;
  /** The key, or the range, for people. */
  readonly text: string;
  /** It lies in another region, too. */
  readonly leavesRegion: boolean;
};

/** The first thing that a call touches outside of `allowed`, or null. */
export function strayOf(
  call: StorageCall,
  region: Region,
  allowed: readonly KeyRange[],
): Stray | null {
  const kind = isWriteCall(call) ? "write" : "read";
  for (const touched of touchedBy(call)) {
    const outside = uncovered(touched, allowed);
    if (outside === null) continue;
    const single = outside.end === `${outside.start}\0`;
    const text = single ? keyText(outside.start) : rangesText([outside]);
    return { kind, outside, text, leavesRegion: uncovered(touched, [region]) !== null };
  }
  return null;
}

/** What TiKV does with a call that strays. Source: verify-checks.md, fact F6. */
export function fateOf({ kind: call }: StorageCall, { leavesRegion }: Stray): string {
  if (!leavesRegion) {
    return "TiKV carries it out: the keys lie in the same region by chance of the layout";
  }
  switch (call) {
    case "get":
      return "TiKV answers with an error string, no region error: no client tries again";
    case "batchGet":
      return 'TiKV answers the phantom pair ("", "") and drops the error';
    case "scan":
      return "TiKV clips it silently at the region's end; a start outside is an error string";
    case "put":
    case "batchPut":
    case "delete":
    case "batchDelete":
    case "deleteRange":
      return "TiKV refuses the write with an error string, no region error";
    default:
      return unreachable(call);
  }
}

/** The ranges that a call touches: of a key itself, `[key, key + "\0")`. */
function touchedBy(call: StorageCall): readonly KeyRange[] {
  switch (call.kind) {
    case "get":
    case "put":
    case "delete":
      return [keyRange(call.key)];
    case "batchGet":
    case "batchDelete":
      return call.keys.map(keyRange);
    case "batchPut":
      return call.pairs.map(({ key }) => keyRange(key));
    case "scan":
    case "deleteRange":
      return [call.range];
    default:
      return unreachable(call);
  }
}

const keyRange = (key: string): KeyRange => ({ start: key, end: `${key}\0` });

/** True for ranges that hold no key, also those the wrong way round. */
export function isEmptyRange({ start, end }: KeyRange): boolean {
  return end !== "" && end <= start;
}

/** The first part of a range that no other range covers, or null. */
export function uncovered(range: KeyRange, others: readonly KeyRange[]): KeyRange | null {
  if (isEmptyRange(range)) return null;
  const sorted = others
    .filter((one) => !isEmptyRange(one))
    .sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  let at = range.start;
  for (const { start, end } of sorted) {
    if (start > at) {
      const gapEnd = range.end === "" || start < range.end ? start : range.end;
      return { start: at, end: gapEnd };
    }
    if (end === "") return null;
    if (end > at) at = end;
    if (range.end !== "" && at >= range.end) return null;
  }
  return { start: at, end: range.end };
}

/** The ranges that a policy adds to those of the request. */
export function policyRanges(policy: Containment, call: StorageCall): readonly KeyRange[] {
  if (policy === "strict") return [];
  if (policy === "reads-may-leave") return isWriteCall(call) ? [] : [{ start: "", end: "" }];
  return policy.prefixes.map((prefix) => ({ start: prefix, end: prefixEnd(prefix) }));
}

/** The first key behind all keys with a prefix; "" if there is none. */
export function prefixEnd(prefix: string): string {
  const kept = prefix.replace(/\xff+$/, "");
  if (kept === "") return "";
  return kept.slice(0, -1) + String.fromCharCode(kept.charCodeAt(kept.length - 1) + 1);
}
