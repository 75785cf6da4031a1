/**
 * C4: a region that changes between two storage calls of a request never makes a short answer. A
 * leader transfer and splits, inside the request's ranges and beside them, between every pair of
 * storage calls: in the emulator for every drawn request, in the simulated cluster for a few.
 * Source: verify-checks.md 3.1, C4 and fact F5.
 */
import type { KeyRange } from "../../../plugins/index.ts";
import type { VerifyCase } from "../case.ts";
import type { Check, CheckGate, DrawOptions, Seen, Subject } from "../check.ts";
import { drawCases } from "../draws.ts";
import { answerText } from "../layout-run.ts";
import { rangesText, rowsText } from "../number-line.ts";
import { runThroughChangeInCluster } from "../region-change-cluster.ts";
import {
  type ChangedRun,
  eventText,
  type RegionChange,
  runThroughChange,
} from "../region-change-run.ts";
import { wrongness } from "../region-change-verdict.ts";
import { runAlone } from "../retry-run.ts";

const relations = ["emulator", "cluster"] as const;

/** Base cases at most, storage calls of one request, and splits for each. */
const most = { bases: 30, calls: 8, splits: 3, clusterBases: 2, clusterCalls: 3 } as const;

const gates: readonly CheckGate[] = [
  { name: "midRequest", sentence: "a region changed between two storage calls of a request" },
  { name: "parted", sentence: "a split parted the keys of a request", onlyIf: "severalKeys" },
  { name: "retried", sentence: "the client asked again and was answered" },
  { name: "cluster", sentence: "a region of the simulated cluster changed while the plugin ran" },
];

/** The answer of before or after, whatever a region does meanwhile. */
export const regionChanges: Check = {
  id: "C4",
  title: "region changes",
  sentence: "a region that changes under a request never makes a short or a wrong answer",
  needsContract: "it says which answers are the same",
  emptyMeans: "no drawn request called storage",
  exhaustive: false,
  shrinks: ["disturbance", "rows", "ranges", "values", "request"],
  relations,
  gates: () => gates,
  cases: changeCases,
  judge(subject, one, seen) {
    const { contract } = subject;
    const { disturbance } = one;
    if (contract === null || disturbance?.kind !== "regionEvent") return null;
    if (contract.isRequest(one.request) === false) return null; // C9's matter.
    seen.note("later", "leader transfers and splits are tried; merges and moves come later");
    const run = runOf(subject, one);
    if (run === null) return null;
    countGates(one, disturbance, run, seen);
    // The contract lets this call fail and the plugin answer without it.
    if (run.refused !== null && contract.mayFail(run.refused)) return null;
    const wrong = wrongness(run);
    if (wrong === null) return null;
    const place = `${eventText(disturbance)} after ${callsText(disturbance.afterCall)}`;
    return {
      hint: wrong.hint,
      message: `${place}: ${wrong.what}`,
      expected: answerText(run.before.answer),
      observed: answerText(run.observed.answer),
    };
  },
  story(subject, one) {
    const run = runOf(subject, one);
    return [
      { label: "rows", text: rowsText(one.rows, subject.contract) },
      { label: "request", text: subject.contract?.requestText(one.request) ?? "" },
      { label: "ranges", text: rangesText(one.ranges) },
      ...(run?.story ?? []),
      { label: "expected", text: run === null ? "" : answerText(run.before.answer) },
    ];
  },
};

function runOf(subject: Subject, one: VerifyCase): ChangedRun | null {
  return one.relation === "cluster"
    ? runThroughChangeInCluster(subject, one)
    : runThroughChange(subject, one);
}

const callsText = (count: number): string =>
  count === 0
    ? "the plugin began"
    : count === 1
      ? "its first storage call"
      : `${count} storage calls`;

function countGates(one: VerifyCase, change: RegionChange, run: ChangedRun, seen: Seen): void {
  if (!run.landed) return;
  if (keysOf(one).length > 1) seen.saw("severalKeys");
  if (one.relation === "cluster") seen.saw("cluster");
  else seen.saw("midRequest");
  if (change.event === "split" && parts(one, change.key)) seen.saw("parted");
  if (run.retried && run.observed.answer.kind === "merged") seen.saw("retried");
}

const inside = ({ start, end }: KeyRange, key: string): boolean =>
  key >= start && (end === "" || key < end);

const keysOf = ({ rows, ranges }: VerifyCase): readonly string[] =>
  rows.map(({ key }) => key).filter((key) => ranges.some((range) => inside(range, key)));

/** True if the request has rows on both sides of a key. */
function parts(one: VerifyCase, key: string): boolean {
  const keys = keysOf(one);
  return keys.some((other) => other < key) && keys.some((other) => other >= key);
}

function* changeCases(subject: Subject, options: DrawOptions): Generator<VerifyCase> {
  const drawn = drawCases(subject, { ...options, seeds: Math.min(options.seeds, most.bases) });
  const bases = drawn
    .filter(({ ranges }) => ranges.length > 0)
    .map((base) => ({ base, calls: runAlone(subject, base).trace.length }))
    .filter(({ calls }) => calls > 0);
  for (const { base, calls } of bases) {
    const changes = changesOf(base);
    for (let afterCall = 0; afterCall < Math.min(calls, most.calls); afterCall++) {
      for (const change of changes) {
        yield { ...base, relation: "emulator", disturbance: { ...change, afterCall } };
      }
    }
  }
  // Those with the most rows and calls show the most.
  const telling = bases.toSorted((a, b) => weight(b) - weight(a)).slice(0, most.clusterBases);
  for (const { base, calls } of telling) {
    const [transfer, split] = changesOf(base);
    for (let afterCall = 0; afterCall < Math.min(calls, most.clusterCalls); afterCall++) {
      for (const change of [transfer, split]) {
        if (change === undefined) continue;
        yield { ...base, relation: "cluster", disturbance: { ...change, afterCall } };
      }
    }
  }
}

const weight = ({ base, calls }: { readonly base: VerifyCase; readonly calls: number }): number =>
  Math.min(calls, most.clusterCalls) * 100 + Math.min(99, keysOf(base).length);

/** A transfer, splits between keys of the request, and one beside: a new epoch, no new part. */
function changesOf(base: VerifyCase): readonly RegionChange[] {
  const change = { kind: "regionEvent", afterCall: 0 } as const;
  const split = (key: string): RegionChange => ({ ...change, event: "split", key });
  const keys = [...new Set(keysOf(base))].slice(1);
  const step = Math.max(1, Math.floor(keys.length / most.splits));
  const between = keys.filter((_, at) => at % step === 0).slice(0, most.splits);
  const beside = ["\xff\xff\xff", "\0"].find((key) => !base.ranges.some((one) => inside(one, key)));
  return [
    { ...change, event: "transfer", key: "" },
    ...between.map(split),
    split(beside ?? "\xff\xff\xff"),
  ];
}
