/**
 * A request whose region changes under it, in the emulator: from some storage call on every call is
 * refused, as it comes under an old epoch or to a store that leads no more; what the client does
 * then is its retry, over the regions as they are now.
 */
import type { KvPair, StorageCall } from "../../plugins/index.ts";
import { unreachable } from "../../sim/assert.ts";
import type { VerifyCase } from "./case.ts";
import type { StoryLine, Subject } from "./check.ts";
import type { Contract } from "./contract.ts";
import type { Disturbance, RegionEvent } from "./disturbance.ts";
import { died, Rows, type Told } from "./emulator.ts";
import type { ErrorClass } from "./error-classes.ts";
import { answerText, type ClientAnswer, clientAnswer, runLayout } from "./layout-run.ts";
import { keyText, rangesText } from "./number-line.ts";
import { begin } from "./retry-run.ts";
import { answerWords, callText, endText, isWriteCall } from "./told-text.ts";

export type RegionChange = Extract<Disturbance, { readonly kind: "regionEvent" }>;

/** An answer, and the rows that it left. */
export type Outcome = { readonly answer: ClientAnswer; readonly rows: Rows };

export type ChangedRun = {
  /** What the request comes to before the event, and after it. */
  readonly before: Outcome;
  readonly after: Outcome;
  readonly observed: Outcome;
  /** The event fell while the plugin ran. */
  readonly landed: boolean;
  /** The first call that was refused; null: none was. */
  readonly refused: StorageCall | null;
  /** The client sent the request again. */
  readonly retried: boolean;
  readonly story: readonly StoryLine[];
};

/** Runs a case; null where there is nothing to compare: no such call, no answer, a death. */
export function runThroughChange(subject: Subject, one: VerifyCase): ChangedRun | null {
  const { contract } = subject;
  const { disturbance } = one;
  if (contract === null || disturbance?.kind !== "regionEvent") return null;
  const outcomes = undisturbed(subject, contract, one, disturbance);
  if (outcomes === null) return null;
  const rows = new Rows(one.rows);
  const host = subject.fresh();
  const attempt = begin(host, one, rows);
  let wrote = false;
  while (attempt.pending !== null && attempt.calls < disturbance.afterCall) {
    wrote ||= isWriteCall(attempt.pending);
    attempt.advance();
  }
  const refused = attempt.pending;
  if (refused === null) return null;
  while (attempt.pending !== null) attempt.fail(refusals[disturbance.event]);
  const told = attempt.told();
  if (died(told.end)) return null;
  const retried = isRetryable(told);
  // The client must not send it again, and would have to.
  if (retried && wrote && contract.kind === "write-once-unsafe") return null;
  const { request, ranges } = one;
  const cuts = cutsOf(disturbance);
  const last = retried
    ? runLayout(host, { rows: pairsOf(rows), ranges, request, cuts })
    : { parts: [{ ranges, end: told.end }], rows };
  const observed = { answer: clientAnswer(contract, last.parts), rows: last.rows };
  if (observed.answer.kind === "died") return null;
  const again = retried ? last.parts : [];
  const story = storyOf(disturbance, told, again, observed.answer);
  return { ...outcomes, observed, landed: true, refused, retried, story };
}

const refusals: Readonly<Record<RegionEvent, ErrorClass>> = {
  transfer: "NotLeader",
  split: "EpochNotMatch",
};

/** Where the key space is cut after the event. */
export const cutsOf = ({ event, key }: RegionChange): readonly string[] =>
  event === "split" ? [key] : [];

/** The request before and after the event; null where it has no answer before it. */
export function undisturbed(
  subject: Subject,
  contract: Contract,
  { rows, ranges, request }: VerifyCase,
  change: RegionChange,
): Pick<ChangedRun, "before" | "after"> | null {
  const over = (cuts: readonly string[]): Outcome => {
    const run = runLayout(subject.fresh(), { rows, ranges, request, cuts });
    return { answer: clientAnswer(contract, run.parts), rows: run.rows };
  };
  const before = over([]);
  if (before.answer.kind !== "merged") return null; // C3's matter, or C8's.
  const cuts = cutsOf(change);
  return { before, after: cuts.length === 0 ? before : over(cuts) };
}

/** Only a region error in its own box makes the client ask again. */
function isRetryable({ end, box }: Told): boolean {
  if (end.kind !== "error" || end.error.kind !== "other") return false;
  return box.regionError(end.error.handle) !== null;
}

const pairsOf = (rows: Rows): readonly KvPair[] =>
  [...rows.map()].map(([key, value]) => ({ key, value }));

/** The event in words. */
export function eventText({ event, key }: RegionChange): string {
  switch (event) {
    case "transfer":
      return "the region gets another leader";
    case "split":
      return `the region is split at ${keyText(key)}`;
    default:
      return unreachable(event);
  }
}

type Parts = ReturnType<typeof runLayout>["parts"];

function storyOf(
  change: RegionChange,
  { trace, end }: Told,
  again: Parts,
  answer: ClientAnswer,
): readonly StoryLine[] {
  const calls = trace.map(({ call, answer: got }, at): StoryLine => {
    const text = `${callText(call)} -> ${answerWords(got)}`;
    const label = `call ${at + 1}`;
    return { label, text: at < change.afterCall ? `epoch 1: ${text}` : `too late: ${text}` };
  });
  const lost = change.event === "split" ? "epoch 2" : "epoch 1, led by another store";
  return [
    ...calls.slice(0, change.afterCall),
    { label: "event", text: `${eventText(change)}: ${lost}` },
    ...calls.slice(change.afterCall),
    { label: "ends in", text: endText(end) },
    ...again.map(({ ranges, end: part }): StoryLine => {
      return { label: "asked again", text: `${rangesText(ranges)} -> ${endText(part)}` };
    }),
    { label: "client", text: answerText(answer) },
  ];
}
