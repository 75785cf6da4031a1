import type { VerifyCase } from "../case.ts";
import type { Check, CheckGate, Complaint, DrawOptions, Seen, Subject } from "../check.ts";
import type { Rival } from "../disturbance.ts";
import { drawCases } from "../draws.ts";
import type { TracedCall } from "../emulator.ts";
import { conflict, namedKeys, touches } from "../footprint.ts";
import {
  type Duo,
  type Interleaved,
  interleave,
  interleavings,
  type Lane,
} from "../interleaving.ts";
import { interleavingStory, outcomeText } from "../interleaving-story.ts";
import { promisingBases, type TracedCase } from "../racing-pairs.ts";
import { runAlone } from "../retry-run.ts";
import { hasDied, isExplained } from "../serial-orders.ts";
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
    if (isExplained(contract, one, { serial, observed })) return null;
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

function* racingCases(subject: Subject, options: DrawOptions): Generator<VerifyCase> {
  const seeds = Math.min(options.seeds, drawnMax);
  const drawn = drawCases(subject, { ...options, seeds }).filter(({ ranges }) => ranges.length > 0);
  const traced = drawn.map((one) => ({ one, trace: runAlone(subject, one).trace }));
  for (const { base, partners } of promisingBases(traced).slice(0, basesMax)) {
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
