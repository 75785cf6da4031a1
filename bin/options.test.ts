/** Accepted and refused values of options. To add a case, add a row: text, and value or null. */
import { InvalidArgumentError } from "commander";
import { expect, test } from "vitest";
import {
  durationMs,
  fileName,
  naturalNumber,
  oneOf,
  percentage,
  positiveInteger,
  repeated,
  seed,
} from "./options.ts";

const colour = oneOf(["red", "green"]);

test.each([
  [positiveInteger, "1", 1],
  [positiveInteger, "1000000000", 1_000_000_000],
  [positiveInteger, "1000000001", null],
  [positiveInteger, "0", null],
  [positiveInteger, "-1", null],
  [positiveInteger, "1.5", null],
  [positiveInteger, "1e3", null],
  [positiveInteger, " 1", null],
  [positiveInteger, "", null],
  [naturalNumber, "0", 0],
  [naturalNumber, "-0", null],
  [durationMs, "500ms", 500],
  [durationMs, "60s", 60_000],
  [durationMs, "1.5m", 90_000],
  [durationMs, "5min", 300_000],
  [durationMs, "2h", 7_200_000],
  [durationMs, "60", null],
  [durationMs, "0s", null],
  [durationMs, "-1s", null],
  [durationMs, "1d", null],
  [durationMs, "s", null],
  [durationMs, ".5s", null],
  [seed, "a", "a"],
  [seed, "2026-11-21/17", "2026-11-21/17"],
  [seed, "", null],
  [seed, "a b", null],
  [seed, "smoke:1", null],
  [seed, "x".repeat(101), null],
  [percentage, "5%", 0.05],
  [percentage, "0%", 0],
  [percentage, "100%", 1],
  [percentage, "101%", null],
  [percentage, "5", null],
  [percentage, "-5%", null],
  [colour, "green", "green"],
  [colour, "Green", null],
  [fileName, "-", "-"],
  [fileName, "a b.json", "a b.json"],
  [fileName, "", null],
  [fileName, "a\0b", null],
])("%o(%j)", (parse: (text: string) => unknown, text, value) => {
  if (value === null) expect(() => parse(text)).toThrow(InvalidArgumentError);
  else expect(parse(text)).toBe(value);
});

test("an option that may be repeated collects its values", () => {
  const parse = repeated(positiveInteger);
  expect(parse("2", parse("1", undefined))).toEqual([1, 2]);
  expect(() => parse("x", [1])).toThrow(InvalidArgumentError);
});
