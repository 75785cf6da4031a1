/**
 * Jepsen and Porcupine recordings turned into operations. Each case is a recording and the lines
 * that `writeOperations` makes of it, with the times as `call..return`. To add one, add a row to a
 * table.
 */
import { expect, test } from "vitest";
import { UserError } from "../../sim/errors.ts";
import { operationsFromEdn, operationsFromLog } from "./jepsen.ts";
import { writeOperations } from "./linearizability.ts";
import { modelOf, type PairingOptions } from "./registers.ts";

const edn: PairingOptions = { source: "history.edn", failedCas: "nothing" };
const event = (type: string, rest: string): string => `{:type :${type}, ${rest}}`;

const registers = [
  event("invoke", ":f :write, :value 3, :process 0"),
  event("info", ":f :start, :value nil, :process :nemesis"),
  event("invoke", ":f :read, :value nil, :process 1"),
  event("ok", ":f :write, :value 3, :process 0"),
  event("fail", ":f :read, :value nil, :process 1, :error :timeout"),
  event("invoke", ":f :cas, :value [3 4], :process 0"),
  event("invoke", ":f :cas, :value [3 5], :process 1"),
  event("fail", ":f :cas, :value [3 5], :process 1"),
  event("info", ":f :cas, :value [3 4], :process 0, :error :timeout"),
  event("invoke", ":f :read, :value nil, :process 2"),
].join("\n");

test("a register test: failures, an unknown outcome, a read that was never answered", () => {
  const operations = operationsFromEdn(registers, edn);
  expect(modelOf(operations)).toBe("cas-register");
  expect(lines(operations)).toEqual([
    '{"process":0,"op":"write","input":3,"output":{}} 1..3',
    '{"process":1,"op":"read","input":null,"output":{"unknown":true}} 2..4',
    '{"process":0,"op":"cas","input":[3,4],"output":null} 5..null',
    '{"process":2,"op":"read","input":null,"output":null} 9..null',
  ]);
});

test("a cas that failed is a comparison where the test's client means that", () => {
  const operations = operationsFromEdn(registers, { ...edn, failedCas: "mismatch" });
  expect(lines(operations)[3]).toBe(
    '{"process":1,"op":"cas","input":[3,5],"output":{"ok":false}} 6..7',
  );
});

test("independent keys are taken out of the values", () => {
  const text = [
    event("invoke", ":f :cas, :value [7 [0 1]], :process 0"),
    event("invoke", ':f :read, :value ["x" nil], :process 1'),
    event("ok", ":f :cas, :value [7 [0 1]], :process 0"),
    event("ok", ':f :read, :value ["x" 2], :process 1'),
    event("invoke", ":f :write, :value [7 9], :process 0"),
    event("info", ":f :write, :value :timed-out, :process 0"),
  ].join("\n");
  expect(lines(operationsFromEdn(text, edn))).toEqual([
    '{"process":0,"op":"cas","key":7,"input":[0,1],"output":{"ok":true}} 1..3',
    '{"process":1,"op":"read","key":"x","input":null,"output":{"value":2}} 2..4',
    '{"process":0,"op":"write","key":7,"input":9,"output":null} 5..null',
  ]);
});

test("cas pairs alone are no independent keys", () => {
  const text = `${event("invoke", ":f :cas, :value [1 2], :process 0")}
    ${event("ok", ":f :cas, :value [1 2], :process 0")}`;
  expect(lines(operationsFromEdn(text, edn))).toEqual([
    '{"process":0,"op":"cas","input":[1,2],"output":{"ok":true}} 1..2',
  ]);
});

test("strings per key with the key apart, and sets", () => {
  const strings = `{:process 0, :type :invoke, :f :append, :key "0", :value "x"}
    {:process 1, :type :invoke, :f :get, :key "0", :value nil}
    {:process 0, :type :ok, :f :append, :key "0", :value "x"}
    {:process 1, :type :ok, :f :get, :key "0", :value "x"}`;
  const operations = operationsFromEdn(strings, edn);
  expect(modelOf(operations)).toBe("kv-append");
  expect(lines(operations)).toEqual([
    '{"process":0,"op":"append","key":"0","input":"x","output":{}} 1..3',
    '{"process":1,"op":"get","key":"0","input":null,"output":{"value":"x"}} 2..4',
  ]);
  const sets = `{:process 0, :type :invoke, :f :add, :value 1}
    {:process 0, :type :ok, :f :add, :value 1}
    {:process 0, :type :invoke, :f :read, :value nil}
    {:process 0, :type :ok, :f :read, :value #{1}}`;
  expect(modelOf(operationsFromEdn(sets, edn))).toBe("set");
  expect(lines(operationsFromEdn(sets, edn))[1]).toContain('"output":{"value":[1]}');
});

test("Porcupine's etcd log: tabs or blanks, other loggers, failed comparisons", () => {
  const log = [
    "INFO  jepsen.util - 0\t:invoke\t:write\t3",
    "INFO  jepsen.core - Everything looks good!",
    "INFO  jepsen.util - :nemesis\t:info\t:start\tnil",
    "INFO  jepsen.util - 12   :invoke :cas    [1 0]",
    "INFO  jepsen.util - 0\t:info\t:write\t:timed-out",
    "INFO  jepsen.util - 12   :fail   :cas    [1 0]\r",
    "",
    "12:00:01 INFO [jepsen worker 1] jepsen.util: 1\t:invoke\t:read\tnil",
    "INFO  jepsen.util - 1\t:ok\t:read\t3",
  ].join("\n");
  expect(lines(operationsFromLog(log, "etcd.log"))).toEqual([
    '{"process":0,"op":"write","input":3,"output":null} 1..null',
    '{"process":12,"op":"cas","input":[1,0],"output":{"ok":false}} 2..4',
    '{"process":1,"op":"read","input":null,"output":{"value":3}} 5..6',
  ]);
});

const client = (f: string, value: string): string =>
  event("invoke", `:f :${f}, :value ${value}, :process 0`);

const refusedEdn: readonly (readonly [
  name: string,
  text: string,
  where: string,
  message: string,
])[] = [
  [
    "another operation",
    client("dequeue", "nil"),
    ":1",
    'the operation "dequeue", expected one of read,',
  ],
  [
    "two at once",
    `${client("read", "nil")}\n${client("read", "nil")}`,
    ":2",
    "its operation of line 1",
  ],
  [
    "an end without a start",
    event("ok", ":f :read, :process 0"),
    ":1",
    "expected an invocation of read",
  ],
  [
    "another end",
    `${client("read", "nil")}\n${event("ok", ":f :write, :process 0")}`,
    ":2",
    "found :ok of write, expected an invocation of write by process 0 before it",
  ],
  [
    "another value at the end",
    `${client("write", "1")}\n${event("ok", ":f :write, :value 2, :process 0")}`,
    ":2",
    "found write of 2, expected 1 as in line 1",
  ],
  ["a cas of one", client("cas", "1"), ":1", "found cas of 1, expected cas of [from to]"],
  ["a write of a map", client("write", "{:a 1}"), ":1", 'found write of {"a":1}'],
  ["an append of a number", client("append", "1"), ":1", "expected append of a string"],
  [
    "an answer that is a map",
    `${client("read", "nil")}\n${event("ok", ":f :read, :value {:a 1}, :process 0")}`,
    ":2",
    'found read of {"a":1}',
  ],
  ["a key that is a list", client("read", "[[1] nil]"), ":1", "found key [1]"],
];

for (const [name, text, where, message] of refusedEdn) {
  test(`refuses ${name}`, () => {
    const error = caught(() => operationsFromEdn(text, edn));
    expect(error).toMatchObject({ code: "bad-history", where: `history.edn${where}` });
    expect(error.message).toContain(message);
  });
}

test("refuses a log line cut off, and a log without operations", () => {
  const cut = caught(() => operationsFromLog("\nINFO  jepsen.util - 0\t:invoke", "etcd.log"));
  expect(cut).toMatchObject({ code: "bad-history", where: "etcd.log:2" });
  expect(cut.message).toContain("expected lines such as 'INFO  jepsen.util - 0 :invoke :write 3'");
  expect(caught(() => operationsFromLog("hello", "etcd.log")).message).toContain(
    "no line of jepsen",
  );
});

function lines(operations: ReturnType<typeof operationsFromEdn>): readonly string[] {
  const text = writeOperations(operations).trimEnd();
  return text.replace(/,"call_time":(\d+),"return_time":(\w+)\}/g, "} $1..$2").split("\n");
}

function caught(body: () => unknown): UserError {
  try {
    body();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}
