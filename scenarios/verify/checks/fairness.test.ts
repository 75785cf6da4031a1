/**
 * C19. To add a case: a plugin that takes its time, in `twins/writer-plugins.ts` or
 * `twins/toy-plugins.ts`, and what it does to others.
 */
import { expect, test } from "vitest";
import { verified } from "../testing/verified.ts";
import { type Writing, writerContract, writerPlugin } from "../twins/writer-plugins.ts";

async function judged(writing: Writing, concurrent = 4) {
  const [report] = await verified({
    plugin: writerPlugin(writing),
    contract: writerContract({ kind: "write-idempotent", budgets: { concurrent } }),
    checks: ["C19"],
    seeds: 4,
  });
  if (report === undefined) throw new Error("C19 is in the catalogue");
  return report;
}

test("a request of three hundred writes piles up until Raft stands still", async () => {
  const { outcome, finding } = await judged("hogs");
  expect(outcome).toBe("failed");
  expect(finding?.complaint.hint).toBe("C19-RAFT");
  expect(finding?.complaint.message).toMatch(/requests? at a time: plugin calls caused \d+ elec/);
  const labels = finding?.story.map(({ label }) => label) ?? [];
  expect(labels).toEqual(expect.arrayContaining(["load", "without", "with", "gets", ">= 1 s"]));
});

test("a read passes, every gate is met, and the bound is told", async () => {
  const { outcome, reason, gates, notes } = await judged("sums");
  expect(`${outcome} ${reason}`).toBe("passed ");
  for (const { count } of gates) expect(count).toBeGreaterThan(0);
  // As many requests as a store has threads wait for what no thread can hear.
  expect(notes).toEqual([
    "the batch-commands stream, which shares a thread, is not modelled",
    expect.stringMatching(/^4 requests at a time are safe; with 5, plugin calls caused 1 election/),
  ]);
});

test("without a storage call nothing waits for Raft, and any number is safe", async () => {
  const { notes } = await judged("answers-at-once");
  expect(notes[1]).toBe("12 requests at a time are safe; more were not tried");
});

test("a promise of more requests at a time is held to", async () => {
  const promising = await judged("adds", 5);
  expect(promising.finding?.complaint.hint).toBe("C19-RAFT");
});
