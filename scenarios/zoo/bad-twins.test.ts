/**
 * Bad twins: which there are, and how each is scored. To add a twin, add a folder
 * `plugins/examples/NAME/bad-WHAT`; to add a mistake, a row of the table below.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { UserError } from "../../sim/errors.ts";
import { PreparedEnvironment } from "../environment.ts";
import { type CheckId, checkById, confirmingStores, Subject } from "../verify/index.ts";
import { type Writing, writerContract, writerPlugin } from "../verify/twins/writer-plugins.ts";
import { examplesFolder, readBadTwins, scoreTwin } from "./bad-twins.ts";

const root = mkdtempSync(join(tmpdir(), "coprsim-twins-"));
afterAll(() => rmSync(root, { recursive: true }));

test("every example has at least three, each with a check that there is", async () => {
  const twins = await readBadTwins(examplesFolder);
  const counts = new Map<string, number>();
  for (const { id, check } of twins) {
    const [example = ""] = id.split("/");
    counts.set(example, (counts.get(example) ?? 0) + 1);
    expect(id).toMatch(/^[\w-]+\/bad-[\w-]+$/);
    expect(checkById(check.id)).toBe(check);
  }
  expect(counts.size).toBeGreaterThanOrEqual(3);
  expect(Math.min(...counts.values())).toBeGreaterThanOrEqual(3);
});

test.each([
  ["good", "C3", "a good plugin is caught by C3"],
  ["bad-unnamed", undefined, "a bad twin names no check that must catch it"],
  ["bad-named-wrong", "C99", "a bad twin names a check that there is not: C99"],
])("%s caught by %s is a mistake", async (variant, caughtBy, message) => {
  const examples = mkdtempSync(join(root, "examples-"));
  const folder = join(examples, "made-up", variant);
  mkdirSync(folder, { recursive: true });
  const example = {
    name: "made-up",
    language: "typescript",
    source: "plugin.ts",
    sourceFolders: ["plugin.ts"],
    build: null,
    artefact: "in-process:made-up",
    contract: "built-in:aggregate",
    caughtBy,
  };
  writeFileSync(join(folder, "plugin.json"), JSON.stringify(example));
  const reading = readBadTwins(examples);
  await expect(reading).rejects.toThrow(UserError);
  await expect(reading).rejects.toThrow(message);
});

async function scored(writing: Writing, id: CheckId) {
  const check = checkById(id);
  if (check === null) throw new Error(`there is no ${id}`);
  const fail = (error: unknown) => {
    throw error;
  };
  const prepared = new PreparedEnvironment({ system: null, onFailure: fail });
  await prepared.prepareFor({ plugins: [], stores: confirmingStores });
  const { environment } = prepared;
  const contract = writerContract({ kind: "write-idempotent" });
  const plugin = writerPlugin(writing);
  return scoreTwin({
    twin: { id: `made-up/bad-${writing}`, folder: root, check },
    subject: new Subject({ plugin, contract, environment, fidelity: "tikv" }),
    seeds: 12,
    seed: 1,
    clockMs: () => 0,
    turn: () => Promise.resolve(),
    stops: () => false,
  });
}

test("a twin is killed by its own check alone", async () => {
  const killed = await scored("adds", "C12");
  expect(killed).toMatchObject({ id: "made-up/bad-adds", check: "C12", killed: true });
  expect(killed.finding?.check).toBe("C12");
  const survivor = await scored("sets", "C12");
  expect(survivor).toMatchObject({ killed: false, outcome: "passed", reason: "", finding: null });
  expect(survivor.cases).toBeGreaterThan(0);
});
