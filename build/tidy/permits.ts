/** Exceptions to rules. Each has a reason, and goes when it is needed no more. */
import type { Problem } from "./source.ts";

export type Permit = {
  /** A file, or a folder ended by a slash. */
  readonly file: string;
  readonly rule: string;
  readonly reason: string;
};

/** The problems that no permit excuses, and one for each permit that excuses nothing. */
export function unexcused(
  problems: readonly Problem[],
  permits: readonly Permit[],
): readonly Problem[] {
  const used = new Set<Permit>();
  const left = problems.filter(({ file, rule }) => {
    const permit = permits.find((one) => one.rule === rule && covers(one.file, file));
    if (permit !== undefined) used.add(permit);
    return permit === undefined;
  });
  const idle = permits.filter((permit) => !used.has(permit));
  const text = "this permit excuses nothing: remove it";
  return [...left, ...idle.map(({ file, rule }) => ({ file, line: 0, rule, text }))];
}

function covers(permitted: string, file: string): boolean {
  return permitted.endsWith("/") ? file.startsWith(permitted) : file === permitted;
}
