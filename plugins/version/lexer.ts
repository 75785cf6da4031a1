/**
 * The tokens of a version string, as semver-parser 0.10.2 cuts them (src/lexer.rs). Only
 * `Version::parse` uses them; requirements have a grammar of their own.
 */
import { debugChar, debugString, parseU64, type U64 } from "../../failpoints/index.ts";
import { unreachable } from "../../sim/assert.ts";

/** One token. Offsets of white space are bytes; what precedes them is ASCII or an error. */
export type Token =
  | { readonly kind: "symbol"; readonly name: string }
  | { readonly kind: "whitespace"; readonly start: number; readonly end: number }
  | { readonly kind: "numeric"; readonly value: U64 }
  | { readonly kind: "alphanumeric"; readonly text: string }
  /** A character that begins no token. Always the last one: the lexer gets no further. */
  | { readonly kind: "unexpected"; readonly char: string };

const symbols: ReadonlyMap<string, string> = new Map([
  ["<=", "LtEq"],
  [">=", "GtEq"],
  ["||", "Or"],
  ["=", "Eq"],
  [">", "Gt"],
  ["<", "Lt"],
  ["^", "Caret"],
  ["~", "Tilde"],
  ["*", "Star"],
  [".", "Dot"],
  [",", "Comma"],
  ["-", "Hyphen"],
  ["+", "Plus"],
]);

/** Cuts `text` into tokens, up to the end or to the first unexpected character. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const [token, end] = nextToken(text, at);
    tokens.push(token);
    if (token.kind === "unexpected") break;
    at = end;
  }
  return tokens;
}

/** `{:?}` of the token in Rust. */
export function debugToken(token: Token): string {
  switch (token.kind) {
    case "symbol":
      return token.name;
    case "whitespace":
      return `Whitespace(${token.start}, ${token.end})`;
    case "numeric":
      return `Numeric(${token.value})`;
    case "alphanumeric":
      return `AlphaNumeric(${debugString(token.text)})`;
    case "unexpected":
      return `UnexpectedChar(${debugChar(token.char)})`;
    default:
      return unreachable(token);
  }
}

function nextToken(text: string, at: number): readonly [token: Token, end: number] {
  for (const length of [2, 1]) {
    const name = symbols.get(text.slice(at, at + length));
    if (name !== undefined) return [{ kind: "symbol", name }, at + length];
  }
  const end = runEnd(text, at, /[ \t\n\r]+/y);
  if (end > at) return [{ kind: "whitespace", start: at, end }, end];
  const wordEnd = runEnd(text, at, /[0-9A-Za-z]+/y);
  if (wordEnd > at) return [component(text.slice(at, wordEnd)), wordEnd];
  return [{ kind: "unexpected", char: String.fromCodePoint(text.codePointAt(at) ?? 0) }, at];
}

function runEnd(text: string, at: number, run: RegExp): number {
  run.lastIndex = at;
  return run.test(text) ? run.lastIndex : at;
}

/** A leading zero or a value over 64 bits makes a number a word, not an error. */
function component(text: string): Token {
  if (text === "0" || !text.startsWith("0")) {
    const parsed = parseU64(text);
    if (parsed.kind === "ok") return { kind: "numeric", value: parsed.value };
  }
  return { kind: "alphanumeric", text };
}
