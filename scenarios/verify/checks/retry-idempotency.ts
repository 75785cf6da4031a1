/**
 * C2: a request that is sent again after an unknown end has the effect and the answer of one that
 * ran once. Every cut: after each number of writes, the next one not applied, applied, or applied
 * and told as an error; and old copies that arrive, or go on, after their retry succeeded.
 * Source: verify-checks.md 3.1, C2 and fact F4.
 */
import type { VerifyCase } from "../case.ts";
import type { Check, CheckGate, Complaint, DrawOptions, Seen, Subject } from "../check.ts";
import { type CutMode, cutModes, type Disturbance } from "../disturbance.ts";
import { drawCases } from "../draws.ts";
import { died, Rows } from "../emulator.ts";
import type { HintCode } from "../hints.ts";
import { clientAnswer } from "../layout-run.ts";
import { type RetryRuns, retryRuns, runAlone } from "../retry-run.ts";
import { sendingsInCluster } from "../retry-sendings.ts";
import { retryStory } from "../retry-story.ts";
import { stateDifference } from "../rows-diff.ts";
import { callText, endText, isWriteCall } from "../told-text.ts";

const relations = ["retry", "duplicate", "client"] as const;

/** Base cases at most: each gives three cases a write and one a call. */
const basesMax = 30;
/** Cuts and calls of one request that are tried. */
const cutsMax = 16;

/** Sent again, the same effect and the same answer. */
export const retryIdempotency: Check = {
  id: "C2",
  title: "retry idempotency",
  sentence: "a request that is sent again has the effect and the answer of one that ran once",
  needsContract: "it says what a request may do",
  emptyMeans: null,
  exhaustive: false,
  shrinks: ["disturbance", "rows", "ranges", "values", "request"],
  relations,
  gates: gatesOf,
  cases: cutCases,
  judge(subject, one, seen) {
    const { contract } = subject;
    if (contract === null || contract.isRequest(one.request) === false) return null; // C9's matter.
    seen.note("split", "a split between an attempt and its retry: see C4");
    const once = runAlone(subject, one);
    if (once.end.kind !== "response") return null; // C8's matter, or no effect to repeat.
    const written = once.trace.find(({ call }) => isWriteCall(call));
    if (contract.kind === "read" && written !== undefined) {
      const message = `the contract says "read", but the request makes ${callText(written.call)}`;
      return { hint: "C2-WRITES", message, expected: "no write", observed: callText(written.call) };
    }
    if (one.relation === "client") {
      return written === undefined ? null : sentOnceComplaint(subject, one, seen);
    }
    const runs = retryRuns(subject, one);
    if (runs === null) return null;
    countGates(one, runs, seen);
    return complaintOf(subject, one, runs);
  },
  story(subject, one) {
    return one.relation === "client"
      ? sendingsInCluster(subject, one).story
      : retryStory(subject, one, (cut) => verdictOf(subject, cut));
  },
  // No fidelity promises that a request is sent once.
  origin: () => "plugin",
};

function gatesOf({ contract }: Subject): readonly CheckGate[] {
  const resent = { name: "resent", sentence: "a request was cut off and sent again" };
  switch (contract?.kind ?? "read") {
    case "read":
      return [resent];
    case "write-once-unsafe":
      return [{ name: "client", sentence: "the client lost the answer of a request that wrote" }];
    default:
      return [
        resent,
        { name: "applied", sentence: "a request was sent again after a write of it was applied" },
        { name: "appliedThenError", sentence: "an applied write was told as an error" },
        { name: "late", sentence: "an old copy arrived after its retry succeeded" },
      ];
  }
}

function countGates({ disturbance }: VerifyCase, { applied }: RetryRuns, seen: Seen): void {
  if (disturbance?.kind === "duplicate") seen.saw("late");
  if (disturbance?.kind !== "cut") return;
  seen.saw("resent");
  if (applied > 0) seen.saw("applied");
  if (applied > 0 && disturbance.mode === "appliedThenError") seen.saw("appliedThenError");
}

function* cutCases(subject: Subject, options: DrawOptions): Generator<VerifyCase> {
  const { contract } = subject;
  const bases = drawCases(subject, { ...options, seeds: Math.min(options.seeds, basesMax) });
  const kind = contract?.kind ?? "read";
  for (const base of bases) {
    if (base.ranges.length === 0) continue; // The client sends nothing.
    const { trace } = runAlone(subject, base);
    const writes = trace.filter(({ call }) => isWriteCall(call)).length;
    if (kind === "write-once-unsafe") {
      if (writes > 0) yield { ...base, relation: "client" };
      continue;
    }
    for (let cut = 0; cut <= Math.min(writes, cutsMax); cut++) {
      for (const mode of cutModes) {
        yield { ...base, relation: "retry", disturbance: { kind: "cut", writes: cut, mode } };
      }
    }
    if (kind === "read") continue;
    for (let calls = 0; calls < Math.min(trace.length, cutsMax); calls++) {
      yield { ...base, relation: "duplicate", disturbance: { kind: "duplicate", calls } };
    }
  }
}

/** How a cut ended: "ok", or what was wrong with it. */
function verdictOf(subject: Subject, one: VerifyCase): string {
  const runs = retryRuns(subject, one);
  if (runs === null) return "-";
  const complaint = complaintOf(subject, one, runs);
  if (complaint === null) return "ok";
  return complaint.hint === "C2-EFFECT" ? "other state" : "other answer";
}

function complaintOf(subject: Subject, one: VerifyCase, runs: RetryRuns): Complaint | null {
  const { contract } = subject;
  const { once, onceRows, again, againRows } = runs;
  if (contract === null || died(again.end)) return null; // C8's matter.
  const place = placeText(one.disturbance, runs);
  const say = (hint: HintCode, message: string): Complaint => {
    return { hint, message, expected: endText(once.end), observed: endText(again.end) };
  };
  if (!againRows.equals(onceRows)) {
    const states = { before: new Rows(one.rows), expected: onceRows, observed: againRows };
    return say("C2-EFFECT", `${place}: ${stateDifference(states, contract)}`);
  }
  // The late answer of an old copy goes nowhere, unless a request id promises that it is the same.
  const { ranges, disturbance } = one;
  if (disturbance?.kind === "duplicate" && contract.kind !== "write-with-request-id") return null;
  const [first, second] = [once, again].map(({ end }) => clientAnswer(contract, [{ ranges, end }]));
  if (first?.kind !== "merged") return null; // C3's matter.
  if (second?.kind === "merged" && second.merged.equals(first.merged)) return null;
  const answered = second?.kind === "merged" ? second.merged.text : endText(again.end);
  return say("C2-ANSWER", `${place}: the answer is ${answered} instead of ${first.merged.text}`);
}

const modeWords: Readonly<Record<CutMode, string>> = {
  notApplied: "is not applied",
  applied: "is applied and its answer is lost",
  appliedThenError: "is applied and told as an error",
};

const endWords: Readonly<Record<CutMode, string>> = {
  notApplied: "because the store died behind its last write",
  applied: "because its answer is lost",
  appliedThenError: "because its answer is lost",
};

function placeText(disturbance: Disturbance | null, runs: RetryRuns): string {
  switch (disturbance?.kind) {
    case "cut": {
      const { writes, mode } = disturbance;
      if (writes >= runs.writes) return `sent again ${endWords[mode]}`;
      return `sent again after write ${writes + 1} ${modeWords[mode]}`;
    }
    case "duplicate":
      return disturbance.calls === 0
        ? "an old copy arrives after its retry succeeded"
        : `an old copy goes on after ${disturbance.calls} storage calls and its retry`;
    default:
      return "sent again";
  }
}

/** A request that must run once: what the client makes of a lost answer in the cluster. */
function sentOnceComplaint(subject: Subject, one: VerifyCase, seen: Seen): Complaint | null {
  const sendings = sendingsInCluster(subject, one);
  if (sendings.lost) seen.saw("client");
  if (sendings.runs < 2) return null;
  const ran = `the client sent the request again and the plugin ran ${sendings.runs} times`;
  return {
    hint: "C2-RETRIED",
    message: `the contract says "write-once-unsafe", but ${ran}`,
    expected: "one run",
    observed: `${sendings.runs} runs`,
  };
}
