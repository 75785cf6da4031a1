/**
 * Repro files: what is read back, and what is refused with which code. To add a case, add a row:
 * what to change in a good file, and the error.
 */
import { expect, test } from "vitest";
import { UserError } from "../sim/errors.ts";
import { generate } from "./generate.ts";
import { formatRepro, parseRepro, type Repro, reproSchema, sizeOf } from "./repro.ts";
import { baseSpec } from "./spec.ts";

const choices = { fidelity: "tikv", timing: "fast", strategy: "portfolio" } as const;
const drawn = generate({ ...baseSpec, scenario: "kept" }, "1/0", 0, choices);
const plan = { ...drawn, operations: drawn.operations.slice(0, 2) };
const good: Repro = {
  schema: reproSchema,
  tool: { name: "coprsim", version: "0.1.0" },
  seed: "1/0",
  plan,
  mutant: null,
  violation: { property: "linearizability", message: "a stale read", atUs: 7, details: ["x"] },
  hash: "0123456789abcdef",
  decisions: [],
  plugins: [{ artefact: "aggregate", hash: "ff" }],
  original: sizeOf(plan),
};

test("a file is read as it was written", () => {
  expect(parseRepro(formatRepro(good), "r")).toEqual(good);
  const planted = { ...good, mutant: "disk-no-sync" };
  expect(parseRepro(formatRepro(planted), "r")).toEqual(planted);
});

test.each([
  ["", "bad-repro", /^r: this is no JSON/],
  ["{", "bad-repro", /^r: this is no JSON/],
  ["null", "bad-repro", /^r: /],
  ["[1]", "bad-repro", /^r: /],
  ['{"seed":"1/0"}', "bad-repro", /^r: /],
  [{ schema: 99 }, "stale-repro", /^r: the file has schema 99, this version reads schema \d+$/],
  [{ schema: "1" }, "bad-repro", /^r: schema: /],
  [{ hash: "xyz" }, "bad-repro", /^r: hash: expected 16 hexadecimal digits/],
  [{ seed: "" }, "bad-repro", /^r: seed: /],
  [{ mutant: 3 }, "bad-repro", /^r: mutant: /],
  [{ tool: { name: "other", version: "1" } }, "bad-repro", /^r: tool.name: /],
  [{ violation: { property: "x" } }, "bad-repro", /^r: violation\./],
  [{ original: { faults: -1, operations: 0 } }, "bad-repro", /^r: original.faults: /],
  [{ extra: 1 }, "bad-repro", /^r: .*extra/],
  [{ plan: null }, "bad-repro", /^r/],
  [{ plan: { ...plan, stores: 0 } }, "bad-repro", /stores/],
  [{ plan: { ...plan, cuts: ["b", "a"] } }, "bad-repro", /cuts/],
])("refused: %j", (change, code, expected) => {
  const text = typeof change === "string" ? change : JSON.stringify({ ...good, ...change });
  expect(mistakeOf(() => parseRepro(text, "r"))).toMatchObject({
    code,
    text: expect.stringMatching(expected),
  });
});

function mistakeOf(run: () => unknown): { readonly code: string; readonly text: string } {
  try {
    run();
  } catch (error) {
    if (error instanceof UserError) {
      return { code: error.code, text: `${error.where}: ${error.message}` };
    }
    throw error;
  }
  return { code: "none", text: "" };
}
