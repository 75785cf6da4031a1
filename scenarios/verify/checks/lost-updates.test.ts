/**
 * C12. To add a case: a way of writing in `twins/writer-plugins.ts`, and a row here: what the
 * contract says, and the hint; or a way that passes.
 */
import { expect, test } from "vitest";
import type { ContractConcurrency, ContractKind } from "../contract.ts";
import { verified } from "../testing/verified.ts";
import { type Writing, writerContract, writerPlugin } from "../twins/writer-plugins.ts";

async function judged(writing: Writing, changes: Parameters<typeof writerContract>[0] = {}) {
  const contract = writerContract(changes);
  const plugin = writerPlugin(writing);
  const [report] = await verified({ plugin, contract, checks: ["C12"], seeds: 8 });
  if (report === undefined) throw new Error("C12 is in the catalogue");
  return report;
}

test.each<[writing: Writing, kind: ContractKind, concurrency: ContractConcurrency, hint: string]>([
  ["adds", "write-idempotent", "serializable", "C12-LOST"],
  ["adds", "write-idempotent", "commutative", "C12-LOST"],
  ["adds-once", "write-with-request-id", "commutative", "C12-LOST"],
  ["adds-once-in-two-writes", "write-with-request-id", "serializable", "C12-LOST"],
  ["sets-both", "write-idempotent", "serializable", "C12-LOST"],
  ["sets-both", "write-idempotent", "commutative", "C12-LOST"],
])("%s, %s, %s: %s", async (writing, kind, concurrency, hint) => {
  const { outcome, finding, notes } = await judged(writing, { kind, concurrency });
  expect(outcome).toBe("failed");
  expect(finding?.complaint.hint).toBe(hint);
  expect(finding?.origin).toBe("plugin");
  expect(finding?.shrunk.keys).toBe(0);
  expect(notes.join()).toContain("to 3 pre-emptions");
});

test.each<
  [writing: Writing, kind: ContractKind, concurrency: ContractConcurrency, outcome: string]
>([
  ["sums", "read", "serializable", "n/a"],
  ["sets", "write-idempotent", "serializable", "passed"],
  ["sets-both", "write-idempotent", "last-writer-wins", "passed"],
  ["adds-a-row", "write-idempotent", "serializable", "passed"],
])("%s, %s, %s: %s", async (writing, kind, concurrency, expected) => {
  const { outcome, reason, gates } = await judged(writing, { kind, concurrency });
  expect(`${outcome} ${reason}`).toMatch(new RegExp(`^${expected}`));
  for (const { count } of gates) expect(count).toBeGreaterThan(0);
});

test("a plain put is lost to a plugin that writes back what it read", async () => {
  // No two requests touch the same total: only somebody else's put can be lost.
  const { outcome, finding } = await judged("adds-to-own-total", {
    kind: "write-with-request-id",
  });
  expect(outcome).toBe("failed");
  expect(finding?.complaint.hint).toBe("C12-PUT");
  expect(finding?.story.find(({ label }) => label === "b")?.text).toMatch(/RawPut total\/\d+=/);
});

test("the story has two lanes, both serial outcomes and the observed one", async () => {
  const { finding } = await judged("adds", { kind: "write-idempotent" });
  expect(finding?.smallest.disturbance).toMatchObject({ kind: "interleaving", order: "ab" });
  const [, , , , header, ...lines] = finding?.story ?? [];
  expect(header?.text).toMatch(/^a +b$/);
  expect(lines.slice(0, 4).map(({ text }) => text.replaceAll(/ {2,}/g, " | "))).toEqual([
    "get x | ·",
    "· | get x",
    expect.stringMatching(/^· \| put x=/),
    expect.stringMatching(/^put x=\d+ \| ·/),
  ]);
  expect(lines.slice(4).map(({ label }) => label)).toEqual(["observed", "a, then b", "b, then a"]);
});
