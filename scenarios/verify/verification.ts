/**
 * A verification: each check draws its cases, judges them until one fails, makes that one smaller,
 * tells its story and asks the simulated cluster. Clock and turns of the event loop are handed in.
 */
import { type CaseSize, caseSize, shrinkCase, type VerifyCase } from "./case.ts";
import {
  type Check,
  type Complaint,
  type Origin,
  Seen,
  type StoryLine,
  type Subject,
} from "./check.ts";
import type { Confirmation } from "./cluster-run.ts";
import { confirmFinding } from "./confirmation.ts";
import type { CostFigure } from "./cost/figures.ts";
import type { CheckId } from "./levels.ts";
import { Matrix, type MatrixRow } from "./matrix.ts";

/** A property that does not hold of the plugin, in its smallest case. */
export type Finding = {
  readonly check: CheckId;
  readonly complaint: Complaint;
  readonly smallest: VerifyCase;
  readonly original: CaseSize;
  readonly shrunk: CaseSize;
  readonly story: readonly StoryLine[];
  /** What the simulated cluster says; null where it has nothing to say. */
  readonly confirmation: Confirmation | null;
  /** Whose fault it is; null where nobody can tell. */
  readonly origin: Origin | null;
};

/** What came of one check. */
export type CheckReport = {
  readonly id: CheckId;
  readonly title: string;
  readonly sentence: string;
  /** `skipped`: it did not run, so no level can rest on it. */
  /** `n/a` counts as run: there is nothing that could fail. */
  readonly outcome: "passed" | "failed" | "inconclusive" | "skipped" | "n/a";
  /** Why it is neither passed nor failed, or "". */
  readonly reason: string;
  readonly cases: number;
  readonly gates: readonly {
    readonly name: string;
    readonly sentence: string;
    readonly count: number;
  }[];
  readonly finding: Finding | null;
  /** C6 only: the matrix of calls and error classes. */
  readonly matrix: readonly MatrixRow[] | null;
  /** Figures that are worth telling whatever the outcome. */
  readonly notes: readonly string[];
  /** C7 only: what requests cost at worst; null also where it failed or was cut short. */
  readonly costs: readonly CostFigure[] | null;
  readonly elapsedMs: number;
};

export type VerificationOptions = {
  readonly subject: Subject;
  readonly checks: readonly Check[];
  /** Base cases of each check. */
  readonly seeds: number;
  /** Where chance begins. */
  readonly seed: number;
  /** Milliseconds for all checks together, or null. */
  readonly timeMs: number | null;
  /** Milliseconds since some moment. */
  readonly clockMs: () => number;
  /** Gives the event loop a turn. */
  readonly turn: () => Promise<void>;
  /** The user wants an end. */
  readonly stops: () => boolean;
  readonly progress: (done: number, failures: number) => void;
};

/** Time for the smallest case of one finding. */
const shrinkMs = 10_000;

/** Runs checks one after another. */
export async function runChecks(options: VerificationOptions): Promise<readonly CheckReport[]> {
  const reports: CheckReport[] = [];
  const startedMs = options.clockMs();
  for (const [at, check] of options.checks.entries()) {
    // What is left is shared evenly: a check that needs less leaves more to the others.
    const leftMs = (options.timeMs ?? Number.POSITIVE_INFINITY) - (options.clockMs() - startedMs);
    const share = leftMs / (options.checks.length - at);
    reports.push(await runCheck(check, options, share));
    const failures = reports.filter(({ outcome }) => outcome === "failed").length;
    options.progress(reports.length, failures);
  }
  return reports;
}

type Searched = {
  readonly cases: number;
  readonly complete: boolean;
  readonly found: { readonly one: VerifyCase; readonly complaint: Complaint } | null;
};

async function runCheck(
  check: Check,
  options: VerificationOptions,
  budgetMs: number,
): Promise<CheckReport> {
  const { subject, clockMs } = options;
  const startedMs = clockMs();
  const { id, title, sentence } = check;
  const blank = {
    id,
    title,
    sentence,
    cases: 0,
    gates: [],
    finding: null,
    matrix: null,
    notes: [],
    costs: null,
  };
  if (check.needsContract !== null && subject.contract === null) {
    const reason = `needs a contract: ${check.needsContract}`;
    return { ...blank, outcome: "skipped", reason, elapsedMs: 0 };
  }
  const excuse = check.excuse?.(subject) ?? null;
  if (excuse !== null) {
    return { ...blank, outcome: "n/a", reason: excuse, elapsedMs: clockMs() - startedMs };
  }
  const seen = new Seen(check.exhaustive ? new Matrix() : null);
  const searched = await search(check, options, { seen, endMs: startedMs + budgetMs });
  if (searched.complete && searched.cases === 0 && check.emptyMeans !== null) {
    return { ...blank, outcome: "n/a", reason: check.emptyMeans, elapsedMs: clockMs() - startedMs };
  }
  const finding = searched.found === null ? null : smallestFinding(check, options, searched.found);
  const gates = check
    .gates(subject)
    .filter(({ onlyIf }) => onlyIf === undefined || seen.count(onlyIf) > 0)
    .map((gate) => ({ ...gate, count: seen.count(gate.name) }));
  const reason = reasonOf(searched, gates);
  return {
    ...blank,
    outcome: finding !== null ? "failed" : reason === "" ? "passed" : "inconclusive",
    reason: finding === null ? reason : "",
    cases: searched.cases,
    gates,
    finding,
    matrix: seen.matrix?.rows() ?? null,
    notes: seen.notes(),
    // Of half a search the worst is not the worst.
    costs: id === "C7" && searched.complete && finding === null ? seen.costs.figures() : null,
    elapsedMs: clockMs() - startedMs,
  };
}

async function search(
  check: Check,
  { subject, seeds, seed, clockMs, turn, stops }: VerificationOptions,
  { seen, endMs }: { readonly seen: Seen; readonly endMs: number },
): Promise<Searched> {
  let found: Searched["found"] = null;
  let cases = 0;
  let turnedMs = clockMs();
  for (const one of check.cases(subject, { seeds, seed })) {
    const nowMs = clockMs();
    if (nowMs - turnedMs > 50) {
      await turn();
      turnedMs = nowMs;
    }
    if (stops() || nowMs > endMs) return { cases, complete: false, found };
    const complaint = check.judge(subject, one, seen);
    subject.release();
    cases++;
    if (complaint === null || found !== null) continue;
    found = { one, complaint };
    if (!check.exhaustive) break;
  }
  return { cases, complete: true, found };
}

/** Why nothing can be said, or "": a missed gate, or no case at all. */
function reasonOf({ cases, complete }: Searched, gates: CheckReport["gates"]): string {
  const missed = gates.filter(({ count }) => count === 0);
  if (missed.length > 0) {
    const words = missed.map(({ sentence }) => `it never happened that ${sentence}`).join("; ");
    return complete ? words : `stopped early: ${words}`;
  }
  return cases === 0 ? "no case was tried" : "";
}

function smallestFinding(
  check: Check,
  { subject, clockMs, stops }: VerificationOptions,
  { one, complaint }: NonNullable<Searched["found"]>,
): Finding {
  const silent = () => new Seen(null);
  const startedMs = clockMs();
  const smallest = shrinkCase({
    found: one,
    // Another hint would be another bug: the story must stay the one that was found.
    stillFails: (smaller) => {
      const hint = check.judge(subject, smaller, silent())?.hint;
      subject.release();
      return hint === complaint.hint;
    },
    parts: check.shrinks.filter((part) => part !== "request" || mayShrinkRequest(subject, one)),
    expired: () => stops() || clockMs() - startedMs > shrinkMs,
  });
  return {
    check: check.id,
    complaint: check.judge(subject, smallest, silent()) ?? complaint,
    smallest,
    original: caseSize(one),
    shrunk: caseSize(smallest),
    story: check.story(subject, smallest),
    confirmation: confirmFinding(subject, { check: check.id, smallest, complaint }),
    origin: check.origin?.(subject, smallest) ?? null,
  };
}

/** Bytes of which nobody can say whether they are a request are left as they were drawn. */
function mayShrinkRequest({ contract }: Subject, { request }: VerifyCase): boolean {
  return contract === null || contract.isRequest(request) !== null;
}
