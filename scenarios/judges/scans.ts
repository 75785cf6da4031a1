/**
 * Scan completeness: a scan keeps to its bounds, order and limit, and contains every key that was
 * certainly there all the while.
 */
import type { History, HistoryOperation, HistoryRequest } from "../history.ts";
import type { JudgeFactory, RunEnd } from "../judge.ts";
import { keysOf, PluginWrites } from "./history-keys.ts";
import { probePairs } from "./probe-answers.ts";
import { judgeOf } from "./verdicts.ts";

const parts = {
  property: "scan completeness",
  sentence: "a scan is ordered, inside its bounds, and misses no key that was there all the while",
} as const;

type Scan = Pick<Extract<HistoryRequest, { kind: "scan" }>, "start" | "end" | "limit" | "reverse">;
type Span = { readonly callUs: number; readonly returnUs: number };

export const scanJudge: JudgeFactory = () =>
  judgeOf(parts, (findings) => {
    const plugins = new PluginWrites();
    const finish = ({ history }: RunEnd): void => {
      const scans = history.flatMap(scansOf);
      if (scans.length === 0) return;
      const writes = writesByKey(history, plugins.of(history));
      for (const { id, scan, keys, span } of scans) {
        findings.check();
        const problem = shapeProblem(scan, keys) ?? missing(scan, keys, span, writes);
        if (problem !== null) findings.convict(`scan ${id}: ${problem}`, span.returnUs);
      }
    };
    const { kinds } = plugins;
    return { kinds, event: (kind, _process, a, _b, c) => plugins.event(kind, a, c), finish };
  });

type Scanned = {
  readonly id: number;
  readonly scan: Scan;
  readonly keys: readonly string[];
  readonly span: Span;
};

/** What an operation scanned: itself, or a probe on its behalf. */
function scansOf(operation: HistoryOperation): readonly Scanned[] {
  const { id, request, outcome, callUs, returnUs } = operation;
  if (outcome?.kind !== "ok" || returnUs === null) return [];
  const span = { callUs, returnUs };
  const { result } = outcome;
  if (request.kind === "scan" && result.kind === "pairs") {
    return [{ id, scan: request, keys: result.pairs.map(([key]) => key), span }];
  }
  return probePairs(operation).map(({ range, pairs }) => {
    const scan = { ...range, limit: Number.POSITIVE_INFINITY, reverse: false };
    return { id, scan, keys: pairs.map(([key]) => key), span };
  });
}

function shapeProblem(scan: Scan, keys: readonly string[]): string | null {
  if (keys.length > scan.limit) return `${keys.length} pairs, the limit is ${scan.limit}`;
  for (const [at, key] of keys.entries()) {
    if (key < scan.start || (scan.end !== "" && key >= scan.end)) {
      return `key ${JSON.stringify(key)} is outside of its bounds`;
    }
    const before = keys[at - 1];
    if (before === undefined) continue;
    const ordered = scan.reverse ? before > key : before < key;
    if (!ordered) return `${JSON.stringify(key)} comes after ${JSON.stringify(before)}`;
  }
  return null;
}

/** A key's writes: what may have set or removed it, and when. */
type Write = {
  readonly sets: boolean;
  readonly callUs: number;
  /** Infinity where it never came back, or nobody knows. */
  readonly returnUs: number;
};

/** The first key that was certainly present from the scan's call to its return and is not there. */
function missing(
  scan: Scan,
  keys: readonly string[],
  { callUs, returnUs }: Span,
  writes: ReadonlyMap<string, readonly Write[]>,
): string | null {
  const found = new Set(keys);
  const last = keys.at(-1);
  const isFull = keys.length >= scan.limit;
  if (isFull && last === undefined) return null;
  for (const [key, list] of writes) {
    if (found.has(key) || key < scan.start || (scan.end !== "" && key >= scan.end)) continue;
    // Behind the last pair of a full scan nothing was looked at.
    if (isFull && last !== undefined && (scan.reverse ? key < last : key > last)) continue;
    if (certainlyPresent(list, callUs, returnUs)) {
      return `key ${JSON.stringify(key)} was there all the while and is missing`;
    }
  }
  return null;
}

function certainlyPresent(writes: readonly Write[], fromUs: number, untilUs: number): boolean {
  let latestCall = -1;
  for (const { sets, callUs, returnUs } of writes) {
    if (sets && returnUs <= fromUs && callUs > latestCall) latestCall = callUs;
  }
  if (latestCall < 0) return false;
  // A removal that may have come after the latest certain put makes it uncertain.
  return !writes.some(
    ({ sets, callUs, returnUs }) => !sets && callUs <= untilUs && returnUs >= latestCall,
  );
}

/** The writes of each key that no plugin wrote. */
function writesByKey(
  history: History,
  isForeign: (key: string) => boolean,
): ReadonlyMap<string, readonly Write[]> {
  const byKey = new Map<string, Write[]>();
  for (const key of keysOf(history)) if (!isForeign(key)) byKey.set(key, []);
  for (const { request, callUs, returnUs, outcome } of history) {
    if (outcome?.kind === "error") continue;
    const certain = outcome?.kind === "ok" && returnUs !== null;
    const end = certain ? returnUs : Number.POSITIVE_INFINITY;
    const add = (key: string, sets: boolean): void => {
      byKey.get(key)?.push({ sets, callUs, returnUs: end });
    };
    switch (request.kind) {
      case "put":
        add(request.key, true);
        break;
      case "batchPut":
        for (const [key] of request.pairs) add(key, true);
        break;
      case "compareAndSwap": {
        const result = outcome?.kind === "ok" ? outcome.result : null;
        if (result?.kind === "swapped" && result.succeeded) add(request.key, true);
        break;
      }
      case "delete":
        add(request.key, false);
        break;
      case "batchDelete":
        for (const key of request.keys) add(key, false);
        break;
      case "deleteRange":
        for (const [key, list] of byKey) {
          const inside = key >= request.start && (request.end === "" || key < request.end);
          if (inside) list.push({ sets: false, callUs, returnUs: end });
        }
        break;
      default:
        break; // Reads.
    }
  }
  return byKey;
}
