/**
 * C11: what one request answers is explained by one state. A commit of others falls between any two
 * of its reads: each storage call has a snapshot of its own.
 * Source: verify-checks.md 3.1, C11 and fact F5.
 */
import type { KvPair } from "../../../plugins/index.ts";
import type { VerifyCase } from "../case.ts";
import type {
  Check,
  CheckGate,
  Complaint,
  DrawOptions,
  Seen,
  StoryLine,
  Subject,
} from "../check.ts";
import type { Contract } from "../contract.ts";
import type { OtherWrite } from "../disturbance.ts";
import { drawCases } from "../draws.ts";
import { died, type PluginEnd, Rows, type TracedCall } from "../emulator.ts";
import { namedKeys, touches } from "../footprint.ts";
import { answerText, type ClientAnswer, clientAnswer } from "../layout-run.ts";
import { rangesText, rowsText } from "../number-line.ts";
import { begin, runAlone } from "../retry-run.ts";
import { answerOfCallText, callText, isWriteCall, writesText } from "../told-text.ts";

/** Base cases at most, storage calls of one request, and commits for one place between two. */
const basesMax = 30;
const callsMax = 12;
const commitsMax = 24;

const gates: readonly CheckGate[] = [
  { name: "between", sentence: "others committed between two reads of a request" },
  { name: "mattered", sentence: "a commit between two reads changed what the request answers" },
];

/** One state explains the answer. */
export const tornReads: Check = {
  id: "C11",
  title: "torn reads",
  sentence: "an answer is explained by one state, whatever others commit between two reads",
  needsContract: "it says what a request may see, and compares answers",
  emptyMeans: "no drawn request reads twice",
  exhaustive: false,
  shrinks: ["disturbance", "rows", "ranges", "values", "request"],
  relations: ["commit"],
  gates: () => gates,
  excuse: ({ contract }) =>
    contract?.isolation === "read-committed"
      ? 'the contract declares "read-committed": each storage call sees the newest state'
      : null,
  cases: commitCases,
  judge(subject, one, seen) {
    const { contract } = subject;
    if (contract === null || contract.isRequest(one.request) === false) return null; // C9's matter.
    const torn = tornRun(subject, contract, one);
    if (torn === null) return null;
    countGates(torn, seen);
    return complaintOf(contract, torn);
  },
  story: tornStory,
  // No fidelity has a snapshot for the length of a request.
  origin: () => "plugin",
};

type TornRun = {
  readonly before: ClientAnswer;
  readonly after: ClientAnswer;
  readonly observed: ClientAnswer;
  readonly trace: readonly TracedCall[];
  readonly afterCall: number;
  readonly writes: readonly OtherWrite[];
};

/** The request before the commit, after it, and with it in between; null if any of them dies. */
function tornRun(subject: Subject, contract: Contract, one: VerifyCase): TornRun | null {
  const { disturbance, ranges } = one;
  if (disturbance?.kind !== "commit") return null;
  const { afterCall, writes } = disturbance;
  const committed = new Rows(one.rows);
  commit(committed, writes);
  const rows = new Rows(one.rows);
  const run = begin(subject.fresh(), one, rows);
  while (run.pending !== null && run.calls < afterCall) run.advance();
  commit(rows, writes);
  const { end, trace } = run.finish();
  const before = runAlone(subject, one).end;
  const after = begin(subject.fresh(), one, committed).finish().end;
  if ([before, after, end].some(died)) return null; // C8's matter.
  const answer = (one: PluginEnd) => clientAnswer(contract, [{ ranges, end: one }]);
  return {
    before: answer(before),
    after: answer(after),
    observed: answer(end),
    trace,
    afterCall,
    writes,
  };
}

function commit(rows: Rows, writes: readonly OtherWrite[]): void {
  for (const { key, value } of writes) {
    if (value === null) rows.delete(key);
    else rows.put(key, value);
  }
}

function countGates({ trace, afterCall, before, after }: TornRun, seen: Seen): void {
  const reads = (calls: readonly TracedCall[]) => calls.some(({ call }) => !isWriteCall(call));
  if (!reads(trace.slice(0, afterCall)) || !reads(trace.slice(afterCall))) return;
  seen.saw("between");
  if (!same(before, after)) seen.saw("mattered");
}

function same(a: ClientAnswer, b: ClientAnswer): boolean {
  return a.kind === "merged" && b.kind === "merged" ? a.merged.equals(b.merged) : a.kind === b.kind;
}

function complaintOf(contract: Contract, torn: TornRun): Complaint | null {
  const { before, after, observed, trace, afterCall, writes } = torn;
  // An error is no answer: a plugin may notice and refuse.
  if (observed.kind !== "merged" || same(observed, before) || same(observed, after)) return null;
  const old = trace.slice(0, afterCall).findLast(({ call }) => !isWriteCall(call));
  const fresh = trace.slice(afterCall).find(({ call }) => !isWriteCall(call));
  const place = (read: TracedCall | undefined) => (read === undefined ? "" : callText(read.call));
  const commitText = writesText(writes, contract.valueText);
  const pair = `${place(old)} saw the state before the commit of ${commitText}`;
  return {
    hint: "C11-TORN",
    message: `${pair}, ${place(fresh)} the one after: the answer is ${answerText(observed)}`,
    expected: `${answerText(before)} or ${answerText(after)}`,
    observed: answerText(observed),
  };
}

function tornStory(subject: Subject, one: VerifyCase): readonly StoryLine[] {
  const { contract } = subject;
  const torn = contract === null ? null : tornRun(subject, contract, one);
  if (contract === null || torn === null) return [];
  const { trace, afterCall, writes, before, after, observed } = torn;
  const lines = trace.map(({ call, answer }, at): StoryLine => {
    const text = `${callText(call)} -> ${answerOfCallText(answer, contract.valueText)}`;
    return { label: `call ${at + 1}`, text };
  });
  const committed = { label: "others", text: `commit ${writesText(writes, contract.valueText)}` };
  return [
    { label: "rows", text: rowsText(one.rows, contract) },
    { label: "request", text: contract.requestText(one.request) || "no bytes" },
    { label: "ranges", text: rangesText(one.ranges) },
    ...lines.slice(0, afterCall),
    committed,
    ...lines.slice(afterCall),
    { label: "answer", text: answerText(observed) },
    { label: "before it", text: answerText(before) },
    { label: "after it", text: answerText(after) },
  ];
}

function* commitCases(subject: Subject, options: DrawOptions): Generator<VerifyCase> {
  const bases = drawCases(subject, { ...options, seeds: Math.min(options.seeds, basesMax) });
  for (const [number, base] of bases.entries()) {
    if (base.ranges.length === 0) continue; // The client sends nothing.
    const { trace } = runAlone(subject, base);
    // Values that the plugin knows how to read: those of another draw.
    const others = [...bases.slice(number + 1), ...bases.slice(0, number)].flatMap(
      ({ rows }) => rows,
    );
    const calls = trace.slice(0, callsMax);
    for (let afterCall = 1; afterCall < calls.length; afterCall++) {
      for (const writes of commits(base, calls, { afterCall, others })) {
        const disturbance = { kind: "commit", afterCall, writes } as const;
        yield { ...base, relation: "commit", disturbance };
      }
    }
  }
}

type Place = { readonly afterCall: number; readonly others: readonly KvPair[] };

/** Commits that change something read before, and something read after. */
function commits(
  { rows }: VerifyCase,
  calls: readonly TracedCall[],
  { afterCall, others }: Place,
): readonly (readonly OtherWrite[])[] {
  const before = keysRead(calls.slice(0, afterCall), rows);
  const after = keysRead(calls.slice(afterCall), rows);
  const values = new Map(rows.map(({ key, value }) => [key, value]));
  const found: (readonly OtherWrite[])[] = [];
  for (const p of before) {
    for (const q of after) {
      const [first, second] = [others[found.length], others[found.length + 1]];
      if (first === undefined || second === undefined) break;
      if (p === q) {
        found.push([{ key: p, value: first.value }], [{ key: p, value: null }]);
        continue;
      }
      const swapped = [
        { key: p, value: values.get(q) ?? null },
        { key: q, value: values.get(p) ?? null },
      ];
      const drawn = [
        { key: p, value: first.value },
        { key: q, value: second.value },
      ];
      const gone = [
        { key: p, value: null },
        { key: q, value: null },
      ];
      found.push(swapped, drawn, gone);
      if (found.length >= commitsMax) return found;
    }
  }
  return found;
}

/** Keys that reads name, and rows that they find. */
function keysRead(calls: readonly TracedCall[], rows: readonly KvPair[]): readonly string[] {
  const reads = calls.map(({ call }) => call).filter((call) => !isWriteCall(call));
  const named = reads.flatMap(namedKeys);
  const found = rows.map(({ key }) => key).filter((key) => reads.some((one) => touches(one, key)));
  return [...new Set([...found, ...named])].filter((key) => key !== "");
}
