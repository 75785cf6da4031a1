/** A source file as the rules see it: text, syntax tree, imports. Read with oxc-parser. */
import { posix } from "node:path";
import { parseSync, visitorKeys } from "oxc-parser";
import { assert } from "../../sim/assert.ts";

/** A node of the syntax tree (ESTree with TypeScript's nodes): its type, its place, its fields. */
export type Node = {
  readonly type: string;
  /** Offsets into the text. */
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
};

/** An import, re-export, dynamic import, `import("..")` type or `new URL(.., import.meta.url)`. */
export type Import = {
  /** As written: `../sim/assert.ts`, `node:fs`, `chalk`. */
  readonly specifier: string;
  /** The file from the repository's root, for a relative specifier; else null. */
  readonly target: string | null;
  readonly line: number;
  /** True if nothing of it is left at run time. */
  readonly typeOnly: boolean;
  /** True if it is loaded when that line runs, not before the file itself. */
  readonly lazy: boolean;
};

export type Source = {
  /** From the repository's root, with slashes: `sim/assert.ts`. */
  readonly file: string;
  readonly text: string;
  readonly program: Node;
  readonly imports: readonly Import[];
  /** The line, from 1, of an offset. */
  readonly lineOf: (offset: number) => number;
};

/** One breach of a rule. */
export type Problem = {
  readonly file: string;
  /** From 1; 0 for the file as a whole. */
  readonly line: number;
  /** The rule's name, by which `permits` excuse it. */
  readonly rule: string;
  readonly text: string;
};

/** Parses a file. Throws for a syntax error: then nothing can be said of it. */
export function readSource(file: string, text: string): Source {
  const { program, errors } = parseSync(file, text);
  assert(errors.length === 0, `${file} has no syntax error`);
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  const lineOf = (offset: number): number => {
    let line = starts.length;
    while (line > 1 && (starts[line - 1] ?? 0) > offset) line--;
    return line;
  };
  const imports: Import[] = [];
  assert(isNode(program), "a text without syntax errors has a tree");
  walk(program, (node) => {
    const found = importOf(node);
    if (found === null) return;
    const { specifier, typeOnly } = found;
    const lazy = node.type === "ImportExpression" || node.type === "NewExpression";
    const relative = specifier.startsWith(".");
    const target = relative ? posix.join(posix.dirname(file), specifier) : null;
    imports.push({ specifier, target, typeOnly, lazy, line: lineOf(node.start) });
  });
  return { file, text, program, imports, lineOf };
}

/** True for a test file. */
export function isTest(file: string): boolean {
  return file.endsWith(".test.ts");
}

/** True for tests and for what only tests use: files in a folder `testing/`. */
export function isForTests(file: string): boolean {
  return isTest(file) || file.includes("/testing/");
}

/** Calls `visit` for every node, parents first, with its ancestors (the nearest last). */
export function walk(
  node: Node,
  visit: (node: Node, ancestors: readonly Node[]) => void,
  ancestors: Node[] = [],
): void {
  visit(node, ancestors);
  ancestors.push(node);
  for (const key of visitorKeys[node.type] ?? []) {
    const value = node[key];
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) walk(child, visit, ancestors);
    }
  }
  ancestors.pop();
}

/** True for a node of the tree. */
export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}

/** The node in a field, or null. */
export function child(node: Node, field: string): Node | null {
  const value = node[field];
  return isNode(value) ? value : null;
}

/** The nodes in a field that holds a list. */
export function children(node: Node, field: string): readonly Node[] {
  const value: unknown = node[field];
  return Array.isArray(value) ? value.filter(isNode) : [];
}

function importOf(node: Node): { specifier: string; typeOnly: boolean } | null {
  switch (node.type) {
    case "ImportDeclaration":
    case "ExportNamedDeclaration":
    case "ExportAllDeclaration":
      return literal(child(node, "source"), isTypeOnly(node));
    case "ImportExpression":
      return literal(child(node, "source"), false);
    case "TSImportType":
      return literal(child(node, "source"), true);
    case "NewExpression":
      return urlOf(node);
    default:
      return null;
  }
}

function literal(node: Node | null, typeOnly: boolean) {
  const value = node?.["value"];
  return typeof value === "string" ? { specifier: value, typeOnly } : null;
}

function isTypeOnly(node: Node): boolean {
  if (node["importKind"] === "type" || node["exportKind"] === "type") return true;
  const names = children(node, "specifiers");
  return (
    names.length > 0 &&
    names.every((name) => name["importKind"] === "type" || name["exportKind"] === "type")
  );
}

/** `new URL("./worker.ts", import.meta.url)` of a source file: that is how threads are started. */
function urlOf(node: Node) {
  const [first] = children(node, "arguments");
  const value = first?.["value"];
  if (child(node, "callee")?.["name"] !== "URL" || typeof value !== "string") return null;
  return value.startsWith(".") && value.endsWith(".ts")
    ? { specifier: value, typeOnly: false }
    : null;
}
