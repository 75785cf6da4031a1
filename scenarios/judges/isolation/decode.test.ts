/**
 * Reading history files: accepted and refused texts, and 10,000 mutated ones. To add a refusal, put
 * the broken lines with the line of the mistake and a part of the message into REFUSED.
 */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { UserError } from "../../../sim/errors.ts";
import { checkIsolation, generateHistory, LEVELS, readIsolationHistory } from "./index.ts";

const invoke = '{"index":0,"type":"invoke","process":0,"time":0,"value":[["append","x",1]]}';
const ok = '{"index":1,"type":"ok","process":0,"time":1,"value":[["append","x",1]]}';

const REFUSED: readonly (readonly [text: string, line: number, message: string])[] = [
  ["7", 1, "found 7, expected an event {index, type, process, time, value}"],
  ["[]", 1, "expected an event"],
  ["null", 1, "expected an event"],
  ["{", 1, "expected JSON"],
  [invoke.replace('"index":0', '"index":"0"'), 1, 'found "0", expected index: a whole number'],
  [invoke.replace('"index":0', '"index":-1'), 1, "expected index"],
  [invoke.replace('"index":0,', ""), 1, "found nothing, expected index"],
  [`${invoke}\n\n${ok.replace('"index":1', '"index":0')}`, 3, "more than that of the event before"],
  [invoke.replace("invoke", "begin"), 1, 'found "begin", expected type: invoke, ok, fail or info'],
  [invoke.replace('"process":0', '"process":null'), 1, "expected process"],
  [invoke.replace('"process":0', '"process":1.5'), 1, "expected process"],
  [invoke.replace('"time":0', '"time":"noon"'), 1, "expected time: a number"],
  [invoke.replace('[["append","x",1]]', "null"), 1, "found null, expected value: a list"],
  [`${invoke}\n${ok.replace('[["append","x",1]]', "null")}`, 2, "expected value: a list"],
  [invoke.replace('["append","x",1]', '["append","x"]'), 1, "expected an operation"],
  [invoke.replace('["append","x",1]', '{"f":"append"}'), 1, "expected an operation"],
  [invoke.replace("append", "cas"), 1, "append, w or r as the first part"],
  [invoke.replace('"x"', "null"), 1, "a string or a number as the key"],
  [invoke.replace('"x",1', '"x",null'), 1, "as what is written"],
  [invoke.replace('"x",1', '"x",[1]'), 1, "as what is written"],
  [invoke.replace('["append","x",1]', '["r","x",{}]'), 1, "as what was read"],
  [invoke.replace('["append","x",1]', '["r","x",[[1]]]'), 1, "as what was read"],
  [`${invoke}\n${ok.replace('["append"', '["w"')}`, 2, "an operation of list-append"],
  [`${invoke}\n${ok.replace('["append","x",1]', '["r","x",1]')}`, 2, "an operation of list-append"],
  [ok, 1, "found ok of process 0 without an invocation"],
  [`${invoke}\n${invoke.replace('"index":0', '"index":1')}`, 2, "is open"],
  ["{:index 0 :type :invoke :process 0 :f :txn :value [[:append :x]]}", 1, "an operation"],
  ["{:index 0 :type :invoke :process 0 :f :txn :value 7}", 1, "found 7, expected value"],
];

test("broken files name file, line, what was found and what was expected", () => {
  for (const [text, line, message] of REFUSED) {
    const error = refusal(text);
    expect(error?.code, text).toBe("bad-history");
    expect(error?.where, text).toBe(`h.jsonl:${line}`);
    expect(error?.message, text).toContain(message);
  }
});

test("what may be left out may be left out", () => {
  const open = '{"index":0,"type":"invoke","process":"a","value":[["w",1,true],["r",1,null]]}';
  const events = readIsolationHistory(`${open}\n{"index":9,"type":"info","process":"a"}\n`, "-");
  expect(events).toEqual([
    {
      index: 0,
      type: "invoke",
      process: "a",
      time: null,
      value: [
        ["w", 1, true],
        ["r", 1, null],
      ],
    },
    { index: 9, type: "info", process: "a", time: null, value: null },
  ]);
  expect(checkIsolation(events, { level: "serializable" }).kind).toBe("inconclusive");
});

test("the examples of FORMAT.md are what they say", () => {
  const format = readFileSync(new URL("./FORMAT.md", import.meta.url), "utf8");
  const block = (language: string): string =>
    format.split(`\`\`\`${language}\n`)[1]?.split("```")[0] ?? "";
  const lost = readIsolationHistory(block("jsonl"), "FORMAT.md");
  expect(checkIsolation(lost, { level: "snapshot" })).toMatchObject({
    kind: "violation",
    anomalies: [{ name: "lost-update" }, { name: "G-single-item" }],
  });
  expect(checkIsolation(lost, { level: "read-atomic" }).kind).toBe("valid");
  const edn = readIsolationHistory(block("edn"), "FORMAT.md");
  expect(edn.map(({ value }) => value)).toEqual([
    [
      ["append", "x", 1],
      ["r", "y", null],
    ],
    [
      ["append", "x", 1],
      ["r", "y", [1, 2]],
    ],
  ]);
  for (const level of LEVELS) expect(format).toContain(`\`${level}\``);
});

test("a Jepsen history in a vector, with a nemesis and a comment", () => {
  const edn = `; from a real run
    [{:type :invoke :f :txn :value [[:w 3 1] [:r 4 nil]] :process 0 :time 10 :index 0}
     {:type :info :f :start :value nil :process :nemesis :time 11 :index 1}
     {:type :invoke :f :txn :value [[:r 3 nil] [:w 4 1]] :process 1 :time 12 :index 2}
     {:type :ok :f :txn :value [[:w 3 1] [:r 4 nil]] :process 0 :time 13 :index 3}
     {:type :ok :f :txn :value [[:r 3 nil] [:w 4 1]] :process 1 :time 14 :index 4}]`;
  const events = readIsolationHistory(edn, "history.edn");
  expect(events).toHaveLength(4);
  const verdict = checkIsolation(events, { level: "serializable" });
  expect(verdict).toMatchObject({ kind: "violation", anomalies: [{ name: "G2-item" }] });
});

test("10,000 mutated histories never crash the reader or the judge", () => {
  const texts = (["list-append", "rw-register"] as const).map((workload) =>
    generateHistory({ workload, transactions: 12, draw: dice(7), liveKeys: 3, clients: 3 })
      .map((event) => JSON.stringify(event))
      .join("\n"),
  );
  const counts = { judged: 0, refused: 0 };
  const piece = fc.constantFrom(
    ...'0123456789[]{},:"\n nulltrue',
    '"append"',
    '"w"',
    '"r"',
    "null",
    "[1,2]",
    '"ok"',
    '"fail"',
    '"info"',
    '"invoke"',
    "\u0000",
    "1e999",
    "-0",
  );
  const change = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    drop: fc.nat(6),
    put: fc.array(piece, { maxLength: 2 }),
  });
  const options = {
    level: fc.constantFrom(...LEVELS),
    wfrKeys: fc.boolean(),
    sequentialKeys: fc.boolean(),
    linearizableKeys: fc.boolean(),
  };
  const changes = fc.array(change, { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(fc.constantFrom(...texts), changes, fc.record(options), (text, all, asked) => {
      let broken = text;
      for (const { at, drop, put } of all) {
        const place = Math.floor(at * broken.length);
        broken = broken.slice(0, place) + put.join("") + broken.slice(place + drop);
      }
      judgeOrRefuse(broken, asked, counts);
    }),
    { numRuns: 6000, seed: 11 },
  );
  // Values swapped inside well-formed lines get past the reader and reach the judge.
  fc.assert(
    fc.property(
      fc.constantFrom(...texts),
      fc.array(fc.nat(), { maxLength: 6 }),
      fc.record(options),
      (text, picks, asked) => {
        const tokens = text.split(/(\d+|"ok"|"fail"|"info"|"k\d")/);
        for (const pick of picks) {
          const [a, b] = [
            2 * (pick % (tokens.length >> 1)) + 1,
            2 * ((pick * 31) % (tokens.length >> 1)) + 1,
          ];
          [tokens[a], tokens[b]] = [tokens[b]!, tokens[a]!];
        }
        judgeOrRefuse(tokens.join(""), asked, counts);
      },
    ),
    { numRuns: 4000, seed: 12 },
  );
  process.stdout.write(
    `isolation mutations: 10000 histories, ${counts.judged} judged, ${counts.refused} refused\n`,
  );
  expect(counts.judged + counts.refused).toBe(10_000);
  expect(counts.judged).toBeGreaterThan(300);
  expect(counts.refused).toBeGreaterThan(1000);
});

function judgeOrRefuse(
  text: string,
  options: Parameters<typeof checkIsolation>[1],
  counts: { judged: number; refused: number },
): void {
  try {
    const verdict = checkIsolation(readIsolationHistory(text, "h.jsonl"), options);
    counts.judged++;
    expect(["valid", "violation", "inconclusive"]).toContain(verdict.kind);
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== "bad-history") throw error;
    expect(error.where).toMatch(/^h\.jsonl(:\d+)?$/);
    counts.refused++;
  }
}

function refusal(text: string): UserError | null {
  try {
    readIsolationHistory(text, "h.jsonl");
    return null;
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

function dice(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
