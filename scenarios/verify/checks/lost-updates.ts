/**
 * C12: two requests at the same time do what one after the other does. All interleavings of their
 * storage calls up to three pre-emptions, reduced by the keys that they share; the rival is another
 * request of the plugin, or a plain put. Source: verify-checks.md 3.1, C12.
 */
import { compareBytes } from "../../../sim/bytes.ts";
import type { VerifyCase } from "../case.ts";
import type { Check, CheckGate, Complaint, DrawOptions, Seen, Subject } from "../check.ts";
import type { Contract } from "../contract.ts";
import type { Rival } from "../disturbance.ts";
import { drawCases } from "../draws.ts";
import { died, type Rows, type TracedCall } from "../emulator.ts";
import { conflict, namedKeys, touches } from "../footprint.ts";
import {
  type Duo,
  type Interleaved,
  interleave,
  interleavings,
  type Lane,
} from "../interleaving.ts";
import { interleavingStory, outcomeText } from "../interleaving-story.ts";
import { clientAnswer } from "../layout-run.ts";
import { runAlone } from "../retry-run.ts";
import { isWriteCall } from "../told-text.ts";

const preemptions = 3;
/** Requests to choose from, base cases at most, and pairs of one of them with others. */
const drawnMax = 60;
const basesMax = 12;
const partnersMax = 3;

const gates: readonly CheckGate[] = [
  {
    name: "conflict",
    sentence: "two ran at the same time of which one writes what the other touches",
  },
  {
    name: "preempted",
    sentence: "one of them went on between two storage calls of the other",
    onlyIf: "severalCalls",
  },
];

/** Serializable, or what the contract declares. */
export const lostUpdates: Check = {
  id: "C12",
  title: "lost updates",
  sentence: "two requests at the same time do what one after the other does",
  needsContract: "it says what two requests at the same time may do",
  emptyMeans: "no drawn request writes what another touches",
  exhaustive: false,
  shrinks: ["disturbance", "rows", "ranges", "values", "request"],
  relations: ["requests", "put"],
  gates: () => gates,
  cases: racingCases,
  judge(subject, one, seen) {
    const { contract } = subject;
    const { disturbance } = one;
    if (contract === null || disturbance?.kind !== "interleaving") return null;
    const { rival, order } = disturbance;
    if (contract.isRequest(one.request) === false) return null; // C9's matter.
    seen.note("bound", `interleavings of two, to ${preemptions} pre-emptions; three are not tried`);
    const duo = { one, rival };
    const observed = interleave(subject, duo, order);
    const serial = serialRuns(subject, duo);
    if ([observed, ...serial].some(hasDied)) return null; // C8's matter.
    countGates(observed, seen);
    if (serial.some((ran) => explains(contract, one, ran, observed))) return null;
    if (lastWritersWin(contract, serial, observed)) return null;
    const text = (ran: Interleaved) => outcomeText(contract, duo, ran);
    const [first = "", second = ""] = serial.map(text);
    return complaintOf(rival, { first, second, observed: text(observed) });
  },
  story(subject, one) {
    const { disturbance } = one;
    if (disturbance?.kind !== "interleaving") return [];
    const { rival, order } = disturbance;
    return interleavingStory(subject, { one, rival }, order);
  },
  // No fidelity has a compare-and-swap to offer.
  origin: () => "plugin",
};

/** Of the duo that was judged last: its cases differ in their order only. */
const lastSerial = new WeakMap<Subject, { readonly duo: Duo; readonly runs: Interleaved[] }>();

function serialRuns(subject: Subject, duo: Duo): readonly Interleaved[] {
  const last = lastSerial.get(subject);
  const { one, rival } = duo;
  const isSame = (a: VerifyCase, b: VerifyCase) =>
    a.rows === b.rows && a.ranges === b.ranges && a.request === b.request;
  if (last !== undefined && isSame(last.duo.one, one) && last.duo.rival === rival) return last.runs;
  const runs = (["a", "b"] as const).map((first) => interleave(subject, duo, first));
  lastSerial.set(subject, { duo, runs });
  return runs;
}

const hasDied = ({ ends }: Interleaved): boolean =>
  [ends.a, ends.b].some((end) => end.kind !== "done" && died(end));

type Outcomes = { readonly first: string; readonly second: string; readonly observed: string };

function complaintOf(rival: Rival, { first, second, observed }: Outcomes): Complaint {
  const expected = first === second ? first : `${first}; or ${second}`;
  const who = rival.kind === "put" ? "a request and a plain put" : "two requests";
  const ended = `${who} at the same time end in ${short(observed)}`;
  return {
    hint: rival.kind === "put" ? "C12-PUT" : "C12-LOST",
    message: `${ended}; one after the other, in ${short(expected)}`,
    expected,
    observed,
  };
}

/** The story has it in full. */
const short = (text: string): string => (text.length <= 120 ? text : `${text.slice(0, 117)}...`);

function countGates({ steps }: Interleaved, seen: Seen): void {
  const of = (lane: Lane) => steps.filter((step) => step.lane === lane).map(({ call }) => call);
  const [a, b] = [of("a"), of("b")];
  if (!a.some((own) => b.some((other) => conflict(own, other)))) return;
  seen.saw("conflict");
  // Whose first call alone meets the other's has no place at which leaving it matters.
  const laterMeets = (own: typeof a, theirs: typeof a) =>
    own.slice(1).some((call) => theirs.some((one) => conflict(call, one)));
  if (laterMeets(a, b) || laterMeets(b, a)) seen.saw("severalCalls");
  const changes = steps.filter(({ lane }, at) => at > 0 && lane !== steps[at - 1]?.lane).length;
  if (changes > 1) seen.saw("preempted");
}

/** The serial run has the same rows, and where the contract asks for it the same answers. */
function explains(
  contract: Contract,
  one: VerifyCase,
  serial: Interleaved,
  observed: Interleaved,
): boolean {
  if (!serial.rows.equals(observed.rows)) return false;
  if (contract.concurrency !== "serializable") return true;
  return (["a", "b"] as const).every((lane) => {
    const [left, right] = [serial.ends[lane], observed.ends[lane]];
    if (left.kind === "done" || right.kind === "done") return true;
    // Who only reads, and promises no snapshot, may see half of the other: C11's matter.
    const writes = observed.steps.some((step) => step.lane === lane && isWriteCall(step.call));
    if (!writes && contract.isolation === "read-committed") return true;
    const { ranges } = one;
    const [was, is] = [left, right].map((end) => clientAnswer(contract, [{ ranges, end }]));
    if (was?.kind !== "merged" || is?.kind !== "merged") return was?.kind === is?.kind;
    return was.merged.equals(is.merged);
  });
}

/** Each key for itself ends as in one of the serial runs. */
function lastWritersWin(
  { concurrency }: Contract,
  serial: readonly Interleaved[],
  observed: Interleaved,
): boolean {
  if (concurrency !== "last-writer-wins") return false;
  const keys = [observed, ...serial].flatMap(({ rows }) => [...rows.map().keys()]);
  return [...new Set(keys)].every((key) =>
    serial.some(({ rows }) => sameValue(rows, observed.rows, key)),
  );
}

function sameValue(a: Rows, b: Rows, key: string): boolean {
  const [left, right] = [a.get("default", key), b.get("default", key)];
  if (left === undefined || right === undefined) return left === right;
  return compareBytes(left, right) === 0;
}

function* racingCases(subject: Subject, options: DrawOptions): Generator<VerifyCase> {
  const seeds = Math.min(options.seeds, drawnMax);
  const drawn = drawCases(subject, { ...options, seeds }).filter(({ ranges }) => ranges.length > 0);
  const traced = drawn.map((one) => ({ one, trace: runAlone(subject, one).trace }));
  for (const { base, partners } of promisingBases(traced)) {
    for (const rival of rivalsOf(subject, base, partners)) {
      const duo = { one: base.one, rival };
      const orders = interleavings((order) => interleave(subject, duo, order), preemptions);
      const relation = rival.kind === "put" ? "put" : "requests";
      for (const order of orders) {
        yield { ...base.one, relation, disturbance: { kind: "interleaving", rival, order } };
      }
    }
  }
}

type TracedCase = { readonly one: VerifyCase; readonly trace: readonly TracedCall[] };
type Promising = { readonly base: TracedCase; readonly partners: readonly VerifyCase[] };

/**
 * Bases with the partners that promise most first, those of each degree of promise in turn: a race
 * needs two requests that meet, and of those drawn most do not.
 */
function promisingBases(drawn: readonly TracedCase[]): readonly Promising[] {
  const byPromise: Promising[][] = [[], [], [], []];
  drawn.forEach((base, at) => {
    // Itself last: the same again meets it surely, but often undoes nothing.
    const others = [...drawn.slice(at + 1), ...drawn.slice(0, at + 1)];
    const rated = others.map((other) => ({ other, rate: promise(base.trace, other.trace) }));
    const partners = rated.toSorted((a, b) => b.rate - a.rate).map(({ other }) => other.one);
    const best = Math.max(...rated.map(({ rate }) => rate));
    byPromise[best]?.push({ base, partners });
  });
  const [none = [], some = [], good = [], best = []] = byPromise;
  const inTurn = drawn.flatMap((_, at) =>
    [best, good, some, none].flatMap((each) => each[at] ?? []),
  );
  return inTurn.slice(0, basesMax);
}

/** 3: what one reads and writes back, the other writes; 2: both write a key; 1: they conflict. */
function promise(own: readonly TracedCall[], theirs: readonly TracedCall[]): number {
  const [calls = [], others = []] = [own, theirs].map((trace) => trace.map(({ call }) => call));
  const [writes, otherWrites] = [calls.filter(isWriteCall), others.filter(isWriteCall)];
  const both = [...writes, ...otherWrites]
    .flatMap(namedKeys)
    .filter((key) => [writes, otherWrites].every((all) => all.some((one) => touches(one, key))));
  const reads = calls.filter((call) => !isWriteCall(call));
  if (both.some((key) => reads.some((read) => touches(read, key)))) return 3;
  if (both.length > 0) return 2;
  return calls.some((call) => others.some((other) => conflict(call, other))) ? 1 : 0;
}

/** Requests that conflict with the base's own, its own among them; and puts of what it touches. */
function rivalsOf(
  subject: Subject,
  { one: base, trace: own }: TracedCase,
  partners: readonly VerifyCase[],
): readonly Rival[] {
  const rivals: Rival[] = [];
  // The same request id twice is a retry: C2's matter.
  const withId = subject.contract?.kind === "write-with-request-id";
  const others = withId ? partners.filter((partner) => partner !== base) : partners;
  for (const { ranges, request } of others) {
    const theirs = runAlone(subject, { ...base, ranges, request }).trace;
    if (!own.some(({ call }) => theirs.some((one) => conflict(call, one.call)))) continue;
    rivals.push({ kind: "request", ranges, request });
    if (rivals.length === partnersMax) break;
  }
  return [...rivals, ...putsAgainst(own, partners)];
}

/** Keys that puts of others are aimed at. */
const keysMax = 2;

/** A request that only reads meets the writes of others in C11. */
function putsAgainst(
  own: readonly TracedCall[],
  partners: readonly VerifyCase[],
): readonly Rival[] {
  const writes = own.map(({ call }) => call).filter(isWriteCall);
  const reads = own.map(({ call }) => call).filter((call) => !isWriteCall(call));
  const written = [...new Set(writes.flatMap(namedKeys))].filter((key) => key !== "");
  const values = partners.flatMap(({ rows }) => rows.map(({ value }) => value));
  // What is read and written back is where a put gets lost.
  const readToo = (key: string) => reads.some((one) => touches(one, key));
  const keys = [...written.filter(readToo), ...written.filter((key) => !readToo(key))];
  return keys.slice(0, keysMax).flatMap((key, at): readonly Rival[] => {
    const value = values.at(-1 - at);
    return value === undefined ? [] : [{ kind: "put", key, value }];
  });
}
