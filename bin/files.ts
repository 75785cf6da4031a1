/** Files that people name: reading, writing, and the errors of both. `-` is a standard stream. */
import { accessSync, constants, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { UserError } from "../sim/errors.ts";
import type { Surroundings } from "./frame.ts";

/** How the file is named in errors and reports. */
export const stdinName = "<stdin>";

/** The bytes of a file or, for `-`, of standard input. Throws `UserError`. */
export function readInput(file: string, frame: Surroundings): Uint8Array {
  try {
    return file === "-" ? frame.readStdin() : readFileSync(file);
  } catch (error) {
    throw inputError(file, error);
  }
}

/** The `UserError` of a failed system call on a file that a person named; others unchanged. */
export function inputError(file: string, error: unknown): unknown {
  const code = systemCode(error);
  if (code === null) return error;
  const where = file === "-" ? stdinName : file;
  const known = reasons.get(code);
  if (code === "ENOENT" || code === "ENOTDIR") {
    return new UserError("no such file", { code: "missing-file", where, hint: "" });
  }
  return new UserError(known ?? `cannot be read (${code})`, {
    code: "unreadable-file",
    where,
    hint: "",
  });
}

const reasons: ReadonlyMap<string, string> = new Map([
  ["EISDIR", "is a folder, expected a file"],
  ["EACCES", "no permission to read it"],
  ["EPERM", "no permission to read it"],
  ["ERR_FS_FILE_TOO_LARGE", "is larger than 2 GiB, more than can be read"],
]);

function systemCode(error: unknown): string | null {
  if (!(error instanceof Error) || !("code" in error)) return null;
  return typeof error.code === "string" && /^E[A-Z_]+$/.test(error.code) ? error.code : null;
}

/**
 * Makes sure, before long work begins, that its result can be written: the folder exists and may be
 * written to. Throws `UserError` "usage". `option` names the option in the error.
 */
export function checkOutput(file: string, option: string): void {
  if (file === "-") return;
  const problem = outputProblem(file);
  if (problem === null) return;
  const where = `${option} ${file}`;
  throw new UserError(problem, { code: "usage", where, hint: "" });
}

function outputProblem(file: string): string | null {
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) {
    return "is a folder, expected a file";
  }
  const folder = dirname(file);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    return `there is no folder ${folder}`;
  }
  try {
    accessSync(folder, constants.W_OK);
    return null;
  } catch {
    return `no permission to write into ${folder}`;
  }
}

/** Writes a report to a file or, for `-`, to standard output. Throws `UserError` "usage". */
export function writeOutput(file: string, text: string, frame: Surroundings): void {
  if (file === "-") {
    frame.stdout.write(text);
    return;
  }
  try {
    writeFileSync(file, text);
  } catch (error) {
    const code = systemCode(error);
    if (code === null) throw error;
    throw new UserError(`cannot be written (${code})`, { code: "usage", where: file, hint: "" });
  }
}
