/**
 * Whole histories with known verdicts. To add one, put `accept-MODEL-NAME.jsonl` or
 * `refuse-MODEL-NAME.jsonl` into testdata/ (a `register` begins as 0) and, if it is refused, say in
 * `culprits` which operation must be named.
 */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { oraclePath, oracleTest, readOracle } from "../../../sim/testing/oracles.ts";
import { type ModelName, modelNames, readOperations } from "../../history-files/index.ts";
import type { LinearizabilityVerdict } from "./check.ts";
import { showOperation } from "./model.ts";
import { checkByName } from "./models.ts";
import { unlimited } from "./part.ts";

const folder = new URL("./testdata/", import.meta.url);

/** The culprit of each refused history, and a part of the reason. */
const culprits: Readonly<Record<string, readonly [culprit: string, why: string]>> = {
  "refuse-cas-register-double-cas": ["cas 0 -> 2", "the register holds 1"],
  "refuse-cas-register-failed-for-nothing": ["cas 0 -> 1 (failed)", "the register holds 0"],
  "refuse-kv-append-duplicate-append": ['get = "xx"', 'the value is "x"'],
  "refuse-kv-append-lost-append": ['get = "py"', 'the value is "pxy"'],
  "refuse-register-lost-write": ["read = 0", "the register holds 7"],
  "refuse-register-never-written": ["read = 3", "no operation writes 3"],
  "refuse-register-one-key-of-two": ["read = 0", 'on key "bad"'],
  "refuse-register-pending-write-seen-and-undone": ["read = 0", "the register holds 5"],
  "refuse-register-reads-go-back": ["read = 0", "the register holds 1"],
  "refuse-register-seen-before-its-call": ["read = 5", "(0 operations)"],
  "refuse-register-stale-read": ["read = 1", "the register holds 2"],
  "refuse-set-duplicate-member": ["read = [1,1]", "the answer holds 1 twice"],
  "refuse-set-lost-member": ["read = []", "the set is {1}"],
};

function judge(text: string, model: ModelName, source: string): LinearizabilityVerdict {
  const operations = readOperations(text, { model, source });
  return checkByName(operations, { model, initial: 0, budget: unlimited });
}

const files = readdirSync(folder).filter((file) => file.endsWith(".jsonl"));
for (const file of files.sort()) {
  test(file, () => {
    const name = file.replace(".jsonl", "");
    // The dash behind the name keeps register0 apart from register.
    const fits = modelNames.filter((one) =>
      name.split("-").slice(1).join("-").startsWith(`${one}-`),
    );
    const verdict = judge(readFileSync(new URL(file, folder), "utf8"), fits[0]!, file);
    expect(verdict.kind).toBe(name.startsWith("accept-") ? "linearizable" : "refused");
    if (verdict.kind !== "refused") return;
    const [culprit, why] = culprits[name]!;
    expect(showOperation(verdict.culprit)).toBe(culprit);
    expect(verdict.why).toContain(why);
    expect(verdict.picture).toContain("<- cannot be placed");
  });
}

test("histories of both kinds are there, and each refused one names its culprit", () => {
  const refused = files.filter((file) => file.startsWith("refuse-"));
  expect(refused.map((file) => file.replace(".jsonl", ""))).toEqual(Object.keys(culprits).sort());
  expect(files.length - refused.length).toBeGreaterThanOrEqual(8);
});

type Expected = Readonly<
  Record<
    string,
    { readonly model: ModelName; readonly linearizable: boolean; readonly ops: number }
  >
>;

oracleTest("the recorded histories get the recorded verdicts, each in under 10 s", () => {
  const counts = { linearizable: 0, refused: 0, undecided: 0, operations: 0 };
  const slowest = { file: "", ms: 0 };
  for (const [file, expected] of Object.entries(
    readOracle<Expected>("linearizability/expected.json"),
  )) {
    const text = readFileSync(oraclePath(`linearizability/${file}`), "utf8");
    const begun = performance.now();
    const verdict = judge(text, expected.model, file);
    const ms = performance.now() - begun;
    if (ms > slowest.ms) Object.assign(slowest, { file, ms: Math.round(ms) });
    counts[verdict.kind]++;
    counts.operations += expected.ops;
    expect(verdict.kind, file).toBe(expected.linearizable ? "linearizable" : "refused");
    expect(ms, file).toBeLessThan(10_000);
  }
  const judged = counts.linearizable + counts.refused;
  const told = JSON.stringify({ ...counts, slowest });
  process.stdout.write(`linearizability oracle: ${judged} verdicts as recorded: ${told}\n`);
  expect(judged).toBe(67);
});
