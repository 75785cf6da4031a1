/**
 * Every mutant that ships: its edits match exactly once, its suites exist, and the mutated file is
 * well-formed and well-typed. To add a case, add a file to mutants/.
 */
import { spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { transformSync } from "esbuild";
import { expect, test } from "vitest";
import { properties } from "../judges/index.ts";
import { builtInScenarios } from "../suites/index.ts";
import { checkCatalogue } from "../verify/index.ts";
import { checkMutant, mutantsFolder, readMutants } from "./catalogue.ts";
import { mutate } from "./mutant.ts";
import { packageRoot } from "./package-root.ts";

const mutants = readMutants(mutantsFolder);

test.each(mutants.map((mutant) => [mutant.id, mutant] as const))("%s", (_, mutant) => {
  checkMutant(mutant, builtInScenarios);
  const text = mutate(mutant, readFileSync(join(packageRoot, mutant.file), "utf8"));
  expect(() => transformSync(text, { loader: "ts" })).not.toThrow();
  // Without both reports nobody could tell a gap of the scenarios from one of the judges.
  expect(text).toContain("__zoo.reached()");
  expect(text).toContain("__zoo.infected(");
});

test("enough of each component, each with its file's name, and properties that exist", () => {
  const known = new Set([
    ...properties.map(({ property }) => property),
    ...["invariant", "no unexpected exception"],
    ...checkCatalogue.map(({ id }) => id),
  ]);
  const counts = new Map<string, number>();
  for (const { id, component, expected } of mutants) {
    counts.set(component, (counts.get(component) ?? 0) + 1);
    expect(id).toMatch(/^(raft|disk|store|client|copr|verify)-/);
    expect(expected.filter((property) => !known.has(property))).toEqual([]);
  }
  expect(new Set(mutants.map(({ id }) => id)).size).toBe(mutants.length);
  expect(counts.get("raft")).toBeGreaterThanOrEqual(5);
  expect(counts.get("engine")).toBeGreaterThanOrEqual(2);
  expect((counts.get("store") ?? 0) + (counts.get("client") ?? 0)).toBeGreaterThanOrEqual(2);
  expect(counts.get("copr")).toBeGreaterThanOrEqual(3);
  expect(counts.get("verify")).toBeGreaterThanOrEqual(5);
});

test("mutated code is well-typed", (context) => {
  const compiler = findCompiler();
  if (compiler === null) {
    process.stderr.write("\nSKIPPED, NO EVIDENCE: typescript is not installed\n");
    return context.skip("typescript is not installed");
  }
  const folder = mkdtempSync(join(tmpdir(), "coprsim-zoo-types-"));
  try {
    expect(typeErrors(folder, compiler)).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 60_000);

/** The compiler sees each mutated file in its folder, beside the originals of all others. */
function typeErrors(folder: string, compiler: string): readonly string[] {
  for (const name of ["sim", "failpoints", "plugins", "nodes", "scenarios"]) mirror(folder, name);
  symlinkSync(join(packageRoot, "node_modules"), join(folder, "node_modules"));
  const files = mutants.map((mutant) => {
    const text = mutate(mutant, readFileSync(join(packageRoot, mutant.file), "utf8"));
    const file = mutant.file.replace(/\.ts$/, `.${mutant.id}.ts`);
    writeFileSync(join(folder, file), text);
    return file;
  });
  writeFileSync(join(folder, "zoo.d.ts"), declarations);
  const compilerOptions = {
    ...JSON.parse(readFileSync(join(packageRoot, "tsconfig.json"), "utf8")).compilerOptions,
    noEmit: true,
    noUnusedLocals: false,
    noUnusedParameters: false,
    isolatedDeclarations: false,
    allowUnreachableCode: true,
  };
  const config = { compilerOptions, files: ["zoo.d.ts", ...files] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const ran = spawnSync(process.execPath, [compiler, "--project", folder], { encoding: "utf8" });
  return ran.stdout.split("\n").filter((line) => line.includes("error TS"));
}

/** What __zoo is in mutated code. */
const declarations = `declare const __zoo: {
  reached(): void;
  infected<Right, Wrong = Right>(right: Right, wrong: Wrong): Right | Wrong;
};
`;

/** Copies a folder's sources. A link would make the compiler look beside the original. */
function mirror(folder: string, name: string): void {
  const paths = sourcePaths(join(packageRoot, name));
  for (const path of paths) {
    const target = join(folder, name, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, readFileSync(join(packageRoot, name, path)));
  }
}

function sourcePaths(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" }).filter(
    (path) => path.endsWith(".ts") && !/\.test\.ts$|node_modules|testing\/|sdk\//.test(path),
  );
}

function findCompiler(): string | null {
  try {
    const manifest = createRequire(import.meta.url).resolve("typescript/package.json");
    return join(dirname(manifest), JSON.parse(readFileSync(manifest, "utf8")).bin.tsc);
  } catch {
    return null;
  }
}
