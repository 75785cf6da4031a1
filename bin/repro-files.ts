/** Where failures are kept: `.coprsim/failures/`, never deleted by the tool, and `regressions/`. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { formatRepro, parseRepro, type Repro } from "../scenarios/index.ts";
import { UserError } from "../sim/errors.ts";
import { inputError } from "./files.ts";

const failuresFolder = join(".coprsim", "failures");
/** The user's own folder of pinned failures, replayed first by `run`. */
export const regressionsFolder = "regressions";
const ending = ".repro.json";

/** Writes a repro under a name that tells scenario, property and hash. Returns the file. */
export function saveRepro(repro: Repro, scenario: string): string {
  mkdirSync(failuresFolder, { recursive: true });
  const property = repro.violation.property.replaceAll(/[^a-z0-9]+/gi, "-");
  const file = join(failuresFolder, `${scenario}-${property}-${repro.hash.slice(0, 6)}${ending}`);
  writeFileSync(file, formatRepro(repro));
  return file;
}

/** Reads a repro by file name, or by its short name in `.coprsim/failures/`. Throws `UserError`. */
export function loadRepro(name: string): { readonly file: string; readonly repro: Repro } {
  const { file, text } = readRepro(name);
  return { file, repro: parseRepro(text, file) };
}

/** The text of a repro of any kind, found like `loadRepro` does. Throws `UserError`. */
export function readRepro(name: string): { readonly file: string; readonly text: string } {
  const file = findRepro(name);
  try {
    return { file, text: readFileSync(file, "utf8") };
  } catch (error) {
    throw inputError(file, error);
  }
}

function findRepro(name: string): string {
  if (existsSync(name)) return name;
  const stored = join(failuresFolder, name);
  for (const candidate of [stored, `${stored}${ending}`])
    if (existsSync(candidate)) return candidate;
  const hint = "expected a repro file, its name under .coprsim/failures/, or scenario:seed";
  throw new UserError("no such file", { code: "missing-file", where: name, hint });
}

/** The repro files of a folder, by name; [] where there is no such folder. */
export function reprosIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith(ending));
  return names.toSorted(byText).map((name) => join(folder, name));
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** All failures found so far. */
export const storedRepros = (): readonly string[] => reprosIn(failuresFolder);

/** Copies a repro into `regressions/`. Returns where it is now. */
export function pinRepro(file: string): string {
  mkdirSync(regressionsFolder, { recursive: true });
  const target = join(regressionsFolder, basename(file));
  copyFileSync(file, target);
  return target;
}
