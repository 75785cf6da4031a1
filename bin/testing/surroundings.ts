/** Surroundings for tests: what a command writes is kept, what it reads is given. */
import { type Environment, readEnvironment } from "../environment.ts";
import type { Sink, Surroundings } from "../frame.ts";

export type TestSurroundings = Surroundings & {
  /** All text so far. */
  readonly out: () => string;
  readonly err: () => string;
};

export type TestOptions = {
  readonly stdin?: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly isTerminal?: boolean;
  readonly interrupted?: boolean;
};

/** Surroundings that are no terminal and have an empty input and environment unless said. */
export function createSurroundings(options: TestOptions = {}): TestSurroundings {
  const { stdin = "", variables = {}, isTerminal = false, interrupted = false } = options;
  const environment: Environment = readEnvironment(variables);
  const out: string[] = [];
  const err: string[] = [];
  const sink = (texts: string[]): Sink => ({
    write: (text) => void texts.push(text),
    isTerminal,
    columns: 100,
  });
  return {
    stdout: sink(out),
    stderr: sink(err),
    environment,
    readStdin: () => Buffer.from(stdin),
    listenForInterrupt: () => ({ requested: interrupted }),
    interrupted: () => interrupted,
    out: () => out.join(""),
    err: () => err.join(""),
  };
}

/** What was printed as one line: where it is wrapped depends on how long the paths in it are. */
export function unwrapped(text: string): string {
  return text.replace(/\s+/g, " ");
}
