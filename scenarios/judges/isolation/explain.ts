/** Verdicts in sentences: each transaction of a cycle, and why each comes before the next. */
import { InvariantError } from "../../../sim/assert.ts";
import type { Step } from "./cycle.ts";
import { PROCESS, REALTIME, RW, WR, WW } from "./graph.ts";
import type { MicroOp, Workload } from "./history.ts";
import { INFO, type Transactions } from "./interpret.ts";
import { showValue, type Versions } from "./versions.ts";
import { listOf } from "./versions-append.ts";

/** What an explanation is drawn from. */
export type Evidence = {
  readonly transactions: Transactions;
  readonly versions: Versions;
  readonly workload: Workload;
};

/** `T3 = process 2, index 4 to 7: read x=[1 2], append 3 to y`. */
export function describe({ transactions, workload }: Evidence, txn: number): string {
  const { events, invokedAt, returnedAt, ops, outcome } = transactions;
  const invoked = events[invokedAt[txn]!]!;
  const at = returnedAt[txn]!;
  const until = at < 0 ? "never returned" : `index ${invoked.index} to ${events[at]!.index}`;
  const span = at < 0 ? `index ${invoked.index}, ${until}` : until;
  const doubt = outcome[txn] === INFO && at >= 0 ? ", outcome unknown" : "";
  const process = JSON.stringify(invoked.process);
  const told = ops[txn]!.slice(0, 12).map((op) => tell(op, workload));
  if (ops[txn]!.length > 12) told.push("..");
  return `T${txn} = process ${process}, ${span}${doubt}: ${told.join(", ")}`;
}

function tell([f, key, value]: MicroOp, workload: Workload): string {
  if (f === "append") return `append ${showValue(value)} to ${key}`;
  if (f === "w") return `write ${key}=${showValue(value)}`;
  return `read ${key}=${showValue(workload === "list-append" ? listOf(value) : value)}`;
}

/** A cycle as sentences: one for each step, and what they add up to. */
export function explainCycle(evidence: Evidence, steps: readonly Step[]): readonly string[] {
  const sentences = steps.map((step) => `${reason(evidence, step)}.`);
  const names = [...steps.map(({ from }) => `T${from}`), `T${steps[0]!.from}`];
  return [...sentences, `So ${names.join(" before ")}: a contradiction.`];
}

/** Why the one comes before the other, without the closing stop. */
function reason(evidence: Evidence, { from, to, kind }: Step): string {
  const order = `so T${from} comes before T${to}`;
  switch (kind) {
    case WW:
      return `${overwritten(evidence, from, to)}, ${order}`;
    case WR:
      return `${observed(evidence, from, to)}, ${order}`;
    case RW:
      return `${missed(evidence, from, to)}, ${order}`;
    case PROCESS: {
      const { events, invokedAt } = evidence.transactions;
      const process = JSON.stringify(events[invokedAt[from]!]!.process);
      return `process ${process} ran T${from} and then T${to}, ${order}`;
    }
    case REALTIME: {
      const { events, invokedAt, returnedAt } = evidence.transactions;
      const [a, b] = [events[returnedAt[from]!]!.index, events[invokedAt[to]!]!.index];
      return `T${from} had returned (index ${a}) before T${to} was invoked (index ${b}), ${order}`;
    }
    default:
      throw new InvariantError(`no such kind of edge: ${kind}`);
  }
}

function overwritten({ versions, workload }: Evidence, from: number, to: number): string {
  const { writerOf, next, keys, keyOf, valueAt } = versions;
  for (let version = 0; version < versions.count; version++) {
    if (writerOf[version] !== from) continue;
    for (let at = next.start[version]!; at < next.start[version + 1]!; at++) {
      const later = next.target[at]!;
      if (writerOf[later] !== to) continue;
      const key = keys[keyOf[version]!]!;
      const [first, second] = [showValue(valueAt[version]!), showValue(valueAt[later]!)];
      return workload === "list-append"
        ? `T${to} appended ${second} to ${key} behind T${from}'s ${first}`
        : `T${from} wrote ${key}=${first}, which T${to} overwrote with ${second}`;
    }
  }
  throw new InvariantError("an edge has a reason");
}

function observed(evidence: Evidence, from: number, to: number): string {
  const { writerOf, readers, keys, keyOf, valueAt } = evidence.versions;
  for (let version = 0; version < evidence.versions.count; version++) {
    if (writerOf[version] !== from) continue;
    const seen = readers.target.subarray(readers.start[version]!, readers.start[version + 1]!);
    if (!seen.includes(to)) continue;
    const key = keys[keyOf[version]!]!;
    const value = showValue(valueAt[version]!);
    const read = showRead(evidence, to, version);
    return evidence.workload === "list-append"
      ? `T${to} read ${read}, whose last element ${value} T${from} appended`
      : `T${to} read ${key}=${value}, which T${from} wrote`;
  }
  throw new InvariantError("an edge has a reason");
}

function missed(evidence: Evidence, from: number, to: number): string {
  const { count, writerOf, readers, next, keys, keyOf, valueAt } = evidence.versions;
  for (let version = 0; version < count; version++) {
    const seen = readers.target.subarray(readers.start[version]!, readers.start[version + 1]!);
    if (!seen.includes(from)) continue;
    for (let at = next.start[version]!; at < next.start[version + 1]!; at++) {
      const later = next.target[at]!;
      if (writerOf[later] !== to) continue;
      const key = keys[keyOf[version]!]!;
      const value = showValue(valueAt[later]!);
      const read = showRead(evidence, from, version);
      return evidence.workload === "list-append"
        ? `T${from} read ${read}, but T${to} appended ${value} to ${key} behind that`
        : `T${from} read ${read}, but T${to} wrote ${key}=${value} over that`;
    }
  }
  throw new InvariantError("an edge has a reason");
}

/** The read by which a transaction saw a version: `x=[1 2]`, `x=2`. */
function showRead(
  { transactions, versions, workload }: Evidence,
  txn: number,
  version: number,
): string {
  const key = versions.keys[versions.keyOf[version]!]!;
  const value = versions.valueAt[version]!;
  if (workload === "rw-register") return `${key}=${showValue(value)}`;
  for (const [f, name, list] of transactions.ops[txn]!) {
    if (f !== "r" || name !== key) continue;
    if ((listOf(list).at(-1) ?? null) === value) return `${key}=${showValue(listOf(list))}`;
  }
  throw new InvariantError("an edge has a reason");
}
