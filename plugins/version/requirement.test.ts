/**
 * Accept and refuse tables of requirements and versions, and laws over generated ones. To add a
 * case, add a line to a table: text, then what TiKV prints for it, then versions that match (+)
 * and do not (-). The expected values come from the rules in semver-parser's grammar, not from
 * running our code.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
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

const max = "18446744073709551615";

const accepted: readonly (readonly [text: string, display: string, versions: string])[] = [
  ["", ">=0.0.0", "+0.0.0 +9.9.9 -9.9.9-rc"],
  [" \t ", ">=0.0.0", "+1.0.0"],
  ["x.2.X", ">=0.0.0", "+1.0.0"],
  ["4", ">=4.0.0, <5.0.0", "+4.9.9 -5.0.0 -3.9.9 -5.0.0-rc"],
  ["4.5", ">=4.5.0, <4.6.0", "+4.5.7 -4.6.0 -4.4.9"],
  ["4.5.6", ">=4.5.6, <5.0.0", "+4.6.0 -4.5.5 -5.0.0"],
  ["4.5.*", ">=4.5.0, <4.6.0", "+4.5.0 -4.6.0"],
  ["4.*.6", ">=4.0.0, <5.0.0", "+4.1.2"],
  ["0.0.7", ">=0.0.7, <0.0.8", "+0.0.7 -0.0.8"],
  ["^0.3.1", ">=0.3.1, <0.4.0", "+0.3.9 -0.4.0"],
  ["^0.0", ">=0.0.0, <0.1.0", "+0.0.9 -0.1.0"],
  ["^*", ">=0.0.0", "+1.0.0"],
  ["~4", ">=4.0.0, <5.0.0", "+4.9.0 -5.0.0"],
  ["~4.5.6-b", ">=4.5.6-b, <4.6.0", "+4.5.6 +4.5.6-c -4.5.6-a -4.5.7-a -4.6.0"],
  ["~> 4.5", ">=4.5.0, <4.6.0", "+4.5.1"],
  ["~x", ">=0.0.0", "+1.0.0"],
  ["=4.5", ">=4.5.0, <4.6.0", "+4.5.6"],
  ["= 4.5.6", "=4.5.6", "+4.5.6 +4.5.6+meta -4.5.7"],
  [">4", ">4.0.0", "+4.0.1 -4.0.0"],
  [">*", "<0.0.0", "-0.0.0 -1.0.0"],
  ["<*", "<0.0.0", "-0.0.0"],
  ["<=*", ">=0.0.0", "+1.0.0"],
  ["<=4", "<5.0.0", "+4.9.9 -5.0.0"],
  ["<=4.5", "<4.6.0", "+4.5.9 -4.6.0"],
  ["<=4.5.6", "<=4.5.6", "+4.5.6 -4.5.7"],
  [">=1.0.0, <2", ">=1.0.0, <2.0.0", "+1.5.0 -2.0.0"],
  [">=1.0.0\t<2", ">=1.0.0, <2.0.0", "+1.5.0 -2.0.0"],
  ["1.0.0||3", ">=1.0.0, <2.0.0 || >=3.0.0, <4.0.0", "+1.1.0 +3.9.9 -2.0.0"],
  ["|| 1", ">=0.0.0 || >=1.0.0, <2.0.0", "+7.0.0"],
  ["1.5 - 2", ">=1.5.0, <3.0.0", "+2.9.9 -3.0.0"],
  ["1.5.0 - 2.0.3", ">=1.5.0, <=2.0.3", "+2.0.3 -2.0.4"],
  ["* - 2.0.3", "<=2.0.3", "+0.0.0 -2.0.4"],
  ["2 - *", ">=2.0.0", "+8.0.0 -1.9.9"],
  ["* - x", ">=0.0.0", "+1.0.0"],
  ["1.2.3+b7", ">=1.2.3-b7, <2.0.0", "+1.2.3 +1.2.3-b8 -1.2.3-b6"],
  ["=1.2.3+b7", "=1.2.3-b7", "-1.2.3 -1.2.3+b7"],
  [`=${max}.0.1`, `=${max}.0.1`, `+${max}.0.1 -18446744073709551614.0.1`],
  [">9007199254740992", ">9007199254740992.0.0", "+9007199254740993.0.0 -9007199254740992.0.0"],
  ["^9007199254740991", ">=9007199254740991.0.0, <9007199254740992.0.0", "+9007199254740991.7.0"],
  [`^${max}`, `>=${max}.0.0, <0.0.0`, `-${max}.0.0`], // The sum wraps: overflow checks are off.
  [`1.*.${max}0`, ">=1.0.0, <2.0.0", "+1.0.0"], // Not read, so it cannot panic.
  [`1.2.3-${max}0`, `>=1.2.3-${max}0, <2.0.0`, `+1.2.3 +1.2.3-${max}0`],
];

describe("requirements that parse", () => {
  test.each(accepted)("%j is %s", (text, display, versions) => {
    const parsed = requirement(text);
    expect(displayRequirement(parsed)).toBe(display);
    for (const one of versions.split(" ")) {
      expect(matches(parsed, version(one.slice(1))), one).toBe(one.startsWith("+"));
    }
  });

  test("only a single equality is exact", () => {
    expect(isExact(requirement("=1.2.3"))).toBe(true);
    for (const text of ["=1.2", "^0.0.1", "=1.2.3, =1.2.3", "=1.2.3 || =1.2.3", ""]) {
      expect(isExact(requirement(text)), text).toBe(false);
    }
  });
});

// biome-ignore format: one table
const refused: readonly string[] = [
  ">=1.0.0,<2.0.0", "1.2.3 , 2", "1.2.3,", ",", "1, ", "1,\n2", "1.2.3\n", "1.", ".1", "1..2",
  "1.2.3.4", "01", "1.00", "1.2.03", "1.2.3-", "1.2.3-01", "1.2.3-1a", "1.2.3-a..b", "1.2.3-a+b",
  "1.2-a", "*-a", "v1", "==1", "=>1", "> =1", "!1", "~>=1", "^~1", "1 -2", "1 - ", "- 1", "1 - 2 3",
  "1 | 2", "1 && 2", "1é", "１", "\u00a01", "x2", "*.*.*.*", "*.0.", "0.1.0. ", "latest",
];

test("requirements that do not parse", () => {
  for (const text of refused) {
    const error = { kind: "error", text: "the given version requirement is invalid" };
    expect(parseRequirement(text), text).toEqual(error);
  }
  for (const text of [".*", "0.1.0.", "0.3.1.3", "0.2*"]) {
    const error = { kind: "error", text: "This requirement is deprecated" };
    expect(parseRequirement(text), text).toEqual(error);
  }
});

test("a number of 2^64 and more is TiKV's panic, once the text as a whole fits the grammar", () => {
  const over = "18446744073709551616";
  for (const text of [over, `1.${over}`, `=1.2.${over}`, `1 || ^${over}`, `${over} - 2`]) {
    expect(parseRequirement(text).kind, text).toBe("panic");
  }
  expect(parseRequirement(`${over},`).kind).toBe("error");
  expect(parseRequirement(max).kind).toBe("ok");
});

const versions: readonly (readonly [text: string, display: string])[] = [
  ["1.2.3", "1.2.3"],
  ["\t1.2.3\r\n", "1.2.3"],
  ["1.2.3-rc.1+linux.5", "1.2.3-rc.1+linux.5"],
  ["1.2.3-007", "1.2.3-007"],
  ["1.2.3-a-b-1.2", "1.2.3-a-b-1.2"],
  [`${max}.0.0`, `${max}.0.0`],
  [`0.0.0-${max}9`, `0.0.0-${max}9`],
];
const notVersions: readonly (readonly [text: string, error: string])[] = [
  ["", "expected more input"],
  ["1.2", "expected more input"],
  ["1.2.3-", "expected more input"],
  ["v1.2.3", 'encountered unexpected token: AlphaNumeric("v1")'],
  ["1.2.x", 'encountered unexpected token: AlphaNumeric("x")'],
  ["1 .2.3", "encountered unexpected token: Whitespace(1, 2)"],
  ["1.2.3-a.||", "encountered unexpected token: Or"],
  ["1.2.3--a", "encountered unexpected token: Hyphen"],
  [`${max}0.0.0`, `encountered unexpected token: AlphaNumeric("${max}0")`],
  ["1.2.3 4 .", "expected end of input, but got: [Numeric(4), Whitespace(7, 8), Dot]"],
  ["1.2.3'", "lexer error: UnexpectedChar('\\'')"],
  ["1.2.3 a\u{1f600}", "lexer error: UnexpectedChar('\u{1f600}')"],
  ["1\u0000", "lexer error: UnexpectedChar('\\0')"],
  ["1.2.3\u0301", "lexer error: UnexpectedChar('\\u{301}')"],
  // The lexer is one token ahead, so the bad character comes first.
  ["v|", "lexer error: UnexpectedChar('|')"],
  ["v.|", 'encountered unexpected token: AlphaNumeric("v")'],
];

test("versions that parse and that do not", () => {
  for (const [text, display] of versions) expect(displayVersion(version(text))).toBe(display);
  for (const [text, error] of notVersions) expect(parseVersion(text), text).toEqual({ error });
});

// biome-ignore format: one ascending list
const ordered: readonly string[] = [
  "0.0.1-0", "0.0.1-1", "0.0.1-10", "0.0.1-9007199254740993", `0.0.1-${max}`, "0.0.1-01", "0.0.1-a",
  "0.0.1-a.0", "0.0.1-a.a", "0.0.1-b", "0.0.1", "0.1.0-a", "0.1.0", "1.0.0",
  "9007199254740991.0.0", "9007199254740992.0.0", "9007199254740993.0.0", `${max}.0.0`,
];

test("the order of versions", () => {
  for (const [i, a] of ordered.entries()) {
    for (const [j, b] of ordered.entries()) {
      expect(compareVersions(version(a), version(b)), `${a} <> ${b}`).toBe(Math.sign(i - j));
    }
  }
  expect(compareVersions(version("1.0.0+a"), version("1.0.0+b"))).toBe(0);
});

describe("laws", () => {
  const number = fc.oneof(
    { weight: 9, arbitrary: fc.nat({ max: 3 }).map(String) },
    { weight: 1, arbitrary: fc.constantFrom("9007199254740992", "9007199254740993", max) },
  );
  const tag = fc.constantFrom("", "", "-a", "-a.1", "-1", "-2", "-b-1", "+x", `-${max}1`);
  const versionText = fc
    .tuple(number, number, number, tag)
    .map(([a, b, c, t]) => `${a}.${b}.${c}${t}`);
  const partText = fc.oneof(
    versionText,
    fc
      .array(fc.oneof(number, fc.constant("*")), { minLength: 1, maxLength: 3 })
      .map((p) => p.join(".")),
  );
  const op = fc.constantFrom("", "=", "<", "<=", ">", ">=", "~", "~>", "^", "^ ");
  const simple = fc.tuple(op, partText).map(([o, p]) => o + p);
  const range = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.array(simple, { minLength: 1, maxLength: 3 }).map((s) => s.join(", ")),
    },
    { weight: 1, arbitrary: fc.tuple(partText, partText).map(([a, b]) => `${a} - ${b}`) },
  );
  const requirementText = fc.array(range, { maxLength: 3 }).map((r) => r.join(" || "));

  test("the order is total, and equality only ignores build metadata", () => {
    const triple = fc.tuple(versionText, versionText, versionText);
    const law = fc.property(triple, (texts) => {
      const [a, b, c] = texts.map(version) as [Version, Version, Version];
      expect(compareVersions(a, b) + compareVersions(b, a)).toBe(0);
      if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0) {
        expect(compareVersions(a, c)).toBeLessThanOrEqual(0);
      }
      const plain = (one: Version) => displayVersion({ ...one, build: [] });
      expect(compareVersions(a, b) === 0).toBe(plain(a) === plain(b));
    });
    fc.assert(law, { numRuns: 2000 });
  });

  test("a version's display parses to itself", () => {
    const law = fc.property(versionText, (text) => {
      expect(version(displayVersion(version(text)))).toEqual(version(text));
    });
    fc.assert(law, { numRuns: 1000 });
  });

  test("a requirement's display parses to an equal requirement", () => {
    const law = fc.property(requirementText, (text) => {
      const parsed = requirement(text);
      expect(requirement(displayRequirement(parsed))).toEqual(parsed);
    });
    fc.assert(law, { numRuns: 2000 });
  });

  test("a match is what its comparators say one by one, but for the pre-release rule", () => {
    let matched = 0;
    const law = fc.property(requirementText, versionText, (text, versionOne) => {
      const one = version(versionOne);
      const expected = displayRequirement(requirement(text))
        .split(" || ")
        .some((display) => holdsByText(display.split(", "), one));
      expect(matches(requirement(text), one)).toBe(expected);
      if (expected) matched += 1;
    });
    fc.assert(law, { numRuns: 3000 });
    expect(matched).toBeGreaterThan(100);
  });

  test("10,000 texts never throw", () => {
    const unit = fc.constantFrom(..."0123.-+*xX<>=~^|, \ta\u00e9", max);
    const text = fc.oneof(fc.string({ unit, maxLength: 12 }), fc.string({ unit: "binary" }));
    const law = fc.property(text, (one) => {
      expect(["ok", "error", "panic"]).toContain(parseRequirement(one).kind);
      parseVersion(one);
    });
    fc.assert(law, { numRuns: 10_000 });
  });
});

/** The same judgement by other means: each comparator's text against a version's place in order. */
function holdsByText(comparators: readonly string[], one: Version): boolean {
  const bounds = comparators.map((text) => {
    const [, op = "", rest = ""] = /^([<>=]+)(.*)$/.exec(text) ?? [];
    return { op, bound: version(rest) };
  });
  const inBounds = bounds.every(({ op, bound }) => {
    const order = compareVersions(one, bound);
    return op.includes("=") && order === 0
      ? true
      : op.includes(order > 0 ? ">" : order < 0 ? "<" : "!");
  });
  const numbers = (v: Version) => `${v.major}.${v.minor}.${v.patch}`;
  const names = bounds
    .filter(({ bound }) => bound.pre.length > 0)
    .map(({ bound }) => numbers(bound));
  return inBounds && (one.pre.length === 0 || names.includes(numbers(one)));
}

function requirement(text: string): Requirement {
  const parsed = parseRequirement(text);
  if (parsed.kind !== "ok") throw new Error(`${JSON.stringify(text)}: ${parsed.text}`);
  return parsed.requirement;
}

function version(text: string): Version {
  const parsed = parseVersion(text);
  if ("error" in parsed) throw new Error(`${JSON.stringify(text)}: ${parsed.error}`);
  return parsed;
}
