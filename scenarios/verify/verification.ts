/**
 * A verification: each check draws its cases, judges them until one fails, makes that one smaller,
 * tells its story and asks the simulated cluster. Clock and turns of the event loop are handed in.
 */
import { assert } from "../../sim/assert.ts";
import { type CaseSize, caseSize, shrinkCase, type VerifyCase } from "./case.ts";
import { CaseSearch, type FoundCase } from "./case-search.ts";
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
  /** From the beginning of the verification to the failing case, milliseconds; null: none. */
  readonly foundMs: number | null;
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

/** A check, from its first case to its report. */
type Pursuit = {
  readonly check: Check;
  readonly seen: Seen;
  /** null: it needs no search, this is its report. */
  readonly search: CaseSearch | null;
  readonly idle: CheckReport | null;
  spentMs: number;
};

/** How long each check looks in the first round; in each later one, twice as long. */
const firstLookMs = 150;

/**
 * Runs checks by turns, ever longer ones: most bugs are near the surface of some check, and a
 * failure is found early whichever check it belongs to.
 */
export async function runChecks(options: VerificationOptions): Promise<readonly CheckReport[]> {
  const { clockMs, stops, progress } = options;
  const startedMs = clockMs();
  const pursuits = options.checks.map((check) => pursuitOf(check, options));
  const open = () => pursuits.filter(({ search }) => search !== null && !search.isComplete);
  const leftMs = () => (options.timeMs ?? Number.POSITIVE_INFINITY) - (clockMs() - startedMs);
  for (let lookMs = firstLookMs; open().length > 0 && leftMs() >= 0 && !stops(); lookMs *= 2) {
    for (const [at, pursuit] of open().entries()) {
      // What is left is shared evenly: a check that needs less leaves more to the others.
      const shareMs = leftMs() / Math.max(1, open().length - at);
      await goOn(pursuit, options, Math.min(lookMs, shareMs));
      const failures = pursuits.filter(({ search }) => (search?.found ?? null) !== null).length;
      progress(pursuits.length - open().length, failures);
    }
  }
  return pursuits.map((pursuit) => reportOf(pursuit, options, startedMs));
}

function pursuitOf(check: Check, options: VerificationOptions): Pursuit {
  const { subject, clockMs, seeds, seed } = options;
  const seen = new Seen(check.exhaustive ? new Matrix() : null);
  if (check.needsContract !== null && subject.contract === null) {
    const reason = `needs a contract: ${check.needsContract}`;
    const idle: CheckReport = { ...blankReport(check), outcome: "skipped", reason };
    return { check, seen, search: null, idle, spentMs: 0 };
  }
  const startedMs = clockMs();
  const excuse = check.excuse?.(subject) ?? null;
  const spentMs = clockMs() - startedMs;
  if (excuse !== null) {
    const idle: CheckReport = { ...blankReport(check), outcome: "n/a", reason: excuse };
    return { check, seen, search: null, idle, spentMs };
  }
  const search = new CaseSearch({ ...options, check, draws: { seeds, seed }, seen });
  return { check, seen, search, idle: null, spentMs };
}

async function goOn(
  pursuit: Pursuit,
  { clockMs }: VerificationOptions,
  budgetMs: number,
): Promise<void> {
  const startedMs = clockMs();
  await pursuit.search?.goOnUntil(startedMs + budgetMs);
  pursuit.spentMs += clockMs() - startedMs;
}

/** What a check that did nothing has to say. */
function blankReport({ id, title, sentence }: Check): Omit<CheckReport, "outcome" | "reason"> {
  return {
    id,
    title,
    sentence,
    cases: 0,
    gates: [],
    finding: null,
    foundMs: null,
    matrix: null,
    notes: [],
    costs: null,
    elapsedMs: 0,
  };
}

function reportOf(pursuit: Pursuit, options: VerificationOptions, startedMs: number): CheckReport {
  const { check, seen, search, idle } = pursuit;
  const { subject, clockMs } = options;
  const toldMs = clockMs();
  const elapsed = () => ({ elapsedMs: pursuit.spentMs + clockMs() - toldMs });
  if (search === null) {
    assert(idle !== null, "a check that does not search says why");
    return { ...idle, ...elapsed() };
  }
  const blank = blankReport(check);
  if (search.isComplete && search.count === 0 && check.emptyMeans !== null) {
    return { ...blank, outcome: "n/a", reason: check.emptyMeans, ...elapsed() };
  }
  const finding = search.found === null ? null : smallestFinding(check, options, search.found);
  const gates = check
    .gates(subject)
    .filter(({ onlyIf }) => onlyIf === undefined || seen.count(onlyIf) > 0)
    .map((gate) => ({ ...gate, count: seen.count(gate.name) }));
  const reason = reasonOf(search, gates);
  return {
    ...blank,
    outcome: finding !== null ? "failed" : reason === "" ? "passed" : "inconclusive",
    reason: finding === null ? reason : "",
    cases: search.count,
    gates,
    finding,
    foundMs: search.foundAtMs === null ? null : search.foundAtMs - startedMs,
    matrix: seen.matrix?.rows() ?? null,
    notes: search.isComplete
      ? seen.notes()
      : [...seen.notes(), "cut short: not every case was tried"],
    // Of half a search the worst is not the worst.
    costs: check.id === "C7" && search.isComplete && finding === null ? seen.costs.figures() : null,
    ...elapsed(),
  };
}

/** Why nothing can be said, or "": a missed gate, or no case at all. */
function reasonOf({ count: cases, isComplete }: CaseSearch, gates: CheckReport["gates"]): string {
  const missed = gates.filter((gate) => gate.count === 0);
  if (missed.length > 0) {
    const words = missed.map(({ sentence }) => `it never happened that ${sentence}`).join("; ");
    return isComplete ? words : `stopped early: ${words}`;
  }
  return cases === 0 ? "no case was tried" : "";
}

function smallestFinding(
  check: Check,
  { subject, clockMs, stops }: VerificationOptions,
  { one, complaint }: FoundCase,
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
