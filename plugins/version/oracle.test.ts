/**
 * Agreement with the running crates semver 0.11.0 and semver-parser 0.10.2, over the recorded
 * answers of the oracle folder `semver`. Cases are added there, by running the crates.
 */
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { hasOracles, oraclePath, oracleTest } from "../../sim/testing/oracles.ts";
import {
  type Compat,
  compareVersions,
  displayRequirement,
  displayVersion,
  isExact,
  matches,
  parseRequirement,
  parseVersion,
  type Requirement,
  type Version,
} from "./index.ts";

type CrateRow = {
  readonly req: string;
  readonly compat: Compat;
  readonly display?: string;
  readonly version?: string;
  readonly matches?: boolean;
};

oracleTest("the tests of the crate itself", () => {
  const rows = read<CrateRow>("crate_tests.json");
  let displays = 0;
  for (const row of rows) {
    const parsed = required(row.req, row.compat);
    if (row.version === undefined) {
      displays += 1;
      expect(displayRequirement(parsed), row.req).toBe(row.display);
    } else {
      expect(matches(parsed, version(row.version)), `${row.req} ~ ${row.version}`).toBe(
        row.matches,
      );
    }
  }
  expect(rows.length).toBe(347);
  report(`crate tests: ${rows.length} agree (${displays} displays)`);
});

type MatrixRow = {
  readonly req: string;
  readonly display: string;
  readonly is_exact: boolean;
  readonly matches: readonly string[];
  readonly rejects: readonly string[];
};

oracleTest("the match matrix", () => {
  const rows = read<MatrixRow>("match_matrix.json");
  let cells = 0;
  for (const row of rows) {
    const parsed = required(row.req);
    expect(displayRequirement(parsed), row.req).toBe(row.display);
    expect(isExact(parsed), row.req).toBe(row.is_exact);
    const versions = [...row.matches, ...row.rejects];
    const matched = versions.filter((one) => matches(parsed, version(one)));
    expect(matched, row.req).toEqual(row.matches);
    cells += versions.length;
  }
  expect(rows.length).toBeGreaterThan(50);
  report(`match matrix: ${rows.length} requirements, ${cells} cells agree`);
});

type RequirementRow = {
  readonly req: string;
  readonly parse_error?: string;
  readonly panic?: string;
  readonly display?: string;
  readonly is_exact?: boolean;
};

oracleTest("requirements that parse, fail or panic", () => {
  const rows = read<RequirementRow>("req_parse.json");
  for (const row of rows) {
    const parsed = parseRequirement(row.req);
    if (row.parse_error !== undefined) {
      expect(parsed, row.req).toEqual({ kind: "error", text: row.parse_error });
    } else if (row.panic !== undefined) {
      expect(parsed, row.req).toEqual({ kind: "panic", text: row.panic });
    } else {
      expect(displayRequirement(required(row.req)), row.req).toBe(row.display);
      expect(isExact(required(row.req)), row.req).toBe(row.is_exact);
    }
  }
  report(`requirement parsing: ${rows.length} agree`);
});

type VersionRow = {
  readonly input: string;
  readonly parse_error?: string;
  readonly display?: string;
  readonly major?: unknown;
  readonly minor?: unknown;
  readonly patch?: unknown;
  readonly pre?: readonly unknown[];
  readonly build?: readonly unknown[];
};

oracleTest("versions that parse or fail", () => {
  const rows = read<VersionRow>("version_parse.json");
  for (const row of rows) {
    if (row.parse_error !== undefined) {
      expect(parseVersion(row.input), row.input).toEqual({ error: row.parse_error });
      continue;
    }
    const { major, minor, patch, pre, build } = version(row.input);
    const found = { major, minor, patch, pre, build };
    const wanted = {
      major: exact(row.major),
      minor: exact(row.minor),
      patch: exact(row.patch),
      pre: row.pre,
      build: row.build,
    };
    expect(found, row.input).toEqual(wanted);
    expect(displayVersion(version(row.input)), row.input).toBe(row.display);
  }
  expect(rows.length).toBe(48);
  report(`version parsing: ${rows.length} agree`);
});

type PairRow = {
  readonly a: string;
  readonly b: string;
  readonly cmp: number;
  readonly eq: boolean;
};

oracleTest("pairs of versions", () => {
  const rows = read<PairRow>("version_cmp.json");
  for (const row of rows) {
    const order = compareVersions(version(row.a), version(row.b));
    expect(order, `${row.a} <> ${row.b}`).toBe(row.cmp);
    expect(order === 0, `${row.a} == ${row.b}`).toBe(row.eq);
  }
  expect(rows.length).toBe(351);
  report(`version pairs: ${rows.length} agree`);
});

/** Rows of a file; numbers that a double would round are read as `{ u64: "digits" }`. */
function read<Row>(name: string): readonly Row[] {
  const text = readFileSync(oraclePath(`semver/${name}`), "utf8");
  return JSON.parse(text.replaceAll(/":(\d{16,})/g, '":{"u64":"$1"}')) as readonly Row[];
}

function exact(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("u64" in value)) return value;
  return BigInt(String(value.u64));
}

function required(text: string, compat: Compat = "cargo"): Requirement {
  const parsed = parseRequirement(text, compat);
  if (parsed.kind !== "ok") throw new Error(`${JSON.stringify(text)}: ${parsed.text}`);
  return parsed.requirement;
}

function version(text: string): Version {
  const parsed = parseVersion(text);
  if ("error" in parsed) throw new Error(`${JSON.stringify(text)}: ${parsed.error}`);
  return parsed;
}

function report(line: string): void {
  if (hasOracles) process.stderr.write(`oracle semver, ${line}\n`);
}
