/**
 * `coprsim check`, on histories from standard input. To add a case, add a row: options, history,
 * exit code, and what the screen shows. The judges' own tests hold the verdicts.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runProgram } from "./program.ts";
import { createSurroundings } from "./testing/surroundings.ts";

const folder = mkdtempSync(join(tmpdir(), "coprsim-check-"));
afterAll(() => rmSync(folder, { recursive: true }));

const entries = [{ name: "check", summary: "judge", load: () => import("./check.ts") }];

async function check(line: string, stdin = "") {
  const surroundings = createSurroundings({ stdin });
  const code = await runProgram(entries, ["check", ...line.split(" ")], surroundings);
  return { code, out: surroundings.out(), err: surroundings.err() };
}

const write = { process: 0, op: "write", input: 1, output: {}, call_time: 1, return_time: 2 };
const read = { process: 1, op: "read", input: null, call_time: 3, return_time: 4 };
const lines = (...events: readonly object[]): string =>
  events.map((event) => `${JSON.stringify(event)}\n`).join("");

const fresh = lines(write, { ...read, output: { value: 1 } });
const stale = lines(write, { ...read, output: { value: null } });
const seven = lines({ ...read, output: { value: 7 } });

const jepsen = `
  {:type :invoke, :f :write, :value 1, :process 0, :time 1, :index 0}
  {:type :ok, :f :write, :value 1, :process 0, :time 2, :index 1}
  {:type :invoke, :f :read, :value nil, :process 1, :time 3, :index 2}
  {:type :ok, :f :read, :value VALUE, :process 1, :time 4, :index 3}`;
const log = `
INFO  jepsen.util - 0\t:invoke\t:write\t1
INFO  jepsen.util - 0\t:ok\t:write\t1
INFO  jepsen.util - 1\t:invoke\t:read\tnil
INFO  jepsen.util - 1\t:ok\t:read\tVALUE`;

test.each([
  ["--model cas-register", fresh, 0, /^linearizable {2}<stdin>: 2 operations, cas-register, 1 key/],
  ["--model cas-register", stale, 1, /^not linearizable {2}<stdin>: 2 operations.*\n\nprocess 1: /],
  ["--model register0", fresh, 0, /^linearizable/],
  ["--model register", seven, 1, /^not linearizable/],
  ["--model register --initial 7", seven, 0, /^linearizable/],
  ["--model register --initial seven", seven, 1, /^not linearizable/],
  ["--model cas-register", "", 3, /^undecided/],
  ["--format edn", jepsen.replace("VALUE", "1"), 0, /^linearizable/],
  ["--format edn", jepsen.replace("VALUE", "nil"), 1, /^not linearizable/],
  ["--format log", log.replace("VALUE", "1"), 0, /^linearizable/],
  ["--format log", log.replace("VALUE", "2"), 1, /^not linearizable/],
])("check linearizability - %s", async (options, history, code, screen) => {
  const ran = await check(`linearizability - ${options}`, history);
  expect(ran).toMatchObject({ code, err: "" });
  expect(ran.out).toMatch(screen);
});

const event = (
  index: number,
  type: string,
  process: number,
  value: readonly unknown[],
): object => ({
  index,
  type,
  process,
  value,
});
const first = [["append", "x", 1]];
const appended = [event(0, "invoke", 0, first), event(1, "ok", 0, first)];
const unread = [["r", "x", null]];
const lists = (seen: readonly number[] | null): string =>
  lines(...appended, event(2, "invoke", 1, unread), event(3, "ok", 1, [["r", "x", seen]]));
const transactions = `
  {:type :invoke, :f :txn, :value [[:append :x 1]], :process 0, :index 0}
  {:type :ok, :f :txn, :value [[:append :x 1]], :process 0, :index 1}
  {:type :invoke, :f :txn, :value [[:r :x nil]], :process 1, :index 2}
  {:type :ok, :f :txn, :value [[:r :x VALUE]], :process 1, :index 3}`;

test.each([
  ["--level snapshot", lists([1]), 0, /^valid {2}<stdin>: 2 transactions \(list-append\)/],
  ["--level snapshot-isolation", lists([1]), 0, /may be snapshot,/],
  ["--level serializable", lists(null), 0, /^valid/],
  ["--level strict-serializable", lists(null), 1, /^violated[\s\S]*\n\nruled out: strong-snapshot/],
  ["--level snapshot", lists([2]), 1, /\n\ngarbage-read\n {2}T1/],
  ["--level snapshot", "", 3, /^undecided/],
  ["--level strict-serializable", transactions.replace("VALUE", "[1]"), 0, /^valid/],
  ["--level strict-serializable --format edn", transactions.replace("VALUE", "[]"), 1, /^violated/],
])("check isolation - %s", async (options, history, code, screen) => {
  const ran = await check(`isolation - ${options}`, history);
  expect(ran).toMatchObject({ code, err: "" });
  expect(ran.out).toMatch(screen);
});

const register = (index: number, type: string, f: string, value: number | null): object =>
  event(index, type, 0, [[f, "x", value]]);
// One client writes 1, writes 2 and then reads 1 again.
const backwards = lines(
  register(0, "invoke", "w", 1),
  register(1, "ok", "w", 1),
  register(2, "invoke", "w", 2),
  register(3, "ok", "w", 2),
  register(4, "invoke", "r", null),
  register(5, "ok", "r", 1),
);

test.each([
  ["", 0],
  ["--sequential-keys", 1],
  ["--linearizable-keys", 1],
])("what keys promise changes the verdict: %s", async (options, code) => {
  const words = ["isolation - --level strong-session-serializable --workload rw-register", options];
  expect((await check(words.join(" ").trim(), backwards)).code).toBe(code);
});

test.each([
  ["linearizability -", fresh, /^error: --model is needed \(one of register, /],
  ["linearizability - --model cas", fresh, /^error: option '--model <name>' argument 'cas'/],
  ["linearizability - --modell set", fresh, /unknown option '--modell' \(Did you mean --model\?\)/],
  ["linearizability - --model set", fresh, /^error: <stdin>:1: found op "write", expected one of/],
  ["linearizability - --model set --initial 1", lines(), /^error: --initial 1: a set has its own/],
  ["linearizability - --model set --time 0s", fresh, /^error: option '--time <duration>'/],
  ["linearizability - --model register0", `${fresh}{`, /^error: <stdin>:3: found '\{', expected/],
  ["linearizability - --format edn --model set", jepsen, /^error: <stdin>/],
  ["linearizability none.jsonl --model set", "", /^error: none.jsonl: no such file\n$/],
  ["linearizability", "", /^error: missing required argument 'history'\n$/],
  ["linear -", "", /^error: unknown command 'linear'/],
  ["isolation -", "", /^error: --level is needed/],
  ["isolation - --level snapshotty", "", /^error: --level: no such isolation level: snapshotty\n/],
  [
    "isolation - --lvl snapshot",
    "",
    /^error: unknown option '--lvl' \(Did you mean --level\?\)\n$/,
  ],
  ["isolation - --level snapshot", "[]", /^error: <stdin>:1: found \[\], expected an event/],
  ["isolation - --level snapshot --workload rw-register", lists([1]), /^error: /],
])("check %s is refused", async (line, history, err) => {
  const ran = await check(line, history);
  expect(ran).toMatchObject({ code: 2, out: "" });
  expect(ran.err).toMatch(err);
  expect(Math.max(...ran.err.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(100);
});

test("a refusal of a file ends in the command that shows it again", async () => {
  const file = join(folder, "stale one.edn");
  writeFileSync(file, jepsen.replace("VALUE", "nil"));
  const surroundings = createSurroundings();
  const words = ["check", "linearizability", file, "--model", "register", "--initial", "3"];
  expect(await runProgram(entries, words, surroundings)).toBe(1);
  const last = surroundings.out().trimEnd().split("\n").at(-1);
  expect(last).toBe(`coprsim check linearizability '${file}' --model register --initial 3`);
});

test("JSON and JUnit carry the verdict and its reason", async () => {
  const json = await check("linearizability - --model register0 --json -", stale);
  expect(json.err).toMatch(/^not linearizable/);
  expect(JSON.parse(json.out)).toMatchObject({
    schema: 1,
    command: "check linearizability",
    outcome: "fail",
    exitCode: 1,
    verdict: "refused",
    operations: 2,
    refusal: { key: null, culprit: { op: "read", call_time: 3 }, longestPrefix: [{ op: "write" }] },
  });
  const junit = await check("linearizability - --model register0 --junit -", stale);
  expect(junit.out).toContain('<testsuite name="check linearizability register0" tests="1"');
  expect(junit.out).toContain("<failure message=");

  const isolation = await check("isolation - --level strict-serializable --json -", lists(null));
  expect(JSON.parse(isolation.out)).toMatchObject({
    command: "check isolation",
    verdict: "violation",
    level: "strict-serializable",
    workload: "list-append",
    transactions: 2,
    anomalies: [{ count: 1 }],
    ruledOut: ["strong-snapshot", "strict-serializable"],
  });
  const empty = await check("isolation - --level snapshot --junit -", "");
  expect(empty.out).toContain("<skipped message=");
});
