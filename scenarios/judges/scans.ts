/**
 * Scan completeness: a scan keeps to its bounds, order and limit, and contains every key that was
 * certainly there all the while.
 */
import type { History, HistoryOperation, HistoryRequest } from "../history.ts";
import type { JudgeFactory } from "../judge.ts";
import { judgeOf } from "./verdicts.ts";

const parts = {
  property: "scan completeness",
  sentence: "a scan is ordered, inside its bounds, and misses no key that was there all the while",
} as const;

type Scan = Extract<HistoryRequest, { kind: "scan" }>;

export const scanJudge: JudgeFactory = () =>
  judgeOf(parts, (findings) => ({
    finish: ({ history }) => {
      const scans = history.filter(({ request }) => request.kind === "scan");
      if (scans.length === 0) return;
      const writes = writesByKey(history);
      for (const operation of scans) {
        const { request, outcome, returnUs } = operation;
        if (request.kind !== "scan" || outcome?.kind !== "ok") continue;
        if (outcome.result.kind !== "pairs" || returnUs === null) continue;
        findings.check();
        const keys = outcome.result.pairs.map(([key]) => key);
        const problem = shapeProblem(request, keys) ?? missing(request, keys, operation, writes);
        if (problem !== null) findings.convict(`scan ${operation.id}: ${problem}`, returnUs);
      }
    },
  }));

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
  { callUs, returnUs }: HistoryOperation,
  writes: ReadonlyMap<string, readonly Write[]>,
): string | null {
  const found = new Set(keys);
  const last = keys.at(-1);
  const isFull = keys.length >= scan.limit;
  for (const [key, list] of writes) {
    if (found.has(key) || key < scan.start || (scan.end !== "" && key >= scan.end)) continue;
    // Behind the last pair of a full scan nothing was looked at.
    if (isFull && last !== undefined && (scan.reverse ? key < last : key > last)) continue;
    if (isFull && last === undefined) continue;
    if (certainlyPresent(list, callUs, returnUs ?? callUs)) {
      return `key ${JSON.stringify(key)} was there all the while and is missing`;
    }
  }
  return null;
}

function certainlyPresent(writes: readonly Write[], fromUs: number, untilUs: number): boolean {
  const done = writes.filter(({ sets, returnUs }) => sets && returnUs <= fromUs);
  if (done.length === 0) return false;
  const latestCall = Math.max(...done.map(({ callUs }) => callUs));
  // A removal that may have come after the latest certain put makes it uncertain.
  return !writes.some(
    ({ sets, callUs, returnUs }) => !sets && callUs <= untilUs && returnUs >= latestCall,
  );
}

function writesByKey(history: History): ReadonlyMap<string, readonly Write[]> {
  const byKey = new Map<string, Write[]>();
  const add = (key: string, write: Write): void => {
    const list = byKey.get(key);
    if (list === undefined) byKey.set(key, [write]);
    else list.push(write);
  };
  for (const { request, callUs, returnUs, outcome } of history) {
    if (outcome?.kind === "error") continue;
    const certain = outcome?.kind === "ok" && returnUs !== null;
    const write = { callUs, returnUs: certain ? returnUs : Number.POSITIVE_INFINITY };
    if (request.kind === "put") add(request.key, { sets: true, ...write });
    else if (request.kind === "batchPut") {
      for (const [key] of request.pairs) add(key, { sets: true, ...write });
    } else if (request.kind === "delete") add(request.key, { sets: false, ...write });
    else if (request.kind === "batchDelete") {
      for (const key of request.keys) add(key, { sets: false, ...write });
    } else if (request.kind === "deleteRange") {
      for (const [key, list] of byKey) {
        const inside = key >= request.start && (request.end === "" || key < request.end);
        if (inside) list.push({ sets: false, ...write });
      }
    }
  }
  return byKey;
}
