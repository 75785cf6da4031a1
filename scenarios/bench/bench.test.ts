/** The parts of `bench` that need no clock. To add a case, add a row. */
import { expect, test } from "vitest";
import { figureSpecs, median, Pace, rounds, standingOf, timed } from "./index.ts";
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

/** Attempts as a machine may have them, over and over again. */
function played(text: string, attemptsMax: number) {
  const turns = text.split(" ").map((turn) => turn.split("/").map(Number));
  let [now, attempt] = [0, 0];
  const turn = () => turns[attempt % turns.length] ?? [];
  // The piece of work takes as long as the attempt that it stands beside says.
  const work = () => {
    now += turn()[1] ?? 0;
  };
  const pace = new Pace(() => now, work);
  let [next, ran] = [0, 0];
  const ready = async () => {
    attempt = next++;
  };
  const run = (number: number) => {
    ran += 1;
    return { told: `${number}:${attempt}`, lap: { cpuMs: turn()[0] ?? 0, wallMs: 100 } };
  };
  return { options: { count: 3, pace, ready, hasTime: () => ran < attemptsMax }, run };
}

// An attempt: its share of a processor in per cent, and the pace. Kept is "round:attempt".
const plays: readonly (readonly [string, number, string, string, number, number])[] = [
  ["calm: each once", 9, "100/1", "0:0 1:1 2:2", 0, 0],
  ["a shared processor", 9, "50/1 100/1 98/1 97/1 99/1", "0:4 1:1 2:2", 2, 0],
  ["a slow pace", 9, "100/1 100/1.2 100/1.1 100/2 100/1", "0:0 1:4 2:2", 2, 0],
  ["a better pace comes late", 9, "100/2 100/2 100/1", "0:5 1:8 2:2", 6, 0],
  ["no time: the best pace", 5, "100/1 100/3 100/4 100/4 100/2", "0:0 1:1 2:4", 4, 2],
  ["never a share", 3, "1/1", "0:0 1:1 2:2", 3, 3],
];

test("a round on a busy machine is repeated, and used only for want of a better one", async () => {
  for (const [name, attemptsMax, turns, kept, busy, keptBusy] of plays) {
    const { options, run } = played(turns, attemptsMax);
    const got = await rounds(options, run);
    expect(got.kept.map(({ told }) => told).join(" "), name).toBe(kept);
    expect([got.busy, got.keptBusy], name).toEqual([busy, keptBusy]);
  }
});

test("the pace is what a fixed piece of work takes, against its best", () => {
  const pace = new Pace(() => performance.now());
  const tookMs = pace.measure();
  expect(tookMs).toBeGreaterThan(0);
  expect(pace.fastestMs).toBe(tookMs);
  expect([tookMs, tookMs * 1.1, tookMs * 1.2].map((ms) => pace.isFull(ms))).toEqual([
    true,
    true,
    false,
  ]);
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
