/**
 * Two readings of version requirements that share no code, the stores' (plugins/version) and that
 * of the judge (judges/version-reference.ts), agree on 50,000 drawn pairs: what parses, in what
 * words the rest is refused, how it is spelled, and which versions it admits. Both are held
 * against recorded answers of the crates by tests of their own. To widen the net, add to `atoms`.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { displayRequirement, matches, parseRequirement, parseVersion } from "../plugins/index.ts";
import { readRequirement, readVersion, satisfies, spelled } from "./judges/version-reference.ts";

const numRuns = 50_000;

/** Small numbers meet often; the last two are the largest that fits and the first that does not. */
const number = fc.oneof(
  { weight: 30, arbitrary: fc.constantFrom("0", "1", "2", "3", "10") },
  { weight: 1, arbitrary: fc.constantFrom("18446744073709551615", "18446744073709551616") },
);
const identifier = fc.constantFrom("alpha", "rc", "1", "0", "beta-2", "x");
const tag = fc.array(identifier, { minLength: 1, maxLength: 2 }).map((parts) => parts.join("."));
const maybe = (sign: string, eighths: number): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 8 - eighths, arbitrary: fc.constant("") },
    { weight: eighths, arbitrary: tag.map((text) => sign + text) },
  );
const whole = fc.tuple(number, number, number).map((parts) => parts.join("."));
const versionText = fc
  .tuple(whole, maybe("-", 2), maybe("+", 1))
  .map(([numbers, pre, build]) => numbers + pre + build);

const wild = fc.oneof(
  { weight: 9, arbitrary: number },
  { weight: 1, arbitrary: fc.constantFrom("*", "x", "X") },
);
const partial = fc.oneof(
  { weight: 4, arbitrary: versionText },
  { weight: 2, arbitrary: fc.tuple(wild, wild, wild).map((parts) => parts.join(".")) },
  { weight: 2, arbitrary: fc.tuple(wild, wild).map((parts) => parts.join(".")) },
  { weight: 1, arbitrary: wild },
);
const operator = fc.constantFrom("", "", "^", "~", "~>", "=", ">", ">=", "<", "<=", ">= ", "= ");
const comparator = fc.tuple(operator, partial).map((parts) => parts.join(""));
/** What a person may also write, and what no parser takes. */
const atoms = fc.constantFrom(
  "",
  "*",
  "v1",
  "==1",
  "1.",
  ".1",
  "01.2",
  "0.2*",
  "1.2.3-01",
  "^",
  "!",
);
const glue = fc.constantFrom(", ", ", ", ", ", " ", ",", " - ", " || ", "||", " ,", "\t");
const requirementText = fc
  .array(
    fc.tuple(
      fc.oneof({ weight: 12, arbitrary: comparator }, { weight: 1, arbitrary: atoms }),
      glue,
    ),
    {
      minLength: 1,
      maxLength: 3,
    },
  )
  .map((parts) =>
    parts.map(([text, after], at) => (at + 1 < parts.length ? text + after : text)).join(""),
  );

/** What the stores make of both. */
function asStores(requirement: string, version: string): string {
  const parsed = parseRequirement(requirement);
  if (parsed.kind !== "ok") return parsed.kind === "panic" ? "panic" : parsed.text;
  const own = parseVersion(version);
  const suits = "error" in own ? "no version" : matches(parsed.requirement, own);
  return `${displayRequirement(parsed.requirement)} ${suits}`;
}

/** What the judge makes of both. */
function asJudge(requirement: string, version: string): string {
  const read = readRequirement(requirement);
  if (read.kind !== "ok") return read.kind === "panic" ? "panic" : read.text;
  const own = readVersion(version);
  return `${spelled(read.sets)} ${own === null ? "no version" : satisfies(own, read.sets)}`;
}

test("50,000 requirements and versions mean the same to stores and judge", () => {
  const seen = { admitted: 0, excluded: 0, refused: 0, panics: 0, noVersion: 0 };
  const law = fc.property(requirementText, versionText, (requirement, version) => {
    const told = asStores(requirement, version);
    if (told !== asJudge(requirement, version)) {
      expect(told, `${JSON.stringify(requirement)} of ${version}`).toBe(
        asJudge(requirement, version),
      );
    }
    if (told === "panic") seen.panics++;
    else if (told.endsWith(" true")) seen.admitted++;
    else if (told.endsWith(" false")) seen.excluded++;
    else if (told.endsWith(" no version")) seen.noVersion++;
    else seen.refused++;
  });
  fc.assert(law, { numRuns, seed: 11 });
  // The draws reach every verdict, each many times.
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(1_000);
  expect(Object.values(seen).reduce((sum, one) => sum + one)).toBe(numRuns);
});
