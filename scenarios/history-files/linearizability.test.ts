/** What the decoder of operations takes and refuses. To add a case, add a row to a table. */
import { expect, test } from "vitest";
import { UserError } from "../../sim/errors.ts";
import { readOperations, writeOperations } from "./linearizability.ts";
import type { ModelName, Operation } from "./operations.ts";

const base: Operation = {
  process: 0,
  op: "read",
  input: null,
  output: { value: 1 },
  callTime: 3,
  returnTime: 5,
};
const times = '"call_time":3,"return_time":5';
const pending = '"call_time":3,"return_time":null';

type Row<Answer> = readonly [name: string, model: ModelName, line: string, answer: Answer];

const accepted: readonly Row<Operation>[] = [
  [
    "a read",
    "register",
    `{"process":0,"op":"read","input":null,"output":{"value":1},${times}}`,
    base,
  ],
  ["no input", "register", `{"process":0,"op":"read","output":{"value":1},${times}}`, base],
  [
    "other fields",
    "register0",
    `{"id":9,"process":0,"op":"read","output":{"value":1},${times}}`,
    base,
  ],
  [
    "a key, a name as process, an instant",
    "cas-register",
    '{"process":"c1","op":"read","key":"k","output":{"value":null},' +
      '"call_time":-2,"return_time":-2}',
    { ...base, process: "c1", key: "k", output: { value: null }, callTime: -2, returnTime: -2 },
  ],
  [
    "a read that tells nothing",
    "set",
    `{"process":0,"op":"read","output":{"value":[],"unknown":true},${times}}`,
    { ...base, output: { unknown: true } },
  ],
  [
    "a read that never returned",
    "set",
    `{"process":0,"op":"read","output":{"unknown":true},${pending}}`,
    { ...base, output: null, returnTime: null },
  ],
  [
    "a write without an output",
    "register",
    `{"process":0,"op":"write","input":"x","output":null,${times}}`,
    { ...base, op: "write", input: "x", output: {} },
  ],
  [
    "a cas",
    "cas-register",
    `{"process":0,"op":"cas","input":[null,true],"output":{"ok":false},${times}}`,
    { ...base, op: "cas", input: [null, true], output: { ok: false } },
  ],
  [
    "a get",
    "kv-append",
    `{"process":0,"op":"get","key":7,"output":{"value":""},${times}}`,
    { ...base, op: "get", key: 7, output: { value: "" } },
  ],
  [
    "an addition",
    "set",
    `{"process":0,"op":"add","input":3,"output":{},${times}}`,
    { ...base, op: "add", input: 3, output: {} },
  ],
  [
    "a set",
    "set",
    `{"process":0,"op":"read","output":{"value":[3,3]},${times}}`,
    { ...base, output: { value: [3, 3] } },
  ],
];

for (const [name, model, line, operation] of accepted) {
  test(`takes ${name}`, () => {
    const operations = readOperations(`\n${line}\n`, { model, source: "h.jsonl" });
    expect(operations).toEqual([operation]);
    const again = readOperations(writeOperations(operations), { model, source: "again" });
    expect(again).toEqual(operations);
  });
}

const refused: readonly Row<string>[] = [
  ["a number", "register", "5", "found 5, expected an object such as {"],
  ["an array", "register", "[1]", "found [1], expected an object such as {"],
  [
    "no op",
    "register",
    `{"process":0,${times}}`,
    "found op nothing, expected one of read, write (",
  ],
  [
    "an op of another model",
    "register",
    '{"op":"cas"}',
    'found op "cas", expected one of read, write',
  ],
  [
    "an inherited op",
    "set",
    '{"op":"toString"}',
    'op "toString", expected one of add, read (model set)',
  ],
  ["no process", "register", '{"op":"read"}', "found process nothing, expected a whole number or"],
  ["half a process", "register", '{"op":"read","process":0.5}', "found process 0.5"],
  [
    "a key that is a list",
    "register",
    `{"op":"read","process":0,${times},"key":[1]}`,
    "found key [1]",
  ],
  [
    "a read of something",
    "register",
    `{"op":"read","process":0,"input":1,${times}}`,
    "found input 1",
  ],
  ["a write of nothing", "register", `{"op":"write","process":0,${times}}`, "found input nothing"],
  [
    "a cas of three",
    "cas-register",
    `{"op":"cas","process":0,"input":[1,2,3],${times}}`,
    "[from, to]",
  ],
  [
    "a put of a number",
    "kv-append",
    `{"op":"put","process":0,"input":1,${times}}`,
    "a string to put",
  ],
  [
    "no call",
    "register",
    '{"op":"read","process":0}',
    "found call_time nothing, expected an integer",
  ],
  ["half a time", "register", '{"op":"read","process":0,"call_time":0.5}', "found call_time 0.5"],
  ["no return", "register", '{"op":"read","process":0,"call_time":1}', "or null for an operation"],
  [
    "a return before the call",
    "register",
    '{"op":"read","process":0,"call_time":2,"return_time":1}',
    "found return_time 1, expected a return at or after the call at 2",
  ],
  ["a read without an answer", "register", `{"op":"read","process":0,${times}}`, "output nothing"],
  [
    "a list from a register",
    "register",
    `{"op":"read","process":0,"output":{"value":[1]},${times}}`,
    "[1]",
  ],
  [
    "a number from a get",
    "kv-append",
    `{"op":"get","process":0,"output":{"value":1},${times}}`,
    '"text"',
  ],
  [
    "one value from a set",
    "set",
    `{"op":"read","process":0,"output":{"value":1},${times}}`,
    '{"value":[',
  ],
  [
    "a cas without ok",
    "cas-register",
    `{"op":"cas","process":0,"input":[1,2],"output":{},${times}}`,
    'found output {}, expected {"ok":true}, {"ok":false} or {"unknown":true}',
  ],
  [
    "an answer that never came",
    "register",
    `{"op":"read","process":0,"output":{"value":1},${pending}}`,
    'found output {"value":1}, expected null (return_time is null)',
  ],
];

for (const [name, model, line, message] of refused) {
  test(`refuses ${name}`, () => {
    let error: unknown;
    try {
      readOperations(`\n\n${line}\n`, { model, source: "h.jsonl" });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({ code: "bad-history", where: "h.jsonl:3" });
    expect((error as UserError).message).toContain(message);
  });
}
