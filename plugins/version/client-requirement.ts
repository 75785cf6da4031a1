/**
 * The check that client-rust makes before it sends a coprocessor call: the requirement must parse
 * as a `VersionReq` of semver 1.x. The text goes out unchanged and the server reads it by other
 * rules (requirement.ts), so some texts pass here and fail there, and some mean something else.
 * Source: tikv/client-rust src/raw/client.rs; dtolnay/semver 1.0.27 src/{parse,eval,error}.rs.
 */
import { debugChar, parseU64, type U64 } from "../../failpoints/index.ts";
import { unreachable } from "../../sim/assert.ts";
import type { Version } from "./version.ts";

/** `1.2` and `1` keep their missing numbers: semver 1.x does not expand. */
export type ClientComparator = {
  readonly op: "^" | "=" | ">" | ">=" | "<" | "<=" | "~" | "wildcard";
  readonly major: U64;
  readonly minor: U64 | null;
  readonly patch: U64 | null;
  readonly pre: readonly string[];
};

/** All comparators must hold; none is `*`. */
export type ClientRequirement = readonly ClientComparator[];

export type ParsedClientRequirement =
  | { readonly kind: "ok"; readonly requirement: ClientRequirement }
  | { readonly kind: "error"; readonly text: string };

/** semver 1.x refuses more comparators than this. */
export const comparatorsMax = 32;

/** `VersionReq::from_str` of semver 1.x with the Display of its error. Never throws. */
export function parseClientRequirement(text: string): ParsedClientRequirement {
  const input = new Input(text);
  input.take(/ */y);
  const star = input.take(/[*xX]/y);
  if (star !== null) return wildcardAlone(input, star);
  const comparators: ClientComparator[] = [];
  for (;;) {
    const comparator = readComparator(input);
    if (comparator.kind === "error") return comparator;
    comparators.push(comparator.comparator);
    if (input.isAtEnd()) return { kind: "ok", requirement: comparators };
    if (input.take(/, */y) === null) {
      return refuse(`expected comma after ${comparator.place}, found ${input.shownChar()}`);
    }
    if (comparators.length === comparatorsMax) {
      return refuse("excessive number of version comparators");
    }
  }
}

/** The Display of client-rust's `Error::InvalidSemver` for the text of a refusal. */
export function invalidSemverText(text: string): string {
  return `Invalid Semver string: Error("${text}")`;
}

/** `VersionReq::matches` of semver 1.x: what a user of the client believes to have asked for. */
export function matchesClientRequirement(
  requirement: ClientRequirement,
  version: Version,
): boolean {
  if (!requirement.every((comparator) => holds(comparator, version))) return false;
  if (version.pre.length === 0) return true;
  return requirement.some(
    ({ major, minor, patch, pre }) =>
      pre.length > 0 &&
      major === version.major &&
      minor === version.minor &&
      patch === version.patch,
  );
}

type Place = "major version number" | "minor version number" | "patch version number" | TagPlace;
type TagPlace = "pre-release identifier" | "build metadata";
type Refusal = { readonly kind: "error"; readonly text: string };

const refuse = (text: string): Refusal => ({ kind: "error", text });

class Input {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Takes what a sticky expression matches here, or null and nothing. */
  take(expression: RegExp): string | null {
    expression.lastIndex = this.#at;
    const found = expression.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found ?? null;
  }

  has(expression: RegExp): boolean {
    expression.lastIndex = this.#at;
    return expression.test(this.#text);
  }

  isAtEnd(): boolean {
    return this.#at === this.#text.length;
  }

  /** The next character in Rust's quotes. */
  shownChar(): string {
    return debugChar(String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0));
  }
}

function wildcardAlone(input: Input, star: string): ParsedClientRequirement {
  input.take(/ */y);
  if (input.isAtEnd()) return { kind: "ok", requirement: [] };
  return input.has(/,/y) ? notAlone(star) : refuse(afterWildcardText);
}

const afterWildcardText = "unexpected character after wildcard in version req";

function notAlone(star: string): Refusal {
  return refuse(`wildcard req (${star}) must be the only comparator in the version req`);
}

type ReadComparator =
  | { readonly kind: "ok"; readonly comparator: ClientComparator; readonly place: Place }
  | Refusal;

function readComparator(input: Input): ReadComparator {
  const written = input.take(/=|>=|>|<=|<|~|\^/y) as Exclude<ClientComparator["op"], "wildcard">;
  if (written !== null) input.take(/ */y);
  else if (input.has(/[*xX] *(?:,|$)/y)) return notAlone(input.take(/[*xX]/y) ?? "");
  const major = readNumber(input, "major version number");
  if (typeof major === "object") return major;
  const rest = readMinorAndPatch(input);
  if (rest.kind === "error") return rest;
  let place: Place = rest.place;
  const pre = rest.patch === null ? [] : readTag(input, "-", "pre-release identifier");
  if (isRefusal(pre)) return pre;
  if (pre.length > 0) place = "pre-release identifier";
  const build = rest.patch === null ? [] : readTag(input, "+", "build metadata");
  if (isRefusal(build)) return build;
  if (build.length > 0) place = "build metadata";
  input.take(/ */y);
  const op = written ?? (rest.hasWildcard ? "wildcard" : "^");
  const comparator = { op, major, minor: rest.minor, patch: rest.patch, pre };
  return { kind: "ok", comparator, place };
}

type MinorAndPatch = {
  readonly kind: "ok";
  readonly minor: U64 | null;
  readonly patch: U64 | null;
  readonly place: Place;
  readonly hasWildcard: boolean;
};

function readMinorAndPatch(input: Input): MinorAndPatch | Refusal {
  const numbers: (U64 | null)[] = [];
  let hasWildcard = false;
  let place: Place = "major version number";
  for (const next of ["minor version number", "patch version number"] as const) {
    if (input.take(/\./y) === null) break;
    place = next;
    if (input.take(/[*xX]/y) !== null) {
      hasWildcard = true;
      numbers.push(null);
    } else {
      if (hasWildcard) return refuse(afterWildcardText);
      const number = readNumber(input, next);
      if (typeof number === "object") return number;
      numbers.push(number);
    }
  }
  const [minor = null, patch = null] = numbers;
  return { kind: "ok", minor, patch, place, hasWildcard };
}

function readNumber(input: Input, place: Place): U64 | Refusal {
  // A leading zero is found before an overflow behind it, so it decides.
  if (input.has(/0[0-9]/y)) return refuse(`invalid leading zero in ${place}`);
  const digits = input.take(/[0-9]+/y);
  if (digits === null) {
    return refuse(
      input.isAtEnd()
        ? `unexpected end of input while parsing ${place}`
        : `unexpected character ${input.shownChar()} while parsing ${place}`,
    );
  }
  const parsed = parseU64(digits);
  return parsed.kind === "ok" ? parsed.value : refuse(`value of ${place} exceeds u64::MAX`);
}

function readTag(input: Input, opening: "-" | "+", place: TagPlace): readonly string[] | Refusal {
  if (input.take(opening === "-" ? /-/y : /\+/y) === null) return [];
  const parts: string[] = [];
  do {
    const part = input.take(/[-0-9A-Za-z]+/y);
    if (part === null) return refuse(`empty identifier segment in ${place}`);
    if (opening === "-" && /^0[0-9]+$/.test(part))
      return refuse(`invalid leading zero in ${place}`);
    parts.push(part);
  } while (input.take(/\./y) !== null);
  return parts;
}

function isRefusal(value: readonly string[] | Refusal): value is Refusal {
  return !Array.isArray(value);
}

function holds(comparator: ClientComparator, version: Version): boolean {
  switch (comparator.op) {
    case "=":
    case "wildcard":
      return givenOrder(comparator, version) === 0;
    case ">":
      return givenOrder(comparator, version) > 0;
    case ">=":
      return givenOrder(comparator, version) >= 0;
    case "<":
      return givenOrder(comparator, version) < 0;
    case "<=":
      return givenOrder(comparator, version) <= 0;
    case "~":
      return begins(comparator, version, 2) && notBelow(comparator, version);
    case "^":
      return begins(comparator, version, caretPlaces(comparator)) && notBelow(comparator, version);
    default:
      return unreachable(comparator.op);
  }
}

/** How many leading numbers a caret fixes. */
function caretPlaces({ major, minor, patch }: ClientComparator): 1 | 2 | 3 {
  if (major !== 0 || minor === null) return 1;
  return minor !== 0 || patch === null ? 2 : 3;
}

function begins(comparator: ClientComparator, version: Version, places: 1 | 2 | 3): boolean {
  if (version.major !== comparator.major) return false;
  if (places > 1 && comparator.minor !== null && version.minor !== comparator.minor) return false;
  return places < 3 || version.patch === comparator.patch;
}

/**
 * The order of the version against the numbers that were given, -1, 0 or 1. The tag counts also
 * after missing numbers: `=1` has an empty one, so no pre-release is equal to it.
 */
function givenOrder(comparator: ClientComparator, version: Version): number {
  const numbers = numberOrder(comparator, version);
  if (numbers !== 0) return numbers;
  const tags = preOrder(version.pre.map(String), comparator.pre);
  const isWhole = comparator.minor !== null && comparator.patch !== null;
  // Neither above nor below nor equal: a pre-release against a text without all three numbers.
  return isWhole || tags === 0 ? tags : Number.NaN;
}

/** For `~` and `^`: not before the comparator, missing numbers being anything. */
function notBelow(comparator: ClientComparator, version: Version): boolean {
  const numbers = numberOrder(comparator, version);
  if (numbers !== 0) return numbers > 0;
  if (comparator.op === "^" && comparator.patch === null) return true;
  return preOrder(version.pre.map(String), comparator.pre) >= 0;
}

function numberOrder({ major, minor, patch }: ClientComparator, version: Version): -1 | 0 | 1 {
  if (version.major !== major) return version.major > major ? 1 : -1;
  if (minor === null) return 0;
  if (version.minor !== minor) return version.minor > minor ? 1 : -1;
  if (patch === null || version.patch === patch) return 0;
  return version.patch > patch ? 1 : -1;
}

/** semver 1.x compares all-digit parts as numbers of any length. None at all is the highest. */
function preOrder(left: readonly string[], right: readonly string[]): -1 | 0 | 1 {
  if (left.length === 0 || right.length === 0) {
    return left.length === right.length ? 0 : left.length === 0 ? 1 : -1;
  }
  for (const [at, a] of left.entries()) {
    const b = right[at];
    if (b === undefined) return 1;
    if (a === b) continue;
    const isNumber = /^[0-9]+$/.test(a);
    if (isNumber !== /^[0-9]+$/.test(b)) return isNumber ? -1 : 1;
    if (isNumber && a.length !== b.length) return a.length < b.length ? -1 : 1;
    return a < b ? -1 : 1;
  }
  return left.length < right.length ? -1 : 0;
}
