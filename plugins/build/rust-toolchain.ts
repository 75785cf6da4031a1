/** Finding a Rust toolchain that builds for a target. */
import { existsSync } from "node:fs";
import { runProgram } from "./process.ts";

/** A cargo and its rustc; null is the one that cargo finds by itself. */
export type RustToolchain = { readonly cargo: string; readonly rustc: string | null };

/**
 * In the order in which they are tried: the one that the author works with, then Debian's, which
 * rustup's may hide.
 */
export const rustToolchains: readonly RustToolchain[] = [
  { cargo: "cargo", rustc: null },
  { cargo: "/usr/bin/cargo", rustc: "/usr/bin/rustc" },
];

/** For the native library: the author's own alone, as a TiKV takes no other compiler's. */
export const nativeToolchains: readonly RustToolchain[] = rustToolchains.slice(0, 1);

/** The target of modules for the simulated nodes. */
export const wasmTarget = "wasm32-unknown-unknown";

/** The lines that install what `coprsim build` needs for a Rust plugin. */
export const rustInstallHint: string =
  `with rustup: rustup target add ${wasmTarget}; ` +
  "on Debian: apt-get install rustc cargo libstd-rust-dev-wasm32 lld";

export type FoundToolchain = {
  readonly toolchain: RustToolchain;
  /** A target triple. */
  readonly target: string;
  /** The compiler's release, `1.95.0`. */
  readonly release: string;
};

/**
 * The first toolchain with a standard library for `target` (null: for this machine), or null.
 * `folder` is the crate's: it may name a toolchain of its own.
 */
export async function findToolchain(
  target: string | null,
  folder: string,
  toolchains: readonly RustToolchain[] = rustToolchains,
): Promise<FoundToolchain | null> {
  for (const toolchain of toolchains) {
    const found = await ask(toolchain, target, folder);
    if (found !== null) return found;
  }
  return null;
}

async function ask(
  toolchain: RustToolchain,
  wanted: string | null,
  folder: string,
): Promise<FoundToolchain | null> {
  const rustc = toolchain.rustc ?? "rustc";
  const cargo = await runProgram(toolchain.cargo, ["--version"], { folder });
  const version = await runProgram(rustc, ["-vV"], { folder });
  if (cargo.kind !== "done" || version.kind !== "done") return null;
  const fact = (name: string) =>
    new RegExp(`^${name}: (.*)$`, "m").exec(version.stdout)?.[1]?.trim() ?? "";
  const target = wanted ?? fact("host");
  const words = ["--print", "target-libdir", "--target", target];
  const libraries = await runProgram(rustc, words, { folder });
  if (libraries.kind !== "done" || !existsSync(libraries.stdout.trim())) return null;
  return { toolchain, target, release: fact("release") };
}
