/**
 * Plugin versions as TiKV reads, orders and prints them: `semver::Version` 0.11.0 over
 * semver-parser 0.10.2 (src/parser.rs), with its error texts. Stricter and laxer than the
 * specification: three numbers are required, but `1.2.3-01` and surrounding space are accepted.
 */
import type { U64 } from "../../failpoints/index.ts";
import { debugToken, type Token, tokenize } from "./lexer.ts";

/** Part of a pre-release or build tag: numeric (a number or bigint), else a word. */
export type Identifier = U64 | string;

/** A parsed version. `build` takes no part in any comparison. */
export type Version = {
  readonly major: U64;
  readonly minor: U64;
  readonly patch: U64;
  readonly pre: readonly Identifier[];
  readonly build: readonly Identifier[];
};

/** What orders versions: all of them but the build metadata. */
export type Precedence = Omit<Version, "build">;

/** Why a string is no version: the Display of semver's `SemVerError`. */
export type VersionError = { readonly error: string };

/** `Version::parse`. Numbers of 2^64 and more are errors here, not a panic. Never throws. */
export function parseVersion(text: string): Version | VersionError {
  const parser = new Parser(tokenize(text));
  const version = parser.version();
  return parser.error === null && version !== null ? version : { error: parser.error ?? "" };
}

/** `Ord::cmp`: -1, 0 or 1. A release is above its pre-releases, a number below a word. */
export function compareVersions(a: Precedence, b: Precedence): -1 | 0 | 1 {
  if (a.major !== b.major) return a.major < b.major ? -1 : 1;
  if (a.minor !== b.minor) return a.minor < b.minor ? -1 : 1;
  if (a.patch !== b.patch) return a.patch < b.patch ? -1 : 1;
  if (a.pre.length === 0 || b.pre.length === 0) {
    return a.pre.length === b.pre.length ? 0 : a.pre.length === 0 ? 1 : -1;
  }
  return comparePre(a.pre, b.pre);
}

/** The Display of a version: `major.minor.patch[-pre][+build]`. */
export function displayVersion({ build, ...rest }: Version): string {
  const shown = displayPrecedence(rest);
  return build.length === 0 ? shown : `${shown}+${build.join(".")}`;
}

/** The same without build metadata. */
export function displayPrecedence({ major, minor, patch, pre }: Precedence): string {
  const numbers = `${major}.${minor}.${patch}`;
  return pre.length === 0 ? numbers : `${numbers}-${pre.join(".")}`;
}

function comparePre(a: readonly Identifier[], b: readonly Identifier[]): -1 | 0 | 1 {
  const shared = Math.min(a.length, b.length);
  for (let at = 0; at < shared; at += 1) {
    const left = a[at]!;
    const right = b[at]!;
    if (left === right) continue;
    const isWord = typeof left === "string";
    if (isWord !== (typeof right === "string")) return isWord ? 1 : -1;
    return left < right ? -1 : 1; // Words are ASCII, so code units order as Rust's bytes do.
  }
  return a.length === b.length ? 0 : a.length < b.length ? -1 : 1;
}

/** One token of lookahead: taking a token reads the next, and reports what is wrong with that. */
class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  /** The first error. Every later step does nothing. */
  error: string | null = null;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
    this.#refuseUnexpected(0);
  }

  version(): Version | null {
    this.#skipWhitespace();
    const major = this.#number();
    const minor = this.#dotNumber();
    const patch = this.#dotNumber();
    const pre = this.#tag("Hyphen");
    const build = this.#tag("Plus");
    this.#skipWhitespace();
    if (this.error === null && this.#at < this.#tokens.length) this.#refuseRest();
    return this.error === null ? { major, minor, patch, pre, build } : null;
  }

  #pop(): Token | null {
    if (this.error !== null) return null;
    this.#refuseUnexpected(this.#at + 1);
    const token = this.#tokens[this.#at];
    if (token === undefined) this.error ??= "expected more input";
    this.#at += 1;
    return this.error === null ? (token ?? null) : null;
  }

  #peekIs(name: string): boolean {
    const token = this.#tokens[this.#at];
    return this.error === null && token?.kind === "symbol" && token.name === name;
  }

  #skipWhitespace(): void {
    if (this.error === null && this.#tokens[this.#at]?.kind === "whitespace") this.#pop();
  }

  #number(): U64 {
    const token = this.#pop();
    if (token?.kind === "numeric") return token.value;
    this.#refuse(token);
    return 0;
  }

  #dotNumber(): U64 {
    const token = this.#pop();
    if (token?.kind !== "symbol" || token.name !== "Dot") this.#refuse(token);
    return this.#number();
  }

  #tag(opening: string): readonly Identifier[] {
    if (!this.#peekIs(opening)) return [];
    this.#pop();
    const parts = [this.#identifier()];
    while (this.#peekIs("Dot")) {
      this.#pop();
      parts.push(this.#identifier());
    }
    return parts;
  }

  /** Words and numbers joined by single hyphens: one hyphen makes all of it a word. */
  #identifier(): Identifier {
    let whole = this.#word();
    while (this.#peekIs("Hyphen")) {
      this.#pop();
      whole = `${whole}-${this.#word()}`;
    }
    return whole;
  }

  #word(): Identifier {
    const token = this.#pop();
    if (token?.kind === "numeric") return token.value;
    if (token?.kind === "alphanumeric") return token.text;
    this.#refuse(token);
    return "";
  }

  #refuse(token: Token | null): void {
    if (token !== null) this.error ??= `encountered unexpected token: ${debugToken(token)}`;
  }

  #refuseUnexpected(at: number): void {
    const token = this.#tokens[at];
    if (token?.kind === "unexpected") this.error ??= `lexer error: ${debugToken(token)}`;
  }

  #refuseRest(): void {
    this.#refuseUnexpected(this.#tokens.length - 1);
    const rest = this.#tokens.slice(this.#at).map(debugToken).join(", ");
    this.error ??= `expected end of input, but got: [${rest}]`;
  }
}
