/**
 * Which folder may import which, and by which door: the edge table of the architecture. Types count
 * like everything else. Source: design.md section 1, style.md section 3.
 */
import { builtinModules } from "node:module";
import { type Import, isForTests, isTest, type Problem, type Source } from "./source.ts";

type Area = {
  /** What lies in it; the first area that fits a file is its own. */
  readonly prefix: string;
  /** The folders it may import besides itself, by their entries and leaves. */
  readonly folders: readonly string[];
  /** The folders of which it may import types alone. */
  readonly typesOf: readonly string[];
  /** Files it may import whatever folder they are in. */
  readonly files: readonly string[];
  /** npm packages. */
  readonly packages: readonly string[];
  /** Whether Node's own modules may be imported. */
  readonly node: boolean;
};

/** Files that may be imported by name from any higher folder, not through its `index.ts`. */
const vocabulary: readonly string[] = [
  "sim/assert.ts",
  "sim/bytes.ts",
  "sim/errors.ts",
  "sim/events.ts",
  "nodes/ids.ts",
  "nodes/events.ts",
];
const leaves: readonly string[] = [
  ...vocabulary,
  // Contracts between two folders: types to implement, with next to no code.
  "sim/process.ts",
  "plugins/api.ts",
  // What every reader of names wants, without the world behind `sim/index.ts`.
  "sim/suggestion.ts",
];

const none = { folders: [], typesOf: [], files: [], packages: [], node: false } as const;

/** The edge table. */
const areas: readonly Area[] = [
  { ...none, prefix: "sim/", packages: ["seedrandom"] },
  { ...none, prefix: "failpoints/", folders: ["sim"] },
  {
    ...none,
    prefix: "plugins/",
    folders: ["sim", "failpoints"],
    packages: ["binaryen", "esbuild", "smol-toml", "zod"],
  },
  {
    ...none,
    prefix: "nodes/",
    folders: ["sim", "failpoints", "plugins"],
    packages: ["memory-level", "sorted-btree"],
  },
  {
    // A judge that shares code with the judged repeats its mistakes.
    ...none,
    prefix: "scenarios/judges/",
    files: vocabulary,
  },
  {
    // What judges read must not lead them to the judged by a detour.
    ...none,
    prefix: "scenarios/history",
    files: vocabulary,
    packages: ["edn-data", "zod"],
  },
  {
    ...none,
    prefix: "scenarios/",
    folders: ["sim", "failpoints", "plugins", "nodes"],
    packages: ["edn-data", "esbuild", "fast-check", "zod"],
    node: true,
  },
  {
    ...none,
    prefix: "reports/",
    folders: ["sim"],
    typesOf: ["scenarios"],
    packages: ["chalk"],
    node: true,
  },
  {
    ...none,
    prefix: "bin/",
    folders: ["sim", "failpoints", "plugins", "nodes", "scenarios", "reports"],
    packages: ["cli-progress", "commander", "esbuild", "smol-toml"],
    node: true,
  },
];

const topFolders = [
  "sim",
  "failpoints",
  "plugins",
  "nodes",
  "scenarios",
  "reports",
  "bin",
] as const;

/** The breaches of the edge table in one file. A file outside the seven folders may import all. */
export function layerProblems({ file, imports }: Source): readonly Problem[] {
  const area = areas.find(({ prefix }) => file.startsWith(prefix));
  if (area === undefined) return [];
  return imports.flatMap((one) => {
    const text = problemOf(one, file, area);
    const rule = one.target === null ? "package" : "layer";
    return text === null ? [] : [{ file, line: one.line, rule, text }];
  });
}

function problemOf(one: Import, file: string, area: Area): string | null {
  const { specifier, target } = one;
  if (target === null) return packageProblem(specifier, file, area);
  if (!/\.(?:ts|json)$/.test(target)) return `${specifier}: imports carry their extension, .ts`;
  const folder = folderOf(target);
  if (area.prefix === "scenarios/judges/") return judgeProblem(target, file);
  if (area.files.includes(target) || sameArea(file, target)) return null;
  if (isForTests(file) && mayTestWith(target)) return null;
  if (!area.folders.includes(folder)) {
    if (!area.typesOf.includes(folder)) return `${area.prefix} may not import ${target}`;
    if (!one.typeOnly) return `${area.prefix} may import only types of ${folder}/: ${target}`;
  }
  if (folder === folderOf(file)) return null;
  if (leaves.includes(target) || target.endsWith("/index.ts")) return null;
  return `${target} is inside ${folder}/: import an index.ts or a leaf of it`;
}

/** Tests of a folder use the testing tools of every lower one. */
function mayTestWith(target: string): boolean {
  return target.includes("/testing/");
}

/** Whether a target is of the file's own area, or of one inside the same top folder. */
function sameArea(file: string, target: string): boolean {
  const own = areas.find(({ prefix }) => file.startsWith(prefix))?.prefix ?? "";
  if (own === "scenarios/") return target.startsWith("scenarios/");
  return areas.find(({ prefix }) => target.startsWith(prefix))?.prefix === own;
}

function judgeProblem(target: string, file: string): string | null {
  const allowed =
    vocabulary.includes(target) ||
    target === "scenarios/judge.ts" ||
    target.startsWith("scenarios/judges/") ||
    target.startsWith("scenarios/history") ||
    // Their tests hold them against real runs.
    (isForTests(file) && (mayTestWith(target) || target.startsWith("scenarios/")));
  return allowed
    ? null
    : `judges import judge.ts, history, sim leaves, nodes/events and nodes/ids: ${target}`;
}

function packageProblem(specifier: string, file: string, area: Area): string | null {
  if (isForTests(file)) return null;
  if (specifier.startsWith("node:")) {
    return area.node ? null : `${specifier} reaches outside the simulation`;
  }
  if (builtinModules.includes(specifier)) return `${specifier}: write node:${specifier}`;
  const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
  if (area.packages.includes(name)) return null;
  return `the package ${name} is not for ${area.prefix}`;
}

function folderOf(file: string): string {
  return file.slice(0, file.indexOf("/"));
}

/** Sources that lie in none of the known folders: a new top-level folder needs a row here first. */
export function placeProblems({ file }: Source): readonly Problem[] {
  const known = topFolders.some((folder) => file.startsWith(`${folder}/`));
  if (known || file.startsWith("build/") || !file.includes("/") || isTest(file)) return [];
  return [{ file, line: 0, rule: "place", text: "lies in no folder of the architecture" }];
}
