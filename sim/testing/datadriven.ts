/** Golden text tests after cockroachdb/datadriven, as etcd raft uses it. */
import { readFileSync, writeFileSync } from "node:fs";
import { expect } from "vitest";

/** One golden case: `command word.. key=value..`, a line `----`, its output, then a blank line. */
export type Case = {
  readonly command: string;
  readonly args: readonly string[];
  /** Lines between the command line and `----`, if any. */
  readonly input: readonly string[];
  readonly has: (key: string) => boolean;
  readonly text: (key: string) => string;
  readonly number: (key: string) => number;
  readonly list: (key: string) => readonly number[];
};

/**
 * Runs every case of a golden file through `handle`, in order, and compares output with the file.
 * REWRITE=1 writes the new output instead: keep the diff only if you can say what caused it.
 */
export function runGolden(file: URL, handle: (one: Case) => string): void {
  const before = readFileSync(file, "utf8");
  const blocks = before.trimEnd().split(/\n{2,}/);
  const after = `${blocks.map((block) => rerun(block, handle)).join("\n\n")}\n`;
  if (process.env["REWRITE"] === "1") writeFileSync(file, after);
  else expect(after).toBe(before);
}

function rerun(block: string, handle: (one: Case) => string): string {
  const lines = block.split("\n");
  const start = lines.findIndex((line) => !line.startsWith("#"));
  if (start < 0) return block; // A comment of its own introduces the cases below it.
  const divider = lines.indexOf("----");
  const head = lines.slice(0, divider < 0 ? lines.length : divider);
  return [...head, "----", handle(parse(head.slice(start)))].join("\n");
}

function parse([first = "", ...input]: readonly string[]): Case {
  const [command = "", ...words] = first.split(/\s+/);
  const find = (key: string) => words.find((word) => word.startsWith(`${key}=`));
  const value = (key: string): string => {
    const found = find(key);
    if (found === undefined) throw new Error(`${key}=.. is missing: ${first}`);
    return found.slice(key.length + 1);
  };
  return {
    command,
    args: words.filter((word) => !word.includes("=")),
    input,
    has: (key) => find(key) !== undefined,
    text: value,
    number: (key) => Number(value(key)),
    list: (key) => value(key).split(",").map(Number),
  };
}
