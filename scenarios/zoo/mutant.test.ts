/** Reading and applying mutants. To add a case, add a row: a good file's change, the error. */
import { expect, test } from "vitest";
import { UserError } from "../../sim/errors.ts";
import { type Mutant, mutate, parseMutant } from "./mutant.ts";

const good: Mutant = {
  id: "raft-example",
  component: "raft",
  source: "nobody's",
  about: "Two is one.",
  file: "nodes/raft/quorum.ts",
  edits: [{ find: "two", replace: "one" }],
  expected: ["election safety"],
  suites: ["raft"],
  fidelity: "tikv",
};

test("a good file is read", () => {
  expect(parseMutant(JSON.stringify(good), "m.json")).toEqual(good);
});

test("a file that says nothing of fidelity is of tikv's, another one says so", () => {
  const { fidelity, ...silent } = good;
  expect(parseMutant(JSON.stringify(silent), "m.json").fidelity).toBe(fidelity);
  const careful = { ...good, fidelity: "contract" };
  expect(parseMutant(JSON.stringify(careful), "m.json").fidelity).toBe("contract");
});

test.each([
  [{ ...good, fidelity: "both" }, /^m.json: fidelity: /],
  ["{", /^m.json: this is no JSON/],
  ["[]", /^m.json: /],
  [{ ...good, id: "Raft Example" }, /^m.json: id: expected lower case/],
  [{ ...good, component: "disk" }, /^m.json: component: /],
  [{ ...good, edits: [] }, /^m.json: edits: /],
  [{ ...good, edits: [{ find: "", replace: "" }] }, /^m.json: edits.0.find: /],
  [{ ...good, expected: [] }, /^m.json: expected: /],
  [{ ...good, suites: [] }, /^m.json: suites: /],
  [{ ...good, note: "?" }, /^m.json: .*note/],
])("a bad file is refused: %j", (file, expected) => {
  const text = typeof file === "string" ? file : JSON.stringify(file);
  expect(mistakeOf(() => parseMutant(text, "m.json"))).toMatch(expected);
});

test("each edit applies once, in order, and replacements are taken as they are", () => {
  expect(mutate(good, "one two three")).toBe("one one three");
  const edits = [
    { find: "a", replace: "b$&$1" },
    { find: "b", replace: "c" },
  ];
  expect(mutate({ ...good, edits }, "-a-")).toBe("-c$&$1-");
});

test.each([
  ["no such text", /^raft-example: edit 1 matches 0 times in nodes\/raft\/quorum.ts/],
  ["two and two", /^raft-example: edit 1 matches 2 times/],
])("an edit that does not match once is refused: %s", (text, expected) => {
  expect(mistakeOf(() => mutate(good, text))).toMatch(expected);
});

function mistakeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.code).toBe("bad-mutant");
    return `${error.where}: ${error.message}`;
  }
  return "";
}
