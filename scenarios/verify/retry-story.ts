/** The story of a C2 finding: the table of cuts, and what was sent when. */
import type { VerifyCase } from "./case.ts";
import type { StoryLine, Subject } from "./check.ts";
import { cutModes } from "./disturbance.ts";
import { rangesText, rowsText } from "./number-line.ts";
import { runAlone } from "./retry-run.ts";
import { callText, endText, isWriteCall } from "./told-text.ts";

/** Cuts that a printed table has room for. */
const cutsShown = 8;
const columns = ["not applied", "applied", "applied, then error"] as const;

/** Lines for people. `verdictOf` says in a word or two how a cut of the case ended. */
export function retryStory(
  subject: Subject,
  one: VerifyCase,
  verdictOf: (cut: VerifyCase) => string,
): readonly StoryLine[] {
  const { contract } = subject;
  const { trace, end } = runAlone(subject, one);
  const writes = trace.filter(({ call }) => isWriteCall(call)).map(({ call }) => callText(call));
  const lines: StoryLine[] = [
    { label: "rows", text: rowsText(one.rows, contract) },
    { label: "request", text: contract?.requestText(one.request) || "no bytes" },
    { label: "ranges", text: rangesText(one.ranges) },
    { label: "once", text: [...trace.map(({ call }) => callText(call)), endText(end)].join("; ") },
  ];
  if (one.relation !== "retry") return lines;
  const row = (cells: readonly string[], last: string) =>
    [...cells.map((cell, at) => cell.padEnd(Math.max(14, (columns[at]?.length ?? 0) + 2))), last]
      .join("")
      .trimEnd();
  const table = [...writes, "its answer"].slice(0, cutsShown).map((name, cut) => {
    const cells = cutModes.map((mode) =>
      verdictOf({ ...one, disturbance: { kind: "cut", writes: cut, mode } }),
    );
    return { label: `cut ${cut}`, text: row(cells, name) };
  });
  return [...lines, { label: "", text: row(columns, "what is cut off") }, ...table];
}
