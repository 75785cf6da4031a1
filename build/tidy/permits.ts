/** Exceptions to rules. Each has a reason, and goes when it is needed no more. */
import type { Problem } from "./source.ts";

export type Permit = {
  /** A file, or a folder ended by a slash. */
  readonly file: string;
  readonly rules: readonly string[];
  readonly reason: string;
};

/** The problems that no permit excuses, and one for each rule of a permit that excuses nothing. */
export function unexcused(
  problems: readonly Problem[],
  permits: readonly Permit[],
): readonly Problem[] {
  const rows = permits.flatMap(({ file, rules }) => rules.map((rule) => ({ file, rule })));
  const used = new Set<(typeof rows)[number]>();
  const left = problems.filter(({ file, rule }) => {
    const fitting = rows.filter((row) => row.rule === rule && covers(row.file, file));
    for (const row of fitting) used.add(row);
    return fitting.length === 0;
  });
  const text = "this permit excuses nothing: remove it";
  const idle = rows.filter((row) => !used.has(row));
  return [...left, ...idle.map(({ file, rule }) => ({ file, line: 0, rule, text }))];
}

function covers(permitted: string, file: string): boolean {
  return permitted.endsWith("/") ? file.startsWith(permitted) : file === permitted;
}
