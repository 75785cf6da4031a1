/**
 * Building single files. The C and AssemblyScript plugins are the ones in plugins/ABI.md, so that
 * what stands there builds. To add a case, write a file into `folder` and build it.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { latin1Bytes } from "../../sim/bytes.ts";
import { UserError } from "../../sim/errors.ts";
import { describeWasm } from "../host/wasm/description.ts";
import { buildSourceFile, type FileLanguage } from "./source-file.ts";
import { endOf, loadArtefact } from "./testing/prepared.ts";

const folder = mkdtempSync(join(tmpdir(), "coprsim-source-"));
afterAll(() => rmSync(folder, { recursive: true }));

const abi = readFileSync(new URL("../ABI.md", import.meta.url), "utf8");
const request = { ranges: [{ start: "a", end: "b" }], data: latin1Bytes("hello") };

/** The first code block of a language in ABI.md. */
function listing(language: "c" | "ts"): string {
  return new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\n\`\`\``).exec(abi)?.[1] ?? "";
}

async function built(name: string, text: string, language: FileLanguage): Promise<string> {
  const source = join(folder, name);
  mkdirSync(join(source, ".."), { recursive: true });
  writeFileSync(source, text);
  return buildSourceFile({ source, language, out: null });
}

async function failureOf(action: Promise<unknown>): Promise<string> {
  const error = await action.then(() => null).catch((reason: unknown) => reason);
  if (!(error instanceof UserError)) return `no error of a person's: ${String(error)}`;
  return `${error.code}: ${error.message} (${error.hint})`;
}

const hasClang =
  spawnSync("wasm-ld", ["--version"]).status === 0 && spawnSync("clang", ["-v"]).status === 0;
if (!hasClang) process.stderr.write("\nSKIPPED, NO EVIDENCE: building C: no clang and lld\n");

test.skipIf(!hasClang)("C: the plugin of ABI.md echoes; an error is the compiler's", async () => {
  const path = await built("echo.c", listing("c"), "c");
  expect(path).toBe(join(folder, "build", "echo.wasm"));
  expect(endOf(await loadArtefact(path), request)).toEqual({
    kind: "response",
    data: expect.objectContaining({ length: 5 }),
  });
  expect(await failureOf(built("bad.c", "int f(void) { return x; }\n", "c"))).toMatch(
    /^bad-plugin: the plugin does not compile \(.*undeclared identifier 'x'/,
  );
});

test("C: a missing compiler is named with the line that installs it", async () => {
  const source = join(folder, "echo.c");
  const programs = { clang: join(folder, "no-clang") };
  const failure = await failureOf(buildSourceFile({ source, language: "c", out: null, programs }));
  expect(failure).toMatch(
    /^missing-tool: the build tool "clang" is missing.*apt-get install clang/,
  );
});

test("AssemblyScript: the plugin of ABI.md builds wherever it lies", async () => {
  const sdk = fileURLToPath(new URL("../sdk", import.meta.url));
  const text = listing("ts").replace(/\.\.\/[./]*sdk/, relative(join(folder, "assembly"), sdk));
  const path = await built("assembly/count.ts", text, "assemblyscript");
  expect(describeWasm(new Uint8Array(readFileSync(path)))).toMatchObject({
    info: { name: "count", version: "1.0.0" },
    problem: null,
  });
  const failure = await failureOf(
    built("assembly/bad.ts", "export const x: i32 = ;\n", "assemblyscript"),
  );
  expect(failure).toMatch(/^bad-plugin: .*Expression expected/);
});

test("TypeScript: what a plugin imports is bundled into one script", async () => {
  writeFileSync(
    join(folder, "length.ts"),
    "export const lengthOf = (of: Uint8Array): number => of.length;\n",
  );
  const text = `import { lengthOf } from "./length.ts";
export const plugin = { name: "length", version: "1.0.0" };
export default async (_ranges: unknown, data: Uint8Array): Promise<Uint8Array> =>
  Uint8Array.of(lengthOf(data));
`;
  const path = await built("length-plugin.ts", text, "typescript");
  expect(path).toBe(join(folder, "build", "length-plugin.mjs"));
  expect(endOf(await loadArtefact(path), request)).toEqual({
    kind: "response",
    data: Uint8Array.of(5),
  });
  const failure = await failureOf(built("bad.ts", "import 'node:fs'; const = 1;\n", "typescript"));
  expect(failure).toMatch(/^bad-plugin: .*ERROR/);
});
