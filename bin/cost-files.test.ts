/**
 * `verify --snapshot` and `--against` as commands. To add a case, add a row: words, exit code,
 * text.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { commands } from "./commands.ts";
import { runProgram } from "./program.ts";
import { createSurroundings, unwrapped } from "./testing/surroundings.ts";

const folder = mkdtempSync(join(tmpdir(), "coprsim-costs-"));
afterAll(() => rmSync(folder, { recursive: true }));

const at = (name: string): string => join(folder, `${name.toLowerCase()}.json`);
const good = "plugins/examples/aggregate/good-inprocess";

async function coprsim(line: string) {
  const surroundings = createSurroundings();
  const words = line.split(" ").map((word) => (/^[A-Z]{3,}$/.test(word) ? at(word) : word));
  const code = await runProgram(commands, words, surroundings);
  return { code, out: surroundings.out(), err: surroundings.err() };
}

beforeAll(async () => {
  const written = await coprsim(`verify ${good} --check C7 --seeds 2 --snapshot SNAPSHOT`);
  expect(written).toMatchObject({ code: 0, err: "" });
  const snapshot = JSON.parse(readFileSync(at("snapshot"), "utf8"));
  expect(snapshot).toMatchObject({ schema: 1, contract: "built-in:aggregate", seeds: 2 });
  const cheaper = snapshot.figures.map((one: { readonly worst: number }) => {
    return { ...one, worst: Math.floor(one.worst / 3) };
  });
  writeFileSync(at("cheap"), JSON.stringify({ ...snapshot, figures: cheaper }));
  writeFileSync(at("old"), JSON.stringify({ ...snapshot, schema: 0 }));
  writeFileSync(at("broken"), "{");
}, 60_000);

test.each<[options: string, code: number, text: RegExp]>([
  ["--check C7 --seeds 2 --against SNAPSHOT", 0, /costs within 5 % of /],
  ["--check C7 --seeds 2 --against SNAPSHOT --tolerance 0%", 0, /costs within 0 % of /],
  ["--check C7 --seeds 2 --against CHEAP", 1, /costs drifted[\s\S]*\ncoprsim verify .*--snapshot/],
  ["--check C7 --seeds 2 --against CHEAP --tolerance 100%", 1, /fuel units .* drift/],
])("%s: %i", async (options, code, text) => {
  const ran = await coprsim(`verify ${good} ${options}`);
  expect(ran).toMatchObject({ code, err: "" });
  expect(ran.out).toMatch(text);
});

test.each<[options: string, text: RegExp]>([
  ["--check C7 --seeds 3 --against SNAPSHOT", /measured with seeds 2, this run has 3/],
  ["--check C7 --seeds 2 --against OLD", /schema 0, this version reads 1/],
  ["--check C7 --seeds 2 --against BROKEN", /this is no JSON/],
  ["--check C7 --seeds 2 --against MISSING", /no such file/],
  ["--check C1 --snapshot NEW", /C7 does not run/],
  ["--level L1 --snapshot NEW", /C7 does not run/],
  ["--tolerance 5%", /nothing to compare/],
  ["--against SNAPSHOT --tolerance 5", /a percentage such as 5%/],
])("%s: 2, in one clear message", async (options, text) => {
  const ran = await coprsim(`verify ${good} ${options}`);
  expect(ran.code).toBe(2);
  expect(unwrapped(ran.err)).toMatch(text);
});
