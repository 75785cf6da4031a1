/**
 * C11. To add a case: a way of reading in `twins/writer-plugins.ts`, and a row here with what
 * must come of it.
 */
import { expect, test } from "vitest";
import { verified } from "../testing/verified.ts";
import { type Writing, writerContract, writerPlugin } from "../twins/writer-plugins.ts";

async function judged(writing: Writing, changes: Parameters<typeof writerContract>[0] = {}) {
  const contract = writerContract(changes);
  const plugin = writerPlugin(writing);
  const [report] = await verified({ plugin, contract, checks: ["C11"], seeds: 12 });
  if (report === undefined) throw new Error("C11 is in the catalogue");
  return report;
}

test("a sum of two reads saw one account before a transfer and the other after it", async () => {
  const { outcome, finding } = await judged("sums-in-two-reads");
  expect(outcome).toBe("failed");
  expect(finding?.complaint.hint).toBe("C11-TORN");
  expect(finding?.complaint.message).toMatch(
    /^get x saw the state before the commit of x=.*, get y the one after: the answer is \d+$/,
  );
  // No write can be left out: the reads before and after it must both see a change.
  expect(finding?.smallest.disturbance).toMatchObject({ kind: "commit", afterCall: 1 });
  expect(finding?.story.map(({ label }) => label).slice(3)).toEqual([
    "call 1",
    "others",
    "call 2",
    "answer",
    "before it",
    "after it",
  ]);
  expect(finding?.story.find(({ label }) => label === "call 1")?.text).toMatch(/^get x -> /);
});

test.each<[writing: Writing, outcome: string, reason: RegExp]>([
  ["sums", "n/a", /no drawn request reads twice/],
  ["sets", "n/a", /no drawn request reads twice/],
])("%s: %s", async (writing, outcome, reason) => {
  expect(await judged(writing)).toMatchObject({ outcome, reason: expect.stringMatching(reason) });
});

test("a contract that declares read-committed has no snapshot to keep", async () => {
  const { outcome, reason } = await judged("sums-in-two-reads", { isolation: "read-committed" });
  expect(outcome).toBe("n/a");
  expect(reason).toContain("read-committed");
});

test("a request that reads the same key twice and notices is not torn", async () => {
  const { outcome, gates } = await judged("reads-twice-and-compares");
  expect(outcome).toBe("passed");
  for (const { count } of gates) expect(count).toBeGreaterThan(0);
});
