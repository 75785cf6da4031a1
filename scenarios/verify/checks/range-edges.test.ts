/**
 * C10 and its lists of ranges. To add a case: a bug in `twins/stray-plugins.ts` and a row here, or
 * ranges and what they come to.
 */
import { expect, test } from "vitest";
import type { KeyRange } from "../../../plugins/index.ts";
import { anyOverlap, unionOf } from "../range-edges.ts";
import { verified } from "../testing/verified.ts";
import { type StrayBug, strayPlugin } from "../twins/stray-plugins.ts";
import { definition, toyContract, toyPlugin } from "../twins/toy-plugins.ts";

const ranges = (text: string): readonly KeyRange[] =>
  text.split(" ").map((one) => {
    const [start = "", end = ""] = one.split("-");
    return { start, end };
  });

test.each([
  ["a-b", "a-b", false],
  ["a-b b-c", "a-c", false],
  ["b-c a-b", "a-c", false],
  ["a-c b-d", "a-d", true],
  ["a-d b-c", "a-d", true],
  ["a-a b-c", "b-c", false],
  ["c-a b-d", "b-d", false],
  ["a- b-c", "a-", true],
  ["- c-d", "-", true],
  ["a-b a-b", "a-b", true],
])("%s is %s", (text, union, overlap) => {
  expect(unionOf(ranges(text))).toEqual(ranges(union));
  expect(anyOverlap(ranges(text))).toBe(overlap);
});

test.each<[bug: StrayBug, hint: string, keys: number]>([
  ["answers-everything-to-nothing", "C10-EVERYTHING", 1],
  ["counts-overlaps-twice", "C10-OVERLAP", 1],
  ["dies-of-long-keys", "C10-DIES", 0],
  ["misses-the-last-key-of-an-open-range", "C10-EDGE", 1],
])("finds a plugin that %s, and no other check does: %s", async (bug, hint, keys) => {
  const reports = await verified({ plugin: strayPlugin(bug), contract: toyContract() });
  const failed = reports.filter(({ outcome }) => outcome === "failed");
  expect(failed.map(({ id }) => id)).toEqual(["C10"]);
  expect(failed[0]?.finding?.complaint.hint).toBe(hint);
  expect(failed[0]?.finding?.shrunk).toMatchObject({ keys });
  expect(failed[0]?.finding?.story.length).toBeGreaterThan(3);
  const widths = failed[0]?.finding?.story.map(({ text }) => text.length) ?? [];
  expect(Math.max(...widths)).toBeLessThan(300);
});

test("what the contract declares of overlaps must hold", async () => {
  const outcome = async (overlaps: "dedupe" | "count-twice") => {
    const plugin = toyPlugin("none");
    const [report] = await verified({
      plugin,
      contract: toyContract({ overlaps }),
      checks: ["C10"],
    });
    return report;
  };
  expect((await outcome("dedupe"))?.outcome).toBe("passed");
  const twice = (await outcome("count-twice"))?.finding?.complaint;
  expect(twice?.hint).toBe("C10-OVERLAP");
  expect(twice?.expected).toBe("count-twice, as the contract declares");
});

test("gates: without rows nothing is shown; a writing plugin has no edges to compare", async () => {
  const plugin = toyPlugin("none");
  const gen = { ...definition.gen, data: definition.gen.data.map(() => []) };
  const [bare] = await verified({ plugin, contract: toyContract({ gen }), checks: ["C10"] });
  expect(bare).toMatchObject({ outcome: "inconclusive" });
  expect(bare?.reason).toContain("nothing was asked for while there were rows");
  const contract = toyContract({ kind: "write-idempotent" });
  const [writes] = await verified({ plugin, contract, checks: ["C10"] });
  expect(writes?.gates.map(({ name }) => name)).toEqual(["nothing"]);
});
