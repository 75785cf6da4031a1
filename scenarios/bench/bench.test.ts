/** The parts of `bench` that need no clock. To add a case, add a row. */
import { expect, test } from "vitest";
import { figureSpecs, median, rounds, standingOf, timed } from "./index.ts";
import { judgeLinearizability, ownHistories } from "./judged-histories.ts";

const standings = [
  ["seedsPerMinute", 6000, "aim"],
  ["seedsPerMinute", 2000, "floor"],
  ["seedsPerMinute", 1999, "miss"],
  ["scaleRatio", 1.3, "aim"],
  ["scaleRatio", 1.6, "floor"],
  ["scaleRatio", 1.61, "miss"],
  ["judgingShare", 0.5, "unjudged"],
] as const;

test("aim, floor and miss are told apart, whichever way is better", () => {
  for (const [key, value, standing] of standings) {
    const spec = figureSpecs.find((one) => one.key === key);
    expect(spec && standingOf(spec, value), `${key} ${value}`).toBe(standing);
  }
});

test("the median is the middle, of an even number the lower one", () => {
  expect([median([3]), median([9, 1, 5]), median([4, 1, 3, 2])]).toEqual([3, 5, 2]);
});

test("rounds on a busy processor are repeated, and used only for want of better ones", async () => {
  const shares = [50, 100, 99, 97, 100];
  let next = 0;
  const round = () => ({ lap: { cpuMs: shares[next++ % 5] ?? 0, wallMs: 100 } });
  const { kept, rejected } = await rounds({ count: 3, spare: 2 }, round);
  expect(kept.map(({ lap }) => lap.cpuMs)).toEqual([100, 99, 100]);
  expect(rejected).toBe(2);
  const poor = await rounds({ count: 2, spare: 1 }, () => ({ lap: { cpuMs: 1, wallMs: 100 } }));
  expect([poor.kept.length, poor.rejected]).toEqual([2, 3]);
});

test("both clocks are read before and after", () => {
  let now = 0;
  const clocks = { cpuMs: () => now, wallMs: () => 2 * now };
  const work = (): void => {
    now += 5;
  };
  expect(timed(clocks, work)).toEqual({ cpuMs: 5, wallMs: 10 });
});

test("our own histories are whole and come from a register: the judge finds no fault", () => {
  const clocks = { cpuMs: () => 0, wallMs: () => 0 };
  const histories = ownHistories(20);
  expect(judgeLinearizability(histories, clocks)).toMatchObject({ count: 20 * 170, refused: 0 });
  const operations = histories.flatMap((one) => one.operations);
  expect(operations.some(({ returnTime }) => returnTime === null)).toBe(true);
});
