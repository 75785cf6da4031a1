/**
 * What Rust's standard library reads and prints, as far as texts of TiKV, fail-rs and semver show
 * it: 64-bit unsigned integers, 32-bit floats, white space and the escapes of `{:?}`. Checked
 * against rustc 1.95.
 */

/**
 * An unsigned 64-bit integer in one canonical form: a number up to 2^53 - 1, a bigint above. So
 * `===` is equality, `<` and `>` compare exactly, and small values cost what numbers cost.
 */
export type U64 = number | bigint;

/** The result of reading a number: its value, or the Display of Rust's parse error. */
export type ParsedNumber<Value> =
  | { readonly kind: "ok"; readonly value: Value }
  | { readonly kind: "error"; readonly text: string };

const u64Max = 0xffff_ffff_ffff_ffffn;

/** The canonical form of a value from 0 to 2^64 - 1. */
export function u64(value: bigint): U64 {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

/** `value + 1`, wrapping at 2^64 as Rust does without overflow checks (TiKV's release profile). */
export function incrementU64(value: U64): U64 {
  if (typeof value === "number" && value < Number.MAX_SAFE_INTEGER) return value + 1;
  return u64((BigInt(value) + 1n) & u64Max);
}

/** `text.parse::<u64>()`: decimal digits with an optional `+`. Never throws. */
export function parseU64(text: string): ParsedNumber<U64> {
  if (text === "") return { kind: "error", text: "cannot parse integer from empty string" };
  const start = text.startsWith("+") ? 1 : 0;
  let end = start;
  while (end < text.length && isDigit(text.charCodeAt(end))) end += 1;
  const digits = text.slice(start, end).replace(/^0+(?=\d)/, "");
  // Rust reads from the left: an overflow before a bad character is what it reports.
  if (digits.length > 20 || (digits.length === 20 && BigInt(digits) > u64Max)) {
    return { kind: "error", text: "number too large to fit in target type" };
  }
  if (end < text.length || digits === "") {
    return { kind: "error", text: "invalid digit found in string" };
  }
  return { kind: "ok", value: digits.length < 16 ? Number(digits) : u64(BigInt(digits)) };
}

/**
 * `text.parse::<f32>()`. Rounded through a double, which can differ from Rust in the last of 24
 * bits for texts of 17 digits and more. Never throws; NaN and the infinities are values.
 */
export function parseF32(text: string): ParsedNumber<number> {
  if (text === "") return { kind: "error", text: "cannot parse float from empty string" };
  const word = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (word !== null) {
    const size = word[2]?.toLowerCase() === "nan" ? Number.NaN : Number.POSITIVE_INFINITY;
    return { kind: "ok", value: word[1] === "-" ? -size : size };
  }
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) {
    return { kind: "error", text: "invalid float literal" };
  }
  return { kind: "ok", value: Math.fround(Number(text)) };
}

/** `text.trim()`: without the Unicode white space around it. JavaScript's own set differs. */
export function trimText(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && whiteSpace.test(text.charAt(start))) start += 1;
  while (end > start && whiteSpace.test(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

const whiteSpace = /^\p{White_Space}$/u;

/** `{:?}` of a string: in double quotes, with escapes. */
export function debugString(text: string): string {
  let shown = '"';
  for (const char of text) shown += char === '"' ? '\\"' : escapeChar(char);
  return `${shown}"`;
}

/** `{:?}` of one character: in single quotes, with escapes. */
export function debugChar(char: string): string {
  return `'${char === "'" ? "\\'" : escapeChar(char)}'`;
}

const shortEscapes: ReadonlyMap<string, string> = new Map([
  ["\0", "\\0"],
  ["\t", "\\t"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\\", "\\\\"],
]);

// Not printable to Rust: every kind of "other" and separator but the space, and what extends the
// character before it.
const unprintable = /^(?! )[\p{C}\p{Z}\p{Grapheme_Extend}]$/u;

function escapeChar(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  if (code >= 0x20 && code < 0x7f && code !== 0x5c) return char;
  const short = shortEscapes.get(char);
  if (short !== undefined) return short;
  return unprintable.test(char) ? `\\u{${code.toString(16)}}` : char;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
