/**
 * `coprsim build` as a command. To add a case, add a row: the words, what is printed. What each
 * language does is tested in plugins/build.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { buildsModules, moduleTest, nativeTest } from "../plugins/build/testing/rust-test.ts";
import { commands } from "./commands.ts";
import { runProgram } from "./program.ts";
import { createSurroundings } from "./testing/surroundings.ts";

const folder = mkdtempSync(join(tmpdir(), "coprsim-build-"));
afterAll(() => rmSync(folder, { recursive: true }));

const aggregate = "plugins/examples/aggregate";
const script = join(folder, "tiny.ts");
writeFileSync(script, "export const plugin = { name: 'tiny', version: '1.0.0' };\n");
writeFileSync(join(folder, "lib.rs"), "");
writeFileSync(join(folder, "broken.ts"), "export const = 1;\n");

async function coprsim(...words: readonly string[]) {
  const surroundings = createSurroundings();
  const code = await runProgram(commands, words, surroundings);
  return { code, out: surroundings.out(), err: surroundings.err() };
}

test("a file's artefact lies beside it or where --out says; its path is printed", async () => {
  const path = join(folder, "build", "tiny.mjs");
  expect(await coprsim("build", script)).toEqual({ code: 0, out: `${path}\n`, err: "" });
  expect(existsSync(path)).toBe(true);
  const out = join(folder, "elsewhere", "other.mjs");
  expect(await coprsim("build", script, "--out", out)).toMatchObject({ code: 0, out: `${out}\n` });
  expect(existsSync(out)).toBe(true);
});

test("an example is built as its plugin.json says", async () => {
  const built = await coprsim("build", `${aggregate}/good`);
  expect(built).toEqual({ code: 0, out: `${aggregate}/good/build/aggregate.wasm\n`, err: "" });
});

test.each<[source: string, text: RegExp]>([
  [join(folder, "nowhere.c"), /no such file/],
  ["package.json", /not a plugin's source.*expected a crate/],
  [join(folder, "lib.rs"), /a Rust file is no plugin by itself.*name the folder of its crate/],
  [folder, /neither Cargo\.toml nor plugin\.json/],
  [`${aggregate}/good-inprocess`, /there is nothing to build/],
  [join(folder, "broken.ts"), /the plugin does not compile/],
])("%s: 2", async (source, text) => {
  const ran = await coprsim("build", source);
  expect(ran).toMatchObject({ code: 2, out: "" });
  expect(ran.err.replace(/\n {2}/g, " ")).toMatch(text);
});

test.skipIf(buildsModules)(
  "without the toolchain: which tool, and the line that installs it",
  async () => {
    for (const command of ["build", "verify"]) {
      const ran = await coprsim(command, `${aggregate}/good-rust`);
      expect(ran.code).toBe(2);
      expect(ran.err).toMatch(/rustup target add wasm32-unknown-unknown/);
    }
  },
);

const rust = `${aggregate}/good-rust`;

moduleTest("a Rust example: the module, which a node would load", async () => {
  const built = await coprsim("build", rust, "--no-native");
  expect(built).toEqual({ code: 0, out: `${rust}/build/aggregate.wasm\n`, err: "" });
  const inspected = await coprsim("inspect", `${rust}/build/aggregate.wasm`);
  expect(inspected).toMatchObject({ code: 0, out: expect.stringMatching(/aggregate 1\.0\.0/) });
});

if (buildsModules) {
  nativeTest("and the library, which a TiKV of another rustc refuses", async () => {
    const { code, out } = await coprsim("build", rust);
    const [, library = ""] = out.trimEnd().split("\n");
    expect({ code, library }).toMatchObject({
      code: 0,
      library: expect.stringMatching(/aggregate/),
    });
    const refused = await coprsim("inspect", library, "--expect-rustc", "rustc 1.0.0");
    expect(refused.code).toBe(1);
    expect(refused.out).toMatch(/aggregate 1\.0\.0 \(read from its code\)/);
    expect(refused.out).toMatch(/refused: version mismatch of rustc/);
    const rustc = /^built with +api 0\.1\.0, (.*), (.*)$/m.exec(refused.out);
    const [, version = "", target = ""] = rustc ?? [];
    const fits = ["--expect-rustc", version, "--expect-target", target];
    const admitted = await coprsim("inspect", library, ...fits);
    expect(admitted).toMatchObject({ code: 0, out: expect.stringMatching(/admitted/) });
  });
}
