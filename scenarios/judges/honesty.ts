/**
 * Outcome honesty: what a client was told failed was never seen, and what was read, somebody wrote.
 * Needs values that are unique to their writes, as the workloads' are.
 */
import type { History, HistoryOperation } from "../history.ts";
import type { Judge, RunFacts } from "../judge.ts";
import { HistoryReading } from "./history-reading.ts";
import type { ProbeRead } from "./probe-answers.ts";
import { type Findings, judgeOf } from "./verdicts.ts";

const parts = {
  property: "outcome honesty",
  sentence: "an operation reported as failed has no effect, and nothing is read that nobody wrote",
} as const;

export const honestyJudge = (
  _facts: RunFacts,
  reading: HistoryReading = new HistoryReading(),
): Judge =>
  judgeOf(parts, (findings) => ({
    ...reading.ears(),
    finish: ({ history }) =>
      new Honesty(findings, reading.isForeign(history)).judge(history, reading),
  }));

class Honesty {
  readonly #findings: Findings;
  /** Tells of a key whether a plugin may have written it. */
  readonly #isForeign: (key: string) => boolean;
  readonly #written = new Set<string>();
  /** The first failed operation that wrote a value. */
  readonly #failed = new Map<string, HistoryOperation>();

  constructor(findings: Findings, isForeign: (key: string) => boolean) {
    this.#findings = findings;
    this.#isForeign = isForeign;
  }

  judge(history: History, reading: HistoryReading): void {
    for (const operation of history) this.#writes(operation);
    for (const operation of history) this.#reads(operation, reading.probeReads(operation));
  }

  /** Takes note of the values that an operation writes. */
  #writes(operation: HistoryOperation): void {
    const { request, outcome } = operation;
    switch (request.kind) {
      case "put":
        return this.#wrote(operation, request.value);
      case "batchPut":
        for (const [, value] of request.pairs) this.#wrote(operation, value);
        return;
      case "compareAndSwap": {
        // A swap that did not match wrote nothing, whatever else happened.
        const swapped = outcome?.kind === "ok" && outcome.result.kind === "swapped";
        if (!swapped || outcome.result.succeeded) this.#wrote(operation, request.value);
        return;
      }
      default:
        return;
    }
  }

  #wrote(operation: HistoryOperation, value: string): void {
    if (operation.outcome?.kind !== "error") this.#written.add(value);
    else if (!this.#failed.has(value)) this.#failed.set(value, operation);
  }

  /** Looks at the values that an operation read, itself or by a probe. */
  #reads(operation: HistoryOperation, probeReads: readonly ProbeRead[]): void {
    const { request, outcome } = operation;
    if (outcome?.kind !== "ok") return;
    const { result } = outcome;
    switch (result.kind) {
      case "value":
        if (request.kind === "get") this.#found(operation, request.key, result.value);
        return;
      case "pairs":
        for (const [key, value] of result.pairs) this.#found(operation, key, value);
        return;
      case "swapped":
        if (request.kind !== "compareAndSwap") return;
        return this.#found(operation, request.key, result.previous);
      case "shards":
        for (const { pairs } of probeReads) {
          for (const [key, value] of pairs) this.#found(operation, key, value);
        }
        return;
      default:
        return;
    }
  }

  #found({ id, returnUs }: HistoryOperation, key: string, value: string | null): void {
    if (value === null) return;
    this.#findings.check();
    if (this.#written.has(value) || this.#isForeign(key)) return;
    const writer = this.#failed.get(value);
    const what =
      writer?.outcome?.kind === "error"
        ? `what failed operation ${writer.id} wrote (${writer.outcome.text})`
        : "a value that nobody wrote";
    this.#findings.convict(`operation ${id} read ${what}, key ${key}`, returnUs ?? 0);
  }
}
