/**
 * `coprsim inspect` of native libraries, made by hand. To add a case, add a row: the file, options,
 * the exit code, what is printed. Real ones of rustc are inspected in bin/build.test.ts.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  elfFile,
  machOFile,
  peFile,
  withFacts,
} from "../plugins/host/native/testing/native-files.ts";
import { commands } from "./commands.ts";
import { runProgram } from "./program.ts";
import { createSurroundings } from "./testing/surroundings.ts";

const folder = mkdtempSync(join(tmpdir(), "coprsim-inspect-"));
afterAll(() => rmSync(folder, { recursive: true }));

const all = ["_plugin_get_build_info", "_plugin_get_plugin_info", "_plugin_create"];
const facts = ["0.1.0", "x86_64-pc-windows-msvc", "rustc 1.89.0", "by-hand", "1.2.3"];
const files: Readonly<Record<string, Uint8Array>> = {
  "whole.so": elfFile({ machine: 0x3e }),
  "arm.so": elfFile({ machine: 0xb7 }),
  "bad-version.dll": withFacts(peFile(all), [...facts.slice(0, 4), "1.2"]),
  "whole.dll": withFacts(peFile(all), facts),
  "other.dylib": machOFile(["_plugin_create"]),
  "differs.so": withFacts(elfFile({ machine: 0x3e }), facts),
  "text.so": Buffer.from("#!/bin/sh\n"),
};

beforeAll(() => {
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
});

async function inspect(line: string) {
  const [name = "", ...options] = line.split(" --");
  const surroundings = createSurroundings();
  const words = options.flatMap((option) => {
    const [word = "", ...rest] = option.split(" ");
    return [`--${word}`, rest.join(" ")];
  });
  const code = await runProgram(commands, ["inspect", join(folder, name), ...words], surroundings);
  return { code, out: surroundings.out(), err: surroundings.err() };
}

const json = join(folder, "report.json");

test.each<[line: string, code: number, text: RegExp]>([
  [
    "whole.so --expect-rustc rustc 1.89.0",
    0,
    /by-hand 1\.2\.3 \(read from its code\)[\s\S]*admitted/,
  ],
  ["whole.so", 1, /refused: version mismatch of rustc: plugin was compiled with rustc 1\.89\.0,/],
  ["whole.so --expect-rustc rustc 1.0.0", 1, /but TiKV\s+with rustc 1\.0\.0/],
  ["whole.so --expect-rustc rustc 1.89.0 --expect-target aarch64", 1, /refused: target mismatch/],
  ["arm.so", 3, /not read {4}build info: only x86-64[\s\S]*undecided: its build info was not read/],
  [
    "whole.dll --expect-rustc rustc 1.89.0 --expect-target x86_64-pc-windows-msvc",
    0,
    /by-hand 1\.2\.3 \(as its SDK says\)[\s\S]*admitted/,
  ],
  [
    "bad-version.dll --expect-rustc rustc 1.89.0 --expect-target x86_64-pc-windows-msvc",
    1,
    /does not follow SemVer/,
  ],
  ["other.dylib", 1, /failed to load library: no _plugin_get_build_info, _plugin_get_plugin_info/],
  ["differs.so --expect-rustc rustc 1.89.0", 0, /not read {4}embedded facts: they differ/],
])("%s: %i", async (line, code, text) => {
  const ran = await inspect(line);
  expect(ran).toMatchObject({ code, err: "" });
  expect(ran.out).toMatch(text);
  expect(Math.max(...ran.out.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(100);
});

test("what is no library is unreadable input, in one message", async () => {
  expect(await inspect("text.so")).toMatchObject({
    code: 2,
    err: expect.stringMatching(/neither ELF, Mach-O nor PE/),
  });
});

test("the JSON report leaves out what was not read", async () => {
  await inspect(`arm.so --json ${json}`);
  const report: unknown = JSON.parse(readFileSync(json, "utf8"));
  expect(report).toMatchObject({
    outcome: "inconclusive",
    kind: "native",
    format: "elf",
    symbols: all,
    admission: { kind: "undecided" },
    notRead: [/build info/, /plugin info/].map((text) => expect.stringMatching(text)),
  });
  expect(report).not.toHaveProperty("build");
});
