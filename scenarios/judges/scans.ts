/**
 * Scan completeness: a scan keeps to its bounds, order and limit, and contains every key that was
 * certainly there all the while.
 */
import type { History, HistoryOperation, HistoryRequest } from "../history.ts";
import type { Judge, RunFacts } from "../judge.ts";
import { HistoryReading } from "./history-reading.ts";
import type { Registers } from "./register-accesses.ts";
import { type Findings, judgeOf } from "./verdicts.ts";

const parts = {
  property: "scan completeness",
  sentence: "a scan is ordered, inside its bounds, and misses no key that was there all the while",
} as const;

type Scan = Pick<Extract<HistoryRequest, { kind: "scan" }>, "start" | "end" | "limit" | "reverse">;
type Pairs = readonly (readonly [key: string, value: string])[];

export const scanJudge = (
  _facts: RunFacts,
  reading: HistoryReading = new HistoryReading(),
): Judge =>
  judgeOf(parts, (findings) => ({
    ...reading.ears(),
    finish: ({ history }) => {
      new Scans(findings, () => reading.registers(history)).judge(history, reading);
    },
  }));

class Scans {
  readonly #findings: Findings;
  readonly #registers: () => Registers;
  #count = 0;

  constructor(findings: Findings, registers: () => Registers) {
    this.#findings = findings;
    this.#registers = registers;
  }

  judge(history: History, reading: HistoryReading): void {
    for (const operation of history) {
      const { request, outcome, returnUs } = operation;
      if (outcome?.kind !== "ok" || returnUs === null) continue;
      const { result } = outcome;
      if (request.kind === "scan" && result.kind === "pairs") {
        this.#scanned(operation, request, result.pairs);
        continue;
      }
      // A probe on its behalf.
      for (const { range, pairs } of reading.probeReads(operation)) {
        this.#scanned(operation, { ...range, limit: Infinity, reverse: false }, pairs);
      }
    }
  }

  /** Judges what an operation that returned scanned. */
  #scanned(operation: HistoryOperation, scan: Scan, pairs: Pairs): void {
    this.#findings.check();
    const problem = shapeProblem(scan, pairs) ?? this.#missing(operation, scan, pairs);
    if (problem === null) return;
    this.#findings.convict(`scan ${operation.id}: ${problem}`, operation.returnUs ?? 0);
  }

  /** The first key that was there from the scan's call to its return, and is missing. */
  #missing({ callUs, returnUs }: HistoryOperation, scan: Scan, pairs: Pairs): string | null {
    const registers = this.#registers();
    const { byKey } = registers;
    const number = this.#count++;
    for (const [key] of pairs) {
      const register = byKey.get(key);
      if (register !== undefined) register.foundIn = number;
    }
    const last = pairs.at(-1)?.[0];
    const isFull = pairs.length >= scan.limit;
    if (isFull && last === undefined) return null;
    for (const register of byKey.values()) {
      const { key, foundIn } = register;
      if (foundIn === number || key < scan.start || (scan.end !== "" && key >= scan.end)) continue;
      // Behind the last pair of a full scan nothing was looked at.
      if (isFull && last !== undefined && (scan.reverse ? key < last : key > last)) continue;
      if (registers.isPresent(register, callUs, returnUs ?? Infinity)) {
        return `key ${JSON.stringify(key)} was there all the while and is missing`;
      }
    }
    return null;
  }
}

function shapeProblem(scan: Scan, pairs: Pairs): string | null {
  if (pairs.length > scan.limit) return `${pairs.length} pairs, the limit is ${scan.limit}`;
  let before: string | null = null;
  for (const [key] of pairs) {
    if (key < scan.start || (scan.end !== "" && key >= scan.end)) {
      return `key ${JSON.stringify(key)} is outside of its bounds`;
    }
    if (before !== null) {
      const ordered = scan.reverse ? before > key : before < key;
      if (!ordered) return `${JSON.stringify(key)} comes after ${JSON.stringify(before)}`;
    }
    before = key;
  }
  return null;
}
