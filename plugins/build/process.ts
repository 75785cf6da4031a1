/** Running a compiler: another program, before any run of the simulator begins. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** How a program ended. */
export type Ran =
  | { readonly kind: "done"; readonly stdout: string; readonly stderr: string }
  | { readonly kind: "failed"; readonly stdout: string; readonly stderr: string }
  /** There is no such program. */
  | { readonly kind: "missing" };

export type RunOptions = {
  /** Where it runs. */
  readonly folder: string;
  /** What it sees besides this process's own environment. */
  readonly variables?: Readonly<Record<string, string>>;
};

const run = promisify(execFile);
const outputBytesMax = 16 << 20;

/** Runs a program to its end. Throws for faults of the machine only. */
export async function runProgram(
  program: string,
  words: readonly string[],
  { folder, variables = {} }: RunOptions,
): Promise<Ran> {
  try {
    const env = { ...process.env, ...variables };
    const { stdout, stderr } = await run(program, [...words], {
      cwd: folder,
      env,
      maxBuffer: outputBytesMax,
    });
    return { kind: "done", stdout, stderr };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if ("code" in error && error.code === "ENOENT") return { kind: "missing" };
    if (!("stderr" in error && "stdout" in error)) throw error;
    return { kind: "failed", stdout: String(error.stdout), stderr: String(error.stderr) };
  }
}
