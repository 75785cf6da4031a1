/**
 * The rules of the house that a machine can hold: layers, sizes, names, banned words, cycles, dead
 * and untested files. The rules themselves, with what each accepts and refuses, are in build/tidy.
 * To excuse a file from a rule, add a row to `permits` with the reason; a row that excuses nothing
 * any more fails, too.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { expect, test } from "vitest";
import { banProblems } from "./build/tidy/bans.ts";
import {
  cycleProblems,
  deadProblems,
  missingProblems,
  startUpProblems,
  untestedProblems,
} from "./build/tidy/graph.ts";
import { layerProblems, placeProblems } from "./build/tidy/layers.ts";
import { type Permit, unexcused } from "./build/tidy/permits.ts";
import { nameProblems, sizeProblems } from "./build/tidy/sizes.ts";
import { isTest, type Problem, readSource, type Source } from "./build/tidy/source.ts";

/** Each with its reason. `file` may be a folder, ended by a slash; `rules` are names of rules. */
const permits: readonly Permit[] = [
  {
    file: "vitest.config.ts",
    rules: ["export default", "process.env"],
    reason: "Vitest reads its configuration from the default export; CI runs the slow tests, too",
  },
  {
    file: "sim/guard.ts",
    rules: ["Date", "globalThis"],
    reason: "it makes the host's clock and chance throw inside a run, so it must name them",
  },
  {
    file: "plugins/host/wasm/engine.ts",
    rules: ["globalThis"],
    reason: "the typings of Node 20 lack WebAssembly; its one use, synchronous and deterministic",
  },
  {
    file: "plugins/artefact/",
    rules: ["package"],
    reason: "reads and prepares artefacts before any run begins",
  },
  {
    file: "plugins/build/",
    rules: ["package", "process.env"],
    reason: "runs compilers, which need the person's environment, before any run begins",
  },
  {
    file: "plugins/examples/example-build.ts",
    rules: ["package"],
    reason: "runs compilers before any run begins",
  },
  {
    file: "plugins/examples/example-plugin.ts",
    rules: ["package"],
    reason: "reads plugin.json before any run begins",
  },
  {
    file: "plugins/examples/cache/",
    rules: ["untested"],
    reason:
      "cache.test.ts builds the scripts and runs them in the sandbox: it imports none of them",
  },
  {
    file: "plugins/examples/cache/bad-own-clock/plugin.ts",
    rules: ["Date"],
    reason: "the bug of this bad twin",
  },
  {
    file: "plugins/host/in-process.ts",
    rules: ["package"],
    reason: "node:crypto names a plugin by its content before any run begins: equal everywhere",
  },
  {
    file: "plugins/host/wasm/description.ts",
    rules: ["package"],
    reason: "node:crypto names an artefact by its content before any run begins: equal everywhere",
  },
  {
    file: "nodes/engine/pool.ts",
    rules: ["async", "await", "Promise"],
    reason: "opens memory-level stores, which only a promise can, before any run begins",
  },
  {
    file: "nodes/engine/live-store.ts",
    rules: ["async", "await", "Promise"],
    reason: "its opening is the pool's; nothing in a run waits for it",
  },
  {
    file: "reports/vitest.ts",
    rules: ["namespace", "layer", "package"],
    reason: "a library entry: Vitest learns of matchers by augmentation, and they judge for real",
  },
  {
    file: "reports/vitest.test.ts",
    rules: ["layer"],
    reason: "the matchers judge scenarios of its own",
  },
  {
    file: "reports/scenario-verdict.ts",
    rules: ["layer"],
    reason: "runs a scenario for reports/vitest.ts, which no command loads",
  },
  {
    file: "reports/scenario-verdict.test.ts",
    rules: ["layer"],
    reason: "the same, on a system of its own",
  },
  {
    file: "bin/terminal.ts",
    rules: ["untested"],
    reason: "bin/terminal.test.ts runs it in processes of their own, to which it can send signals",
  },
  {
    file: "bin/seeds-process.ts",
    rules: ["untested"],
    reason: "a process of its own: the twin in .ci/run starts it, built",
  },
  {
    file: "bin/start-process.ts",
    rules: ["untested"],
    reason: "a process of its own: what it shows is tested in zoo, run and replay",
  },
  {
    file: "bin/coprsim.ts",
    rules: ["untested"],
    reason: "the program itself: bin/pack.test.ts runs it, built, packed and installed",
  },
];

/** Whether a test alone keeps a file alive. False once every part is used by some program. */
const testsKeepAlive = true;

/** `coprsim --help` should be quick: commands, judges and simulator are loaded when called for. */
const startUp = {
  entry: "bin/coprsim.ts",
  allowed: ["bin/", "reports/", "sim/assert.ts", "sim/errors.ts", "commander", "chalk"],
};

const root = import.meta.dirname;

test("tidy", () => {
  const sources = readSources();
  expect(sources.length).toBeGreaterThan(50);
  const problems = [
    ...sources.flatMap((source) => [
      ...placeProblems(source),
      ...layerProblems(source),
      ...banProblems(source),
      ...sizeProblems(source),
      ...nameProblems(source),
    ]),
    ...missingProblems(sources),
    ...cycleProblems(sources),
    ...deadProblems(sources, isRoot),
    ...untestedProblems(sources),
    ...startUpProblems(sources, startUp),
  ];
  expect(unexcused(problems, permits).map(line)).toEqual([]);
});

function line({ file, line, rule, text }: Problem): string {
  return `${file}${line === 0 ? "" : `:${line}`} [${rule}] ${text}`;
}

/** What is started or imported by somebody outside: programs, library entries, examples. */
function isRoot(file: string): boolean {
  if (testsKeepAlive && isTest(file)) return true;
  return (
    !file.includes("/") ||
    /^bin\/(?:coprsim|[a-z0-9-]+-process)\.ts$/.test(file) ||
    /^(?:scenarios\/index|reports\/vitest)\.ts$/.test(file) ||
    /^build\/|^plugins\/examples\/|\/testing\//.test(file)
  );
}

/** All TypeScript of ours. AssemblyScript and the plugin SDKs are other languages. */
function readSources(): readonly Source[] {
  const skipped = /^(?:\.|node_modules|dist|coverage|plugins\/sdk)|\/(?:assembly|node_modules)\//;
  return readdirSync(root, { withFileTypes: true })
    .filter(({ name }) => !skipped.test(name))
    .flatMap((entry) => (entry.isDirectory() ? filesBelow(entry.name) : [entry.name]))
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts") && !skipped.test(file))
    .sort((a, b) => (a < b ? -1 : 1))
    .map((file) => readSource(file, readFileSync(join(root, file), "utf8")));
}

function filesBelow(folder: string): readonly string[] {
  const found = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" });
  return found.map((name) => `${folder}/${name.split(sep).join("/")}`);
}
