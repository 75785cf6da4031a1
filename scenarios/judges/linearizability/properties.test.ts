/**
 * Laws of the judge over generated histories (testing/small-histories.ts). To add one, state it as
 * a property; seeds are fixed, so that the counts below are facts.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Operation, Scalar } from "../../history-files/operations.ts";
import type { LinearizabilityVerdict } from "./check.ts";
import { checkByName } from "./models.ts";
import { toPart, unlimited } from "./part.ts";
import type { LinearizabilityRefusal } from "./refusal.ts";
import { casRegisterModel } from "./register.ts";
import { RegisterJudge, type RegisterRow, registerOp } from "./register-key.ts";
import { Search } from "./search.ts";
import { isLegalOrder, someOrderExplains } from "./testing/brute-force.ts";
import {
  history,
  type SmallHistory,
  smallHistory,
  smallInitial,
} from "./testing/small-histories.ts";

const judge = ({ model, operations }: SmallHistory): LinearizabilityVerdict =>
  checkByName(operations, { model, initial: smallInitial, budget: unlimited });

/** The history when an operation returned: what returned later was still open. */
function upTo(end: number, operations: readonly Operation[]): readonly Operation[] {
  return operations
    .filter(({ callTime }) => callTime <= end)
    .map((one) => ((one.returnTime ?? end) > end ? { ...one, returnTime: null } : one));
}

/** That the prefix explains all that returned before the culprit, and nothing explains more. */
function checkRefusal({ model, operations }: SmallHistory, refusal: LinearizabilityRefusal): void {
  const { longestPrefix, culprit, picture } = refusal;
  const end = culprit.returnTime!;
  expect(someOrderExplains(upTo(end, operations), model, smallInitial)).toBe(false);
  // Reads that tell nothing go anywhere: the judge leaves them out.
  const telling = operations.filter(
    ({ op, output }) => output?.unknown !== true || (op !== "read" && op !== "get"),
  );
  const present = telling.filter(({ callTime }) => callTime <= end);
  expect(isLegalOrder(longestPrefix, present, { model, initial: smallInitial })).toBe(true);
  const before = telling.filter(({ returnTime }) => returnTime !== null && returnTime < end);
  for (const one of before) expect(longestPrefix).toContain(one);
  expect(longestPrefix).not.toContain(culprit);
  for (const line of picture.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
}

test("5,000 histories: the verdict of trying every order, and refusals that say the truth", () => {
  const counts = { linearizable: 0, refused: 0, longPrefix: 0 };
  const law = (history: SmallHistory): void => {
    const { model, operations } = history;
    const verdict = judge(history);
    const truth = someOrderExplains(operations, model, smallInitial);
    expect(verdict.kind).toBe(truth ? "linearizable" : "refused");
    if (verdict.kind === "linearizable") counts.linearizable++;
    if (verdict.kind !== "refused") return;
    counts.refused++;
    if (verdict.longestPrefix.length >= 2) counts.longPrefix++;
    checkRefusal(history, verdict);
  };
  fc.assert(fc.property(smallHistory(7), law), { numRuns: 5000, seed: 20 });
  process.stdout.write(`linearizability against every order: ${JSON.stringify(counts)}\n`);
  expect(counts.linearizable).toBeGreaterThan(1500);
  expect(counts.refused).toBeGreaterThan(1500);
  expect(counts.longPrefix).toBeGreaterThan(500);
});

test("configurations with equal hashes are told apart", () => {
  const [careless, careful] = [new Search({ hashMask: 0 }), new Search({ hashMask: -1 })];
  const counts = { linearizable: 0, refused: 0, undecided: 0 };
  const limits = { stepsMax: 1e4, memoBytesMax: 1e9, expired: () => false };
  const law = ({ model, operations }: SmallHistory): void => {
    if (model !== "cas-register") return;
    const { problem } = toPart({ key: null, operations, model: casRegisterModel });
    const { kind } = careful.run({ ...problem, demands: null }, limits);
    expect(careless.run({ ...problem, demands: null }, limits).kind).toBe(kind);
    counts[kind]++;
  };
  const long = history({ operationsMax: 80, apart: 3, lies: 0 });
  fc.assert(fc.property(long, law), { numRuns: 1000, seed: 11 });
  const short = history({ operationsMax: 14, apart: 1, lies: 2 });
  fc.assert(fc.property(short, law), { numRuns: 3000, seed: 11 });
  expect(counts.linearizable).toBeGreaterThan(300);
  expect(counts.refused).toBeGreaterThan(300);
});

const changes: Readonly<
  Record<string, (history: SmallHistory, by: number) => readonly Operation[]>
> = {
  "renaming processes": ({ operations }, by) =>
    operations.map((one) => ({ ...one, process: `client ${(Number(one.process) * 7 + by) % 11}` })),
  "shifting and stretching times": ({ operations }, by) =>
    operations.map((one) => ({
      ...one,
      callTime: one.callTime * 3 - by,
      returnTime: one.returnTime === null ? null : one.returnTime * 3 - by,
    })),
  "a read that never returned": ({ model, operations }, by) => {
    const op = model === "kv-append" ? "get" : "read";
    const times = { callTime: by % 20, returnTime: null };
    return [...operations, { process: 99, op, input: null, output: null, ...times }];
  },
  "the order of lines": ({ operations }) => operations.toReversed(),
  "a key": ({ operations }) => operations.map((one) => ({ ...one, key: "k" })),
  "a second key without fault": ({ model, operations }) => {
    const op = model === "kv-append" ? "get" : "read";
    const value = {
      register: smallInitial,
      register0: 0,
      "cas-register": null,
      "kv-append": "",
      set: [],
    };
    const output = { value: value[model] };
    const times = { callTime: 0, returnTime: 1 };
    return [...operations, { process: 0, op, key: "b", input: null, output, ...times }];
  },
};

for (const [name, change] of Object.entries(changes)) {
  test(`the verdict does not change by ${name}`, () => {
    const law = (history: SmallHistory, by: number): void => {
      const changed = { ...history, operations: change(history, by) };
      expect(judge(changed).kind).toBe(judge(history).kind);
    };
    fc.assert(fc.property(smallHistory(10), fc.nat(50), law), { numRuns: 500, seed: 4 });
  });
}

test("the judge for simulations agrees with the one that explains", () => {
  const counts = { linearizable: 0, refused: 0, undecided: 0 };
  const registers = new RegisterJudge({ stepsMax: 1e9 });
  const law = (history: SmallHistory): void => {
    const { model, operations } = history;
    if (model === "kv-append" || model === "set") return;
    for (const one of operations) {
      const row = toRow(one);
      if (row !== null) registers.add(row);
    }
    const initial = { register: smallInitial, register0: 0, "cas-register": nullNumber }[model];
    const kind = registers.judge({ initial });
    expect(kind).toBe(judge(history).kind);
    counts[kind]++;
  };
  fc.assert(fc.property(smallHistory(12), law), { numRuns: 2000, seed: 7 });
  expect(counts.linearizable).toBeGreaterThan(300);
  expect(counts.refused).toBeGreaterThan(300);
});

const nullNumber = 7;
const numberOf = (value: Scalar): number => (value === null ? nullNumber : Number(value));

function toRow({ op, input, output, callTime, returnTime }: Operation): RegisterRow | null {
  const times = { callTime, returnTime: returnTime ?? Number.POSITIVE_INFINITY };
  const silent = output === null || output.unknown === true;
  if (Array.isArray(input)) {
    const [first, second] = [numberOf(input[0]), numberOf(input[1])];
    const known = output?.ok === true ? registerOp.casSucceeded : registerOp.casFailed;
    return { op: silent ? registerOp.casUnknown : known, first, second, ...times };
  }
  if (op === "write") return { op: registerOp.write, first: Number(input), second: 0, ...times };
  if (silent) return null;
  const first = numberOf(output.value as Scalar);
  return { op: registerOp.read, first, second: 0, ...times };
}
