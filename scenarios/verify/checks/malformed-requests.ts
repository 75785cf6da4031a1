/**
 * C9: bytes that are no request are refused in the answer's own bytes: no panic, no write, no
 * runaway. Source: verify-checks.md 3.1, C9.
 */
import { fixedLayout } from "../../../nodes/index.ts";
import { assert } from "../../../sim/assert.ts";
import { compareBytes, concatBytes, digestBytes, emptyBytes } from "../../../sim/bytes.ts";
import type { VerifyCase } from "../case.ts";
import type { Check, CheckGate, Complaint, DrawOptions, StoryLine, Subject } from "../check.ts";
import { drawCases } from "../draws.ts";
import { Rows, type Told } from "../emulator.ts";
import type { HintCode } from "../hints.ts";
import { callText, endText, isWriteCall } from "../told-text.ts";
import { endlessTraps, pluginStory } from "./panic-safety.ts";

/** What was done to a well-formed request. */
const malformations = [
  "wellFormed",
  "empty",
  "truncated",
  "extended",
  "bitFlip",
  "byte",
  "length", // four bytes, or two, become as large as can be
  "repeated",
  "nested",
  "foreign",
] as const;
type Malformation = (typeof malformations)[number];

/** Base cases at most: each gives a hundred requests and more. */
const basesMax = 12;

/** No panic, no write, no runaway; a refusal in the answer's bytes. */
export const malformedRequests: Check = {
  id: "C9",
  title: "malformed requests",
  sentence: "bytes that are no request are refused, and nothing else happens",
  needsContract: null,
  emptyMeans: null,
  exhaustive: false,
  shrinks: ["rows", "ranges", "values", "request"],
  relations: malformations,
  gates: gatesOf,
  cases: malformedCases,
  judge(subject, one, seen) {
    const told = run(subject, one);
    const isRequest = subject.contract?.isRequest(one.request) ?? null;
    const { end } = told;
    if (isRequest !== true) {
      seen.saw("malformed");
      const refusal = end.kind === "response" && subject.contract?.answerKind(end.data);
      if (refusal === "refusal") seen.saw("refused");
      else if (told.trace.length === 0) seen.saw("untouched");
    }
    const found = problemOf(subject, one, told);
    if (found === null) return null;
    const expected = isRequest === true ? "an answer" : "a refusal in the answer's bytes";
    return { ...found, expected, observed: endText(end) };
  },
  story(subject, one): readonly StoryLine[] {
    return pluginStory(subject, one, run(subject, one));
  },
};

function gatesOf({ contract }: Subject): readonly CheckGate[] {
  const malformed = { name: "malformed", sentence: "a malformed request was sent" };
  return contract?.knowsRefusals === true
    ? [malformed, { name: "refused", sentence: "a malformed request was refused" }]
    : [malformed, { name: "untouched", sentence: "a malformed request left storage alone" }];
}

type Problem = Pick<Complaint, "hint" | "message">;

const problem = (hint: HintCode, message: string): Problem => ({ hint, message });

function problemOf(subject: Subject, one: VerifyCase, told: Told): Problem | null {
  const { end } = told;
  const size = `${one.request.length} bytes`;
  switch (end.kind) {
    case "panic":
      return problem("C9-PANIC", `a request of ${size} stops the node: ${endText(end)}`);
    case "trap": {
      const endless = endlessTraps.includes(end.reason) || end.reason === "memory";
      const text = `a request of ${size} is ${endText(end)}`;
      return endless || end.reason === "responseBytes"
        ? problem("C9-LIMIT", text)
        : problem("C9-PANIC", `a request of ${size} stops the node: ${endText(end)}`);
    }
    case "error":
    case "response":
      return contractProblem(subject, one, told) ?? stabilityProblem(subject, one, told);
    default:
      return null;
  }
}

/** What only a contract can tell: which bytes are no request, what is a refusal. */
function contractProblem(
  { contract }: Subject,
  { request, relation }: VerifyCase,
  { end, trace }: Told,
): Problem | null {
  if (contract === null) return null;
  const isRequest = contract.isRequest(request);
  const again = contract.roundTrip(request);
  if (relation === "wellFormed" && isRequest !== null) {
    const same = again !== null && compareBytes(again, request) === 0;
    if (!same) return problem("C9-CODEC", "decoding and encoding a request gives other bytes");
  }
  const write = trace.find(({ call }) => isWriteCall(call));
  if (write !== undefined && (isRequest === false || contract.kind === "read")) {
    return problem("C9-WROTE", `bytes that are no request made it ${callText(write.call)}`);
  }
  if (end.kind === "error" && isRequest === false && trace.length === 0) {
    return problem("C9-CHANNEL", `a malformed request ends in ${endText(end)}`);
  }
  if (end.kind !== "response") return null;
  const kind = contract.answerKind(end.data);
  if (kind === "undecodable") {
    return problem("C9-UNDECODABLE", `the answer does not decode: ${endText(end)}`);
  }
  const accepted = kind === "answer" && contract.knowsRefusals && isRequest === false;
  return accepted ? problem("C9-ACCEPTED", "bytes that are no request got an answer") : null;
}

function stabilityProblem(subject: Subject, one: VerifyCase, { end }: Told): Problem | null {
  if (one.relation === "wellFormed") return null; // C1's matter.
  const { end: again } = run(subject, one);
  if (endText(again) === endText(end)) return null;
  return problem("C9-UNSTABLE", `the same bytes end in ${endText(end)}, then ${endText(again)}`);
}

const wholeSpace = fixedLayout([1], [])[0];

function run(subject: Subject, { rows, ranges, request }: VerifyCase): Told {
  assert(wholeSpace !== undefined, "a layout without cuts has one region");
  const call = { request: { ranges, data: request }, region: wholeSpace, fault: null };
  return subject.fresh().call({ ...call, rows: new Rows(rows) });
}

/** Each malformation once for all base cases, shortest first; equal bytes are sent once. */
function* malformedCases(subject: Subject, options: DrawOptions): Generator<VerifyCase> {
  const seeds = Math.min(options.seeds, basesMax);
  const sent = new Set<string>();
  for (const base of drawCases(subject, { ...options, seeds })) {
    for (const [relation, request] of malformed(base.request)) {
      const name = Buffer.from(request).toString("latin1");
      if (relation !== "wellFormed" && sent.has(name)) continue;
      sent.add(name);
      yield { ...base, request, relation };
    }
  }
}

function* malformed(request: Uint8Array): Generator<readonly [Malformation, Uint8Array]> {
  yield ["wellFormed", request];
  yield ["empty", emptyBytes];
  for (let size = 0; size < request.length; size++) yield ["truncated", request.slice(0, size)];
  for (const size of [1, 16, 5_000]) {
    yield ["extended", concatBytes([request, new Uint8Array(size)])];
    yield ["extended", concatBytes([request, new Uint8Array(size).fill(0xff)])];
  }
  for (let bit = 0; bit < request.length * 8; bit++) {
    yield ["bitFlip", changed(request, bit >> 3, [(request[bit >> 3] ?? 0) ^ (1 << (bit & 7))])];
  }
  for (let at = 0; at < request.length; at++) {
    for (const byte of [0, 0x7f, 0x80, 0xff]) yield ["byte", changed(request, at, [byte])];
    yield ["length", changed(request, at, [0xff, 0xff])];
    yield ["length", changed(request, at, [0xff, 0xff, 0xff, 0xff])];
    yield ["length", changed(request, at, [0xff, 0xff, 0xff, 0x7f])];
  }
  yield ["repeated", concatBytes([request, request])];
  for (const byte of [0x5b, 0x7b, 0x0a, 0x28]) yield ["nested", new Uint8Array(3_000).fill(byte)];
  for (const size of [1, 8, 9, 40]) yield ["foreign", noise(size, digestBytes(request))];
}

/** A copy with other bytes from `at` on, as far as it reaches. */
function changed(request: Uint8Array, at: number, bytes: readonly number[]): Uint8Array {
  const copy = Uint8Array.from(request);
  for (const [index, byte] of bytes.entries())
    if (at + index < copy.length) copy[at + index] = byte;
  return copy;
}

/** Bytes of another plugin's request: nothing that means anything here. */
function noise(size: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let state = seed;
  for (let at = 0; at < size; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}
