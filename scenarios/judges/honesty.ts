/**
 * Outcome honesty: what a client was told failed was never seen, and what was read, somebody wrote.
 * Needs values that are unique to their writes, as the workloads' are.
 */
import type { HistoryOperation } from "../history.ts";
import type { JudgeFactory, RunEnd } from "../judge.ts";
import { PluginWrites } from "./history-keys.ts";
import { probePairs } from "./probe-answers.ts";
import { judgeOf } from "./verdicts.ts";

const parts = {
  property: "outcome honesty",
  sentence: "an operation reported as failed has no effect, and nothing is read that nobody wrote",
} as const;

export const honestyJudge: JudgeFactory = () =>
  judgeOf(parts, (findings) => {
    const plugins = new PluginWrites();
    const finish = ({ history }: RunEnd): void => {
      const isForeign = plugins.of(history);
      const failed = new Map<string, HistoryOperation>();
      const written = new Set<string>();
      for (const operation of history) {
        const isFailed = operation.outcome?.kind === "error";
        for (const value of valuesWritten(operation)) {
          if (!isFailed) written.add(value);
          else if (!failed.has(value)) failed.set(value, operation);
        }
      }
      for (const operation of history) {
        const { id, returnUs } = operation;
        for (const [key, value] of pairsRead(operation)) {
          findings.check();
          if (written.has(value) || isForeign(key)) continue;
          const writer = failed.get(value);
          const what =
            writer?.outcome?.kind === "error"
              ? `what failed operation ${writer.id} wrote (${writer.outcome.text})`
              : "a value that nobody wrote";
          findings.convict(`operation ${id} read ${what}, key ${key}`, returnUs ?? 0);
        }
      }
    };
    const { kinds } = plugins;
    return { kinds, event: (kind, _process, a, _b, c) => plugins.event(kind, a, c), finish };
  });

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

function pairsRead(operation: HistoryOperation): readonly (readonly [string, string])[] {
  const { request, outcome } = operation;
  if (outcome?.kind !== "ok") return [];
  const { result } = outcome;
  switch (result.kind) {
    case "value":
      return request.kind !== "get" || result.value === null ? [] : [[request.key, result.value]];
    case "pairs":
      return result.pairs;
    case "swapped": {
      const isSwap = request.kind === "compareAndSwap" && result.previous !== null;
      return isSwap ? [[request.key, result.previous ?? ""]] : [];
    }
    case "shards":
      return probePairs(operation).flatMap(({ pairs }) => pairs);
    default:
      return [];
  }
}
