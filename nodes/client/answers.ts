/** From the shards' responses to the outcome of the operation. */

import type { KeyRange, KvPair } from "../../plugins/index.ts";
import { assert, unreachable } from "../../sim/assert.ts";
import type { Response } from "../wire.ts";
import type { Operation, Outcome, Result } from "./operation.ts";

/** A response that counts, with the coprocessor ranges it is for. */
export type Part = {
  readonly kind: "part";
  readonly response: Response;
  readonly ranges: readonly KeyRange[];
};

/** What a shard came to, or several: most operations have one. */
export type Answer =
  | Part
  | { readonly kind: "ok"; readonly parts: readonly Part[] }
  | { readonly kind: "error"; readonly text: string; readonly partly?: boolean }
  | { readonly kind: "unknown"; readonly text: string };

type Good = Extract<Answer, { kind: "part" | "ok" }>;

/** What all writes without an answer of their own come to. */
const done: Outcome = { kind: "ok", result: { kind: "done" } };

/** The answer of several shards. `partly` marks an error beside which something succeeded. */
export function join(answers: readonly Answer[]): Answer {
  if (answers.length === 1) return answers[0] as Answer;
  const parts: Part[] = [];
  let partly = false;
  let error: Answer | null = null;
  for (const answer of answers) {
    if (answer.kind === "unknown") return answer;
    if (answer.kind === "error") {
      error ??= answer;
      partly ||= answer.partly === true;
      continue;
    }
    for (const part of partsOf(answer)) parts.push(part);
    partly = true;
  }
  if (error === null) return { kind: "ok", parts };
  return { kind: "error", text: error.text, partly };
}

/** The responses that an answer consists of. */
export const partsOf = (answer: Good): readonly Part[] =>
  answer.kind === "part" ? [answer] : answer.parts;

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
    case "part":
    case "ok":
      return merge(operation, answer);
    default:
      return unreachable(answer);
  }
}

const writesSeveral = ({ kind }: Operation): boolean =>
  kind === "batchPut" || kind === "batchDelete" || kind === "deleteRange";

function merge(operation: Operation, answer: Good): Outcome {
  switch (operation.kind) {
    case "get":
      return ok({ kind: "value", value: only(answer).value });
    case "batchGet":
    case "scan":
      return ok({ kind: "pairs", pairs: pairsOf(partsOf(answer)) });
    case "put":
    case "batchPut":
    case "delete":
    case "batchDelete":
    case "deleteRange":
      return done;
    case "compareAndSwap": {
      const { succeeded, value } = only(answer);
      return ok({ kind: "swapped", succeeded, previous: value });
    }
    case "coprocessor": {
      const parts = partsOf(answer);
      const shards = parts.map(({ response, ranges }) => ({ ranges, data: response.data }));
      return ok({ kind: "shards", shards });
    }
    default:
      return unreachable(operation);
  }
}

const ok = (result: Result): Outcome => ({ kind: "ok", result });

function only(answer: Good): Response {
  assert(answer.kind === "part", "a single-key operation has one response");
  return answer.response;
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
