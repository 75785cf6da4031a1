/**
 * Native libraries, inspected. The files here are made by hand, byte by byte; real ones of rustc
 * (levels 0, 1, 3, s, stripped) were read alike. To add a format or damage, add a test below.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { concatBytes, latin1Bytes } from "../../../sim/bytes.ts";
import { inspectNative } from "./inspection.ts";
import { elfFile, machOFile, peFile, withFacts } from "./testing/native-files.ts";

const all = ["_plugin_get_build_info", "_plugin_get_plugin_info", "_plugin_create"];

test("ELF for x86-64: functions, compiler, and the strings that they return", () => {
  expect(inspectNative(elfFile({ machine: 0x3e }))).toMatchObject({
    format: "elf",
    target: "x86_64-unknown-linux",
    compiler: "1.89.0-nightly (abc 2025-05-01)",
    symbols: all,
    build: { apiVersion: "0.1.0", target: "x86_64-unknown-linux-gnu", rustc: "rustc 1.89.0" },
    info: { name: "by-hand", version: "1.2.3" },
    notRead: [],
  });
});

test("ELF for aarch64: all but the strings, which it says", () => {
  expect(inspectNative(elfFile({ machine: 0xb7 }))).toMatchObject({
    target: "aarch64-unknown-linux",
    symbols: all,
    build: null,
    info: null,
    notRead: ["build info: only x86-64 code is read", "plugin info: only x86-64 code is read"],
  });
});

test("Mach-O and PE: platform, functions and compiler", () => {
  const notRead = ["build info: only ELF is read", "plugin info: only ELF is read"];
  const shared = { compiler: "1.89.0", symbols: all, build: null, info: null, notRead };
  expect(inspectNative(machOFile(all))).toMatchObject({
    ...shared,
    format: "machO",
    target: "aarch64-apple-darwin",
  });
  expect(inspectNative(peFile(all))).toMatchObject({
    ...shared,
    format: "pe",
    target: "x86_64-pc-windows",
  });
  expect(inspectNative(machOFile(["_plugin_create"])).symbols).toEqual(["_plugin_create"]);
  expect(inspectNative(peFile(["another"])).symbols).toEqual([]);
});

const facts = ["0.1.0", "x86_64-unknown-linux-gnu", "rustc 1.89.0", "by-hand", "1.2.3"];

test("facts that the SDK embeds are read where code is not", () => {
  for (const file of [elfFile({ machine: 0xb7 }), machOFile(all), peFile(all)]) {
    expect(inspectNative(withFacts(file, facts))).toMatchObject({
      build: { apiVersion: "0.1.0", target: "x86_64-unknown-linux-gnu", rustc: "rustc 1.89.0" },
      info: { name: "by-hand", version: "1.2.3" },
      readFrom: "embedded",
      notRead: [],
    });
  }
});

test("where code is read it counts, and embedded facts that differ are told", () => {
  const elf = elfFile({ machine: 0x3e });
  expect(inspectNative(withFacts(elf, facts))).toMatchObject({ readFrom: "code", notRead: [] });
  expect(inspectNative(withFacts(elf, [...facts.slice(0, 4), "9.9.9"]))).toMatchObject({
    info: { version: "1.2.3" },
    readFrom: "code",
    notRead: ["embedded facts: they differ from what the code returns"],
  });
});

test("what only looks like embedded facts is passed over", () => {
  const library = machOFile(all);
  const refused: readonly (readonly string[])[] = [
    facts.slice(0, 4),
    ["", ...facts.slice(1)],
    ["0.1.0", "x".repeat(257), ...facts.slice(2)],
    ["0.1.0", "\n", ...facts.slice(2)],
  ];
  for (const texts of refused) {
    expect(inspectNative(withFacts(library, texts))).toMatchObject({ build: null, readFrom: null });
  }
  const second = withFacts(withFacts(library, ["words", "in", "code", "\x01"]), facts);
  expect(inspectNative(second)).toMatchObject({ info: { name: "by-hand" } });
});

test("what is no library is unknown, with the reason", () => {
  const cases: readonly (readonly [Uint8Array, RegExp])[] = [
    [new Uint8Array(0), /lie outside the file/],
    [latin1Bytes("#!/bin/sh\n"), /neither ELF, Mach-O nor PE/],
    [latin1Bytes("\x7fELF\x01\x01"), /only 64-bit/],
    [latin1Bytes("\xca\xfe\xba\xbe"), /several platforms/],
    [latin1Bytes(`MZ${"\0".repeat(80)}`), /no PE header/],
  ];
  for (const [bytes, reason] of cases) {
    const { format, notRead } = inspectNative(bytes);
    expect(format).toBe("unknown");
    expect(notRead.join()).toMatch(reason);
  }
});

test("damaged and cut files are values", () => {
  const files = [elfFile({ machine: 0x3e }), machOFile(all), peFile(all)];
  let lost = 0;
  for (const file of files) {
    for (let length = 0; length < file.length; length += 7) {
      if (inspectNative(file.subarray(0, length)).notRead.length > 0) lost += 1;
    }
  }
  expect(lost).toBeGreaterThan(100);
  const judge = (index: number, places: readonly number[], fill: number) => {
    const changed = new Uint8Array(files[index % files.length] as Uint8Array);
    for (const place of places) changed.fill(fill, place % changed.length, (place % 509) + 4);
    expect(inspectNative(changed).bytes).toBe(changed.length);
  };
  const places = fc.array(fc.nat(), { minLength: 1, maxLength: 6 });
  fc.assert(fc.property(fc.nat(), places, fc.nat({ max: 255 }), judge), {
    numRuns: 3_000,
    seed: 1,
  });
  const headers = files.map((file) => file.subarray(0, 64));
  for (const header of headers)
    inspectNative(concatBytes([header, new Uint8Array(4096).fill(255)]));
});

const source = `#![crate_type = "cdylib"]
#[repr(C)] pub struct Two(&'static str, &'static str);
#[repr(C)] pub struct Three(&'static str, &'static str, &'static str);
#[no_mangle] pub extern "C" fn _plugin_create() {}
#[no_mangle] pub extern "C" fn _plugin_get_plugin_info() -> Two { Two("real", "2.0.0") }
#[no_mangle] pub extern "C" fn _plugin_get_build_info() -> Three { Three::get() }
impl Three { pub const fn get() -> Three {
  Three("0.1.0", "x86_64-unknown-linux-gnu", "rustc 1.89.0-nightly")
} }`;

/** Whether a rustc is there that makes libraries for x86-64 Linux. */
function canBuild(): boolean {
  try {
    return /host: x86_64-unknown-linux/.test(execFileSync("rustc", ["-vV"], { encoding: "utf8" }));
  } catch {
    return false;
  }
}

// Skipped where there is no rustc: the hand-made file above stands for it.
test.skipIf(!canBuild())("a library of the installed rustc, plain and optimised", () => {
  const folder = mkdtempSync(join(tmpdir(), "coprsim-native-"));
  try {
    writeFileSync(join(folder, "p.rs"), source);
    for (const level of ["0", "3"]) {
      const path = join(folder, `p${level}.so`);
      const options = ["-C", `opt-level=${level}`, "-A", "warnings", "p.rs", "-o", path];
      execFileSync("rustc", options, { cwd: folder, stdio: "pipe" });
      expect(inspectNative(new Uint8Array(readFileSync(path)))).toMatchObject({
        symbols: all,
        info: { name: "real", version: "2.0.0" },
        build: { target: "x86_64-unknown-linux-gnu", rustc: "rustc 1.89.0-nightly" },
      });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
