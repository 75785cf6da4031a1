/** The story of a C12 finding: two lanes, what both orders give, and what came of it. */
import type { StoryLine, Subject } from "./check.ts";
import type { Contract } from "./contract.ts";
import {
  type Duo,
  type Interleaved,
  type InterleaveOptions,
  interleave,
  type Lane,
} from "./interleaving.ts";
import { answerText, clientAnswer } from "./layout-run.ts";
import { keyText, rangesText, rowsText } from "./number-line.ts";
import { callText } from "./told-text.ts";

/** The width of a lane: two of them and a label fit 100 columns. */
const laneWidth = 40;

/** Lines for people. */
export function interleavingStory(
  subject: Subject,
  duo: Duo,
  order: string,
  options?: InterleaveOptions,
): readonly StoryLine[] {
  const { contract } = subject;
  if (contract === null) return [];
  const { one, rival } = duo;
  const observed = interleave(subject, duo, order, options);
  const [first, second] = (["a", "b"] as const).map((lane) => interleave(subject, duo, lane));
  if (first === undefined || second === undefined) return [];
  const request = (data: Uint8Array) => contract.requestText(data) || "no bytes";
  const lines = observed.steps.map(({ lane, call }, at): StoryLine => {
    const text = callText(call);
    const shown = text.length < laneWidth ? text : `${text.slice(0, laneWidth - 4)}...`;
    const [left, right] = lane === "a" ? [shown, "·"] : ["·", shown];
    return { label: String(at + 1), text: `${left.padEnd(laneWidth)}${right}` };
  });
  const words = (ran: Interleaved) => outcomeText(contract, duo, ran);
  return [
    { label: "rows", text: rowsText(one.rows, contract) },
    { label: "ranges", text: rangesText(one.ranges) },
    { label: "a", text: request(one.request) },
    {
      label: "b",
      text:
        rival.kind === "put"
          ? `another client: RawPut ${keyText(rival.key)}=${contract.valueText(rival.value)}`
          : request(rival.request),
    },
    { label: "", text: `${"a".padEnd(laneWidth)}b` },
    ...lines,
    { label: "observed", text: words(observed) },
    { label: "a, then b", text: words(first) },
    { label: "b, then a", text: words(second) },
  ];
}

/** Keys shown of a final state. */
const keysShown = 6;

/** "a 7, b 9; x=16": the answers and the final rows. */
export function outcomeText(
  contract: Contract,
  { one, rival }: Duo,
  { ends, rows }: Interleaved,
): string {
  const answer = (lane: Lane): readonly string[] => {
    const end = ends[lane];
    if (end.kind === "done") return [];
    const ranges = lane === "a" || rival.kind === "put" ? one.ranges : rival.ranges;
    return [`${lane} ${answerText(clientAnswer(contract, [{ ranges, end }]))}`];
  };
  const pairs = [...rows.map()].map(([key, value]) => ({ key, value }));
  const more = pairs.length > keysShown ? ` and ${pairs.length - keysShown} more` : "";
  const state = `${rowsText(pairs.slice(0, keysShown), contract)}${more}`;
  return `${[...answer("a"), ...answer("b")].join(", ")}; ${state}`;
}
