/** The mutants that ship with the package, and folders of others. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../sim/errors.ts";
import { suggest } from "../../sim/suggestion.ts";
import type { Scenario } from "../scenario.ts";
import { selectScenarios } from "../select.ts";
import { twinsOf } from "../verify/twins/twins.ts";
import { type Mutant, mutate, parseMutant } from "./mutant.ts";
import { packageRoot } from "./package-root.ts";

/** Where our own are. */
export const mutantsFolder: string = join(packageRoot, "scenarios", "zoo", "mutants");

/** All mutants of a folder, by file name. Throws `UserError`. */
export function readMutants(folder: string): readonly Mutant[] {
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch {
    const hint = "expected a folder of mutant files (*.json)";
    throw new UserError("no such folder", { code: "missing-file", where: folder, hint });
  }
  return names
    .filter((name) => name.endsWith(".json"))
    .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    .map((name) => parseMutant(readFileSync(join(folder, name), "utf8"), join(folder, name)));
}

/** Our mutant of this id. Throws `UserError` for an unknown one. */
export function findMutant(id: string): Mutant {
  const mutants = readMutants(mutantsFolder);
  const found = mutants.find((mutant) => mutant.id === id);
  if (found !== undefined) return found;
  const near = suggest(
    id,
    mutants.map((mutant) => mutant.id),
  );
  const hint = near.length > 0 ? `did you mean ${near.join(" or ")}?` : "`coprsim list` shows all";
  throw new UserError(`no such mutant: ${id}`, { code: "usage", where: "--mutant", hint });
}

/**
 * Sees whether a mutant still fits: each edit matches once, and its suites exist. Throws
 * `UserError` "bad-mutant" or "usage".
 */
export function checkMutant(mutant: Mutant, scenarios: readonly Scenario[]): void {
  let text: string;
  try {
    text = readFileSync(join(packageRoot, mutant.file), "utf8");
  } catch {
    const hint = "expected a source file of this package";
    throw new UserError(`no such file: ${mutant.file}`, {
      code: "bad-mutant",
      where: mutant.id,
      hint,
    });
  }
  mutate(mutant, text);
  if (mutant.component !== "verify") {
    selectScenarios(mutant.suites, scenarios);
    return;
  }
  const twinless = mutant.suites.find((check) => twinsOf(check).length === 0);
  if (twinless === undefined) return;
  const hint = "expected checks that have twins in scenarios/verify/twins";
  throw new UserError(`no twin of check ${twinless}`, {
    code: "bad-mutant",
    where: mutant.id,
    hint,
  });
}
