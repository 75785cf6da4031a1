/**
 * The package as a stranger gets it: packed, installed into an empty folder with nothing to build,
 * started. Needs npm's cache or a registry; without both it is skipped, loudly. It runs where
 * CI is set (vitest.config.ts): `CI=1 npx vitest run bin/pack.test.ts`. To add a case, call
 * the installed program once more.
 */
import { spawnSync } from "node:child_process";
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { buildsModules } from "../plugins/build/testing/rust-test.ts";

const root = dirname(import.meta.dirname);
const folder = mkdtempSync(join(tmpdir(), "coprsim-pack-"));
afterAll(() => rmSync(folder, { recursive: true }));

type Ran = { readonly status: number | null; readonly output: string };

function run(command: string, args: readonly string[], cwd: string = folder): Ran {
  // A child of `npm test` must not believe that it is npm's own script.
  const kept = Object.entries(process.env).filter(([name]) => !/^npm_|^INIT_CWD$/i.test(name));
  const env = { ...Object.fromEntries(kept), NO_COLOR: "1" };
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, env });
  return { status, output: `${stdout}${stderr}` };
}

/** Packs, and returns the tarball. */
function pack(): string {
  const { status, output } = run("npm", ["pack", "--pack-destination", folder], root);
  expect(output, "npm pack").toMatch(/\.tgz\n/);
  expect(status, output).toBe(0);
  const [tarball] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
  return join(folder, tarball ?? "");
}

function install(tarball: string): Ran {
  const args = ["install", "--no-audit", "--no-fund", "--fetch-retries=0", tarball];
  const offline = run("npm", [...args, "--offline"]);
  return offline.status === 0 ? offline : run("npm", [...args, "--prefer-offline"]);
}

const unreachable =
  /\b(?:ENOTCACHED|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|E5\d\d)\b/;

test("the packed package installs into an empty folder and runs", {
  timeout: 240_000,
}, (context) => {
  const tarball = pack();
  writeFileSync(join(folder, "package.json"), "{}");
  const installed = install(tarball);
  if (installed.status !== 0 && unreachable.test(installed.output)) {
    process.stderr.write(`\nSKIPPED, NO EVIDENCE: no registry to install from\n`);
    context.skip("npm reaches no registry");
  }
  expect(installed).toMatchObject({ status: 0 });

  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const said = run("npx", ["--no-install", "coprsim", "--version"]);
  expect(said.status).toBe(0);
  expect(said.output).toContain(version);

  const files = listFiles(join(folder, "node_modules", "coprsim"));
  expect(files.filter((file) => /\.test\.ts$|\/testdata\//.test(file))).toEqual([]);
  expect(missingArtefacts(files)).toEqual([]);
  const bundles = files.filter((file) => file.endsWith(".js"));
  expect(bundles.length).toBeGreaterThan(0);
  expect(bundles.filter(namesThisMachine)).toEqual([]);
  testWithMatchers();
});

/** A project of a stranger that judges with `coprsim/vitest`, run and type-checked. */
function testWithMatchers(): void {
  // Vitest itself is the stranger's own; ours stands for it.
  for (const name of ["vitest", "@vitest"]) {
    symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name));
  }
  writeFileSync(join(folder, "judged.test.ts"), fixture);
  expect(run("npx", ["--no-install", "coprsim", "init", "scenario"]).status).toBe(0);
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(fixtureConfig));
  const tested = run("node", [join(root, "node_modules", "vitest", "vitest.mjs"), "run"]);
  expect(tested.output).toMatch(/Tests +3 passed/);
  expect(tested.status).toBe(0);
  const typed = run("node", [join(root, "node_modules", "typescript", "bin", "tsc"), "-p", "."]);
  const ours = /^(?:judged\.test|my\.scenario)\.ts/;
  expect(typed.output.split("\n").filter((line) => ours.test(line))).toEqual([]);
}

const fixtureConfig = {
  compilerOptions: {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    module: "nodenext",
    moduleResolution: "nodenext",
    allowImportingTsExtensions: true,
    target: "es2023",
  },
  files: ["judged.test.ts", "my.scenario.ts"],
};

const fixture = `
import { defineScenario } from "coprsim";
import "coprsim/vitest";
import { expect, test } from "vitest";

const times = (call: number) => ({ call_time: call, return_time: call + 1 });
const write = { process: 0, op: "write", key: "x", input: 1, output: {}, ...times(0) };
const read = { process: 1, op: "read", key: "x", input: null, output: { value: 2 }, ...times(2) };

test("linearizability", () => {
  expect([write]).toBeLinearizable("register");
  expect([write, read]).not.toBeLinearizable("register");
});

test("isolation", () => {
  const events = [
    { type: "invoke", process: 0, value: [["append", "x", 1]] },
    { type: "ok", process: 0, value: [["append", "x", 1]] },
    { type: "invoke", process: 1, value: [["r", "x", null]] },
    { type: "ok", process: 1, value: [["r", "x", [1]]] },
  ].map((event, index) => ({ ...event, index, time: index }));
  expect(events).toSatisfyIsolation("serializable");
});

test("a scenario", async () => {
  const scenario = defineScenario({ name: "mine", spec: { breakUs: 1_000_000 } });
  await expect(null).toPassScenario(scenario, { seeds: 2 });
});
`;

function listFiles(below: string): readonly string[] {
  const entries = readdirSync(below, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}

function namesThisMachine(file: string): boolean {
  return readFileSync(file, "utf8").includes(root);
}

/** Artefacts that an example's plugin.json names and that do not lie beside it. */
function missingArtefacts(files: readonly string[]): readonly string[] {
  return (
    files
      .filter((file) => file.endsWith("/plugin.json"))
      .map((file) => ({ file, ...JSON.parse(readFileSync(file, "utf8")) }))
      .filter(({ artefact }) => !artefact.startsWith("in-process:"))
      // Packed without its artefact where no toolchain builds it, which the packing says loudly.
      .filter(({ language }) => language !== "rust" || buildsModules)
      .map(({ file, artefact }) => join(dirname(file), artefact))
      .filter((file) => !files.includes(file))
  );
}
