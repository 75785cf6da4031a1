/**
 * Tests that need a Rust toolchain. Not every machine has one, so they are skipped where it is
 * absent - loudly, because a run that skipped them says nothing about Rust plugins.
 */
import { test } from "vitest";
import { findToolchain, nativeToolchains, rustInstallHint, wasmTarget } from "../rust-toolchain.ts";

const folder = import.meta.dirname;

/** Whether Rust plugins can be built here into modules. */
export const buildsModules: boolean = (await findToolchain(wasmTarget, folder)) !== null;

/** Whether Rust can be built here for this machine. */
export const buildsNatively: boolean =
  (await findToolchain(null, folder, nativeToolchains)) !== null;

/** A test that builds Rust for `wasm32-unknown-unknown`. */
export function moduleTest(name: string, body: () => Promise<void>, timeoutMs = 120_000): void {
  tell(name, buildsModules);
  test.skipIf(!buildsModules)(name, body, timeoutMs);
}

/** A test that builds Rust for this machine. */
export function nativeTest(name: string, body: () => Promise<void>, timeoutMs = 120_000): void {
  tell(name, buildsNatively);
  test.skipIf(!buildsNatively)(name, body, timeoutMs);
}

function tell(name: string, runs: boolean): void {
  if (!runs) process.stderr.write(`\nSKIPPED, NO EVIDENCE: ${name}: ${rustInstallHint}\n`);
}
