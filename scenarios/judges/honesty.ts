/**
 * Outcome honesty: what a client was told failed was never seen, and what was read, somebody wrote.
 * Needs values that are unique to their writes, as the workloads' are.
 */
import type { HistoryOperation, HistoryResult } from "../history.ts";
import type { JudgeFactory } from "../judge.ts";
import { judgeOf } from "./verdicts.ts";

const parts = {
  property: "outcome honesty",
  sentence: "an operation reported as failed has no effect, and nothing is read that nobody wrote",
} as const;

export const honestyJudge: JudgeFactory = () =>
  judgeOf(parts, (findings) => ({
    finish: ({ history }) => {
      const failed = new Map<string, HistoryOperation>();
      const written = new Set<string>();
      let pluginsWrite = false;
      for (const operation of history) {
        if (operation.request.kind === "coprocessor") pluginsWrite = true;
        const isFailed = operation.outcome?.kind === "error";
        if (isFailed) findings.check();
        for (const value of valuesWritten(operation)) {
          if (isFailed && !written.has(value)) failed.set(value, operation);
          if (!isFailed) {
            written.add(value);
            failed.delete(value);
          }
        }
      }
      for (const { id, returnUs, outcome } of history) {
        if (outcome?.kind !== "ok") continue;
        for (const value of valuesRead(outcome.result)) {
          const writer = failed.get(value);
          const at = returnUs ?? 0;
          if (writer !== undefined) {
            const text = writer.outcome?.kind === "error" ? writer.outcome.text : "";
            const message = `operation ${id} read what failed operation ${writer.id} wrote (${text})`;
            findings.convict(message, at);
          } else if (!written.has(value) && !pluginsWrite) {
            findings.convict(`operation ${id} read a value that nobody wrote`, at);
          }
        }
      }
    },
  }));

function valuesWritten({ request, outcome }: HistoryOperation): readonly string[] {
  switch (request.kind) {
    case "put":
      return [request.value];
    case "batchPut":
      return request.pairs.map(([, value]) => value);
    case "compareAndSwap": {
      // A swap that did not match wrote nothing, whatever else happened.
      const swapped = outcome?.kind === "ok" && outcome.result.kind === "swapped";
      const lost = swapped && !outcome.result.succeeded;
      return lost ? [] : [request.value];
    }
    default:
      return [];
  }
}

function valuesRead(result: HistoryResult): readonly string[] {
  switch (result.kind) {
    case "value":
      return result.value === null ? [] : [result.value];
    case "pairs":
      return result.pairs.map(([, value]) => value);
    case "swapped":
      return result.previous === null ? [] : [result.previous];
    default:
      return [];
  }
}
