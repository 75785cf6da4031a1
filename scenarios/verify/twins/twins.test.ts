/**
 * Every twin before its check. To add a case, add a row to `twins.ts`: the verifier must convict a
 * bad one and pass a good one.
 */
import { expect, test } from "vitest";
import * as verify from "../index.ts";
import { judgesRight } from "./judgement.ts";
import { twinsOf } from "./twins.ts";

const frame = {
  clockMs: () => 0,
  turn: () => Promise.resolve(),
  onFailure: (error: unknown) => {
    throw error;
  },
};

const twins = verify.checkCatalogue.flatMap(({ id }) => twinsOf(id));

test.each(twins.map((twin) => [twin.check, twin.name, twin] as const))(
  "%s judges %s right",
  async (_check, _name, twin) => {
    expect(await judgesRight(verify, twin, frame)).toBe(true);
  },
);

test("a twin that is not what it claims to be is noticed", async () => {
  for (const twin of twinsOf("C12")) {
    expect(await judgesRight(verify, { ...twin, isBad: !twin.isBad }, frame)).toBe(false);
  }
});

test("every check has a bad twin and a good one", () => {
  for (const { id } of verify.checkCatalogue) {
    const fates = new Set(twinsOf(id).map(({ isBad }) => isBad));
    expect([id, fates.size]).toEqual([id, 2]);
  }
});
