/**
 * Accept and refuse tables of what Rust's standard library reads and prints. To add a case, add a
 * line; the expected values are rustc 1.95's.
 */
import { expect, test } from "vitest";
import { debugChar, debugString, incrementU64, parseF32, parseU64, trimText } from "./index.ts";

const empty = "cannot parse integer from empty string";
const badDigit = "invalid digit found in string";
const tooLarge = "number too large to fit in target type";

test("64-bit integers are read exactly, or refused in Rust's words", () => {
  const accepted: readonly (readonly [string, number | bigint])[] = [
    ["0", 0],
    ["007", 7],
    ["+5", 5],
    ["9007199254740991", 9007199254740991],
    ["9007199254740992", 9007199254740992n],
    ["0000000000000000000000000000001", 1],
    ["18446744073709551615", 18446744073709551615n],
  ];
  for (const [text, value] of accepted) expect(parseU64(text)).toEqual({ kind: "ok", value });
  const refused: readonly (readonly [string, string])[] = [
    ["", empty],
    ["+", badDigit],
    ["-1", badDigit],
    [" 1", badDigit],
    ["1_0", badDigit],
    ["\uff11", badDigit],
    ["18446744073709551616", tooLarge],
    ["99999999999999999999999999", tooLarge],
    // Read from the left: what is wrong first is what is said.
    ["18446744073709551616x", tooLarge],
    ["1844674407370955161x6", badDigit],
  ];
  for (const [text, error] of refused) {
    expect(parseU64(text), text).toEqual({ kind: "error", text: error });
  }
});

test("an increment stays canonical and wraps", () => {
  expect(incrementU64(0)).toBe(1);
  expect(incrementU64(9007199254740991)).toBe(9007199254740992n);
  expect(incrementU64(18446744073709551614n)).toBe(18446744073709551615n);
  expect(incrementU64(18446744073709551615n)).toBe(0);
});

test("32-bit floats", () => {
  const accepted: readonly (readonly [string, number])[] = [
    ["12.5", 12.5],
    [".5", 0.5],
    ["5.", 5],
    ["-0", -0],
    ["+1e-2", Math.fround(0.01)],
    ["1E400", Number.POSITIVE_INFINITY],
    ["-Infinity", Number.NEGATIVE_INFINITY],
    ["nAn", Number.NaN],
  ];
  for (const [text, value] of accepted) expect(parseF32(text)).toEqual({ kind: "ok", value });
  expect(parseF32("")).toEqual({ kind: "error", text: "cannot parse float from empty string" });
  for (const text of [".", "e5", "1e", "1e+", "0x1", "1 ", "1_0", "+-1", "infin", "--1"]) {
    expect(parseF32(text), text).toEqual({ kind: "error", text: "invalid float literal" });
  }
});

test("debug texts", () => {
  expect(debugString("a\"b'c\\d\0\t\n\r é\u{1f600}")).toBe(
    '"a\\"b\'c\\\\d\\0\\t\\n\\r é\u{1f600}"',
  );
  expect(debugString("\u0007\u007f\u00a0\u200b\u0301\ufeff\u2028")).toBe(
    '"\\u{7}\\u{7f}\\u{a0}\\u{200b}\\u{301}\\u{feff}\\u{2028}"',
  );
  expect(debugChar("'") + debugChar('"') + debugChar(" ")).toBe(`'\\'''"'' '`);
});

test("trimming takes Unicode's white space, not JavaScript's", () => {
  expect(trimText(" \t\u0085\u3000a b\u2003\n")).toBe("a b");
  expect(trimText("\ufeffa\ufeff")).toBe("\ufeffa\ufeff");
  expect(trimText(" \n ")).toBe("");
});
