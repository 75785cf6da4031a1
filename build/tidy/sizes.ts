/** Sizes and names: files, lines, functions, and what a file may be called. */
import { posix } from "node:path";
import { child, isForTests, type Node, type Problem, type Source, walk } from "./source.ts";

/** Lines of a file. 100 is normal. */
export const fileLinesMax = 600;
/** Lines of a function, its head and braces included. */
export const functionLinesMax = 70;
/** Columns of a line. */
export const lineColumnsMax = 100;

/** What is too long in one file. */
export function sizeProblems(source: Source): readonly Problem[] {
  const { file, text } = source;
  const problems: Problem[] = [];
  const lines = text.split("\n");
  const count = text.endsWith("\n") ? lines.length - 1 : lines.length;
  if (count > fileLinesMax) {
    const limit = `${count} lines, at most ${fileLinesMax}`;
    problems.push({ file, line: 0, rule: "file length", text: limit });
  }
  lines.forEach((line, at) => {
    const columns = [...line].length;
    if (columns <= lineColumnsMax) return;
    const limit = `${columns} columns, at most ${lineColumnsMax}`;
    problems.push({ file, line: at + 1, rule: "line length", text: limit });
  });
  return [...problems, ...functionProblems(source)];
}

/**
 * Functions that are too long. A suite is a function full of tests, so in tests and in what tests
 * use only a function's own lines count, not those of the functions inside it.
 */
function functionProblems({ file, program, lineOf }: Source): readonly Problem[] {
  const functions = new Map<Node, { readonly name: string; readonly first: number; own: number }>();
  walk(program, (node, ancestors) => {
    if (!functionTypes.test(node.type)) return;
    const first = lineOf(node.start);
    const size = lineOf(node.end) - first + 1;
    functions.set(node, { name: nameOf(node, ancestors), first, own: size });
    const outer = functions.get(ancestors.findLast(({ type }) => functionTypes.test(type)) ?? node);
    // The first and the last line belong to both.
    if (isForTests(file) && outer !== undefined && outer.first !== first) {
      outer.own -= Math.max(0, size - 2);
    }
  });
  return [...functions.values()]
    .filter(({ own }) => own > functionLinesMax)
    .map(({ name, first, own }) => {
      const text = `${name} has ${own} lines, at most ${functionLinesMax}`;
      return { file, line: first, rule: "function length", text };
    });
}

const functionTypes = /^(?:FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/;

function nameOf(node: Node, ancestors: readonly Node[]): string {
  const parent = ancestors.at(-1);
  const named = child(node, "id") ?? child(parent ?? node, "id") ?? child(parent ?? node, "key");
  const name = named?.["name"];
  return typeof name === "string" ? name : "a function";
}

/** Names that say nothing of what is inside. */
const emptyNames = /^(?:utils?|helpers?|common|misc|types|lib|shared)$/;

/** Names of files: nouns in kebab-case that say what is inside. */
export function nameProblems({ file }: Source): readonly Problem[] {
  const base = posix.basename(file).replace(/(?:\.(?:test|config))?\.ts$/, "");
  const problem = (text: string): readonly Problem[] => [{ file, line: 0, rule: "name", text }];
  if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(base)) return problem("file names are kebab-case");
  return emptyNames.test(base) ? problem(`${base} says nothing: name what is inside`) : [];
}
