/** The last line of `verify` in any state. To add a case, add a row: outcomes, and the line. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { levelLine } from "../reports/index.ts";
import {
  type CheckId,
  type CheckReport,
  checksUpTo,
  type Level,
  levelStanding,
  levels,
} from "../scenarios/verify/index.ts";

type Outcome = CheckReport["outcome"];

const all: readonly CheckId[] = checksUpTo("L3");
const stand = (ids: readonly CheckId[], outcome: Outcome, cases = 1) =>
  ids.map((id) => ({ id, outcome, cases }));

const l0 = checksUpTo("L0");
const l1 = checksUpTo("L1");

test.each<[name: string, checks: ReturnType<typeof stand>, line: string]>([
  ["nothing ran", [], "partial: 0 of 20 checks, no level"],
  ["one check", stand(["C3"], "passed"), "partial: 1 of 20 checks, no level"],
  ["L0", stand(l0, "passed"), "partial: 1 of 20 checks, level L0"],
  ["L0 fails", stand(l0, "failed"), "partial: 1 of 20 checks, no level"],
  ["L1", stand(l1, "passed"), "partial: 6 of 20 checks, level L1"],
  ["L1 without L0", stand(l1.slice(1), "passed"), "partial: 5 of 20 checks, no level"],
  ["all pass", stand(all, "passed"), "verified: level L3"],
  ["all apply to nothing", stand(all, "n/a", 0), "verified: level L3"],
  ["all are skipped", stand(all, "skipped", 0), "partial: 0 of 20 checks, no level"],
  ["all were cut short", stand(all, "inconclusive", 0), "partial: 0 of 20 checks, no level"],
  ["all missed a gate", stand(all, "inconclusive"), "partial: 20 of 20 checks, no level"],
  ["all fail", stand(all, "failed"), "partial: 20 of 20 checks, no level"],
  [
    "a finding in L2",
    [...stand(l1, "passed"), ...stand(all.slice(l1.length), "failed")],
    "verified: level L1, 14 of 20 checks not passed",
  ],
])("%s", (_, checks, line) => {
  expect(levelLine(levelStanding(checks, null))).toBe(line);
});

const outcomes: readonly Outcome[] = ["passed", "failed", "inconclusive", "skipped", "n/a"];

test("no state claims more than was shown", () => {
  const states = fc.subarray([...all]).chain((ids) =>
    fc.tuple(
      ...ids.map((id) =>
        fc.record({
          id: fc.constant(id),
          outcome: fc.constantFrom(...outcomes),
          cases: fc.nat({ max: 2 }),
        }),
      ),
    ),
  );
  fc.assert(
    fc.property(states, fc.constantFrom(null, ...levels), (checks, asked: Level | null) => {
      const standing = levelStanding(checks, asked);
      const line = levelLine(standing);
      expect(line).not.toMatch(/\bsafe\b/);
      const held = checks.filter(({ outcome }) => outcome === "passed" || outcome === "n/a");
      const claimed = levels.find((level) => line.includes(`level ${level}`));
      const needed = claimed === undefined ? [] : checksUpTo(claimed);
      expect(needed.every((id) => held.some((one) => one.id === id))).toBe(true);
      if (line.startsWith("verified")) expect(standing.ran).toBe(20);
      const ran = checks.map(({ id }) => id);
      for (const id of standing.missing) {
        const one = checks.find((check) => check.id === id);
        expect(!ran.includes(id) || one?.outcome === "skipped" || one?.cases === 0).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});
