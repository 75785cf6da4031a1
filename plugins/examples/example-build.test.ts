/** Building examples: when it builds, and what it says when it cannot. */
import { cp, mkdir, mkdtemp, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { UserError } from "../../sim/errors.ts";
import { buildExample } from "./example-build.ts";
import { listExamples, readExamplePlugin } from "./example-plugin.ts";

const minimal = {
  name: "tiny",
  language: "assemblyscript",
  source: "assembly/tiny.ts",
  sourceFolders: ["assembly"],
  build: "asc assembly/tiny.ts -o build/tiny.wasm --runtime stub",
  artefact: "build/tiny.wasm",
  contract: "contract.ts",
};
let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "coprsim-example-"));
  await mkdir(join(folder, "assembly"));
  await writeFile(join(folder, minimal.source), "export function one(): i32 { return 1; }\n");
  await describeAs({});
});
afterEach(() => rm(folder, { recursive: true }));

function describeAs(change: object): Promise<void> {
  return writeFile(join(folder, "plugin.json"), JSON.stringify({ ...minimal, ...change }));
}

async function built(): Promise<{ readonly bytes: Buffer; readonly writtenMs: number }> {
  const example = await buildExample(folder);
  if (example.kind !== "artefact") throw new Error("an artefact was expected");
  return { bytes: await readFile(example.path), writtenMs: (await stat(example.path)).mtimeMs };
}

async function codeOf(action: Promise<unknown>): Promise<string> {
  const error = await action.then(() => null).catch((reason: unknown) => reason);
  return error instanceof UserError ? `${error.code}: ${error.message}: ${error.hint}` : "no error";
}

test("it builds once, and again when a source changed", async () => {
  const first = await built();
  expect(first.bytes.subarray(0, 4).toString("latin1")).toBe("\0asm");
  expect((await built()).writtenMs).toBe(first.writtenMs);
  // A copy elsewhere is up to date too: what is shipped needs no compiler.
  const copy = join(folder, "copy");
  for (const part of ["plugin.json", "assembly", "build"]) {
    await cp(join(folder, part), join(copy, part), { recursive: true });
  }
  await utimes(join(copy, minimal.artefact), 1, 1);
  await buildExample(copy);
  expect((await stat(join(copy, minimal.artefact))).mtimeMs).toBe(1000);
  await writeFile(join(folder, minimal.source), "export function one(): i32 { return 2; }\n");
  expect((await built()).bytes.equals(first.bytes)).toBe(false);
});

test("a source folder that is not there is said", async () => {
  await describeAs({ sourceFolders: ["assembly", "../nowhere"] });
  expect(await codeOf(buildExample(folder))).toMatch(/^missing-file: no such file or folder, but/);
});

test("a source that does not compile is a person's mistake, in the compiler's words", async () => {
  await writeFile(join(folder, minimal.source), "export function one(): i32 { return two; }\n");
  expect(await codeOf(buildExample(folder))).toMatch(/^bad-plugin.*Cannot find name 'two'/s);
});

test("TypeScript is bundled into one file; a fault in it is said with its place", async () => {
  const build = "esbuild plugin.ts --bundle --format=esm --outfile=build/tiny.mjs";
  const script = {
    language: "typescript",
    source: "plugin.ts",
    sourceFolders: ["assembly"],
    build,
  };
  await describeAs({ ...script, artefact: "build/tiny.mjs" });
  await writeFile(join(folder, "plugin.ts"), `export * from "./assembly/tiny.ts";\n`);
  await writeFile(join(folder, minimal.source), "export const one: number = 1;\n");
  const { bytes } = await built();
  expect(bytes.toString("utf8")).toContain("var one = 1;");
  expect(bytes.toString("utf8")).not.toContain(folder);
  await writeFile(join(folder, minimal.source), "export const one: = 1;\n");
  expect(await codeOf(buildExample(folder))).toMatch(/^bad-plugin.*tiny\.ts:1:18.*Unexpected/s);
  await describeAs({ ...script, artefact: "build/tiny.mjs", build: `${build} --no-such-flag` });
  expect(await codeOf(buildExample(folder))).toMatch(/^bad-plugin.*no-such-flag/s);
});

test("a tool that is not there is named with how to get it", async () => {
  await describeAs({ build: "clang plug.c -o build/tiny.wasm" });
  expect(await codeOf(buildExample(folder))).toMatch(
    /^missing-tool: .*"clang" is missing: install/,
  );
});

test("plugin.json is refused with its place", async () => {
  const refused: readonly (readonly [object, RegExp])[] = [
    [{ language: "cobol" }, /^bad-plugin.*language/s],
    [{ caughtBy: "C" }, /^bad-plugin.*a check such as C3/s],
    [{ color: "red" }, /^bad-plugin.*color/s],
    [{ build: null }, /^bad-plugin: there is no in-process plugin "build\/tiny.wasm"/],
  ];
  for (const [change, code] of refused) {
    await describeAs(change);
    expect(await codeOf(buildExample(folder))).toMatch(code);
  }
  await writeFile(join(folder, "plugin.json"), "{");
  expect(await codeOf(readExamplePlugin(folder))).toMatch(/^bad-plugin/);
  expect(await codeOf(readExamplePlugin(join(folder, "none")))).toMatch(/^missing-file/);
});

test("every example of this project is found; bad twins name their check", async () => {
  const found = await listExamples(import.meta.dirname);
  const told = await Promise.all(found.map(readExamplePlugin));
  const names = found.map((path) => path.slice(import.meta.dirname.length + 1));
  expect(names).toContain("aggregate/good-inprocess");
  for (const [at, { caughtBy }] of told.entries()) {
    expect(caughtBy !== null).toBe(names[at]?.includes("/bad-"));
  }
});
