/**
 * What majorities agree on. To add a case, add a row: the halves as lists of voters, what each
 * voter acknowledged or voted ("y", "n", "-" for silence), and the answer.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { jointMatch, jointVote, majorityMatch, type VoteResult } from "./quorum.ts";

const acked = (...matches: readonly number[]) => matches.map((match) => ({ match }));

test.each([
  { matches: [5], index: 5 },
  { matches: [5, 0], index: 0 },
  { matches: [5, 4], index: 4 },
  { matches: [9, 5, 4], index: 5 },
  { matches: [9, 9, 1, 1], index: 1 },
  { matches: [9, 9, 9, 1], index: 9 },
  { matches: [7, 3, 5, 1, 9], index: 5 },
])("$matches acknowledged commit $index", ({ matches, index }) => {
  expect(majorityMatch(acked(...matches))).toBe(index);
});

test("nobody binds nobody, and of two halves the lesser decides", () => {
  expect(majorityMatch([])).toBe(Number.POSITIVE_INFINITY);
  expect(jointMatch(acked(9, 9, 1), [])).toBe(9);
  expect(jointMatch(acked(9, 9, 1), acked(4, 3, 2))).toBe(3);
  expect(jointMatch(acked(4, 3, 2), acked(9, 9, 1))).toBe(3);
});

test.each<{ votes: string; halves: readonly (readonly number[])[]; result: VoteResult }>([
  { votes: "y", halves: [[1]], result: "won" },
  { votes: "n", halves: [[1]], result: "lost" },
  { votes: "yy-", halves: [[1, 2, 3]], result: "won" },
  { votes: "y--", halves: [[1, 2, 3]], result: "pending" },
  { votes: "ynn", halves: [[1, 2, 3]], result: "lost" },
  { votes: "yynn", halves: [[1, 2, 3, 4]], result: "lost" },
  { votes: "yy--", halves: [[1, 2, 3, 4]], result: "pending" },
  {
    votes: "yy-nn",
    halves: [
      [1, 2, 3],
      [3, 4, 5],
    ],
    result: "lost",
  },
  {
    votes: "yy--n",
    halves: [
      [1, 2, 3],
      [3, 4, 5],
    ],
    result: "pending",
  },
  {
    votes: "yyyy-",
    halves: [
      [1, 2, 3],
      [3, 4, 5],
    ],
    result: "won",
  },
])("$votes in $halves is $result", ({ votes, halves: [incoming = [], outgoing = []], result }) => {
  const said = new Map<number, boolean>();
  for (const [at, vote] of [...votes].entries()) if (vote !== "-") said.set(at + 1, vote === "y");
  expect(jointVote(incoming, outgoing, said)).toBe(result);
  // The halves have no order.
  expect(jointVote(outgoing, incoming, said)).toBe(result);
});

test("the committed index is the highest that more than half acknowledged", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 9 }), (matches) => {
      const sorted = [...matches].sort((a, b) => a - b);
      const lowestOfMajority = sorted[sorted.length - 1 - Math.floor(sorted.length / 2)];
      expect(majorityMatch(acked(...matches))).toBe(lowestOfMajority);
    }),
    { seed: 7 },
  );
});
