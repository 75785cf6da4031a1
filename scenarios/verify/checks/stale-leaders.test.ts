/**
 * C13. To add a case: a way of reading and writing in `twins/writer-plugins.ts`, and a row here:
 * what the contract says and the hint; or a way that passes.
 */
import { expect, test } from "vitest";
import type { ContractKind } from "../contract.ts";
import { verified } from "../testing/verified.ts";
import { type Writing, writerContract, writerPlugin } from "../twins/writer-plugins.ts";

async function judged(writing: Writing, kind: ContractKind, fidelity?: "contract") {
  const [report] = await verified({
    plugin: writerPlugin(writing),
    contract: writerContract({ kind }),
    checks: ["C13"],
    ...(fidelity === undefined ? {} : { fidelity }),
    seeds: 12,
  });
  if (report === undefined) throw new Error("C13 is in the catalogue");
  return report;
}

test.each<[writing: Writing, kind: ContractKind, hint: string, message: RegExp]>([
  ["caches", "read", "C13-STALE", /^store 1, cut off, answers \d+ while store [23] leads in term/],
  ["caches-writes-through", "write-idempotent", "C13-STALE", /^store 1, cut off, answers/],
  ["writes-behind", "write-idempotent", "C13-LOST", /with an acknowledged change it is \d+$/],
])("%s, %s: %s", async (writing, kind, hint, message) => {
  const { outcome, finding } = await judged(writing, kind);
  expect(outcome).toBe("failed");
  expect(finding?.complaint).toMatchObject({ hint, message: expect.stringMatching(message) });
  const story = finding?.story.map(({ text }) => text).join("\n");
  expect(story).toMatch(/store 1 is cut off from its peers/);
  expect(story).toMatch(/store [23] leads, term \d+/);
});

test.each<[writing: Writing, kind: ContractKind]>([
  ["sums", "read"],
  ["sets-or-reads", "write-idempotent"],
])("%s, %s: passes, with every gate met", async (writing, kind) => {
  const { outcome, reason, gates } = await judged(writing, kind);
  expect(`${outcome} ${reason}`).toBe("passed ");
  for (const { count } of gates) expect(count).toBeGreaterThan(0);
});

test("a host that looks who leads before a plugin runs hides the cache", async () => {
  const { finding } = await judged("caches", "read");
  expect(finding?.origin).toBe("host limitation");
  const careful = await judged("caches", "read", "contract");
  expect(careful.outcome).toBe("passed");
});

test("a plugin of which no request only reads: nobody can ask", async () => {
  const { outcome, reason } = await judged("sets", "write-idempotent");
  expect(outcome).toBe("n/a");
  expect(reason).toContain("no drawn request reads");
});
