/**
 * What a version requirement means to TiKV (semver 0.11 with semver-parser 0.10.2), told a second
 * time: the judge of versions must not share a mistake with the code it judges.
 * Source: tikv-semantics.md section 2.3, semver-parser src/range.rs.
 */
import { assert, unreachable } from "../../sim/assert.ts";

/** A version: three numbers, and its pre-release identifiers. Build metadata means nothing. */
export type ReferenceVersion = {
  readonly numbers: readonly [bigint, bigint, bigint];
  readonly pre: readonly string[];
};

/** What becomes of a requirement: a number beyond 2^64 - 1 ends the process that parses it. */
export type Reading =
  | { readonly kind: "ok"; readonly sets: readonly (readonly Comparator[])[] }
  | { readonly kind: "error"; readonly text: string }
  | { readonly kind: "panic" };

type Operator = "<" | "<=" | ">" | ">=" | "=";
export type Comparator = { readonly op: Operator; readonly than: ReferenceVersion };

const invalid = "the given version requirement is invalid";
/** These four are known to have been accepted by older parsers. */
const deprecated: readonly string[] = [".*", "0.1.0.", "0.3.1.3", "0.2*"];

const digits = "(?:0|[1-9][0-9]*)";
const place = `(?:[xX*]|${digits})`;
// An identifier that begins like a number is that number: `1a` and `01` do not fit.
const identifier = `(?:${digits}|[-A-Za-z][-0-9A-Za-z]*)`;
const tagText = `[-+]${identifier}(?:\\.${identifier})*`;
const partialText = `${place}(?:\\.${place}(?:\\.${place}(?:${tagText})?)?)?`;
const simpleText = `(?:(?:<=|>=|<|>|=|~>|~|\\^)[ \\t]*)?${partialText}`;
const simple = new RegExp(`(<=|>=|<|>|=|~>|~|\\^)?[ \\t]*(${partialText})(?:,?[ \\t]+|$)`, "gy");
const conjunction = new RegExp(`^${simpleText}(?:,?[ \\t]+${simpleText})*$`);
const hyphen = new RegExp(`^(${partialText})[ \\t]+-[ \\t]+(${partialText})$`);
const tag = "([0-9A-Za-z][-0-9A-Za-z]*(?:\\.[0-9A-Za-z][-0-9A-Za-z]*)*)";
const whole = new RegExp(
  `^\\s*(${digits})\\.(${digits})\\.(${digits})(?:-${tag})?(?:\\+${tag})?\\s*$`,
);

/** Reads a requirement. */
export const readRequirement: (text: string) => Reading = remembering(parseRequirement);

/** Reads a plugin's version, or null where TiKV refuses to load it. */
export const readVersion: (text: string) => ReferenceVersion | null = remembering(parseVersion);

/** Texts whose reading is remembered: run after run asks for the same few. */
const textsMax = 1_000;

function remembering<Read>(read: (text: string) => Read): (text: string) => Read {
  const known = new Map<string, Read>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    if (known.size === textsMax) known.clear();
    const now = read(text);
    known.set(text, now);
    return now;
  };
}

function parseRequirement(text: string): Reading {
  const sides = text.split("||").map((side) => side.replace(/^[ \t]+|[ \t]+$/g, ""));
  // The grammar is held against the whole text before any of its numbers is looked at.
  if (!sides.every(isWellFormed)) {
    const isDeprecated = deprecated.includes(text);
    return { kind: "error", text: isDeprecated ? "This requirement is deprecated" : invalid };
  }
  const sets: Comparator[][] = [];
  try {
    for (const side of sides) sets.push(readSide(side));
  } catch (error) {
    if (error instanceof RangeError) return { kind: "panic" };
    throw error;
  }
  return { kind: "ok", sets };
}

/** True if a version that was read satisfies a requirement that was read. */
export function satisfies(
  version: ReferenceVersion,
  sets: readonly (readonly Comparator[])[],
): boolean {
  return sets.some(
    (set) =>
      set.every((one) => holds(version, one)) &&
      (version.pre.length === 0 ||
        set.some(
          ({ than }) => than.pre.length > 0 && compareNumbers(than.numbers, version.numbers) === 0,
        )),
  );
}

/** The requirement as TiKV's refusals spell it. */
export function spelled(sets: readonly (readonly Comparator[])[]): string {
  return sets
    .map((set) => set.map(({ op, than }) => op + spelledVersion(than)).join(", "))
    .join(" || ");
}

function parseVersion(text: string): ReferenceVersion | null {
  const parts = whole.exec(text);
  if (parts === null) return null;
  const [, major = "", minor = "", patch = "", pre] = parts;
  const numbers = [BigInt(major), BigInt(minor), BigInt(patch)] as const;
  if (numbers.some((number) => number >= 1n << 64n)) return null;
  return { numbers, pre: pre?.split(".") ?? [] };
}

function spelledVersion({ numbers, pre }: ReferenceVersion): string {
  return numbers.join(".") + (pre.length === 0 ? "" : `-${pre.join(".")}`);
}

// Reading --------------------------------------------------------------------------------------

/** A version with parts missing: what is given before the first wildcard. */
type Partial = { readonly given: readonly bigint[]; readonly pre: readonly string[] };

const isWellFormed = (side: string): boolean =>
  side === "" || hyphen.test(side) || conjunction.test(side);

function readSide(side: string): Comparator[] {
  if (side === "") return [atLeast(0n, 0n, 0n)];
  const ends = hyphen.exec(side);
  if (ends !== null) return between(readPartial(ends[1] ?? ""), readPartial(ends[2] ?? ""));
  simple.lastIndex = 0;
  return [...side.matchAll(simple)].flatMap(([, op = "", partial = ""]) =>
    expand(op, readPartial(partial)),
  );
}

function readPartial(text: string): Partial {
  const tagAt = text.search(/[-+]/);
  const numbers = tagAt < 0 ? text : text.slice(0, tagAt);
  const given: bigint[] = [];
  for (const part of numbers.split(".")) {
    if (/[xX*]/.test(part)) break; // What follows a wildcard is not even looked at.
    const number = BigInt(part);
    if (number >= 1n << 64n) throw new RangeError("a number beyond 2^64 - 1");
    given.push(number);
  }
  const pre = tagAt < 0 || given.length < 3 ? [] : text.slice(tagAt + 1).split(".");
  return { given, pre };
}

/** The comparators that an operator with a partial version stands for. */
function expand(op: string, { given, pre }: Partial): Comparator[] {
  const [major = 0n, minor = 0n, patch = 0n] = given;
  const exact = { numbers: [major, minor, patch], pre } as const;
  const count = given.length;
  switch (op) {
    case "<":
      return [{ op, than: exact }];
    case ">":
      return [{ op: count === 0 ? "<" : ">", than: exact }];
    case ">=":
      return [{ op, than: exact }];
    case "<=":
      if (count === 0) return [atLeast(0n, 0n, 0n)];
      return count === 3 ? [{ op, than: exact }] : [below(next(given, count))];
    case "=":
      if (count === 3) return [{ op, than: exact }];
      break;
    case "~":
    case "~>":
      return count === 0
        ? [{ op: ">=", than: exact }]
        : [{ op: ">=", than: exact }, below(next(given, Math.min(count, 2)))];
    case "^":
      return caret(given, exact);
    default:
      if (count === 3) return caret(given, exact);
      break;
  }
  // `1.2`, `=1.2`, `1.2.*`: all that begins so.
  if (count === 0) return [{ op: ">=", than: exact }];
  return [{ op: ">=", than: exact }, below(next(given, count))];
}

/** Up to the next change of the leftmost part that is not zero. */
function caret(given: readonly bigint[], exact: ReferenceVersion): Comparator[] {
  if (given.length === 0) return [{ op: ">=", than: exact }];
  const firstAt = given.findIndex((part) => part !== 0n);
  const kept = firstAt < 0 ? given.length : firstAt + 1;
  return [{ op: ">=", than: exact }, below(next(given, kept))];
}

function between(low: Partial, high: Partial): Comparator[] {
  const set: Comparator[] = [];
  if (low.given.length > 0) set.push(...expand(">=", low));
  if (high.given.length > 0) set.push(...expand("<=", high));
  return set.length === 0 ? [atLeast(0n, 0n, 0n)] : set;
}

/** The first version behind all that share the first `kept` parts; additions wrap as in TiKV. */
function next(given: readonly bigint[], kept: number): readonly [bigint, bigint, bigint] {
  assert(kept >= 1 && kept <= given.length, "there is a part to step up");
  const part = (at: number): bigint => {
    if (at >= kept) return 0n;
    const own = given[at] ?? 0n;
    return at === kept - 1 ? BigInt.asUintN(64, own + 1n) : own;
  };
  return [part(0), part(1), part(2)];
}

const below = (numbers: readonly [bigint, bigint, bigint]): Comparator => ({
  op: "<",
  than: { numbers, pre: [] },
});
const atLeast = (...numbers: readonly [bigint, bigint, bigint]): Comparator => ({
  op: ">=",
  than: { numbers, pre: [] },
});

// Comparing ------------------------------------------------------------------------------------

function holds(version: ReferenceVersion, { op, than }: Comparator): boolean {
  const order = compareVersions(version, than);
  switch (op) {
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
    case "=":
      return order === 0;
    default:
      return unreachable(op);
  }
}

/** Negative, 0 or positive, by semver's precedence. */
export function compareVersions(a: ReferenceVersion, b: ReferenceVersion): number {
  const order = compareNumbers(a.numbers, b.numbers);
  if (order !== 0) return order;
  if (a.pre.length === 0 || b.pre.length === 0) {
    return (a.pre.length === 0 ? 1 : 0) - (b.pre.length === 0 ? 1 : 0);
  }
  for (let at = 0; at < Math.min(a.pre.length, b.pre.length); at++) {
    const one = compareIdentifiers(a.pre[at] ?? "", b.pre[at] ?? "");
    if (one !== 0) return one;
  }
  return a.pre.length - b.pre.length;
}

function compareNumbers(a: readonly bigint[], b: readonly bigint[]): number {
  for (const [at, left] of a.entries()) {
    const right = b[at] ?? 0n;
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}

function compareIdentifiers(a: string, b: string): number {
  const [aIsNumber, bIsNumber] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (aIsNumber !== bIsNumber) return aIsNumber ? -1 : 1;
  if (aIsNumber) return compareNumbers([BigInt(a)], [BigInt(b)]);
  return a < b ? -1 : a > b ? 1 : 0;
}
