/**
 * Scoring, on mutants made up here over the quickest scenario there is. To add a case, add a mutant
 * with what must come of it.
 */
import { expect, test } from "vitest";
import { UserError } from "../../sim/errors.ts";
import { defineScenario } from "../define.ts";
import type { Mutant } from "./mutant.ts";
import { type MutantScore, scoreMutant } from "./score.ts";

const scenario = defineScenario({
  name: "quick",
  spec: { breakUs: 800_000, healUs: 5_000_000, regions: { min: 1, max: 1 } },
});

const mutant = (edits: Mutant["edits"], expected = ["linearizability"]): Mutant => ({
  id: "client-made-up",
  component: "client",
  source: "this test",
  about: "Made up.",
  file: "nodes/client/answers.ts",
  edits,
  expected,
  suites: ["quick"],
  fidelity: "tikv",
});

const place = '      return ok({ kind: "value", value: only(answer).value });';
const seeds = 2;

function score(planted: Mutant): Promise<MutantScore> {
  let nowMs = 0;
  return scoreMutant({
    mutant: planted,
    scenarios: [scenario],
    seeds,
    master: "1",
    choices: { fidelity: "tikv", timing: "fast", strategy: "portfolio" },
    clockMs: () => (nowMs += 500),
    turn: () => Promise.resolve(),
    stops: () => false,
    onFailure: (error) => {
      throw error;
    },
  });
}

test("a bug that shows is killed in the first seed, with assertions and without", async () => {
  const replace = `      __zoo.reached();
      return ok({ kind: "value", value: __zoo.infected(only(answer).value, null) });`;
  const found = await score(mutant([{ find: place, replace }]));
  expect(found).toMatchObject({
    id: "client-made-up",
    killed: true,
    by: "linearizability",
    asExpected: true,
    killedWithoutAssertions: true,
    byWithoutAssertions: "linearizability",
    seeds: 1,
    seconds: 0.5,
  });
  expect(found.reached).toBeGreaterThanOrEqual(found.infected);
  expect(found.infected).toBeGreaterThan(0);
  expect(found.failure).toMatchObject({ scenario: "quick", seed: "1/0" });
});

test("a failed assertion kills, and counts apart; infection is counted before it", async () => {
  const replace = `      __zoo.reached();
      assert(!__zoo.infected(false, true), "made up");
${place}`;
  const found = await score(mutant([{ find: place, replace }]));
  expect(found).toMatchObject({
    killed: true,
    by: "invariant",
    asExpected: false,
    killedWithoutAssertions: false,
    byWithoutAssertions: null,
    reached: 1,
    infected: 1,
  });
});

test("no bug survives all seeds", async () => {
  const harmless = await score(mutant([{ find: place, replace: `__zoo.reached();\n${place}` }]));
  expect(harmless).toMatchObject({ killed: false, by: null, seeds, infected: 0, failure: null });
  expect(harmless.reached).toBeGreaterThan(0);
});

test("a stale edit is a mistake, said before anything is built", async () => {
  const stale = score(mutant([{ find: "no such text", replace: "" }]));
  await expect(stale).rejects.toBeInstanceOf(UserError);
});
