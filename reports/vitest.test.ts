/**
 * Tests of the matchers of `coprsim/vitest`. To add a case, add a history to a table, or a scenario
 * with what its message must tell. bin/pack.test.ts uses them as a stranger does.
 */
import { expect, test } from "vitest";
import { defineScenario } from "../scenarios/index.ts";
import "./vitest.ts";

const put = (value: number, from: number, to: number) => ({
  process: 0,
  op: "write",
  key: "x",
  input: value,
  output: {},
  call_time: from,
  return_time: to,
});
const get = (value: number, from: number, to: number) => ({
  process: 1,
  op: "read",
  key: "x",
  input: null,
  output: { value },
  call_time: from,
  return_time: to,
});
const fresh = [put(1, 0, 10), put(2, 20, 30), get(2, 40, 50)];
const stale = [put(1, 0, 10), put(2, 20, 30), get(1, 40, 50)];

test("a history is accepted as text and as lines", () => {
  expect(fresh).toBeLinearizable("register");
  expect(fresh.map((line) => JSON.stringify(line)).join("\n")).toBeLinearizable("register");
  expect(stale).not.toBeLinearizable("register");
  expect([get(7, 0, 10)]).toBeLinearizable("register", { initial: 7 });
});

test("a stale read is refused with the operation that cannot be placed", () => {
  const error = failureOf(() => expect(stale).toBeLinearizable("register"));
  expect(error).toMatch(/not linearizable: /);
  expect(error.split("\n").length).toBeGreaterThan(3);
  const other = failureOf(() => expect(fresh).not.toBeLinearizable("register"));
  expect(other).toBe("expected 3 operations not to be linearizable");
});

const transaction = (
  index: number,
  process: number,
  reads: readonly number[],
  append: number,
): readonly unknown[] => [
  {
    index: 2 * index,
    type: "invoke",
    process,
    time: 10 * index,
    value: [
      ["r", "x", null],
      ["append", "x", append],
    ],
  },
  {
    index: 2 * index + 1,
    type: "ok",
    process,
    time: 10 * index + 5,
    value: [
      ["r", "x", reads],
      ["append", "x", append],
    ],
  },
];
const read = (index: number, reads: readonly number[]): readonly unknown[] =>
  ["invoke", "ok"].map((type, at) => ({
    index: 2 * index + at,
    type,
    process: 3,
    time: 10 * index + 5 * at,
    value: [["r", "x", type === "ok" ? reads : null]],
  }));
const serial = [...transaction(0, 0, [], 1), ...transaction(1, 1, [1], 2), ...read(2, [1, 2])];
const lostUpdate = [...transaction(0, 0, [], 1), ...transaction(1, 1, [], 2), ...read(2, [1, 2])];

test("isolation: a lost update is told as sentences, and the options count", () => {
  expect(serial).toSatisfyIsolation("strict-serializable");
  expect(lostUpdate).not.toSatisfyIsolation("snapshot");
  const error = failureOf(() => expect(lostUpdate).toSatisfyIsolation("snapshot"));
  expect(error).toMatch(/^not snapshot\n/);
  expect(error).toMatch(/lost-update|G-single|G-nonadjacent/);
  expect(error).toMatch(/T\d/);
});

test.each([
  ["toBeLinearizable", () => expect(7).toBeLinearizable("register"), /this is no history/],
  ["a model", () => expect([]).toBeLinearizable("regster" as "register"), /no such model: regster/],
  [
    "a level",
    () => expect(serial).toSatisfyIsolation("snapsht" as "snapshot"),
    /no such isolation level: snapsht/,
  ],
  ["a line", () => expect('{"process":0}').toBeLinearizable("register"), /expected/],
])("mistakes are said: %s", (_, run, expected) => {
  expect(failureOf(run)).toMatch(expected);
});

const quiet = defineScenario({
  name: "quiet",
  spec: { breakUs: 1_000_000, healUs: 5_000_000, regions: { min: 1, max: 1 } },
});

test("a scenario that holds passes, and a missed gate does not", async () => {
  await expect(null).toPassScenario(quiet, { seeds: 1 });
  const gates = [{ gate: "crashed", minSeeds: 1 }] as const;
  const strict = defineScenario({ name: "strict", gates, spec: { breakUs: 1_000_000 } });
  await expect(expect(null).toPassScenario(strict, { seeds: 1 })).rejects.toThrow(
    /inconclusive: in strict, 1 seed, it never happened that .* \[crashed\]/,
  );
});

/** What a matcher says when it fails. */
function failureOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "";
}
