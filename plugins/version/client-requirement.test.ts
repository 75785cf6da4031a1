/**
 * client-rust's check by semver 1.x, and where it parts from the server's reading. To add a case,
 * add a line to a table. The expected texts and matches are semver 1.0.27's.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type ClientRequirement,
  invalidSemverText,
  matches,
  matchesClientRequirement,
  parseClientRequirement,
  parseRequirement,
  parseVersion,
  type Version,
} from "./index.ts";

const over = "18446744073709551616";

const refused: readonly (readonly [text: string, error: string])[] = [
  ["", "unexpected end of input while parsing major version number"],
  ["|| 1", "unexpected character '|' while parsing major version number"],
  ["1 || 2", "expected comma after major version number, found '|'"],
  ["1.0 - 2", "expected comma after minor version number, found '-'"],
  [">1.0.0 <2", "expected comma after patch version number, found '<'"],
  ["1.0.0-a <2", "expected comma after pre-release identifier, found '<'"],
  ["1.0.0-a+b <2", "expected comma after build metadata, found '<'"],
  ["~>1", "unexpected character '>' while parsing major version number"],
  ["1.*.3", "unexpected character after wildcard in version req"],
  ["* 1", "unexpected character after wildcard in version req"],
  [">*", "unexpected character '*' while parsing major version number"],
  ["*, 1", "wildcard req (*) must be the only comparator in the version req"],
  ["1, x", "wildcard req (x) must be the only comparator in the version req"],
  ["1.", "unexpected end of input while parsing minor version number"],
  ["1.2.v", "unexpected character 'v' while parsing patch version number"],
  ["1,", "unexpected end of input while parsing major version number"],
  ["01.2", "invalid leading zero in major version number"],
  ["1.2.3-01", "invalid leading zero in pre-release identifier"],
  ["1.2.3-", "empty identifier segment in pre-release identifier"],
  ["1.2.3+a.", "empty identifier segment in build metadata"],
  [over, "value of major version number exceeds u64::MAX"],
  [`1.2.${over}`, "value of patch version number exceeds u64::MAX"],
  ["1\t", "expected comma after major version number, found '\\t'"],
  [Array(33).fill("1").join(","), "excessive number of version comparators"],
];

test("texts that client-rust does not send", () => {
  for (const [text, error] of refused) {
    expect(parseClientRequirement(text), text).toEqual({ kind: "error", text: error });
  }
  const shown = 'Invalid Semver string: Error("excessive number of version comparators")';
  expect(invalidSemverText("excessive number of version comparators")).toBe(shown);
});

const accepted: readonly (readonly [text: string, versions: string])[] = [
  ["*", "+0.0.0 +7.1.2 -1.0.0-a"],
  [" X ", "+1.0.0"],
  ["1.2", "+1.2.0 +1.3.0 -2.0.0 -1.1.9"],
  ["1.2.*", "+1.2.9 -1.3.0 -1.2.3-a"],
  ["1.*.*", "+1.9.0 -2.0.0"],
  [">1", "+2.0.0 -1.2.2 -2.0.0-a"],
  [">=1", "+1.0.0 +2.0.0 -0.9.9"],
  ["<1.2", "+1.1.9 -1.2.0 -1.2.0-a"],
  ["<=1.2", "+1.2.9 -1.3.0"],
  ["=1.2", "+1.2.9 -1.3.0"],
  [">=1.2.3,<2.0.0", "+1.2.3 +1.9.9 -2.0.0"],
  [" >=1.2.3 ,  <2.0.0 ", "+1.2.3"],
  ["~1.2.3", "+1.2.9 -1.2.2 -1.3.0"],
  ["~1", "+1.9.9 -2.0.0"],
  ["0.0.3", "+0.0.3 -0.0.4"],
  ["^0.3", "+0.3.9 -0.4.0"],
  ["^0.0", "+0.0.9 -0.1.0"],
  ["^0", "+0.9.9 -1.0.0"],
  ["1.2.3-b", "+1.2.3 +1.2.3-c -1.2.3-a -1.2.4-a +1.2.4"],
  ["=1.2.3+meta", "+1.2.3 +1.2.3+other"],
  [">1.2.3-9, <1.2.3-10000000000000000000000", "+1.2.3-10 -1.2.3-9 -1.2.3-a -1.2.3"],
  // A missing number leaves a pre-release neither below nor above, but within a caret.
  ["<1.2, >=1.2.0-a", "-1.2.0-b"],
  ["^1, >=1.2.3-a", "+1.2.3-b"],
  [Array(32).fill("1").join(","), "+1.0.0"],
];

test("texts that client-rust sends, and what its user means by them", () => {
  for (const [text, versions] of accepted) {
    const parsed = client(text);
    for (const one of versions.split(" ")) {
      const matched = matchesClientRequirement(parsed, version(one.slice(1)));
      expect(matched, `${text} ~ ${one}`).toBe(one.startsWith("+"));
    }
  }
});

test("the client sends what the server refuses, reads otherwise, or would panic on", () => {
  expect(parseClientRequirement(">=1.2.3,<2.0.0").kind).toBe("ok");
  expect(parseRequirement(">=1.2.3,<2.0.0").kind).toBe("error");
  expect(matchesClientRequirement(client("1.2"), version("1.3.0"))).toBe(true);
  expect(matches(server("1.2"), version("1.3.0"))).toBe(false);
  expect(matchesClientRequirement(client(">1"), version("1.2.2"))).toBe(false);
  expect(matches(server(">1"), version("1.2.2"))).toBe(true);
  expect(parseClientRequirement(over).kind).toBe("error");
  expect(parseRequirement(over).kind).toBe("panic");
});

test("whole versions with a comma and a space mean the same on both sides", () => {
  const number = fc.nat({ max: 3 });
  const whole = fc.tuple(number, number, number).map((numbers) => numbers.join("."));
  const one = fc.tuple(fc.constantFrom("", "^", "~", "=", ">", ">=", "<", "<="), whole);
  const text = fc.array(
    one.map(([op, rest]) => op + rest),
    { minLength: 1, maxLength: 3 },
  );
  const law = fc.property(text, whole, (comparators, candidate) => {
    const joined = comparators.join(", ");
    const asked = matchesClientRequirement(client(joined), version(candidate));
    expect(matches(server(joined), version(candidate)), joined).toBe(asked);
  });
  fc.assert(law, { numRuns: 3000 });
});

test("10,000 texts never throw, and what passes never panics the server", () => {
  const unit = fc.constantFrom(..."0123.-+*xX<>=~^|, \ta\u00e9", over);
  const text = fc.oneof(fc.string({ unit, maxLength: 12 }), fc.string({ unit: "binary" }));
  const law = fc.property(text, (one) => {
    if (parseClientRequirement(one).kind !== "ok") return;
    expect(parseRequirement(one).kind).not.toBe("panic");
  });
  fc.assert(law, { numRuns: 10_000 });
});

function client(text: string): ClientRequirement {
  const parsed = parseClientRequirement(text);
  if (parsed.kind !== "ok") throw new Error(`${JSON.stringify(text)}: ${parsed.text}`);
  return parsed.requirement;
}

function server(text: string): Parameters<typeof matches>[0] {
  const parsed = parseRequirement(text);
  if (parsed.kind !== "ok") throw new Error(`${JSON.stringify(text)}: ${parsed.text}`);
  return parsed.requirement;
}

function version(text: string): Version {
  const parsed = parseVersion(text);
  if ("error" in parsed) throw new Error(`${JSON.stringify(text)}: ${parsed.error}`);
  return parsed;
}
