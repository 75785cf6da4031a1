/**
 * C2. To add a case: a way of writing in `twins/writer-plugins.ts`, and a row here: what the
 * contract says of it, the outcome, the hint, and how the message begins.
 */
import { expect, test } from "vitest";
import type { ContractKind } from "../contract.ts";
import { verified } from "../testing/verified.ts";
import { type Writing, writerContract, writerPlugin } from "../twins/writer-plugins.ts";

async function judged(writing: Writing, changes: Parameters<typeof writerContract>[0]) {
  const contract = writerContract(changes);
  const [report] = await verified({
    plugin: writerPlugin(writing),
    contract,
    checks: ["C2"],
    seeds: 8,
  });
  if (report === undefined) throw new Error("C2 is in the catalogue");
  return report;
}

test.each<[writing: Writing, kind: ContractKind, hint: string, message: RegExp]>([
  ["reads-and-writes", "read", "C2-WRITES", /the contract says "read".* put seen=/],
  ["adds", "write-idempotent", "C2-EFFECT", /x \+(\d+) instead of \+\d+/],
  [
    "adds",
    "write-with-request-id",
    "C2-EFFECT",
    /is applied and its answer is lost|answer is lost/,
  ],
  [
    "adds-once-in-two-writes",
    "write-with-request-id",
    "C2-EFFECT",
    /after write 1 is applied|write 2 is not applied/,
  ],
  [
    "adds-once-in-two-reads",
    "write-with-request-id",
    "C2-EFFECT",
    /an old copy goes on after 1 storage calls/,
  ],
  ["sets-and-answers-old", "write-idempotent", "C2-ANSWER", /the answer is \d+ instead of \d+/],
  ["adds", "write-once-unsafe", "C2-RETRIED", /the plugin ran 2 times/],
])("%s, declared as %s: %s", async (writing, kind, hint, message) => {
  const { outcome, finding } = await judged(writing, { kind });
  expect(outcome).toBe("failed");
  expect(finding?.complaint.hint).toBe(hint);
  expect(finding?.complaint.message).toMatch(message);
  expect(finding?.origin).toBe("plugin");
  expect(finding?.shrunk.keys).toBe(0);
});

test.each<[writing: Writing, changes: Parameters<typeof writerContract>[0]]>([
  ["sums", {}],
  ["sets", { kind: "write-idempotent" }],
  ["adds-once", { kind: "write-with-request-id" }],
  ["adds-a-row", { kind: "write-idempotent" }],
  ["adds", { kind: "write-once-unsafe", sends: "once" }],
])("%s passes as declared, with every gate met", async (writing, changes) => {
  const { outcome, gates, notes } = await judged(writing, changes);
  expect(outcome).toBe("passed");
  for (const { count } of gates) expect(count).toBeGreaterThan(0);
  expect(notes.join()).toContain("a split between an attempt and its retry: see C4");
});

test("the story has the whole table of cuts, the first bad one among them", async () => {
  const { finding } = await judged("adds-once-in-two-writes", { kind: "write-with-request-id" });
  const table = finding?.story.filter(({ label }) => label.startsWith("cut")) ?? [];
  expect(table.map(({ text }) => text.split(/ {2,}/))).toEqual([
    ["ok", "other state", "other state", expect.stringMatching(/^put x=/)],
    ["other state", "ok", "ok", expect.stringMatching(/^put id/)],
    ["ok", "ok", "ok", "its answer"],
  ]);
});

test("3(n+1) cuts of every request, and an old copy before each of its calls", async () => {
  const { cases } = await judged("adds-once", { kind: "write-with-request-id" });
  // One write, two calls: 3 * 2 cuts and 2 duplicates.
  expect(cases).toBe(8 * (6 + 2));
});

test("a plugin that writes nothing although it may is not passed", async () => {
  const { outcome, reason } = await judged("sums", { kind: "write-idempotent" });
  expect(outcome).toBe("inconclusive");
  expect(reason).toContain("after a write of it was applied");
});
