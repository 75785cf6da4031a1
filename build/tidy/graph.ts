/** Rules on all files together: no cycles, no dead files, no file without a test. */
import { posix } from "node:path";
import { isForTests, isTest, type Node, type Problem, type Source } from "./source.ts";

/** Files by name, and which files each imports (types count). */
type Graph = ReadonlyMap<string, readonly string[]>;

function graphOf(sources: readonly Source[]): Graph {
  const known = new Set(sources.map(({ file }) => file));
  return new Map(
    sources.map(({ file, imports }) => {
      const targets = imports.flatMap(({ target }) => (target === null ? [] : [target]));
      return [file, [...new Set(targets)].filter((target) => known.has(target))];
    }),
  );
}

/** One problem per knot of files that import each other, with the shortest way round. */
export function cycleProblems(sources: readonly Source[]): readonly Problem[] {
  const graph = graphOf(sources);
  const seen = new Set<string>();
  return [...graph.keys()].flatMap((file) => {
    if (seen.has(file)) return [];
    const way = shortestWayRound(graph, file);
    if (way === null) return [];
    for (const one of graph.keys()) {
      if (reach(graph, [file]).has(one) && reach(graph, [one]).has(file)) seen.add(one);
    }
    return [{ file, line: 0, rule: "cycle", text: way.join(" -> ") }];
  });
}

function shortestWayRound(graph: Graph, start: string): readonly string[] | null {
  let ways: readonly (readonly string[])[] = [[start]];
  const seen = new Set<string>();
  while (ways.length > 0) {
    const next: (readonly string[])[] = [];
    for (const way of ways) {
      for (const target of graph.get(way.at(-1) ?? "") ?? []) {
        if (target === start) return [...way, start];
        if (seen.has(target)) continue;
        seen.add(target);
        next.push([...way, target]);
      }
    }
    ways = next;
  }
  return null;
}

function reach(graph: Graph, starts: readonly string[]): ReadonlySet<string> {
  const reached = new Set(starts);
  for (const file of reached) for (const target of graph.get(file) ?? []) reached.add(target);
  return reached;
}

/** Files that no program, library entry or other root reaches. */
export function deadProblems(
  sources: readonly Source[],
  isRoot: (file: string) => boolean,
): readonly Problem[] {
  const graph = graphOf(sources);
  const live = reach(graph, [...graph.keys()].filter(isRoot));
  return [...graph.keys()]
    .filter((file) => !live.has(file))
    .map((file) => ({ file, line: 0, rule: "dead", text: "nothing that is started reaches it" }));
}

export type StartUp = {
  /** What is started. */
  readonly entry: string;
  /** What may be loaded before anything happens: folders (ended by a slash) and packages. */
  readonly allowed: readonly string[];
};

/** Imports that an entry loads at once although they could wait, each with the way to it. */
export function startUpProblems(
  sources: readonly Source[],
  { entry, allowed }: StartUp,
): readonly Problem[] {
  const known = new Map(sources.map((source) => [source.file, source]));
  const ways = new Map<string, readonly string[]>([[entry, [entry]]]);
  const problems: Problem[] = [];
  for (const [file, way] of ways) {
    for (const { specifier, target, typeOnly, lazy, line } of known.get(file)?.imports ?? []) {
      if (typeOnly || lazy || specifier.startsWith("node:")) continue;
      const name = target ?? specifier;
      const further = [...way, name];
      if (allowed.some((one) => name === one || (one.endsWith("/") && name.startsWith(one)))) {
        if (!ways.has(name)) ways.set(name, further);
      } else {
        problems.push({ file, line, rule: "start-up", text: further.join(" -> ") });
      }
    }
  }
  return problems;
}

/** Imports of files that do not exist, which the compiler may not see (`new URL(...)`). */
export function missingProblems(sources: readonly Source[]): readonly Problem[] {
  const known = new Set(sources.map(({ file }) => file));
  return sources.flatMap(({ file, imports }) =>
    imports
      // Declarations are no sources of ours: the compiler sees whether they are there.
      .filter(({ target }) => target?.endsWith(".ts") === true && !target.endsWith(".d.ts"))
      .filter(({ target }) => target !== null && !known.has(target))
      .map(({ target, line }) => ({ file, line, rule: "missing", text: `no file ${target}` })),
  );
}

/**
 * Files with code that no test near them reaches: none in their folder or in one above it (the
 * repository's root aside). Files of types alone need no test.
 */
export function untestedProblems(sources: readonly Source[]): readonly Problem[] {
  const graph = graphOf(sources);
  const reachedFrom = new Map<string, Set<string>>();
  for (const { file } of sources) {
    if (!isTest(file)) continue;
    const folder = posix.dirname(file);
    const reached = reachedFrom.get(folder) ?? new Set();
    for (const one of reach(graph, [file])) reached.add(one);
    reachedFrom.set(folder, reached);
  }
  return sources
    .filter(({ file, program }) => !isForTests(file) && file.includes("/") && hasCode(program))
    .filter(({ file }) => !foldersOf(file).some((folder) => reachedFrom.get(folder)?.has(file)))
    .map(({ file }) => ({ file, line: 0, rule: "untested", text: "no test beside it reaches it" }));
}

function foldersOf(file: string): readonly string[] {
  const parts = posix.dirname(file).split("/");
  return parts.map((_, at) => parts.slice(0, at + 1).join("/"));
}

function hasCode(program: Node): boolean {
  const body: unknown = program["body"];
  const types = /^(?:Import|ExportAll|TS)/;
  return (
    Array.isArray(body) &&
    body.some((node: Node) => {
      if (node.type !== "ExportNamedDeclaration") return !types.test(node.type);
      const declared = node["declaration"];
      return declared !== null && !types.test(String((declared as Node).type));
    })
  );
}
