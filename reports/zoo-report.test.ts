/** What `zoo` tells. To add a case, add a score with the row or the line it must give. */
import { expect, test } from "vitest";
import type { MutantScore, TwinScore } from "../scenarios/zoo/index.ts";
import { createPainter } from "./console.ts";
import {
  shrinkLine,
  type ToldScore,
  type ToldTwin,
  zooBody,
  zooJunit,
  zooTable,
  zooVerdict,
} from "./zoo-report.ts";

const painter = createPainter({ colour: false });
const killed: MutantScore = {
  id: "raft-a",
  component: "raft",
  killed: true,
  by: "quorum audit",
  asExpected: true,
  killedWithoutAssertions: true,
  byWithoutAssertions: "quorum audit",
  seeds: 3,
  seconds: 1.5,
  reached: 39_730,
  infected: 7,
  failure: null,
};
const survivor = { ...killed, killed: false, by: null, byWithoutAssertions: null } as const;
const bare = { killedWithoutAssertions: false, byWithoutAssertions: null } as const;
const told = (score: MutantScore, shrunk: readonly [number, number] | null = null): ToldScore => ({
  score,
  file: shrunk === null ? null : `${score.id}.repro.json`,
  story:
    shrunk === null
      ? null
      : {
          original: { faults: 20, operations: 300 },
          shrunk: { faults: shrunk[0], operations: shrunk[1] },
          seconds: shrunk[1],
        },
});
const caught: TwinScore = {
  id: "made-up/bad-a",
  check: "C3",
  killed: true,
  outcome: "failed",
  reason: "",
  cases: 12,
  seconds: 0.5,
  finding: null,
};
const free: TwinScore = { ...caught, killed: false, outcome: "passed" };
const twin = (score: TwinScore, file: string | null = null): ToldTwin => ({ score, file });
const report = (
  scores: readonly ToldScore[],
  untried: readonly string[] = [],
  twins: readonly ToldTwin[] = [],
) => ({
  scores,
  twins,
  untried,
  elapsedMs: 12_000,
});

test.each([
  [killed, /^raft-a +✓ +3 +1\.5 s +39k +7 +quorum audit$/m],
  [{ ...killed, ...bare }, /quorum audit; nobody without assertions$/m],
  [{ ...survivor, infected: 0, reached: 0 }, /✗ .* survives: never reached$/m],
  [{ ...survivor, infected: 0 }, /survives: reached, changed nothing$/m],
  [survivor, /survives: infected, not convicted$/m],
])("a row", (score, expected) => {
  const text = zooTable(report([told(score)]), painter, 100);
  expect(text).toMatch(expected);
});

test.each([
  [caught, /^made-up\/bad-a +✓ +12 +0\.50 s +C3$/m],
  [free, /✗ .* survives: C3 passed$/m],
  [
    { ...free, outcome: "inconclusive", reason: "no case" } as const,
    /: C3 inconclusive: no case$/m,
  ],
])("a bad twin's row", (score, expected) => {
  const text = zooTable(report([told(killed)], [], [twin(score)]), painter, 100);
  expect(text).toMatch(/^mutant or bad twin /);
  expect(text).toMatch(expected);
});

test("verdicts: both scores, survivors, and what was not tried", () => {
  const said = (scores: readonly ToldScore[], untried?: readonly string[], twins?: ToldTwin[]) =>
    zooVerdict(report(scores, untried, twins), painter);
  expect(said([told(killed)])).toBe(
    "pass: 1 of 1 mutant killed, 1 with assertions compiled out, 12 s",
  );
  expect(said([told(killed), told({ ...survivor, ...bare })])).toMatch(/^fail: 1 of 2 mutants/);
  expect(said([told(killed)], ["raft-b"])).toMatch(/^inconclusive: 1 of 1 .*, 1 not tried, 12 s$/);
  expect(said([told(killed)], [], [twin(caught)])).toMatch(
    /^pass: .*, 1 of 1 bad twin caught, 12 s/,
  );
  expect(said([told(killed)], [], [twin(free)])).toMatch(
    /^fail: 1 of 1 mutant .*, 0 of 1 bad twin/,
  );
  expect(said([], [], [twin(caught)])).toBe("pass: 1 of 1 bad twin caught, 12 s");
});

test("the median story, and none where nothing was killed", () => {
  const scores = [told(killed, [1, 2]), told(killed, [5, 10]), told(killed, [2, 3])];
  expect(shrinkLine(report(scores))).toBe(
    "the median story shrank from 20 faults and 300 operations to 2 faults and 3 operations, " +
      "the slowest in 10 s (aim: 5 faults and 10 operations, each within 30 s: reached)",
  );
  expect(shrinkLine(report([told(killed, [6, 2])]))).toMatch(/: missed\)$/);
  expect(shrinkLine(report([told(killed, [5, 11])]))).toMatch(/: missed\)$/);
  const slow = [told(killed, [1, 2]), told(killed, [1, 2]), told(killed, [1, 31])];
  expect(shrinkLine(report(slow))).toMatch(/ in 31 s .*: missed\)$/);
  expect(shrinkLine(report([told(killed)]))).toBeNull();
});

test("JSON and JUnit", () => {
  const twins = [twin(caught, "a.repro.json"), twin(free)];
  const body = zooBody(report([told(killed, [1, 2]), told({ ...survivor, ...bare })], [], twins));
  expect(body).toMatchObject({
    killed: 1,
    killedWithoutAssertions: 1,
    shrinking: { medianShrunk: { faults: 1, operations: 2 }, withinAims: true },
    mutants: [
      { id: "raft-a", component: "raft", killed: true, by: "quorum audit", seeds: 3, seconds: 1.5 },
      { id: "raft-a", killed: false, by: null, reached: 39_730, infected: 7, story: null },
    ],
    killedTwins: 1,
    twins: [
      { id: "made-up/bad-a", check: "C3", killed: true, cases: 12, file: "a.repro.json" },
      { id: "made-up/bad-a", killed: false, outcome: "passed", shrunk: null, file: null },
    ],
  });
  expect(JSON.stringify(body)).not.toContain('"failure"');
  const all = report([told(killed, [1, 2]), told(survivor)], [], twins);
  const { cases } = zooJunit(all).suites[0] ?? { cases: [] };
  expect(cases.map(({ outcome }) => outcome)).toEqual(["passed", "failed", "passed", "failed"]);
  expect(cases[2]?.details).toBe("coprsim replay a.repro.json");
  expect(cases[0]?.details).toBe("coprsim replay raft-a.repro.json");
});
