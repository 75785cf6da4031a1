/** Tables of integers: what they hold at first, and that V8 does not count them. */
import { expect, test } from "vitest";
import { byteTable, intTable } from "./int-table.ts";

test("tables begin with zeros and are not counted as external memory", () => {
  const before = process.memoryUsage().external;
  const ints = intTable(4_000_000);
  const bytes = byteTable(4_000_000);
  const counted = process.memoryUsage().external - before;
  expect([ints.length, bytes.length]).toEqual([4_000_000, 4_000_000]);
  expect(ints.every((one) => one === 0) && bytes.every((one) => one === 0)).toBe(true);
  ints[3_999_999] = -1;
  expect(ints[3_999_999]).toBe(-1);
  // 20 MB would be counted of ordinary arrays.
  expect(counted).toBeLessThan(4_000_000);
});
