/** What is wrong with a request whose region changed under it. */
import type { HintCode } from "./hints.ts";
import { answerText } from "./layout-run.ts";
import type { ChangedRun, Outcome } from "./region-change-run.ts";

/** What the client got instead of what it should. */
export type Wrongness = {
  readonly hint: Extract<HintCode, `C4-${string}`>;
  readonly what: string;
};

/**
 * Null if the client got what the request comes to before the event or after it, with the rows that
 * belong to it; else which of the three ways to go wrong it was.
 */
export function wrongness({ before, after, observed, retried }: ChangedRun): Wrongness | null {
  const { answer } = observed;
  const fitting = [before, after].filter((one) => isSameAnswer(one, observed));
  if (fitting.some(({ rows }) => rows.equals(observed.rows))) return null;
  if (fitting.length > 0) {
    return { hint: "C4-EFFECT", what: "the data afterwards is that of neither" };
  }
  // A request that no client can send over the new layout: C3's matter.
  if (answer.kind === "error" && after.answer.kind !== "merged") return null;
  if (answer.kind === "error") {
    const what = "the client gets an error that it cannot ask again for";
    return { hint: retried ? "C4-EFFECT" : "C4-ERROR", what };
  }
  const what = `the client gets ${answerText(answer)}`;
  return { hint: retried ? "C4-EFFECT" : "C4-SHORT", what };
}

function isSameAnswer(expected: Outcome, { answer }: Outcome): boolean {
  const said = expected.answer;
  return said.kind === "merged" && answer.kind === "merged" && said.merged.equals(answer.merged);
}
