/**
 * C19: requests of the plugin leave Raft and plain reads alone. A store has five gRPC threads, and
 * they carry Raft's messages, too: paired runs in the simulated cluster, same seed, with requests
 * and without. The batch-commands stream is not modelled. Source: verify-checks.md 3.1, C19, F1.
 */
import type { VerifyCase } from "../case.ts";
import type { Check, CheckGate, Complaint, DrawOptions, StoryLine, Subject } from "../check.ts";
import { drawCases } from "../draws.ts";
import { Rows } from "../emulator.ts";
import {
  harmOf,
  type LoadCost,
  loadsOf,
  msText,
  type PairedLoad,
  pairedLoad,
  percentile,
} from "../load-run.ts";
import { rangesText, rowsText } from "../number-line.ts";
import { begin } from "../retry-run.ts";

/** The heaviest case among so many is tried. */
const basesMax = 20;
/** Requests at a time that are measured beyond what the contract promises. */
const measured: readonly number[] = [5, 6, 8, 12];

const gates: readonly CheckGate[] = [
  { name: "answered", sentence: "requests were answered while others read and wrote" },
  { name: "rounds", sentence: "others' writes were replicated at the same time" },
];

/** No election, no round of Raft held up, plain gets as quick as before. */
export const fairness: Check = {
  id: "C19",
  title: "fairness",
  sentence: "requests of the plugin leave Raft and other clients alone",
  needsContract: "it sends requests that do the plugin's work",
  emptyMeans: "no request is ever sent",
  exhaustive: false,
  shrinks: ["disturbance", "rows"],
  relations: ["promised", "measured"],
  gates: () => gates,
  cases: loadCases,
  judge(subject, one, seen) {
    const { disturbance } = one;
    if (disturbance?.kind !== "load") return null;
    seen.note("stream", "the batch-commands stream, which shares a thread, is not modelled");
    if (one.relation === "measured") {
      seen.note("safe", safeText(subject, one, disturbance.concurrent));
      return null;
    }
    const { concurrent } = disturbance;
    const paired = pairedLoad(subject, one, { concurrent, fidelity: subject.fidelity });
    if (paired.answered > 0) seen.saw("answered");
    if (paired.without.raft.rounds > 0) seen.saw("rounds");
    return complaintOf(concurrent, paired);
  },
  story: loadStory,
  origin(subject, one) {
    const { disturbance } = one;
    if (disturbance?.kind !== "load") return "plugin";
    const { concurrent } = disturbance;
    const contract = pairedLoad(subject, one, { concurrent, fidelity: "contract" });
    return harmOf(contract) === null ? "host limitation" : "plugin";
  },
};

function complaintOf(concurrent: number, paired: PairedLoad): Complaint | null {
  const harm = harmOf(paired);
  if (harm === null) return null;
  return {
    hint: harm.kind === "raft" ? "C19-RAFT" : "C19-READS",
    message: `${requestsText(concurrent)} at a time: ${harm.text}`,
    expected: costText(paired.without),
    observed: costText(paired.withCalls),
  };
}

const requestsText = (count: number): string => (count === 1 ? "1 request" : `${count} requests`);

function costText(cost: LoadCost): string {
  const { elections, slowestRoundUs } = cost.raft;
  const shares = [0.5, 0.99, 1].map((share) => msText(percentile(cost, share)));
  const gets = `gets p50 ${shares[0]}, p99 ${shares[1]}, max ${shares[2]}`;
  return `${elections} elections, slowest round of Raft ${msText(slowestRoundUs)}; ${gets}`;
}

/** The highest number of requests at a time that does no harm, from what is promised on. */
function safeText(subject: Subject, one: VerifyCase, promised: number): string {
  let safe = promised;
  const load = loadsOf(subject, one, subject.fidelity);
  for (const concurrent of measured.filter((count) => count > promised)) {
    const harm = harmOf(load(concurrent));
    if (harm !== null) {
      return `${requestsText(safe)} at a time are safe; with ${concurrent}, ${harm.text}`;
    }
    safe = concurrent;
  }
  return `${requestsText(safe)} at a time are safe; more were not tried`;
}

/** The requests that take the most, as many at a time as the contract promises. */
function* loadCases(subject: Subject, options: DrawOptions): Generator<VerifyCase> {
  const concurrent = subject.contract?.budgets.concurrent ?? 4;
  const bases = drawCases(subject, { ...options, seeds: Math.min(options.seeds, basesMax) })
    .filter(({ ranges }) => ranges.length > 0)
    .map((base) => ({ base, weight: weightOf(subject, base) }))
    .sort((a, b) => b.weight - a.weight);
  const [heaviest] = bases;
  if (heaviest === undefined) return;
  for (const relation of ["promised", "measured"]) {
    yield { ...heaviest.base, relation, disturbance: { kind: "load", concurrent } };
  }
}

/** A storage call costs a thread far more than what the plugin computes. */
const callWeight = 1_000_000;

function weightOf(subject: Subject, one: VerifyCase): number {
  const run = begin(subject.fresh(), one, new Rows(one.rows));
  run.finish();
  return run.calls * callWeight + run.fuelUsed();
}

/** Upper bounds of the histogram's rows, microseconds. */
const bounds = [
  2_000,
  5_000,
  10_000,
  50_000,
  200_000,
  1_000_000,
  Number.POSITIVE_INFINITY,
] as const;

function loadStory(subject: Subject, one: VerifyCase): readonly StoryLine[] {
  const { contract } = subject;
  const { disturbance } = one;
  if (contract === null || disturbance?.kind !== "load") return [];
  const { concurrent } = disturbance;
  const paired = pairedLoad(subject, one, { concurrent, fidelity: subject.fidelity });
  const { without, withCalls, everyUs, answered } = paired;
  const count = ({ getsUs }: LoadCost, from: number, to: number) =>
    getsUs.filter((us) => us >= from && us < to).length;
  const histogram = bounds.map((to, at): StoryLine => {
    const from = bounds[at - 1] ?? 0;
    const label = to === Number.POSITIVE_INFINITY ? ">= 1 s" : `< ${to / 1_000} ms`;
    const [left, right] = [without, withCalls].map((cost) => String(count(cost, from, to)));
    return { label, text: `${(left ?? "").padStart(7)}  ${(right ?? "").padStart(7)}` };
  });
  const wave = `${requestsText(concurrent)} every ${msText(everyUs)}, ${answered} answered`;
  return [
    { label: "rows", text: rowsText(one.rows, contract) },
    { label: "request", text: contract.requestText(one.request) || "no bytes" },
    { label: "ranges", text: rangesText(one.ranges) },
    { label: "load", text: `${wave}; beside them a get every 10 ms and a put every 50 ms` },
    { label: "without", text: costText(without) },
    { label: "with", text: costText(withCalls) },
    { label: "gets", text: `${"without".padStart(7)}  ${"with".padStart(7)}` },
    ...histogram,
  ];
}
