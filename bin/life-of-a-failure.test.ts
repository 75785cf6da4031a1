/**
 * The built command in processes of its own, in a folder of its own: a failure is found, replayed,
 * pinned, replayed first by the next run; a scenario that `init` wrote runs; Ctrl-C ends a run
 * with what it found. To add a step, say what a user types next in the same folder.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, test } from "vitest";

const dist = resolve(import.meta.dirname, "..", "dist");
const folder = mkdtempSync(join(tmpdir(), "coprsim-life-"));
afterAll(() => rmSync(folder, { recursive: true }));

function node(program: string, ...words: readonly string[]) {
  const options = {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  } as const;
  const ran = spawnSync(process.execPath, [join(dist, program), ...words], options);
  return { code: ran.status, out: ran.stdout, err: ran.stderr };
}

const coprsim = (...words: readonly string[]) => node("coprsim.js", ...words);

test("found, replayed, pinned, and replayed first by the next run", () => {
  expect(node("start-process.js")).toMatchObject({ code: 0 });
  const [file, ...others] = readdirSync(join(folder, ".coprsim", "failures"));
  expect([file, others]).toEqual([expect.stringMatching(/\.repro\.json$/), []]);
  const failure = join(".coprsim", "failures", file ?? "");

  const pinned = coprsim("replay", failure, "--pin");
  expect(pinned).toMatchObject({ code: 1, err: "" });
  expect(pinned.out).toContain(`pinned as ${join("regressions", file ?? "")}`);
  const all = coprsim("replay", "--all");
  expect(all).toMatchObject({ code: 1, err: "" });
  expect(all.out).toMatch(/reproduces/);
  expect(readdirSync(join(folder, ".coprsim", "failures"))).toEqual([file]);

  const smaller = coprsim("replay", failure, "--shrink");
  expect(smaller).toMatchObject({ code: 1, err: "" });

  const next = coprsim("run", "smoke-calm", "--seeds", "1");
  expect(next).toMatchObject({ code: 0, err: "" });
  // The planted mutant is found again: that is no failure of the code under test.
  expect(next.out).toMatch(/regressions\n {2}✓ reproduces [^\n]*repro\.json\n[\s\S]*suite smoke/);
}, 120_000);

test("the scenario that `init` writes runs; one that does not hold says where: 2", () => {
  const file = "my.scenario.ts";
  expect(coprsim("init", "scenario")).toMatchObject({ code: 0, err: "" });
  const ran = coprsim("run", file, "--seeds", "1");
  expect(ran).toMatchObject({ code: 0, err: "" });
  expect(ran.out).toMatch(/✓ mine +1 seed /);

  const text = readFileSync(join(folder, file), "utf8");
  writeFileSync(join(folder, "bad.scenario.ts"), text.replace('["^1.0"]', "[]"));
  const refused = coprsim("run", "bad.scenario.ts", "--seeds", "1");
  expect(refused).toMatchObject({ code: 2, out: "" });
  expect(refused.err).toBe(
    'error: bad.scenario.ts: scenario "mine": spec.calls[0].requirements: found []\n' +
      "  expected at least 1 of them\n",
  );
}, 120_000);

test("Ctrl-C ends a run after the work at hand: 130, and what was done is told", async () => {
  const child = spawn(process.execPath, [join(dist, "coprsim.js"), "run", "--seeds", "100000"], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: "1" },
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (data: Buffer) => {
    // The head is printed before the first seed.
    if (out === "") setTimeout(() => child.kill("SIGINT"), 500);
    out += data.toString();
  });
  child.stderr.on("data", (data: Buffer) => {
    err += data.toString();
  });
  const code = await new Promise((done) => {
    child.on("close", done);
  });
  expect({ code, err }).toMatchObject({ code: 130 });
  expect(err).toContain("Ctrl-C again stops at once");
  expect(out).toMatch(/\ninterrupted: nothing found in \d+ seeds?, /);
}, 60_000);
