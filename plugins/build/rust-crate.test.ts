/**
 * Building Rust plugins, among them one in the shape of TiKV's own example. To add a case, write a
 * crate into `folder` and build it: what it costs are seconds, so let one crate serve several.
 */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { UserError } from "../../sim/errors.ts";
import { embeddedFacts } from "../host/native/embedded-facts.ts";
import { inspectNative } from "../host/native/inspection.ts";
import { NativeBytes } from "../host/native/native-bytes.ts";
import { describeWasm } from "../host/wasm/description.ts";
import { runProgram } from "./process.ts";
import { buildRustLibrary, buildRustModule } from "./rust-crate.ts";
import { endOf, loadArtefact } from "./testing/prepared.ts";
import { buildsModules, moduleTest, nativeTest } from "./testing/rust-test.ts";

const folder = mkdtempSync(join(tmpdir(), "coprsim-rust-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A crate below a workspace, as TiKV's example lies below TiKV's: the API's path is not there. */
const crate = join(folder, "plugins", "example");
const workspace = `
[workspace]
members = ["plugins/example"]
[workspace.dependencies]
coprocessor_plugin_api = { path = "components/coprocessor_plugin_api" }
[profile.release]
opt-level = "s"
`;
const manifest = `
[package]
name = "example-plugin"
version = "0.1.0"
edition = "2021"
[lib]
crate-type = ["dylib"]
[dependencies]
coprocessor_plugin_api = { workspace = true }
`;
const source = `use coprocessor_plugin_api::*;
use std::ops::Range;

#[derive(Default)]
struct Unfinished;

impl CoprocessorPlugin for Unfinished {
    fn on_raw_coprocessor_request(
        &self,
        _: Vec<Range<Key>>,
        _: RawRequest,
        _: &dyn RawStorage,
    ) -> PluginResult<RawResponse> {
        unimplemented!()
    }
}

declare_plugin!(Unfinished);
`;

mkdirSync(join(crate, "src"), { recursive: true });
writeFileSync(join(folder, "Cargo.toml"), workspace);
writeFileSync(join(crate, "Cargo.toml"), manifest);
writeFileSync(join(crate, "src", "lib.rs"), source);

const stated = { rustc: "rustc 1.2.3-nightly", target: "aarch64-unknown-linux-gnu" };

async function failureOf(action: Promise<unknown>): Promise<string> {
  const error = await action.then(() => null).catch((reason: unknown) => reason);
  if (!(error instanceof UserError)) return `no error of a person's: ${String(error)}`;
  return `${error.code}: ${error.message} (${error.hint})`;
}

moduleTest(
  "TiKV's example in shape: built unchanged, its panic told with text and line",
  async () => {
    const file = join(crate, "src", "lib.rs");
    writeFileSync(file, source.replace("unimplemented!()", "Ok(nowhere)"));
    expect(await failureOf(buildRustModule({ crate, out: null }, stated))).toMatch(
      /^bad-plugin: .*compile \(error.*cannot find value `nowhere`.*src\/lib\.rs:14/s,
    );
    writeFileSync(file, source);

    const out = join(folder, "out", "other.wasm");
    expect(await buildRustModule({ crate, out }, stated)).toBe(out);
    const plugin = await loadArtefact(out);
    expect(plugin.info).toEqual({ name: "example-plugin", version: "0.1.0" });
    expect(endOf(plugin, { ranges: [], data: new Uint8Array(0) })).toEqual({
      kind: "panic",
      text: "not implemented at src/lib.rs:14:9",
    });
    const { build } = describeWasm(new Uint8Array(readFileSync(out)));
    expect(build).toEqual({ apiVersion: "0.1.0", ...stated });
    expect(readFileSync(out, "latin1")).not.toContain(folder);
    expect(readFileSync(join(crate, "Cargo.toml"), "utf8")).toBe(manifest);
  },
);

nativeTest("the library that a TiKV loads is read well", async () => {
  const built = await buildRustLibrary({ crate, out: join(folder, "out", "plugin.wasm") });
  const path = "path" in built ? built.path : "";
  expect(path).toMatch(/[/\\]out[/\\](?:lib)?example_plugin\.(?:so|dylib|dll)$/);
  const bytes = new Uint8Array(readFileSync(path));
  const version = await runProgram("rustc", ["--version"], { folder: crate });
  const build = { apiVersion: "0.1.0", rustc: "stdout" in version ? version.stdout.trim() : "" };
  const facts = inspectNative(bytes);
  expect(facts).toMatchObject({
    symbols: ["_plugin_get_build_info", "_plugin_get_plugin_info", "_plugin_create"],
    info: { name: "example-plugin", version: "0.1.0" },
    build,
    notRead: [],
  });
  expect(embeddedFacts(new NativeBytes(bytes))).toEqual({ build: facts.build, info: facts.info });
});

/** A program that answers `cargo --version` and what is asked of rustc. */
function fakeProgram(name: string, script: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

const installs = /rustup target add wasm32-unknown-unknown.*apt-get install rustc.*wasm32/;

test("a missing tool is named with the lines that install it", async () => {
  const nothing = { cargo: join(folder, "no-cargo"), rustc: null };
  const none = await failureOf(
    buildRustModule({ crate, out: null, toolchains: [nothing] }, stated),
  );
  expect(none).toMatch(/^missing-tool: the build tool "cargo" is missing/);
  expect(none).toMatch(installs);
  expect(await buildRustLibrary({ crate, out: null, toolchains: [nothing] })).toEqual({
    missing: "cargo and rustc in the path do not run for this crate",
  });
});

test.skipIf(process.platform === "win32")(
  "a target, a linker or a dependency that is not there",
  async () => {
    const cargo = fakeProgram(
      "cargo",
      'echo "error: linker \\`rust-lld\\` not found" >&2; [ $1 = --version ]',
    );
    const answers = 'if [ "$1" = -vV ]; then echo "host: x"; echo "release: 1.70.0"; fi';
    const hostOnly = fakeProgram(
      "rustc",
      `${answers}; [ "$4" = x ] && echo ${folder} || echo /nowhere`,
    );
    const offline = fakeProgram(
      "offline-cargo",
      'echo "error: no matching package named \\`x\\` found\\nusing offline mode (--offline)" >&2' +
        "; [ $1 = --version ]",
    );
    const withTarget = fakeProgram("rustc-wasm", `${answers}; echo ${folder}`);
    const told = (rustc: string, program = cargo) => {
      const toolchains = [{ cargo: program, rustc }];
      return failureOf(buildRustModule({ crate, out: null, toolchains }, stated));
    };
    const missing = await told(hostOnly);
    expect(missing).toMatch(
      /^missing-tool: no Rust toolchain here builds for wasm32-unknown-unknown/,
    );
    expect(missing).toMatch(installs);
    expect(await told(withTarget)).toMatch(
      /^missing-tool: the linker "rust-lld" is missing \(.*apt-get install lld/,
    );
    expect(await told(withTarget, offline)).toMatch(
      /^bad-plugin: a dependency is not at hand \(run `cargo fetch`.* error: no matching package/,
    );
  },
);

test("what is no crate is told before anything is built", async () => {
  const toolchains = buildsModules ? {} : { toolchains: [] };
  const built = (name: string) =>
    failureOf(buildRustModule({ crate: join(folder, name), out: null, ...toolchains }, stated));
  if (!buildsModules) return expect(await built("none")).toMatch(/^missing-tool/);
  mkdirSync(join(folder, "empty"));
  mkdirSync(join(folder, "torn"));
  writeFileSync(join(folder, "torn", "Cargo.toml"), "[package\n");
  expect(await built("empty")).toMatch(/^missing-file: no such file/);
  expect(await built("torn")).toMatch(/^bad-plugin: not a Cargo\.toml \(.*line 1, column/);
});
