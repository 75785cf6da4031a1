/** Durations and sizes of tikv.toml. To add a case, add a row: the text, and what it is. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { formatDuration, formatSize, readDurationUs, readSizeBytes } from "./readable.ts";

test.each([
  ["1s", 1_000_000],
  ["1s500ms", 1_500_000],
  ["2h30m", 9_000_000_000],
  ["0.5s", 500_000],
  ["1d", 86_400_000_000],
  ["7us", 7],
  ["0s", 0],
  ["", null],
  ["1", null],
  ["ms", null],
  ["500ms1s", null],
  ["1s1s", null],
  ["-1s", null],
  ["1 s", null],
  ["1min", null],
])("the duration %j", (text, us) => {
  expect(readDurationUs(text)).toBe(us);
});

test.each([
  ["8MB", 8 << 20],
  ["8MiB", 8 << 20],
  ["1.5KB", 1536],
  ["12", 12],
  ["12B", 12],
  ["2g", 2 ** 31],
  ["", null],
  ["MB", null],
  ["8XB", null],
  ["-1MB", null],
])("the size %j", (text, bytes) => {
  expect(readSizeBytes(text)).toBe(bytes);
});

test("what is shown is read as the same", () => {
  fc.assert(
    fc.property(fc.nat(2 ** 31 - 1), (count) => {
      expect(readDurationUs(formatDuration(count))).toBe(count);
      expect(readSizeBytes(formatSize(count))).toBe(count);
    }),
  );
});
