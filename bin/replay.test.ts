/**
 * `coprsim replay` and `zoo`: mistakes with their exit codes, and a replay bit for bit. To add a
 * case, add a row: the words, the code, the beginning of what is said.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import {
  builtInScenarios,
  formatRepro,
  PreparedEnvironment,
  type Repro,
  reproSchema,
  runPlan,
  sizeOf,
} from "../scenarios/index.ts";
import { commands } from "./commands.ts";
import { runProgram } from "./program.ts";
import { createSurroundings, unwrapped } from "./testing/surroundings.ts";

const folder = mkdtempSync(join(tmpdir(), "coprsim-replay-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function run(...words: readonly string[]) {
  const surroundings = createSurroundings();
  const code = await runProgram(commands, words, surroundings);
  return { code, out: surroundings.out(), err: surroundings.err() };
}

function fileOf(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

/** The quickest scenario's first seed, cut short, with the hash that it really has. */
async function makeRepro(): Promise<Repro> {
  const scenario = builtInScenarios[0];
  expect(scenario).toBeDefined();
  const choices = { fidelity: "tikv", timing: "fast", strategy: "portfolio" } as const;
  const drawn = scenario?.plan("1/0", 0, choices);
  if (drawn === undefined) return expect.fail("there is a scenario");
  const plan = { ...drawn, plugins: [], operations: [], breakUs: 1_000_000, healUs: 1_000_000 };
  const onFailure = (error: unknown) => expect.fail(String(error));
  const prepared = new PreparedEnvironment({ system: null, onFailure });
  await prepared.prepareFor(plan);
  const { hash } = runPlan(prepared.environment, { plan, seed: "1/0", keepTrace: false });
  return {
    schema: reproSchema,
    tool: { name: "coprsim", version: "0.1.0" },
    seed: "1/0",
    plan,
    mutant: null,
    violation: { property: "linearizability", message: "made up", atUs: 1, details: [] },
    hash,
    decisions: [],
    plugins: [],
    original: sizeOf(plan),
  };
}

test("bad input: each kind has its exit code and its line", async () => {
  const good = await makeRepro();
  const broken = fileOf("broken.json", "{");
  const stale = fileOf("stale.json", JSON.stringify({ ...good, schema: 99 }));
  const strange = fileOf("strange.json", JSON.stringify({ ...good, mutant: "raft-nosuch" }));
  const sound = fileOf("sound.json", formatRepro(good));
  const rows = [
    [["replay", broken], 5, /broken\.json:\s+this is no JSON/],
    [["replay", stale], 5, /stale\.json:\s+the file has schema 99/],
    [["replay", join(folder, "missing.json")], 2, /missing\.json:\s+no such file/],
    [["replay", strange], 2, /no such mutant: raft-nosuch/],
    [["replay", sound, "--mutant", "disk-no-sink"], 2, /did you mean disk-no-sync/],
    [["replay"], 2, /what to replay\?/],
    [["replay", sound, "--all"], 2, /what to replay\?/],
    [["replay", "smoke-nosuch:1/1"], 2, /no such scenario or suite: smoke-nosuch/],
    [["replay", sound, "--until", "soon"], 2, /--until/],
  ] as const;
  for (const [words, code, expected] of rows) {
    const ran = await run(...words);
    expect(unwrapped(ran.err), words.join(" ")).toMatch(expected);
    expect(ran.code, words.join(" ")).toBe(code);
  }
}, 30_000);

test("a replay of what holds says fixed, with the recorded hash, and shows its trace", async () => {
  const good = await makeRepro();
  const file = fileOf("good.json", formatRepro(good));
  const ran = await run("replay", file, "--trace", "--until", "400ms");
  expect(ran.err).toBe("");
  expect(ran.out).toMatch(new RegExp(`fixed: linearizability holds \\(hash ${good.hash}\\)`));
  const times = [...ran.out.matchAll(/^ +(\d+\.\d+) ms/gm)].map(([, time]) => Number(time));
  expect(times.length).toBeGreaterThan(0);
  expect(Math.max(...times)).toBeLessThanOrEqual(400);
  expect(ran.code).toBe(0);
  // A long name does not push the head beyond the width.
  const long = await run("replay", fileOf(`${"long-".repeat(9)}.json`, formatRepro(good)));
  expect(long.out.split("\n").filter((line) => line.length > 100 && /\S\s/.test(line))).toEqual([]);
}, 30_000);

test("zoo: all edits match, and a stale one or an unknown name is a mistake", async () => {
  const checked = await run("zoo", "--check");
  expect(checked).toMatchObject({ code: 0, err: "" });
  expect(checked.out).toMatch(
    /^pass: all edits of \d+ mutants match, the checks of \d+ bad twins exist\n$/,
  );
  const mutant = {
    id: "raft-stale",
    component: "raft",
    source: "this test",
    about: "Stale.",
    file: "nodes/raft/quorum.ts",
    edits: [{ find: "no such text", replace: "" }],
    expected: ["quorum audit"],
    suites: ["raft"],
  };
  fileOf("raft-stale.json", JSON.stringify(mutant));
  const zooFolder = mkdtempSync(join(folder, "zoo-"));
  writeFileSync(join(zooFolder, "raft-stale.json"), JSON.stringify(mutant));
  const stale = await run("zoo", "--mutants", zooFolder);
  expect(stale.code).toBe(2);
  expect(stale.err).toMatch(
    /^error: raft-stale: edit 1 matches 0 times in nodes\/raft\/quorum\.ts/,
  );
  expect((await run("zoo", "raft-nosuch")).code).toBe(2);
  expect((await run("zoo", "aggregate/bad-nosuch")).err).toMatch(
    /^error: no such mutant or bad twin/,
  );
  expect((await run("zoo", "--mutants", join(folder, "nowhere"))).code).toBe(2);
});

test("zoo: a bad twin is caught by its check, and its finding replays", async () => {
  const ran = await run("zoo", "aggregate/bad-panic-on-short-request", "--json", "-");
  expect(ran.code).toBe(0);
  const { twins, mutants } = JSON.parse(ran.out);
  expect(mutants).toEqual([]);
  expect(twins).toMatchObject([
    { id: "aggregate/bad-panic-on-short-request", check: "C9", killed: true, outcome: "failed" },
  ]);
  expect((await run("replay", twins[0].file)).code).toBe(1);
}, 60_000);
