/**
 * Scratch manifests, as golden text (testdata/manifest.txt). To add a case, add a block: `scratch`
 * with `kind=wasm` or `kind=native`, the crate's manifest, and behind a line `/Cargo.toml:` the one
 * of the workspace above it; then REWRITE=1.
 */

import { parse } from "smol-toml";
import { test } from "vitest";
import { UserError } from "../../sim/errors.ts";
import { runGolden } from "../../sim/testing/datadriven.ts";
import { type Manifest, scratchManifest } from "./manifest.ts";

test("manifests", () => {
  runGolden(new URL("testdata/manifest.txt", import.meta.url), ({ input, text }) => {
    const divider = input.indexOf("/Cargo.toml:");
    const own = divider < 0 ? input : input.slice(0, divider);
    const manifest = read("/crates/plugin", own);
    const root = divider < 0 ? manifest : read("/", input.slice(divider + 1));
    const kind = text("kind") === "wasm" ? "wasm" : "native";
    try {
      const { text: made, library } = scratchManifest({ manifest, root, sdk: "/sdk", kind });
      return `library ${library}\n${made.replaceAll(/\n{2,}/g, "\n").trimEnd()}`;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return `${error.code}: ${error.where}: ${error.message}`;
    }
  });
});

function read(folder: string, lines: readonly string[]): Manifest {
  const path = `${folder === "/" ? "" : folder}/Cargo.toml`;
  return { path, folder, table: parse(lines.join("\n")) };
}
