/** Repro files of `verify`. To add a refusal: a change to a good file, the code and the place. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { UserError } from "../../sim/errors.ts";
import type { Disturbance } from "./disturbance.ts";
import { hintAdvice } from "./hints.ts";
import { checkCount, levelReached, levels } from "./levels.ts";
import {
  formatVerifyRepro,
  isVerifyRepro,
  parseVerifyRepro,
  type VerifyRepro,
  verifyReproSchema,
} from "./verify-repro.ts";

const good: VerifyRepro = {
  schema: verifyReproSchema,
  kind: "verify",
  tool: { name: "coprsim", version: "0.1.0" },
  artefact: "plugin.wasm",
  pluginHash: "ab12",
  contract: null,
  check: "C6",
  seed: "1",
  fidelity: "tikv",
  config: {},
  case: {
    rows: [{ key: "k\xff\0", value: Uint8Array.of(0, 255) }],
    ranges: [{ start: "", end: "z" }],
    request: Uint8Array.of(1),
    cuts: ["a", "b"],
    relation: "",
    fault: { call: 2, errorClass: "NotLeader" },
    disturbance: {
      kind: "interleaving",
      rival: { kind: "put", key: "k\xff", value: Uint8Array.of(7) },
      order: "abba",
    },
  },
  hint: "C6-SWALLOWED",
  message: "it answers",
  expected: "an error",
  observed: "an answer",
  original: { cuts: 3, keys: 4, bytes: 5 },
};

test("a file gives back what was written", () => {
  const value: unknown = JSON.parse(formatVerifyRepro(good));
  expect(isVerifyRepro(value)).toBe(true);
  expect(parseVerifyRepro(value, "f")).toEqual(good);
});

const disturbances: readonly Disturbance[] = [
  { kind: "cut", writes: 2, mode: "appliedThenError" },
  { kind: "duplicate", calls: 0 },
  {
    kind: "commit",
    afterCall: 1,
    writes: [
      { key: "a", value: Uint8Array.of(1) },
      { key: "b", value: null },
    ],
  },
  {
    kind: "interleaving",
    rival: { kind: "request", ranges: [{ start: "", end: "z" }], request: Uint8Array.of(9) },
    order: "ab",
  },
  { kind: "staleLeader", rival: { kind: "put", key: "k", value: Uint8Array.of() } },
  { kind: "load", concurrent: 4 },
];

test.each(disturbances)("a disturbance comes back as it was: $kind", (disturbance) => {
  const repro = { ...good, case: { ...good.case, disturbance } };
  expect(parseVerifyRepro(JSON.parse(formatVerifyRepro(repro)), "f")).toEqual(repro);
});

test("files from before disturbances have none", () => {
  const { disturbance: _, ...older } = good.case;
  const value: unknown = JSON.parse(formatVerifyRepro({ ...good, case: older } as VerifyRepro));
  expect(parseVerifyRepro(value, "f").case.disturbance).toBeNull();
});

test.each<[name: string, change: object, code: string, place: string]>([
  ["another schema", { schema: 99 }, "stale-repro", "f"],
  ["no case", { case: undefined }, "bad-repro", "f: case"],
  ["odd hexadecimal", { case: { ...good.case, request: "abc" } }, "bad-repro", "f: case.request"],
  ["cuts backwards", { case: { ...good.case, cuts: ["b", "a"] } }, "bad-repro", "f: case.cuts"],
  [
    "a key of wide text",
    { case: { ...good.case, cuts: ["\u0416"] } },
    "bad-repro",
    "f: case.cuts.0",
  ],
  [
    "an order of three lanes",
    { case: { ...good.case, disturbance: { ...good.case.disturbance, order: "abc" } } },
    "bad-repro",
    "f: case.disturbance.order",
  ],
  ["an unknown check", { check: "C99" }, "bad-repro", "f: check"],
  [
    "an unknown relation",
    { case: { ...good.case, relation: "x" } },
    "bad-repro",
    "f: case.relation",
  ],
  ["something more", { more: 1 }, "bad-repro", "f: "],
])("refused: %s", (_, change, code, where) => {
  const value: unknown = JSON.parse(formatVerifyRepro({ ...good, ...change }));
  expect(() => parseVerifyRepro(value, "f")).toThrow(UserError);
  expect(() => parseVerifyRepro(value, "f")).toThrow(expect.objectContaining({ code, where }));
});

test("every hint has its page, and every page its hint", () => {
  const pages = readdirSync(join(import.meta.dirname, "..", "..", "docs", "hints"));
  const codes = Object.keys(hintAdvice).map((code) => `${code}.md`);
  expect(pages.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(
    codes.toSorted((a, b) => (a < b ? -1 : 1)),
  );
});

test("levels build on one another", () => {
  expect(checkCount).toBe(20);
  expect(levelReached(new Set())).toBeNull();
  expect(levelReached(new Set(["C14"]))).toBe("L0");
  expect(levelReached(new Set(["C1", "C5", "C8", "C9", "C10"]))).toBeNull();
  expect(levelReached(new Set(["C14", "C1", "C5", "C8", "C9", "C10"]))).toBe("L1");
  expect(levels).toHaveLength(4);
});
