/**
 * Plugins in JavaScript and TypeScript on the command line. To add a case, add a row: the source,
 * the exit codes of `verify` and `inspect`, and what is said.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { calmPlan } from "../scenarios/testing/small-plan.ts";
import { commands } from "./commands.ts";
import { runProgram } from "./program.ts";
import { createSurroundings } from "./testing/surroundings.ts";

const folder = mkdtempSync(join(tmpdir(), "coprsim-scripts-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

const identity = `export const plugin = { name: "rows", version: "1.2.0" };\n`;
const handler = "export const handle = async () => new Uint8Array(4);\n";
const counting = `${identity}export const handle = async (ranges, data, storage) => {
  let count = 0;
  for (const range of ranges) count += (await storage.scan(range)).length;
  return Uint8Array.of(count, data.length);
};\n`;
const typed = counting
  .replace("(ranges,", "(ranges: readonly { start: string; end: string }[],")
  .replace("data,", "data: Uint8Array,")
  .replace("storage)", "storage: { scan(range: object): Promise<readonly object[]> })");

beforeAll(() => {
  writeFileSync(at("rows.js"), counting);
  writeFileSync(at("rows.mjs"), counting);
  writeFileSync(at("rows.ts"), typed);
  for (const [name, source] of refused) writeFileSync(at(name), source, "latin1");
});

async function coprsim(words: readonly string[]) {
  const surroundings = createSurroundings();
  const code = await runProgram(commands, words, surroundings);
  return { code, out: surroundings.out(), err: surroundings.err() };
}

test.each(["rows.js", "rows.mjs", "rows.ts"])("%s is taken", async (name) => {
  const inspected = await coprsim(["inspect", at(name)]);
  expect(inspected).toMatchObject({ code: 0, err: "" });
  expect(inspected.out).toMatch(/rows 1\.2\.0\nkind +javascript, \d+ bytes[\s\S]*\nadmitted/);
  const words = ["verify", at(name), "--check", "C1", "--seeds", "4"];
  expect(await coprsim(words)).toMatchObject({ code: 0, err: "" });
});

const refused: readonly (readonly [name: string, source: string, said: RegExp])[] = [
  ["syntax.js", `${identity}export const handle = async ( => 1;`, /Unexpected "=>" \(line 2\)/],
  ["types.ts", `${identity}const a: = 1;`, /Unexpected "=" \(line 2\)/],
  ["no-handler.js", identity, /exports no handler: neither a default nor a function handle/],
  ["other-export.ts", `${identity}export const handel = () => 1;`, /exports no handler/],
  ["no-function.js", `${identity}export const handle = 7;`, /exports no handler/],
  ["nameless.js", handler, /does not export const plugin = \{ name, version \}/],
  [
    "no-version.js",
    `export const plugin = { name: "rows" };\n${handler}`,
    /does not export const plugin = \{ name, version \}/,
  ],
  ["endless.js", `${identity}${handler}for (;;);`, /used more units of fuel than its limit/],
  [
    "greedy.js",
    `${identity}${handler}const a = []; for (;;) a.push("x".repeat(1e6) + a.length);`,
    /memory|fuel/,
  ],
  ["throws.js", `${identity}${handler}throw new Error("not today");`, /not today/],
  ["clock.js", `${identity}${handler}Date.now();`, /uses the clock \(Date\.now\)/],
  ["imports.js", `import "./other.js";\n${identity}${handler}`, /a plugin is one file/],
  [
    "reads.js",
    `import { readFileSync } from "node:fs";\nreadFileSync("x");\n${handler}`,
    /a plugin is one file/,
  ],
  ["binary.js", "\xff\xfe", /it is not UTF-8 text/],
];

test.each(refused)("%s: verify 1, inspect 2, both with the reason", async (name, _, said) => {
  const verified = await coprsim(["verify", at(name)]);
  expect(verified).toMatchObject({ code: 1, err: "" });
  expect(verified.out.replaceAll(/\n +/g, " ")).toMatch(said);
  expect(verified.out).toMatch(/FAIL load .*\n[\s\S]*\ncoprsim inspect .*\n$/);
  const inspected = await coprsim(["inspect", at(name)]);
  expect(inspected).toMatchObject({ code: 2, out: "" });
  expect(inspected.err.replaceAll(/\n +/g, " ")).toMatch(said);
});

test.each([
  ["rustc", `rustc: "rustc 1.40.0"`, /version mismatch of rustc/],
  ["target", `target: "wasm32"`, /target mismatch/],
  ["apiVersion", `apiVersion: "0.2.0"`, /coprocessor_plugin_api mismatch/],
])("a script that claims another %s is refused as TiKV refuses it", async (name, claim, said) => {
  const source = counting.replace(`"1.2.0" }`, `"1.2.0", build: { ${claim} } }`);
  writeFileSync(at(`${name}.js`), source);
  for (const command of ["verify", "inspect"]) {
    const told = await coprsim([command, at(`${name}.js`)]);
    expect(told.code).toBe(1);
    expect(told.out.replaceAll(/\n +/g, " ")).toMatch(said);
  }
});

test("a script's report says its kind, also when no node would load it", async () => {
  const json = at("report.json");
  await coprsim(["verify", at("no-handler.js"), "--json", json]);
  const report: unknown = JSON.parse(readFileSync(json, "utf8"));
  expect(report).toMatchObject({ exitCode: 1, plugin: { kind: "javascript" } });
});

test("a plan may name a script as a plugin, and a broken one is a clear message", async () => {
  const plan = (artefact: string) => ({
    ...calmPlan,
    plugins: [{ file: "librows.so", artefact, stores: [1, 2, 3] }],
    operations: [1, 2, 3, 4].map((id) => ({
      id,
      atUs: 1_500_000 + id * 100_000,
      client: 0,
      request: { kind: "coprocessor", name: "rows", versionReq: "^1", ...call },
    })),
  });
  writeFileSync(at("script.plan.json"), JSON.stringify(plan(at("rows.ts"))));
  const ran = await coprsim(["run", at("script.plan.json"), "--seeds", "2"]);
  expect(ran).toMatchObject({ code: 0, err: "" });
  expect(ran.out).toMatch(/ [1-9]\d* calls/);
  writeFileSync(at("broken.plan.json"), JSON.stringify(plan(at("no-handler.js"))));
  const broken = await coprsim(["run", at("broken.plan.json"), "--seeds", "1"]);
  expect(broken.code).toBe(2);
  expect(broken.err).toMatch(/the plugin cannot be hosted/);
});

const call = { ranges: [{ start: "a", end: "z" }], data: "x" };
