/** From the shards' responses to the outcome of the operation. */

import type { KeyRange, KvPair } from "../../plugins/index.ts";
import { assert, unreachable } from "../../sim/assert.ts";
import type { Response } from "../wire.ts";
import type { Operation, Outcome, Result } from "./operation.ts";

/** A response that counts, with the coprocessor ranges it is for. */
export type Part = { readonly response: Response; readonly ranges: readonly KeyRange[] };

/** What a shard, or several, came to. */
export type Answer =
  | { readonly kind: "ok"; readonly parts: readonly Part[] }
  | { readonly kind: "error"; readonly text: string; readonly partly?: boolean }
  | { readonly kind: "unknown"; readonly text: string };

/** The answer of several shards. `partly` marks an error beside which something succeeded. */
export function join(answers: readonly Answer[]): Answer {
  if (answers.length === 1) return answers[0] as Answer;
  const parts: Part[] = [];
  let partly = false;
  let error: Answer | null = null;
  for (const answer of answers) {
    if (answer.kind === "unknown") return answer;
    if (answer.kind === "error") error ??= answer;
    else for (const part of answer.parts) parts.push(part);
    partly ||= answer.kind === "ok" || answer.partly === true;
  }
  if (error === null) return { kind: "ok", parts };
  return { kind: "error", text: error.text, partly };
}

/** The honest outcome: an error of a write, part of which was done, is not "no effect". */
export function resultOf(operation: Operation, answer: Answer): Outcome {
  switch (answer.kind) {
    case "unknown":
      return answer;
    case "error":
      if (answer.partly === true && writesSeveral(operation)) {
        return { kind: "unknown", text: answer.text };
      }
      return { kind: "error", text: answer.text };
    case "ok":
      return { kind: "ok", result: merge(operation, answer.parts) };
    default:
      return unreachable(answer);
  }
}

const writesSeveral = ({ kind }: Operation): boolean =>
  kind === "batchPut" || kind === "batchDelete" || kind === "deleteRange";

function merge(operation: Operation, parts: readonly Part[]): Result {
  switch (operation.kind) {
    case "get":
      return { kind: "value", value: only(parts).value };
    case "batchGet":
    case "scan":
      return { kind: "pairs", pairs: pairsOf(parts) };
    case "put":
    case "batchPut":
    case "delete":
    case "batchDelete":
    case "deleteRange":
      return { kind: "done" };
    case "compareAndSwap": {
      const { succeeded, value } = only(parts);
      return { kind: "swapped", succeeded, previous: value };
    }
    case "coprocessor":
      return {
        kind: "shards",
        shards: parts.map(({ response, ranges }) => ({ ranges, data: response.data })),
      };
    default:
      return unreachable(operation);
  }
}

function only(parts: readonly Part[]): Response {
  const [part] = parts;
  assert(part !== undefined && parts.length === 1, "a single-key operation has one response");
  return part.response;
}

function pairsOf(parts: readonly Part[]): readonly KvPair[] {
  const pairs: KvPair[] = [];
  for (const { response } of parts) {
    const { keys, values } = response;
    for (let at = 0; at < keys.length; at++) {
      pairs.push({ key: keys[at] as string, value: values[at] as Uint8Array });
    }
  }
  return pairs;
}
