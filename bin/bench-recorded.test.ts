/** Recorded histories for `bench --histories`. To add a case of bad input, add a row. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { UserError } from "../sim/errors.ts";
import { oraclePath, oracleTest } from "../sim/testing/oracles.ts";
import { readRecorded } from "./bench-recorded.ts";
import { createSurroundings } from "./testing/surroundings.ts";

const folder = mkdtempSync(join(tmpdir(), "coprsim-recorded-"));
afterAll(() => rmSync(folder, { recursive: true }));

const operation =
  '{"process":0,"op":"put","key":"x","input":"a","output":null,' +
  '"call_time":0,"return_time":1}\n';

function folderWith(expected: string, history: string): string {
  const made = mkdtempSync(join(folder, "f-"));
  writeFileSync(join(made, "expected.json"), expected);
  writeFileSync(join(made, "one.jsonl"), history);
  return made;
}

const read = (from: string) => readRecorded(from, createSurroundings());

test("a folder's index names files beside it", () => {
  const histories = read(folderWith('{"one.jsonl": {"model": "kv-append"}}', operation));
  expect(histories).toMatchObject([{ model: "kv-append", operations: { length: 1 } }]);
});

test.each([
  ["no JSON", "{", operation],
  ["no object", "[]", operation],
  ["no known", '{"one.jsonl": {"model": "bank"}}', operation],
  ["no such file", '{"two.jsonl": {"model": "kv-append"}}', operation],
  ["one.jsonl", '{"one.jsonl": {"model": "kv-append"}}', "{}\n"],
])("a folder is refused: %s", (said, expected, history) => {
  const from = folderWith(expected, history);
  expect(() => read(from)).toThrow(UserError);
  try {
    read(from);
  } catch (error) {
    expect(`${(error as UserError).where}: ${(error as UserError).message}`).toContain(said);
  }
});

oracleTest("the recorded histories are read with their models", () => {
  const histories = read(oraclePath("linearizability"));
  expect(histories.length).toBe(67);
  expect(histories.every(({ operations }) => operations.length > 0)).toBe(true);
});
