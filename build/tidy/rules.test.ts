/**
 * What the rules of tidy.test.ts accept and refuse. To add a case, add a row: a file's name, its
 * text, and the rules that it breaks ("" for none).
 */
import { expect, test } from "vitest";
import { banProblems } from "./bans.ts";
import {
  cycleProblems,
  deadProblems,
  missingProblems,
  startUpProblems,
  untestedProblems,
} from "./graph.ts";
import { layerProblems, placeProblems } from "./layers.ts";
import { unexcused } from "./permits.ts";
import { nameProblems, sizeProblems } from "./sizes.ts";
import { type Problem, readSource, type Source } from "./source.ts";

const rulesOf = (problems: readonly Problem[]): string => problems.map(({ rule }) => rule).join();

test.each([
  ["sim/a.ts", 'import { b } from "./b.ts";', ""],
  ["sim/a.ts", 'import { b } from "../nodes/ids.ts";', "layer"],
  ["sim/a.ts", 'import type { B } from "../nodes/ids.ts";', "layer"],
  ["sim/a.ts", 'export { b } from "../nodes/ids.ts";', "layer"],
  ["sim/a.ts", 'export * from "../nodes/ids.ts";', "layer"],
  ["sim/a.ts", 'type B = import("../nodes/ids.ts").B;', "layer"],
  ["sim/a.ts", 'const b = await import("../nodes/ids.ts");', "layer"],
  ["sim/a.ts", 'new Worker(new URL("../nodes/w.ts", import.meta.url));', "layer"],
  ["sim/a.ts", '// import { b } from "../nodes/ids.ts";', ""],
  ["sim/a.ts", "const text = 'import { b } from \"../nodes/ids.ts\"';", ""],
  ["sim/a.ts", 'import { b } from "./b";', "layer"],
  ["sim/a.ts", 'import seedrandom from "seedrandom";', ""],
  ["sim/a.ts", 'import { z } from "zod";', "package"],
  ["sim/a.ts", 'import { readFileSync } from "node:fs";', "package"],
  ["sim/a.ts", 'import { readFileSync } from "fs";', "package"],
  ["sim/a.test.ts", 'import { readFileSync } from "node:fs";', ""],
  ["sim/testing/a.ts", 'import { readFileSync } from "node:fs";', ""],
  ["sim/a.test.ts", 'import { b } from "../nodes/index.ts";', "layer"],
  ["failpoints/a.ts", 'import { b } from "../plugins/index.ts";', "layer"],
  ["plugins/host/a.ts", 'import { b } from "../../sim/bytes.ts";', ""],
  ["plugins/host/a.ts", 'import { b } from "../../nodes/index.ts";', "layer"],
  ["nodes/a.ts", 'import { b } from "../sim/index.ts";', ""],
  ["nodes/a.ts", 'import { b } from "../sim/queue.ts";', "layer"],
  ["nodes/a.ts", 'import { b } from "../plugins/host/index.ts";', ""],
  ["nodes/a.ts", 'import { b } from "../plugins/host/wasm.ts";', "layer"],
  ["nodes/raft/a.ts", 'import { b } from "../engine/batch.ts";', ""],
  ["nodes/a.test.ts", 'import { b } from "../sim/testing/datadriven.ts";', ""],
  ["nodes/a.ts", 'import { b } from "../sim/testing/datadriven.ts";', "layer"],
  ["nodes/a.ts", 'import { b } from "../scenarios/index.ts";', "layer"],
  ["nodes/a.ts", 'import chalk from "chalk";', "package"],
  ["scenarios/judges/a.ts", 'import { b } from "../history.ts";', ""],
  ["scenarios/judges/a/b.ts", 'import { b } from "../../history-files/operations.ts";', ""],
  ["scenarios/judges/a.ts", 'import { b } from "../../nodes/events.ts";', ""],
  ["scenarios/judges/a.ts", 'import { b } from "../../sim/assert.ts";', ""],
  ["scenarios/judges/a.ts", 'import { b } from "../../sim/index.ts";', "layer"],
  ["scenarios/judges/a.ts", 'import type { B } from "../../sim/process.ts";', "layer"],
  ["scenarios/judges/a.ts", 'import type { B } from "../judge.ts";', ""],
  ["scenarios/judges/a.ts", 'import { b } from "../plan.ts";', "layer"],
  ["scenarios/judges/a.test.ts", 'import { b } from "../runner.ts";', ""],
  ["scenarios/judges/a.ts", 'import type { B } from "../../nodes/index.ts";', "layer"],
  ["scenarios/judges/a.ts", 'import { b } from "../../plugins/version/version.ts";', "layer"],
  ["scenarios/judges/a.ts", 'import { z } from "zod";', "package"],
  ["scenarios/judges/a.ts", 'import { readFileSync } from "node:fs";', "package"],
  ["scenarios/judges/a.test.ts", 'import { b } from "../../nodes/index.ts";', "layer"],
  ["scenarios/judges/a.test.ts", 'import { b } from "../../sim/testing/oracles.ts";', ""],
  ["scenarios/history.ts", 'import { b } from "./plan.ts";', "layer"],
  ["scenarios/history-files/a.ts", 'import { b } from "../../nodes/index.ts";', "layer"],
  ["scenarios/runner.ts", 'import { b } from "./judges/raft.ts";', ""],
  ["scenarios/runner.ts", 'import { readFileSync } from "node:fs";', ""],
  ["scenarios/runner.ts", 'import { b } from "../reports/index.ts";', "layer"],
  ["reports/a.ts", 'import type { B } from "../scenarios/index.ts";', ""],
  ["reports/a.ts", 'import { type B, type C } from "../scenarios/index.ts";', ""],
  ["reports/a.ts", 'import { type B, c } from "../scenarios/index.ts";', "layer"],
  ["reports/a.ts", 'import type { B } from "../nodes/ids.ts";', "layer"],
  ["bin/a.ts", 'import { b } from "../scenarios/judges/raft/index.ts";', ""],
  ["bin/a.ts", 'const { b } = await import("../scenarios/plan.ts");', "layer"],
  ["bin/a.ts", 'import { Command } from "commander";', ""],
  ["bin/a.ts", 'import { build } from "vite";', "package"],
  ["tidy.test.ts", 'import { b } from "./build/tidy/bans.ts";', ""],
])("layers: %s: %s", (file, text, rules) => {
  expect(rulesOf(layerProblems(readSource(file, text)))).toBe(rules);
});

const word = (...parts: readonly string[]): string => parts.join("");

test.each([
  ["sim/a.ts", "const a = Math.random();", "Math.random"],
  ["sim/a.ts", 'const a = Math["random"]();', "Math.random"],
  ["sim/a.ts", "const a = Math.sqrt(Math.abs(b) + Math.imul(c, d));", ""],
  ["sim/a.ts", "const a = Math.log2(b);", "Math.log2"],
  ["sim/a.ts", "// Math.log differs between engines.", ""],
  ["sim/a.ts", "const a = 2 ** 18;", ""],
  ["sim/a.ts", "const a = 2 ** b;", ""],
  ["sim/a.ts", "const a = b ** 0.5;", "**"],
  ["bin/a.ts", "const a = b ** 0.5;", ""],
  ["nodes/a.ts", "const a = Date.now();", "Date"],
  ["nodes/a.ts", "const a = new Date();", "Date"],
  ["nodes/a.ts", "const { now } = Date;", "Date"],
  ["nodes/a.ts", "const a = record.Date;", ""],
  ["nodes/a.ts", "const a = { Date: 1 };", ""],
  ["nodes/a.ts", "const a = { Date };", "Date"],
  ["nodes/a.ts", "const a = record[Date];", "Date"],
  ["nodes/a.ts", "type A = { performance: number };", ""],
  ["nodes/a.ts", "class A { fetch() {} }", ""],
  ["nodes/a.ts", "performance.now();", "performance"],
  ["nodes/a.test.ts", "performance.now();", ""],
  ["bin/a.ts", "performance.now();", ""],
  ["scenarios/a.ts", "setTimeout(b, 1);", "setTimeout"],
  ["scenarios/a.ts", "globalThis.setTimeout(b, 1);", "globalThis"],
  ["plugins/a.ts", "a.sort((b, c) => b.localeCompare(c));", "localeCompare"],
  ["plugins/a.ts", "a.toLocaleString();", "toLocaleString"],
  ["plugins/a.ts", "Intl.Collator;", "Intl"],
  ["plugins/a.ts", "new WeakRef(a);", "WeakRef"],
  ["nodes/a.ts", "a.sort();", "sort()"],
  ["nodes/a.ts", "a.toSorted();", "toSorted()"],
  ["nodes/a.ts", "a.sort(compare);", ""],
  ["nodes/a.ts", "class A { #sort() { this.#sort(); } }", ""],
  ["nodes/a.ts", "Float64Array.from(a).sort();", ""],
  ["nodes/a.ts", "new Uint32Array(a).slice(1).sort();", ""],
  ["nodes/a.ts", "Array.from(a).sort();", "sort()"],
  ["nodes/a.ts", "process.env['HOME'];", "process.env"],
  ["nodes/a.ts", "process.hrtime.bigint();", "process.hrtime"],
  ["nodes/a.ts", "const process = machine.process; process.name;", ""],
  ["bin/a.ts", "process.exit(1);", ""],
  ["reports/a.ts", "process.exit(1);", "process.exit"],
  ["reports/a.ts", "console.log(1);", "console"],
  ["reports/a.test.ts", "console.log(1);", ""],
  ["sim/a.ts", "export async function a() {}", "async"],
  ["sim/a.ts", "const a = async () => { await b; };", "async,await"],
  ["sim/a.ts", "export function a(): Promise<void> {}", "Promise"],
  ["plugins/a.ts", "export async function a() {}", ""],
  ["scenarios/a.ts", "export async function a() {}", ""],
  ["scenarios/judges/a.ts", "export async function a() {}", "async"],
  ["nodes/a.ts", "function* a() { try { yield; } finally { b(); } }", "finally"],
  ["nodes/a.ts", "function* a() { using b = c; yield; }", "finally"],
  ["nodes/a.ts", "function* a() { try { yield; } catch { b(); } }", ""],
  ["nodes/a.ts", "function a() { try { c(); } finally { b(); } }", ""],
  ["nodes/a.ts", 'throw new Error("no");', "throw new Error"],
  ["nodes/a.ts", 'throw new UserError("no", b);', ""],
  ["nodes/a.ts", 'const a = new Error("no");', ""],
  ["nodes/a.test.ts", 'throw new Error("no");', ""],
  ["bin/a.ts", "enum A { B }", "enum"],
  ["bin/a.ts", "namespace A {}", "namespace"],
  ["bin/a.ts", "let a: any;", "any"],
  ["bin/a.ts", "const any = 1;", ""],
  ["bin/a.ts", "class A { constructor(readonly b: number) {} }", "parameter property"],
  ["bin/a.ts", "@a class B {}", "decorator"],
  ["bin/a.ts", "export default 1;", "export default"],
  ["bin/a.test.ts", "export default 1;", "export default"],
  ["bin/a.ts", "debugger;", "debugger"],
  ["bin/a.ts", "const a = b as unknown as C;", "as unknown as"],
  ["bin/a.ts", "const a = b as unknown;", ""],
  ["bin/a.ts", `// ${word("TO", "DO")}: later`, word("TO", "DO")],
  ["sim/a.ts", "class A { readonly f = () => this; }", "assigned function"],
  ["sim/a.ts", "class A { #f = function () {}; }", "assigned function"],
  ["nodes/a.ts", "class A { f; constructor() { this.f = () => this; } }", "assigned function"],
  ["nodes/a.ts", "a.b.c ??= () => a;", "assigned function"],
  ["nodes/a.ts", "a[0] = function () {};", "assigned function"],
  ["sim/a.ts", "class A { readonly f = this.g.bind(this); g() {} }", ""],
  ["sim/a.ts", "class A { static f = () => 1; g() { const h = () => this; this.h = h; } }", ""],
  ["sim/a.ts", "let a = () => 1; a = () => 2; f({ a: () => 3 });", ""],
  ["bin/a.ts", "class A { f = () => this; }", ""],
  ["sim/a.test.ts", "class A { f = () => this; }", ""],
  ["bin/a.ts", `const a = "${word("FIX", "ME")}";`, word("FIX", "ME")],
  ["bin/a.ts", `// ${word("TO", "DO")}S are many`, ""],
  ["bin/a.ts", `// ${word("@ts-", "ignore")}`, word("@ts-", "ignore")],
])("bans: %s: %s", (file, text, rules) => {
  expect(rulesOf(banProblems(readSource(file, text)))).toBe(rules);
});

const two = "function length,function length";
const lines = (count: number, one: string): string => `${one}\n`.repeat(count);

test.each([
  ["600 lines", lines(600, "a();"), ""],
  ["601 lines", lines(601, "a();"), "file length"],
  ["100 columns", `// ${"x".repeat(97)}`, ""],
  ["101 columns", `// ${"x".repeat(98)}`, "line length"],
  ["100 columns of wide characters", `// ${"🙂".repeat(97)}`, ""],
  ["a function of 70 lines", `function a() {\n${lines(68, "b();")}}`, ""],
  ["a function of 71 lines", `function a() {\n${lines(69, "b();")}}`, "function length"],
  ["a method of 71 lines", `class A { b() {\n${lines(69, "b();")}} }`, "function length"],
  ["an arrow function of 71 lines", `const a = () => {\n${lines(69, "b();")}};`, "function length"],
  ["a function of 71 lines inside", `function a() { f(() => {\n${lines(69, "b();")}}); }`, two],
  ["a table of 71 lines", `const a = [\n${lines(69, "1,")}];`, ""],
])("sizes: %s", (_, text, rules) => {
  expect(rulesOf(sizeProblems(readSource("sim/a.ts", text)))).toBe(rules);
});

test("of a function in tests only its own lines count, not those of functions inside", () => {
  const inner = `test("b", () => {\n${lines(40, "c();")}});\n`;
  const suite = `function suite() {\n${inner}${inner}}\n`;
  expect(rulesOf(sizeProblems(readSource("sim/a.ts", suite)))).toBe("function length");
  expect(rulesOf(sizeProblems(readSource("sim/a.test.ts", suite)))).toBe("");
  expect(rulesOf(sizeProblems(readSource("sim/testing/a.ts", suite)))).toBe("");
  const long = `function suite() {\n${inner}${lines(69, "b();")}}\n`;
  expect(rulesOf(sizeProblems(readSource("sim/a.test.ts", long)))).toBe("function length");
});

test("the name of what is too long is said", () => {
  const text = `const one = { two() {\n${lines(69, "b();")}} };`;
  const [problem] = sizeProblems(readSource("sim/a.ts", `\n${text}`));
  expect(problem).toMatchObject({ line: 2, text: "two has 71 lines, at most 70" });
});

test.each([
  ["sim/read-index.ts", ""],
  ["sim/read-index.test.ts", ""],
  ["vitest.config.ts", ""],
  ["sim/readIndex.ts", "name"],
  ["sim/read_index.ts", "name"],
  ["sim/utils.ts", "name"],
  ["sim/helpers.test.ts", "name"],
  ["sim/types.ts", "name"],
])("names: %s", (file, rules) => {
  expect(rulesOf(nameProblems(readSource(file, "")))).toBe(rules);
});

test.each([
  ["sim/a.ts", ""],
  ["tidy.test.ts", ""],
  ["build/tidy/a.ts", ""],
  ["helpers/a.ts", "place"],
  ["simulator/a.ts", "place"],
])("places: %s", (file, rules) => {
  expect(rulesOf(placeProblems(readSource(file, "")))).toBe(rules);
});

function repository(files: Readonly<Record<string, string>>): readonly Source[] {
  return Object.entries(files).map(([file, text]) => readSource(file, text));
}

const imports = (...targets: readonly string[]): string =>
  `${targets.map((target) => `import "${target}";`).join("\n")}\nrun();`;

test("cycles are reported once each, types included, with the shortest way round", () => {
  const sources = repository({
    "sim/a.ts": imports("./b.ts", "./d.ts"),
    "sim/b.ts": imports("./c.ts"),
    "sim/c.ts": imports("./a.ts"),
    "sim/d.ts": 'import type { A } from "./a.ts";',
    "sim/e.ts": imports("./a.ts", "./f.ts"),
    "sim/f.ts": imports(),
  });
  expect(cycleProblems(sources).map(({ text }) => text)).toEqual([
    "sim/a.ts -> sim/d.ts -> sim/a.ts",
  ]);
  expect(cycleProblems(sources.slice(4))).toEqual([]);
});

test("dead files are those that no root reaches", () => {
  const sources = repository({
    "bin/a.ts": 'const b = await import("./b.ts");',
    "bin/b.ts": 'new Worker(new URL("./c.ts", import.meta.url));',
    "bin/c.ts": 'import type { D } from "./d.ts";',
    "bin/d.ts": "export type D = number;",
    "bin/e.ts": imports("./b.ts"),
  });
  const dead = deadProblems(sources, (file) => file === "bin/a.ts");
  expect(dead.map(({ file }) => file)).toEqual(["bin/e.ts"]);
});

test("what an entry loads at once must be allowed, by whichever way", () => {
  const sources = repository({
    "bin/a.ts": `${imports("./b.ts", "commander", "node:fs")} import("./lazy.ts");`,
    "bin/b.ts": imports("../reports/c.ts"),
    "reports/c.ts": 'import type { D } from "../nodes/d.ts"; import { e } from "../nodes/e.ts";',
    "bin/lazy.ts": imports("../nodes/d.ts", "zod"),
  });
  const allowed = ["bin/", "reports/", "commander"];
  const problems = startUpProblems(sources, { entry: "bin/a.ts", allowed });
  expect(problems).toMatchObject([
    { file: "reports/c.ts", text: "bin/a.ts -> bin/b.ts -> reports/c.ts -> nodes/e.ts" },
  ]);
  expect(startUpProblems(sources, { entry: "bin/lazy.ts", allowed })).toHaveLength(2);
});

test("imports of missing files", () => {
  const sources = repository({ "bin/a.ts": imports("./none.ts", "./data.json", "chalk") });
  expect(missingProblems(sources).map(({ text }) => text)).toEqual(["no file bin/none.ts"]);
});

test("untested files have code that no test in their folder or above reaches", () => {
  const sources = repository({
    "sim/a.ts": imports("./b.ts"),
    "sim/a.test.ts": imports("./a.ts"),
    "sim/b.ts": imports(),
    "sim/deep/c.ts": imports(),
    "sim/deep.test.ts": imports("./deep/c.ts"),
    "nodes/d.ts": imports(),
    "sim/d.test.ts": imports("../nodes/d.ts"),
    "nodes/types-alone.ts": 'import "./d.ts";\nexport type A = 1;\nexport interface B {}',
    "nodes/index.ts": 'export { d } from "./d.ts";\nexport * from "./types-alone.ts";',
    "nodes/value.ts": "export const value = 1;",
    "root.ts": imports(),
  });
  const untested = untestedProblems(sources).map(({ file }) => file);
  expect(untested).toEqual(["nodes/d.ts", "nodes/value.ts"]);
});

test("a permit excuses its rule in its file or folder; an idle one is a problem", () => {
  const problem = { file: "sim/guard.ts", line: 3, rule: "Date", text: "" };
  const permit = { file: "sim/guard.ts", rules: ["Date"], reason: "it replaces it" };
  expect(unexcused([problem], [permit])).toEqual([]);
  expect(unexcused([problem], [{ ...permit, file: "sim/" }])).toEqual([]);
  expect(unexcused([problem], [{ ...permit, rules: ["any"] }])).toHaveLength(2);
  expect(unexcused([problem], [{ ...permit, rules: ["any", "Date"] }])).toHaveLength(1);
  expect(unexcused([problem], [{ ...permit, file: "sim/gua" }])).toHaveLength(2);
  expect(unexcused([], [permit])).toMatchObject([{ file: "sim/guard.ts", rule: "Date" }]);
});
