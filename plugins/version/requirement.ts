/**
 * Version requirements as TiKV's coprocessor_v2 reads and applies them: `semver::VersionReq` 0.11.0
 * (src/version_req.rs) over semver-parser 0.10.2 (src/range.rs). Neither npm's rules nor those of
 * semver 1.x: `1.2` is below 1.3.0, `1.2.3` is a caret, an empty text is any version.
 */
import { incrementU64, parseU64, type U64 } from "../../failpoints/index.ts";
import { unreachable } from "../../sim/assert.ts";
import { type ParsedRange, type Partial, parseRanges, type Simple } from "./grammar.ts";
import { compareVersions, displayPrecedence, type Identifier, type Version } from "./version.ts";

/** One comparison with a whole version; all operators are expanded to these five. */
export type Comparator = {
  readonly op: "=" | ">" | ">=" | "<" | "<=";
  readonly major: U64;
  readonly minor: U64;
  readonly patch: U64;
  readonly pre: readonly Identifier[];
};

/** All comparators of one range must hold. */
export type Range = readonly Comparator[];

/**
 * Whose meaning a bare `1.2.3` has: Cargo's caret (what TiKV uses) or npm's equality. Also the
 * separator in the display.
 */
export type Compat = "cargo" | "npm";

/** A parsed requirement: one of its ranges must hold. Immutable, so it may be cached by text. */
export type Requirement = { readonly ranges: readonly Range[]; readonly compat: Compat };

/**
 * `panic` is a value here and the end of the process in TiKV: a number of 2^64 and more makes
 * semver-parser unwrap an error (hazard H1).
 */
export type ParsedRequirement =
  | { readonly kind: "ok"; readonly requirement: Requirement }
  | { readonly kind: "error"; readonly text: string }
  | { readonly kind: "panic"; readonly text: string };

/** The Display of `ReqParseError` for nearly everything that does not parse. */
export const invalidRequirementText = "the given version requirement is invalid";
/** The Display for four spellings that an older semver accepted. */
export const deprecatedRequirementText = "This requirement is deprecated";
/** The panic message of a number that does not fit 64 bits. */
export const overflowPanicText =
  "called `Result::unwrap()` on an `Err` value: ParseIntError { kind: PosOverflow }";

const deprecated: ReadonlySet<string> = new Set([".*", "0.1.0.", "0.3.1.3", "0.2*"]);

/** `VersionReq::parse`, or `parse_compat` for npm. Never throws. */
export function parseRequirement(text: string, compat: Compat = "cargo"): ParsedRequirement {
  const parsed = parseRanges(text);
  if (parsed === null) {
    const isDeprecated = deprecated.has(text);
    return {
      kind: "error",
      text: isDeprecated ? deprecatedRequirementText : invalidRequirementText,
    };
  }
  const ranges: Range[] = [];
  for (const one of parsed) {
    const range = expand(one, compat);
    if (range === null) return { kind: "panic", text: overflowPanicText };
    ranges.push(range);
  }
  return { kind: "ok", requirement: { ranges, compat } };
}

/**
 * `VersionReq::matches`. A pre-release version matches only a range in which a comparator has a
 * pre-release of the same three numbers.
 */
export function matches(requirement: Requirement, version: Version): boolean {
  for (const range of requirement.ranges) {
    if (rangeMatches(range, version)) return true;
  }
  return false;
}

/** The Display that TiKV prints in its refusal: expanded, such as `>=1.2.3, <2.0.0`. */
export function displayRequirement({ ranges, compat }: Requirement): string {
  const separator = compat === "cargo" ? ", " : " ";
  return ranges.map((range) => range.map(displayComparator).join(separator)).join(" || ");
}

/** `VersionReq::is_exact`: one range of one `=` comparator. */
export function isExact({ ranges }: Requirement): boolean {
  return ranges.length === 1 && ranges[0]?.length === 1 && ranges[0][0]?.op === "=";
}

function displayComparator(comparator: Comparator): string {
  return comparator.op + displayPrecedence(comparator);
}

function rangeMatches(range: Range, version: Version): boolean {
  let admitsPre = version.pre.length === 0;
  for (const comparator of range) {
    if (!holds(comparator, version)) return false;
    admitsPre ||= comparator.pre.length > 0 && hasSameNumbers(comparator, version);
  }
  return admitsPre;
}

function holds(comparator: Comparator, version: Version): boolean {
  const order = compareVersions(version, comparator);
  switch (comparator.op) {
    case "=":
      return order === 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    default:
      return unreachable(comparator.op);
  }
}

function hasSameNumbers(a: Comparator, b: Version): boolean {
  return a.major === b.major && a.minor === b.minor && a.patch === b.patch;
}

/** A partial version's numbers up to its first wildcard; missing ones are 0. */
type Numbers = {
  /** How many numbers were given, 0 to 3. */
  readonly given: 0 | 1 | 2 | 3;
  readonly major: U64;
  readonly minor: U64;
  readonly patch: U64;
  readonly pre: readonly Identifier[];
};

/** Null where a number does not fit 64 bits; numbers after a wildcard are not even read. */
function readNumbers({ parts, tag }: Partial): Numbers | null {
  const numbers: U64[] = [];
  for (const part of parts) {
    if (part === "x" || part === "X" || part === "*") break;
    const parsed = parseU64(part);
    if (parsed.kind === "error") return null;
    numbers.push(parsed.value);
  }
  const [major = 0, minor = 0, patch = 0] = numbers;
  const given = numbers.length as Numbers["given"]; // The grammar has at most three parts.
  const pre = given === 3 && tag !== null ? tag.split(".").map(readIdentifier) : [];
  return { given, major, minor, patch, pre };
}

function readIdentifier(text: string): Identifier {
  const parsed = parseU64(text);
  return parsed.kind === "ok" ? parsed.value : text;
}

/** Null is the panic. */
function expand(range: ParsedRange, compat: Compat): Range | null {
  switch (range.kind) {
    case "empty":
      return [anyVersion];
    case "hyphen": {
      const low = readNumbers(range.low);
      const high = readNumbers(range.high);
      return low === null || high === null ? null : expandHyphen(low, high);
    }
    case "simples": {
      const comparators: Comparator[] = [];
      for (const simple of range.simples) {
        const numbers = readNumbers(simple.partial);
        if (numbers === null) return null;
        comparators.push(...expandSimple(simple.op, numbers, compat));
      }
      return comparators;
    }
    default:
      return unreachable(range);
  }
}

const anyVersion: Comparator = { op: ">=", major: 0, minor: 0, patch: 0, pre: [] };

function expandHyphen(low: Numbers, high: Numbers): Range {
  const from = low.given === 0 ? [] : [at(">=", low)];
  if (high.given === 0) return low.given === 0 ? [anyVersion] : from;
  return [...from, high.given === 3 ? at("<=", high) : below(high, high.given)];
}

function expandSimple(op: Simple["op"], numbers: Numbers, compat: Compat): Range {
  const { given } = numbers;
  switch (op) {
    case "":
      if (given < 3) return within(numbers);
      return compat === "npm" ? [at("=", numbers)] : caret(numbers);
    case "=":
      return given < 3 ? within(numbers) : [at("=", numbers)];
    case ">":
      return [given === 0 ? at("<", numbers) : at(">", numbers)]; // Above every version: none.
    case ">=":
    case "<":
      return [at(op, numbers)];
    case "<=":
      if (given === 0) return [anyVersion];
      return [given === 3 ? at("<=", numbers) : below(numbers, given)];
    case "~>":
    case "~":
      if (given === 0) return [anyVersion];
      return [at(">=", numbers), below(numbers, given === 1 ? 1 : 2)];
    case "^":
      return caret(numbers);
    default:
      return unreachable(op);
  }
}

/** Every version that begins with the given numbers. */
function within(numbers: Numbers): Range {
  if (numbers.given === 0) return [anyVersion];
  return [at(">=", numbers), below(numbers, numbers.given)];
}

/** Up to the next change of the leftmost number that is not 0. */
function caret(numbers: Numbers): Range {
  const { given, major, minor } = numbers;
  if (given === 0) return [anyVersion];
  if (given === 1 || major !== 0) return [at(">=", numbers), below(numbers, 1)];
  return [at(">=", numbers), below(numbers, given === 2 || minor !== 0 ? 2 : 3)];
}

function at(op: Comparator["op"], { major, minor, patch, pre }: Numbers): Comparator {
  return { op, major, minor, patch, pre };
}

/** Below the version whose number at `place` (1 major, 2 minor, 3 patch) is one higher. */
function below({ major, minor, patch }: Numbers, place: 1 | 2 | 3): Comparator {
  return {
    op: "<",
    major: place === 1 ? incrementU64(major) : major,
    minor: place === 1 ? 0 : place === 2 ? incrementU64(minor) : minor,
    patch: place === 3 ? incrementU64(patch) : 0,
    pre: [],
  };
}
