/**
 * The benchmark's group of counters (counter-group.ts): it gets something done under its
 * faults, repeats itself exactly, and its counters agree. To add a case, add a claim on a seed.
 */
import { expect, test } from "vitest";
import { runCounterGroup } from "./counter-group.ts";

test("a hundred seeds commit most of their load, and lose power now and then", () => {
  let applied = 0;
  let powerLosses = 0;
  for (let seed = 1; seed <= 100; seed += 1) {
    const result = runCounterGroup(seed);
    applied += result.applied;
    powerLosses += result.powerLosses;
  }
  // 15 s at about 45 commands a second would be 680 a seed, were there always a leader.
  expect(applied / 100).toBeGreaterThan(300);
  expect(powerLosses).toBeGreaterThan(300);
});

test("a seed repeats itself, and another seed differs", () => {
  expect(runCounterGroup(7)).toEqual(runCounterGroup(7));
  expect(runCounterGroup(7).digest).not.toBe(runCounterGroup(8).digest);
});
