/**
 * Scoring the verifier. To add a bug of the verifier, add a file to mutants/; to add a twin that
 * convicts it, a row to `scenarios/verify/twins/twins.ts`.
 */
import { expect, test } from "vitest";
import { UserError } from "../../sim/errors.ts";
import { twinsOf } from "../verify/twins/twins.ts";
import { checkMutant, findMutant } from "./catalogue.ts";
import type { Mutant } from "./mutant.ts";
import { scoreVerifier } from "./verifier-score.ts";

const frame = {
  clockMs: () => 0,
  turn: () => Promise.resolve(),
  stops: () => false,
  onFailure: (error: unknown) => {
    throw error;
  },
};

test.each(["verify-commit-after-the-last-read", "verify-no-pre-emption"])(
  "%s is killed by a twin, with assertions and without",
  async (id) => {
    const mutant = findMutant(id);
    const score = await scoreVerifier({ ...frame, mutant });
    const [check] = mutant.expected;
    expect(score).toMatchObject({ id, killed: true, by: check, asExpected: true });
    expect(score).toMatchObject({ killedWithoutAssertions: true, byWithoutAssertions: check });
    expect(score.infected).toBeGreaterThan(0);
  },
);

const made: Mutant = { ...findMutant("verify-no-pre-emption"), id: "verify-made-up" };

test("a change that changes nothing survives all twins of its check", async () => {
  const [edit] = made.edits;
  const find = edit?.find ?? "";
  const mutant = { ...made, edits: [{ find, replace: `__zoo.reached();\n${find}` }] };
  const score = await scoreVerifier({ ...frame, mutant });
  expect(score).toMatchObject({ killed: false, by: null, infected: 0 });
  expect(score.seeds).toBe(twinsOf("C12").length);
  expect(score.reached).toBeGreaterThan(0);
});

test("a check without twins is a mistake", () => {
  expect(() => checkMutant({ ...made, suites: ["C99"] }, [])).toThrow(UserError);
});
