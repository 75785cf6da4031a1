/** The progress line's text. To add a case, add a row: options, state, text. */
import { expect, test } from "vitest";
import { progressText, startProgress } from "./progress.ts";
import { createSurroundings, type TestOptions } from "./testing/surroundings.ts";

const of200 = { noun: "seeds", total: 200, limitMs: null };

test.each([
  [of200, { done: 0, failures: 0, elapsedMs: 0 }, "0/200 seeds  no failure"],
  [
    of200,
    { done: 120, failures: 1, elapsedMs: 3000 },
    "120/200 seeds  40/s  2.0 s left  1 failure",
  ],
  [
    of200,
    { done: 200, failures: 2, elapsedMs: 5000 },
    "200/200 seeds  40/s  0.00 s left  2 failures",
  ],
  [
    { noun: "seeds", total: null, limitMs: 60_000 },
    { done: 5, failures: 0, elapsedMs: 15_000 },
    "5 seeds  0.3/s  45 s left  no failure",
  ],
  [
    { noun: "mutants", total: 100, limitMs: 10_000 },
    { done: 1, failures: 0, elapsedMs: 5000 },
    "1/100 mutants  0.2/s  5.0 s left  no failure",
  ],
  [
    { noun: "seeds", total: null, limitMs: null },
    { done: 12_000, failures: 0, elapsedMs: 6000 },
    "12,000 seeds  2,000/s  no failure",
  ],
])("%j %j", (options, state, text) => expect(progressText(options, state)).toBe(text));

test("nothing is drawn without a terminal or on a CI machine", async () => {
  const start = (options: TestOptions) => startProgress(of200, createSurroundings(options));
  const silent = await start({});
  expect(await start({ isTerminal: true, variables: { CI: "1" } })).toBe(silent);
  const drawn = await start({ isTerminal: true });
  drawn.stop();
  expect(drawn).not.toBe(silent);
});
