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
import { type Interleaved, interleave, interleavings, type Lane } from "../interleaving.ts";
import { interleavingStory, outcomeText } from "../interleaving-story.ts";
import { clientAnswer } from "../layout-run.ts";
import { runAlone } from "../retry-run.ts";
import { isWriteCall } from "../told-text.ts";

const preemptions = 3;
/** Base cases at most, and pairs of one of them with others. */
const basesMax = 10;
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
    const serial = (["a", "b"] as const).map((first) => interleave(subject, duo, first));
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
  if (a.length > 1 || b.length > 1) seen.saw("severalCalls");
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
  const bases = drawCases(subject, { ...options, seeds: Math.min(options.seeds, basesMax) });
  const sendable = bases.filter(({ ranges }) => ranges.length > 0);
  for (const [at, base] of sendable.entries()) {
    for (const rival of rivalsOf(subject, base, [
      ...sendable.slice(at),
      ...sendable.slice(0, at),
    ])) {
      const duo = { one: base, rival };
      const orders = interleavings((order) => interleave(subject, duo, order), preemptions);
      const relation = rival.kind === "put" ? "put" : "requests";
      for (const order of orders) {
        yield { ...base, relation, disturbance: { kind: "interleaving", rival, order } };
      }
    }
  }
}

/** Requests that conflict with the base's own, its own among them; and puts of what it touches. */
function rivalsOf(
  subject: Subject,
  base: VerifyCase,
  partners: readonly VerifyCase[],
): readonly Rival[] {
  const own = runAlone(subject, base).trace;
  const rivals: Rival[] = [];
  // The same request id twice is a retry: C2's matter.
  const others = subject.contract?.kind === "write-with-request-id" ? partners.slice(1) : partners;
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
