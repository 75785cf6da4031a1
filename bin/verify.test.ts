/**
 * `coprsim verify`, `inspect`, and `replay` of findings, as commands. To add a case, add a row: the
 * words, the exit code, what is printed. The checks' own tests lie in scenarios/verify.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildExample } from "../plugins/index.ts";
import { commands } from "./commands.ts";
import { runProgram } from "./program.ts";
import { createSurroundings } from "./testing/surroundings.ts";

const folder = mkdtempSync(join(tmpdir(), "coprsim-verify-"));
afterAll(() => rmSync(folder, { recursive: true }));

const aggregate = "plugins/examples/aggregate";
const artefact = `${aggregate}/good/build/aggregate.wasm`;
const at = (name: string): string => join(folder, name);

async function coprsim(line: string) {
  const surroundings = createSurroundings();
  const code = await runProgram(commands, line.split(" "), surroundings);
  return { code, out: surroundings.out(), err: surroundings.err() };
}

beforeAll(async () => {
  await buildExample(`${aggregate}/good`);
  const good = readFileSync(artefact);
  writeFileSync(at("cut.wasm"), good.subarray(0, 100));
  writeFileSync(at("bare.wasm"), good);
  writeFileSync(at("empty.wasm"), "");
  writeFileSync(at("no-handle.wasm"), replaced(good, "copr_handle", "copr_handlf"));
  writeFileSync(at("rustc.wasm"), replaced(good, "1.89.0-nightly", "1.88.0-nightly"));
  writeFileSync(at("nothing.contract.ts"), "export const x = 1;\n");
  writeFileSync(at("broken.contract.ts"), "export const x = {;\n");
  writeFileSync(at("library.so"), "\x7fELF");
  writeFileSync(at("broken.repro.json"), '{"kind": "verify", "schema": 1}');
  writeFileSync(at("old.repro.json"), '{"kind": "verify", "schema": 0}');
}, 120_000);

/** The same bytes with other text of the same length: UTF-8, or UTF-16 as AssemblyScript has it. */
function replaced(bytes: Uint8Array, from: string, to: string): Uint8Array {
  const copy = Buffer.from(bytes);
  for (const encoding of ["utf8", "utf16le"] as const) {
    const place = copy.indexOf(Buffer.from(from, encoding));
    if (place >= 0) copy.set(Buffer.from(to, encoding), place);
  }
  return copy;
}

test.each<[line: string, code: number, text: RegExp]>([
  [`verify ${aggregate}/good --check C1 --seeds 5`, 0, /\npartial: 1 of 20 checks, no level\n$/],
  [`verify ${aggregate}/good-inprocess --check C3 --seeds 6`, 0, /✓ C3 {3}split invariance/],
  [`verify ${aggregate}/good --level L0`, 0, /\npartial: 1 of 20 checks, level L0\n$/],
  [`verify ${aggregate}/good-inprocess --level L3 --seeds 1`, 3, /L3 asked, but not run: .*C15/],
  ["verify BARE --check C3", 3, /skipped: needs a contract/],
  ["verify BARE --check C9 --seeds 2", 0, /contract {2}none/],
  [`verify ${artefact} --check C3 --seeds 6`, 0, /contract {2}built-in:aggregate/],
  [`verify ${artefact} --contract built-in:aggregate --check C6 --seeds 9`, 0, /12 error classes/],
  [`verify ${aggregate}/good --check C3 --time 1ms`, 3, /stopped early: it never happened/],
  [
    "verify CUT",
    1,
    /FAIL load .*\n {2}it cannot be loaded: .*cut off[\s\S]*\ncoprsim inspect .*\n$/,
  ],
  ["verify EMPTY", 1, /FAIL load/],
  ["verify NO-HANDLE", 1, /copr_handle/],
  ["verify RUSTC", 1, /TiKV refuses it: version mismatch of rustc/],
  [`inspect ${artefact}`, 0, /aggregate 1\.0\.0[\s\S]*copr_handle[\s\S]*admitted/],
  [`inspect ${artefact} --expect-api 0.2.0`, 1, /refused: coprocessor_plugin_api mismatch/],
  [`inspect ${artefact} --expect-target wasm32`, 1, /refused: target mismatch/],
  ["inspect RUSTC", 1, /refused: version mismatch of rustc/],
])("%s: %i", async (line, code, text) => {
  const ran = await coprsim(named(line));
  expect(ran).toMatchObject({ code, err: "" });
  expect(ran.out).toMatch(text);
});

test.each<[line: string, code: number, text: RegExp]>([
  ["verify nowhere.wasm", 2, /nowhere\.wasm: no such file/],
  ["verify package.json", 2, /not a plugin artefact/],
  ["verify plugins", 2, /plugin\.json: no such file/],
  ["verify LIBRARY", 2, /never executed/],
  [`verify ${artefact} --check C99`, 2, /Expected one of .*C1, /],
  [`verify ${artefact} --level L4`, 2, /Expected one of L0, L1, L2, L3/],
  [`verify ${artefact} --contract built-in:none`, 2, /there is no such contract/],
  [`verify ${artefact} --contract NOTHING`, 2, /exports 0 contracts/],
  [`verify ${artefact} --contract BROKEN-CONTRACT`, 2, /broken\.contract\.ts:\s+line 1, column 18/],
  ["inspect CUT", 2, /cut off/],
  ["inspect LIBRARY", 2, /lie outside the file/],
  ["replay BROKEN", 5, /expected a repro file as `coprsim verify` writes it/],
  ["replay OLD", 5, /schema 0, this version reads schema 1/],
])("%s: %i, in one clear message", async (line, code, text) => {
  const ran = await coprsim(named(line));
  expect(ran.code).toBe(code);
  expect(ran.err).toMatch(text);
  // However long the folder of temporary files is, the message about it is as short.
  const unwrapped = ran.err
    .trimEnd()
    .replaceAll(`${folder}/`, "")
    .replace(/\n {2}(?!expected)/g, " ");
  expect(unwrapped.split("\n").length).toBeLessThanOrEqual(2);
});

const files = [
  ["BARE", "bare.wasm"],
  ["NO-HANDLE", "no-handle.wasm"],
  ["BROKEN-CONTRACT", "broken.contract.ts"],
  ["NOTHING", "nothing.contract.ts"],
  ["BROKEN", "broken.repro.json"],
  ["OLD", "old.repro.json"],
  ["CUT", "cut.wasm"],
  ["EMPTY", "empty.wasm"],
  ["RUSTC", "rustc.wasm"],
  ["LIBRARY", "library.so"],
] as const;

const named = (line: string): string =>
  files.reduce((text, [word, file]) => text.replace(word, at(file)), line);

test("a finding is written, reproduces, and is fixed on a mended plugin", async () => {
  const bad = `${aggregate}/bad-average-of-averages`;
  const json = at("verify.json");
  const ran = await coprsim(`verify ${bad} --check C3 --json ${json} --junit ${at("verify.xml")}`);
  expect(ran.code).toBe(1);
  const lines = ran.out.trimEnd().split("\n");
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
  const file = /^coprsim replay (.*)$/.exec(lines.at(-1) ?? "")?.[1] ?? "";
  const again = await coprsim(`replay ${file}`);
  expect(again.code).toBe(1);
  expect(again.out).toContain('reproduces: C3 "same answer for any region layout"');
  expect(again.out).not.toContain("is not the recorded");
  const report: unknown = JSON.parse(readFileSync(json, "utf8"));
  expect(report).toMatchObject({ exitCode: 1, findings: [{ check: "C3", file }] });
  expect(readFileSync(at("verify.xml"), "utf8")).toContain("<failure ");

  const mended = { ...JSON.parse(readFileSync(file, "utf8")), artefact: `${aggregate}/good` };
  writeFileSync(at("mended.repro.json"), JSON.stringify(mended));
  const fixed = await coprsim(`replay ${at("mended.repro.json")}`);
  expect(fixed).toMatchObject({ code: 0, err: "" });
  expect(fixed.out).toMatch(/is not the recorded [0-9a-f]{12}; it was judged all the same/);
  expect(fixed.out).toMatch(/\nfixed: C3/);

  const gone = { ...mended, artefact: at("cut.wasm") };
  writeFileSync(at("gone.repro.json"), JSON.stringify(gone));
  expect(await coprsim(`replay ${at("gone.repro.json")}`)).toMatchObject({ code: 5 });
});

test("the first failure of a bad plugin comes within seconds", async () => {
  const startedMs = performance.now();
  expect(await coprsim(`verify ${aggregate}/bad-panic-on-short-request --check C9`)).toMatchObject({
    code: 1,
  });
  expect(performance.now() - startedMs).toBeLessThan(5_000);
});
