/**
 * C4. To add a case: a bug in `twins/toy-plugins.ts` or a way of writing in
 * `twins/writer-plugins.ts`, and a row here with the hint and how the message begins.
 */
import { expect, test } from "vitest";
import type { PreparedPlugin } from "../../../plugins/index.ts";
import type { Contract } from "../contract.ts";
import { verified } from "../testing/verified.ts";
import { type ToyBug, toyContractOfTwoScans, toyPlugin } from "../twins/toy-plugins.ts";
import { writerContract, writerPlugin } from "../twins/writer-plugins.ts";

const ofTwoScans = toyContractOfTwoScans();

async function judged(plugin: PreparedPlugin, contract: Contract, seeds = 8) {
  const [report] = await verified({ plugin, contract, checks: ["C4"], seeds });
  if (report === undefined) throw new Error("C4 is in the catalogue");
  return report;
}

test.each<[bug: ToyBug, hint: string, message: RegExp]>([
  [
    "swallows",
    "C4-SHORT",
    /the region gets another leader after the plugin began: the client gets/,
  ],
  ["rewraps", "C4-ERROR", /the client gets an error that it cannot ask again for/],
])("%s: %s", async (bug, hint, message) => {
  const { outcome, finding } = await judged(toyPlugin(bug), ofTwoScans);
  expect(outcome).toBe("failed");
  expect(finding?.complaint.hint).toBe(hint);
  expect(finding?.complaint.message).toMatch(message);
});

test("a plugin that gives errors back passes, in the cluster too", async () => {
  const { outcome, reason, gates, cases, notes } = await judged(toyPlugin("none"), ofTwoScans, 4);
  expect([outcome, reason]).toEqual(["passed", ""]);
  for (const { name, count } of gates) expect(count, name).toBeGreaterThan(0);
  // Two calls; a transfer, three splits between keys and one beside them; then the cluster.
  expect(cases).toBe(4 * 2 * 5 + 2 * 2 * 2);
  expect(notes.join()).toContain("merges and moves come later");
});

test("the easiest event to read comes first, and the cluster confirms it", async () => {
  const { finding } = await judged(toyPlugin("swallows"), ofTwoScans);
  expect(finding?.smallest.disturbance).toMatchObject({ kind: "regionEvent", afterCall: 0 });
  expect(finding?.confirmation).toEqual({
    agrees: true,
    text: "confirmed in the simulated cluster: 3 stores",
  });
  const labels = finding?.story.map(({ label }) => label) ?? [];
  expect(labels).toContain("event");
  expect(finding?.story.find(({ label }) => label === "call 1")?.text).toMatch(/^too late: scan/);
});

test("writes that do not fit their retry are found, call by call", async () => {
  const contract = writerContract({ kind: "write-with-request-id" });
  const { finding } = await judged(writerPlugin("adds-once-in-two-writes"), contract);
  expect(finding?.complaint.hint).toBe("C4-EFFECT");
  expect(finding?.complaint.message).toMatch(
    /another leader after 2 storage calls: the client gets/,
  );
  expect(finding?.confirmation?.agrees).toBe(true);
  const words = finding?.story.slice(3).map(({ label, text }) => `${label}: ${text.split(":")[0]}`);
  expect(words?.slice(0, 4)).toEqual([
    "call 1: epoch 1",
    "call 2: epoch 1",
    "event: the region gets another leader",
    "call 3: too late",
  ]);
});

test("written in one call, it passes; without two keys no split is due", async () => {
  const contract = writerContract({ kind: "write-with-request-id" });
  const { outcome, gates } = await judged(writerPlugin("adds-once"), contract, 4);
  expect(outcome).toBe("passed");
  expect(gates.map(({ name }) => name)).not.toContain("parted");
});

test("a call that the contract lets fail is no finding", async () => {
  const lenient = { ...ofTwoScans, mayFail: () => true };
  const { finding } = await judged(toyPlugin("swallows"), lenient, 2);
  expect(finding).toBeNull();
});

test("a plugin that calls nothing has nothing to fail at", async () => {
  const { outcome, reason } = await judged(toyPlugin("calls-nothing"), ofTwoScans);
  expect([outcome, reason]).toEqual(["n/a", "no drawn request called storage"]);
});
