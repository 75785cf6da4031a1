/**
 * The reference for version requirements. To add a case, add a row to `rows`; the recorded answers
 * of the crate itself are read from the oracles.
 */
import { expect, test } from "vitest";
import { oracleTest, readOracle } from "../../sim/testing/oracles.ts";
import {
  compareVersions,
  type ReferenceVersion,
  readRequirement,
  readVersion,
  satisfies,
  spelled,
} from "./version-reference.ts";

/** Requirement, its spelling or its refusal, versions that suit, versions that do not. */
const rows: readonly (readonly [string, string, readonly string[], readonly string[]])[] = [
  ["1.2.3", ">=1.2.3, <2.0.0", ["1.2.3", "1.10.0"], ["1.2.2", "2.0.0", "1.4.0-rc.1"]],
  ["1.2", ">=1.2.0, <1.3.0", ["1.2.9"], ["1.3.0"]],
  ["1", ">=1.0.0, <2.0.0", ["1.9.9"], ["2.0.0-rc.1"]],
  ["", ">=0.0.0", ["0.0.0", "9.0.0"], ["1.2.3-beta"]],
  [">1", ">1.0.0", ["1.2.2"], ["1.0.0"]],
  ["<=1.2", "<1.3.0", ["1.2.9"], ["1.3.0"]],
  ["^0.0.3", ">=0.0.3, <0.0.4", ["0.0.3"], ["0.0.4"]],
  [">*", "<0.0.0", [], ["0.0.0", "1.0.0"]],
  ["1.2.3 - 2.0.0", ">=1.2.3, <=2.0.0", ["2.0.0"], ["2.0.1"]],
  ["|| 1", ">=0.0.0 || >=1.0.0, <2.0.0", ["0.1.0"], []],
  ["1.2.3+build5", ">=1.2.3-build5, <2.0.0", ["1.2.3+build5"], ["1.2.2"]],
  ["=1.2.3+build5", "=1.2.3-build5", [], ["1.2.3+build5", "1.2.3"]],
  [">=1.2.3-alpha", ">=1.2.3-alpha", ["1.2.3-beta", "1.2.3"], ["1.2.4-beta"]],
  [">=1.0.0-alpha", ">=1.0.0-alpha", ["1.2.3"], ["1.2.3-beta"]],
  ["1.*.99999999999999999999", ">=1.0.0, <2.0.0", ["1.2.3"], []],
  [">=1.2.3,<2.0.0", "the given version requirement is invalid", [], []],
  ["1.2.3-1a", "the given version requirement is invalid", [], []],
  ["1.2.3 ,1.3", "the given version requirement is invalid", [], []],
  ["> = 1", "the given version requirement is invalid", [], []],
  ["1.2.3\n", "the given version requirement is invalid", [], []],
  ["0.2*", "This requirement is deprecated", [], []],
  ["^1.18446744073709551616", "panic", [], []],
  ["18446744073709551616.0.0 || 1..2", "the given version requirement is invalid", [], []],
];

function version(text: string): ReferenceVersion {
  const read = readVersion(text);
  if (read === null) throw new Error(`${text} is no version`);
  return read;
}

test.each(rows)("%j", (requirement, expected, suits, unsuited) => {
  const read = readRequirement(requirement);
  if (read.kind !== "ok") {
    expect(read.kind === "error" ? read.text : read.kind).toBe(expected);
    return;
  }
  expect(spelled(read.sets)).toBe(expected);
  for (const one of suits) expect(satisfies(version(one), read.sets), one).toBe(true);
  for (const one of unsuited) expect(satisfies(version(one), read.sets), one).toBe(false);
});

test("what is no version for a plugin", () => {
  for (const text of ["1", "1.2", "v1.2.3", "01.2.3", "1.2.3.4", "1.2.x", "9.9", "1.2.3-"]) {
    expect(readVersion(text), text).toBeNull();
  }
});

oracleTest("semver 0.11 itself: matching", () => {
  const matrix = readOracle<
    { req: string; display: string; matches: string[]; rejects: string[] }[]
  >("semver/match_matrix.json");
  for (const row of matrix) {
    const read = readRequirement(row.req);
    if (read.kind !== "ok") throw new Error(row.req);
    expect(spelled(read.sets)).toBe(row.display);
    const all = [...row.matches, ...row.rejects];
    expect(
      all.filter((one) => satisfies(version(one), read.sets)),
      row.req,
    ).toEqual(row.matches);
  }
  type Crate = {
    req: string;
    compat: string;
    display?: string;
    version?: string;
    matches: boolean;
  };
  const crate = readOracle<Crate[]>("semver/crate_tests.json").filter(
    ({ compat }) => compat === "cargo",
  );
  for (const row of crate) {
    const read = readRequirement(row.req);
    if (read.kind !== "ok") throw new Error(row.req);
    if (row.display !== undefined) expect(spelled(read.sets), row.req).toBe(row.display);
    if (row.version === undefined) continue;
    const matched = satisfies(version(row.version), read.sets);
    expect(matched, `${row.req} ${row.version}`).toBe(row.matches);
  }
  expect(matrix.length + crate.length).toBeGreaterThan(300);
});

oracleTest("semver 0.11 itself: parsing", () => {
  type Row = { req: string; parse_error?: string; panic?: string; display?: string };
  for (const row of readOracle<Row[]>("semver/req_parse.json")) {
    const read = readRequirement(row.req);
    if (read.kind === "ok") expect(spelled(read.sets), row.req).toBe(row.display);
    else if (read.kind === "error") expect(read.text, row.req).toBe(row.parse_error);
    else expect(row.panic, row.req).toBeDefined();
  }
  for (const row of readOracle<{ input: string; parse_error?: string }[]>(
    "semver/version_parse.json",
  )) {
    expect(readVersion(row.input) === null, row.input).toBe(row.parse_error !== undefined);
  }
  for (const row of readOracle<{ a: string; b: string; cmp: number }[]>(
    "semver/version_cmp.json",
  )) {
    expect(Math.sign(compareVersions(version(row.a), version(row.b))), `${row.a} ${row.b}`).toBe(
      row.cmp,
    );
  }
});
