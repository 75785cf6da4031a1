/**
 * Builds a Rust plugin, its source unchanged: the wasm module for the simulated nodes, and the real
 * library that a TiKV would load.
 */
import { resolve } from "node:path";
import { UserError } from "../../sim/errors.ts";
import type { BuildInfo } from "../api.ts";
import { copyArtefact } from "./artefact-copy.ts";
import { scratchManifest } from "./manifest.ts";
import { readManifests } from "./manifest-files.ts";
import { doesNotCompile, missingTool } from "./messages.ts";
import { runProgram } from "./process.ts";
import {
  type FoundToolchain,
  findToolchain,
  nativeToolchains,
  type RustToolchain,
  rustInstallHint,
  rustToolchains,
  wasmTarget,
} from "./rust-toolchain.ts";
import { writeScratchPackage } from "./scratch-package.ts";
import { sdkFolder } from "./sdk-folder.ts";

export type RustCrate = {
  /** The folder with Cargo.toml. */
  readonly crate: string;
  /** Where the artefact goes; null: `target/coprsim` inside the crate. */
  readonly out: string | null;
  readonly toolchains?: readonly RustToolchain[];
};

/** What the module says it was built with: that of the library it stands for. */
export type StatedBuild = Pick<BuildInfo, "rustc" | "target">;

/**
 * Builds the module and returns its path. Throws UserError `missing-tool` with the lines that
 * install it, `bad-plugin` with the compiler's words, or `missing-file`.
 */
export async function buildRustModule(wanted: RustCrate, stated: StatedBuild): Promise<string> {
  const found = await findToolchain(wasmTarget, wanted.crate, wanted.toolchains);
  if (found === null) throw await noToolchain(wanted);
  const sdk = sdkFolder("rust");
  const { built, library } = await build(wanted, found, {
    kind: "wasm",
    variables: {
      COPRSIM_PLUGIN_RUSTC: stated.rustc,
      COPRSIM_PLUGIN_TARGET: stated.target,
      // Not this machine's flags, and not its paths: equal sources build equal modules.
      CARGO_ENCODED_RUSTFLAGS: `--remap-path-prefix=${sdk}/=`,
    },
    fileName: (name) => `${name}.wasm`,
  });
  return copyArtefact(built, wanted.out ?? `${wanted.crate}/target/coprsim/${library}.wasm`);
}

/** The library's path, or why there is none here. Throws like `buildRustModule`. */
export async function buildRustLibrary(
  wanted: RustCrate,
): Promise<{ readonly path: string } | { readonly missing: string }> {
  const found = await findToolchain(null, wanted.crate, wanted.toolchains ?? nativeToolchains);
  if (found === null) return { missing: "cargo and rustc in the path do not run for this crate" };
  const { built, library } = await build(wanted, found, {
    kind: "native",
    variables: {},
    fileName: (name) => libraryFile(name, found.target),
  });
  const name = libraryFile(library, found.target);
  return { path: await copyArtefact(built, libraryPath(wanted, name)) };
}

function libraryPath({ crate, out }: RustCrate, name: string): string {
  return out === null ? `${crate}/target/coprsim/${name}` : out.replace(/[^/\\]*$/, name);
}

/** As rustc names libraries, by the platform in a target triple. */
function libraryFile(name: string, target: string): string {
  if (target.includes("-windows")) return `${name}.dll`;
  return target.includes("-apple-") ? `lib${name}.dylib` : `lib${name}.so`;
}

type Compilation = {
  readonly kind: "wasm" | "native";
  readonly variables: Readonly<Record<string, string>>;
  readonly fileName: (library: string) => string;
};

async function build(
  { crate }: RustCrate,
  { toolchain, target, release }: FoundToolchain,
  { kind, variables, fileName }: Compilation,
): Promise<{ readonly built: string; readonly library: string }> {
  const manifests = await readManifests(crate);
  const sdk = `${sdkFolder("rust")}/coprocessor_plugin_api`;
  const { text, library } = scratchManifest({ ...manifests, sdk, kind });
  const scratch = { crate, kind, manifests, manifestText: text, release };
  const folder = await writeScratchPackage(scratch);
  const words = ["build", "--offline", "--release", "--lib", "--target", target];
  const own = toolchain.rustc === null ? {} : { RUSTC: toolchain.rustc };
  const ran = await runProgram(
    toolchain.cargo,
    [...words, "--target-dir", "target", "--color", "never"],
    { folder, variables: { ...variables, ...own } },
  );
  if (ran.kind === "missing") throw missingTool(`there is no ${toolchain.cargo}`, crate, "");
  if (ran.kind === "failed") throw failure(crate, ran.stderr);
  return { built: resolve(folder, "target", target, "release", fileName(library)), library };
}

function failure(crate: string, said: string): Error {
  const linker = /linker `([^`]+)` not found/.exec(said)?.[1];
  if (linker !== undefined) {
    const hint = "on Debian: apt-get install lld gcc";
    return missingTool(`the linker "${linker}" is missing`, crate, hint);
  }
  if (/--offline|offline was specified/.test(said)) {
    const [reason = ""] = /^error: .*/m.exec(said) ?? [];
    return new UserError("a dependency is not at hand", {
      code: "bad-plugin",
      where: crate,
      hint: `run \`cargo fetch\` in the crate once; cargo says: ${reason}`,
    });
  }
  return doesNotCompile(crate, said);
}

async function noToolchain({ crate, toolchains = rustToolchains }: RustCrate): Promise<Error> {
  const any = await findToolchain(null, crate, toolchains);
  const message =
    any === null
      ? 'the build tool "cargo" is missing'
      : `no Rust toolchain here builds for ${wasmTarget}`;
  return missingTool(message, crate, rustInstallHint);
}
