/**
 * C13: a leader that is cut off and overtaken gives no stale answers: whoever asks after a change
 * was acknowledged gets an answer that knows it, or an error. In the simulated cluster. Clocks are
 * not skewed: a plugin of any kind sees none. Source: verify-checks.md 3.1, C13.
 */
import { assert } from "../../../sim/assert.ts";
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
import type { Contract, Merged } from "../contract.ts";
import type { Rival } from "../disturbance.ts";
import { drawCases } from "../draws.ts";
import { Rows } from "../emulator.ts";
import { namedKeys, touches } from "../footprint.ts";
import type { HintCode } from "../hints.ts";
import { keyText, rangesText, rowsText } from "../number-line.ts";
import { begin, runAlone } from "../retry-run.ts";
import {
  type Asked,
  cutUs,
  oldLeader,
  type StaleRun,
  staleRelations,
  staleRun,
} from "../stale-leader-run.ts";
import { isWriteCall } from "../told-text.ts";

/** Base cases looked at, and runs in the cluster. */
const basesMax = 20;
const runsMax = 4;

const gates: readonly CheckGate[] = [
  { name: "overtaken", sentence: "another leader was elected while the old one was cut off" },
  {
    name: "asked",
    sentence: "the old leader was asked after a change was acknowledged elsewhere",
    onlyIf: "changes",
  },
  { name: "answered", sentence: "a request was answered after the change" },
];

/** No stale answer from a leader that was overtaken. */
export const staleLeaders: Check = {
  id: "C13",
  title: "stale leaders",
  sentence:
    "whoever asks after a change was acknowledged gets an answer that knows it, or an error",
  needsContract: "it compares answers",
  emptyMeans: "no drawn request reads what another write changes",
  exhaustive: false,
  shrinks: ["rows", "values"],
  relations: staleRelations,
  gates: () => gates,
  cases: staleCases,
  judge(subject, one, seen) {
    const found = judged(subject, one, subject.fidelity);
    if (found === null) return null;
    countGates(one, found.run, seen);
    seen.note("clocks", "clocks are not skewed: plugins of every kind run without one");
    return found.complaint;
  },
  story: staleStory,
  origin: (subject, one) =>
    (judged(subject, one, "contract")?.complaint ?? null) === null ? "host limitation" : "plugin",
};

type Judged = { readonly run: StaleRun; readonly complaint: Complaint | null };

function judged(subject: Subject, one: VerifyCase, fidelity: "tikv" | "contract"): Judged | null {
  const { contract } = subject;
  const { disturbance } = one;
  if (contract === null || disturbance?.kind !== "staleLeader") return null;
  if (contract.isRequest(one.request) === false) return null; // C9's matter.
  const { rival } = disturbance;
  const before = answerAfter(subject, contract, one, { rival, times: 0 });
  const once = answerAfter(subject, contract, one, { rival, times: 1 });
  if (before === null || once === null || before.equals(once)) return null;
  const run = staleRun(subject, one, { rival, fidelity });
  // What was sent several times may have happened as often: C2's matter.
  const times = Array.from({ length: Math.max(0, Math.min(3, run.change.sent) - 1) });
  const more = times.map((_, at) => answerAfter(subject, contract, one, { rival, times: at + 2 }));
  const after = [once, ...more.filter((one) => one !== null)];
  return { run, complaint: complaintOf(one, run, { before, after }) };
}

type Expected = { readonly before: Merged; readonly after: readonly Merged[] };

function complaintOf(
  one: VerifyCase,
  run: StaleRun,
  { before, after }: Expected,
): Complaint | null {
  const { change, leaders } = run;
  const [newest] = after;
  assert(newest !== undefined, "a change has an answer after it");
  for (const asked of run.asked) {
    if (asked.merged === null) continue; // An error is no stale answer.
    const { merged } = asked;
    const knows = after.some((right) => right.equals(merged));
    const mayNot = change.ackUs === null || asked.callUs < change.ackUs;
    const mustNot = asked.returnUs !== null && asked.returnUs < change.callUs;
    if ((knows && !mustNot) || ((mayNot || mustNot) && before.equals(merged))) continue;
    const isLost = one.relation === "acknowledged";
    const leader = leaders.findLast(({ timeUs }) => timeUs < asked.callUs);
    const what = isLost ? "an acknowledged change" : "the change";
    const hint: HintCode = isLost ? "C13-LOST" : "C13-STALE";
    const who = `store ${asked.store}${asked.store === oldLeader && !isLost ? ", cut off," : ""}`;
    const led = `while store ${leader?.store ?? 0} leads in term ${leader?.term ?? 0}`;
    return {
      hint,
      message: `${who} answers ${merged.text} ${led}; with ${what} it is ${newest.text}`,
      expected: `${newest.text}, or an error`,
      observed: merged.text,
    };
  }
  return null;
}

/** The answer on the case's rows after so many of the change; null for an error or a death. */
function answerAfter(
  subject: Subject,
  contract: Contract,
  one: VerifyCase,
  { rival, times }: { readonly rival: Rival; readonly times: number },
): Merged | null {
  const rows = new Rows(one.rows);
  // One node that lives: what it keeps of a change is as good as what it has written.
  const host = subject.fresh();
  for (let done = 0; done < times; done++) {
    if (rival.kind === "put") rows.put(rival.key, rival.value);
    else if (begin(host, rival, rows).finish().end.kind !== "response") return null;
  }
  const { end } = begin(host, one, rows).finish();
  if (end.kind !== "response") return null;
  return contract.merge([{ ranges: one.ranges, data: end.data }]);
}

function countGates(
  { relation }: VerifyCase,
  { asked, change, leaders }: StaleRun,
  seen: Seen,
): void {
  if (leaders.some(({ store, timeUs }) => store !== oldLeader && timeUs > cutUs)) {
    seen.saw("overtaken");
  }
  const { ackUs } = change;
  if (relation === "overtaken") seen.saw("changes");
  const later = asked.filter(({ callUs }) => ackUs !== null && callUs > ackUs);
  if (relation === "overtaken" && later.length > 0) seen.saw("asked");
  if (later.some(({ merged }) => merged !== null)) seen.saw("answered");
}

/** Requests that only read, each with changes that they must see. */
function* staleCases(subject: Subject, options: DrawOptions): Generator<VerifyCase> {
  const { contract } = subject;
  assert(contract !== null, "stale leaders have a contract");
  const bases = drawCases(subject, { ...options, seeds: Math.min(options.seeds, basesMax) });
  const sendable = bases.filter(({ ranges }) => ranges.length > 0);
  let runs = 0;
  for (const base of sendable) {
    if (runs >= runsMax) return;
    const own = runAlone(subject, base).trace.map(({ call }) => call);
    if (own.some(isWriteCall)) continue;
    const before = answerAfter(subject, contract, base, { rival: noChange, times: 0 });
    if (before === null) continue;
    const changes = [...requestsAmong(sendable), ...putsAmong(base, own, sendable)].filter(
      (rival) => {
        const after = answerAfter(subject, contract, base, { rival, times: 1 });
        return after !== null && !after.equals(before);
      },
    );
    // Where the plugin has writes of its own, nobody else need write its rows.
    const rival = changes[0];
    if (rival === undefined) continue;
    runs++;
    const disturbance = { kind: "staleLeader", rival } as const;
    yield { ...base, relation: "overtaken", disturbance };
    if (rival.kind === "request") yield { ...base, relation: "acknowledged", disturbance };
  }
}

const noChange: Rival = { kind: "put", key: "", value: new Uint8Array() };

const requestsAmong = (bases: readonly VerifyCase[]): readonly Rival[] =>
  bases.map(({ ranges, request }) => ({ kind: "request", ranges, request }));

/** Puts of keys that the request reads, with values that other draws have. */
function putsAmong(
  { rows }: VerifyCase,
  calls: Parameters<typeof touches>[0][],
  bases: readonly VerifyCase[],
): readonly Rival[] {
  const found = rows.map(({ key }) => key).filter((key) => calls.some((one) => touches(one, key)));
  const keys = [...new Set([...found, ...calls.flatMap(namedKeys)])].filter((key) => key !== "");
  const values = bases.flatMap((one) => one.rows.map(({ value }) => value)).slice(0, 8);
  return keys.slice(0, 3).flatMap((key) => values.map((value) => ({ kind: "put", key, value })));
}

function staleStory(subject: Subject, one: VerifyCase): readonly StoryLine[] {
  const { contract } = subject;
  const { disturbance } = one;
  if (contract === null || disturbance?.kind !== "staleLeader") return [];
  const { rival } = disturbance;
  const run = staleRun(subject, one, { rival, fidelity: subject.fidelity });
  const { change, leaders, asked } = run;
  const changed =
    rival.kind === "put"
      ? `RawPut ${keyText(rival.key)}=${contract.valueText(rival.value)}`
      : contract.requestText(rival.request);
  const line = (atUs: number, text: string) => ({ atUs, text });
  const events = [
    line(cutUs, `store ${oldLeader} is cut off from its peers; clients reach it`),
    ...leaders.map(({ store, timeUs, term }) => line(timeUs, `store ${store} leads, term ${term}`)),
    line(change.callUs, `a client changes: ${changed}`),
    ...(change.ackUs === null ? [] : [line(change.ackUs, "the change is acknowledged")]),
    ...asked.flatMap((one) => askedLines(one).map(([atUs, text]) => line(atUs, text))),
  ].sort((a, b) => a.atUs - b.atUs);
  return [
    { label: "rows", text: rowsText(one.rows, contract) },
    { label: "request", text: contract.requestText(one.request) || "no bytes" },
    { label: "ranges", text: rangesText(one.ranges) },
    ...events.map(({ atUs, text }) => ({ label: `${(atUs / 1e6).toFixed(3)} s`, text })),
  ];
}

function askedLines({ returnUs, store, merged }: Asked): readonly (readonly [number, string])[] {
  if (returnUs === null) return [];
  const answer = merged === null ? "an error" : merged.text;
  return [[returnUs, `the request is answered by store ${store}: ${answer}`]];
}
