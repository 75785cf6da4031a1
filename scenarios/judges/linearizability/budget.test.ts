/** What a budget stops, and what it must not hide. To add a case, write a test. */
import { expect, test } from "vitest";
import type { Operation } from "../../history-files/operations.ts";
import { checkLinearizability } from "./check.ts";
import { type Budget, unlimited } from "./part.ts";
import { register0Model } from "./register.ts";

/**
 * A refused history without a short cut: `count` overlapping writes of 1..count, then a read of 0,
 * and after it a write of 0 that never returned and might bring the 0 back, but comes too late.
 * Every value is read in the end and written once more, so that none can be told to be lost.
 */
function hard(count: number): readonly Operation[] {
  const write = { op: "write", output: {}, callTime: 0, returnTime: 10, key: "hard" } as const;
  const read = { process: 99, op: "read", input: null, key: "hard" } as const;
  const writes = Array.from({ length: count }, (_, at) => ({
    ...write,
    process: at,
    input: at + 1,
  }));
  const late = { output: null, callTime: 50, returnTime: null };
  const again = [0, ...writes.map(({ input }) => input)].map((input) => {
    return { ...write, process: 200 + input, input, ...late };
  });
  const reads = writes.map(({ input }) => {
    const last = { callTime: 60, returnTime: 1000, output: { value: input } };
    return { ...read, process: 100 + input, ...last };
  });
  const stale = { ...read, output: { value: 0 }, callTime: 20, returnTime: 30 };
  return [...writes, stale, ...again, ...reads];
}

const stale: readonly Operation[] = [
  { process: 0, op: "write", key: "easy", input: 1, output: {}, callTime: 0, returnTime: 1 },
  {
    process: 0,
    op: "read",
    key: "easy",
    input: null,
    output: { value: 0 },
    callTime: 2,
    returnTime: 3,
  },
];

const check = (operations: readonly Operation[], budget: Partial<Budget>) =>
  checkLinearizability(operations, register0Model, { budget: { ...unlimited, ...budget } });

test("without a limit the hard history is refused", () => {
  expect(check(hard(12), {})).toMatchObject({ kind: "refused", key: "hard" });
});

test("time, steps and memory each end as undecided, with the limit's name and the key", () => {
  let looks = 0;
  const late = (): boolean => ++looks > 3;
  const reason = (limit: string): unknown => ({
    kind: "undecided",
    reason: `${limit} limit reached on key "hard" with 56 operations`,
  });
  expect(check(hard(18), { expired: late })).toEqual(reason("time"));
  expect(looks).toBe(4);
  expect(check(hard(18), { stepsMax: 100_000 })).toEqual(reason("step"));
  expect(check(hard(18), { memoryBytesMax: 2 ** 20 })).toEqual(reason("memory"));
});

test("a hard key does not hide the mistake of an easy one", () => {
  const verdict = check([...hard(22), ...stale], { stepsMax: 2 ** 17 });
  expect(verdict).toMatchObject({ kind: "refused", key: "easy" });
});

test("a history without operations is undecided", () => {
  expect(check([], {})).toEqual({ kind: "undecided", reason: "the history has no operation" });
});

test("pending operations alone are linearizable", () => {
  const pending = {
    process: 0,
    op: "write",
    input: 1,
    output: null,
    callTime: 0,
    returnTime: null,
  };
  expect(check([pending], {})).toEqual({ kind: "linearizable", operations: 1, keys: 1 });
});
