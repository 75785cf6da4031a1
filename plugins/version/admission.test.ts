/**
 * Load-time admission in TiKV's order and words. To add a case, add a line: what of the plugin's
 * build info or version differs, and the text TiKV logs.
 */
import { expect, test } from "vitest";
import { type BuildInfo, hostBuildInfo } from "../api.ts";
import { admit, reloadRefusedText } from "./index.ts";

const host: BuildInfo = { apiVersion: "0.1.0", rustc: "rustc 9.0.0", target: "riscv-unknown" };

type Odd = Partial<BuildInfo> & { readonly version?: string };

const refused: readonly (readonly [odd: Odd, check: string, text: string])[] = [
  [
    { apiVersion: "0.2.0" },
    "api-version",
    "coprocessor_plugin_api mismatch: plugin was compiled with 0.2.0, but TiKV with 0.1.0",
  ],
  [
    { rustc: "rustc 8.0.0" },
    "rustc",
    "version mismatch of rustc: plugin was compiled with rustc 8.0.0, but TiKV with rustc 9.0.0",
  ],
  [
    { target: "riscv-Unknown" }, // Compared as text: case counts.
    "target",
    "target mismatch: plugin was compiled for riscv-Unknown, but TiKV for riscv-unknown",
  ],
  [{ version: "1.2" }, "plugin-version", "plugin version string does not follow SemVer standard"],
  [{ version: "" }, "plugin-version", "plugin version string does not follow SemVer standard"],
  // The first mismatch in TiKV's order decides, whatever else is wrong.
  [
    { apiVersion: "", rustc: "", target: "", version: "" },
    "api-version",
    "coprocessor_plugin_api mismatch: plugin was compiled with , but TiKV with 0.1.0",
  ],
  [
    { rustc: "x", target: "y", version: "z" },
    "rustc",
    "version mismatch of rustc: plugin was compiled with x, but TiKV with rustc 9.0.0",
  ],
  [
    { target: "y", version: "z" },
    "target",
    "target mismatch: plugin was compiled for y, but TiKV for riscv-unknown",
  ],
];

test("a plugin whose strings all agree is admitted with its version", () => {
  const admission = admit({ plugin: { ...host }, version: " 1.2.3-rc.1 ", host });
  expect(admission).toEqual({
    kind: "admitted",
    version: { major: 1, minor: 2, patch: 3, pre: ["rc", 1], build: [] },
  });
  const own = admit({ plugin: hostBuildInfo, version: "0.1.0", host: hostBuildInfo });
  expect(own.kind).toBe("admitted");
});

test.each(refused)("%j is refused for its %s", (odd, check, text) => {
  const { version = "1.2.3", ...build } = odd;
  const admission = admit({ plugin: { ...host, ...build }, version, host });
  expect(admission).toEqual({ kind: "refused", check, text });
});

test("the refusal of a second load shows the path as Rust does", () => {
  const text = 'unloaded plugin `"/p/a\\"b.so"` cannot be reloaded';
  expect(reloadRefusedText('/p/a"b.so')).toBe(text);
});
