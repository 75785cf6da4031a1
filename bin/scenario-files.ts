/**
 * Scenarios as people name them: the built-in ones, plans as JSON, scenario files in TypeScript.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import {
  builtInScenarios,
  isScenario,
  parsePlan,
  type Scenario,
  scenarioOfPlan,
  selectScenarios,
} from "../scenarios/index.ts";
import { UserError } from "../sim/errors.ts";
import { inputError } from "./files.ts";

/** The scenarios that `words` name. Throws `UserError`. */
export async function loadScenarios(words: readonly string[]): Promise<readonly Scenario[]> {
  const loaded: Scenario[] = [];
  for (const word of words) {
    if (/\.plan\.json$|\.json$/.test(word)) loaded.push(planScenario(word));
    else if (/\.(ts|mts|js|mjs)$/.test(word)) loaded.push(...(await userScenarios(word)));
    else loaded.push(...selectScenarios([word], builtInScenarios));
  }
  return [...new Set(loaded)];
}

function planScenario(file: string): Scenario {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw inputError(file, error);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const message = `this is no JSON: ${error instanceof Error ? error.message : String(error)}`;
    const hint = "expected a plan: `coprsim init scenario` writes a working one";
    throw new UserError(message, { code: "bad-plan", where: file, hint });
  }
  return scenarioOfPlan(basename(file).replace(/(\.plan)?\.json$/, ""), parsePlan(value, file));
}

/** Bundles a scenario file of the user's and takes the scenarios that it exports. */
async function userScenarios(file: string): Promise<readonly Scenario[]> {
  const exported = await importUserFile(file, "bad-scenario");
  const scenarios = Object.values(exported).filter(isScenario);
  if (scenarios.length === 0) {
    throw new UserError("the file exports no scenario", {
      code: "bad-scenario",
      where: file,
      hint: "expected at least one `export const x = defineScenario({...})`",
    });
  }
  return scenarios;
}

/** Bundles and imports a module of the user's: trusted code, not sandboxed. Throws `UserError`. */
export async function importUserFile(
  file: string,
  code: "bad-scenario" | "bad-contract",
): Promise<Readonly<Record<string, unknown>>> {
  try {
    readFileSync(file);
  } catch (error) {
    throw inputError(file, error);
  }
  const { build } = await import("esbuild");
  const folder = mkdtempSync(join(tmpdir(), "coprsim-"));
  const outfile = join(folder, "module.mjs");
  try {
    const library = pathToFileURL(join(import.meta.dirname, libraryPath())).href;
    await build({
      entryPoints: [resolve(file)],
      outfile,
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node20",
      logLevel: "silent",
      external: [library],
      alias: { coprsim: library },
    });
    return (await import(pathToFileURL(outfile).href)) as Record<string, unknown>;
  } catch (error) {
    if (error instanceof UserError) {
      const { hint, where } = error;
      throw new UserError(error.message, { code, where: `${file}: ${where}`, hint });
    }
    throw new UserError(firstLine(error), {
      code,
      where: file,
      hint: 'expected a module that builds and imports; it may import from "coprsim"',
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const libraryPath = (): string =>
  import.meta.dirname.endsWith("chunks") ? "../index.js" : "index.js";

/** esbuild puts `file:line:column: ERROR: reason` after a first line; the file is told already. */
function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const lines = message.split("\n").filter((line) => line.trim() !== "");
  const detail = lines.find((line) => line.includes("ERROR:"));
  const [, line, column, reason] = /:(\d+):(\d+): ERROR: (.*)$/.exec(detail ?? "") ?? [];
  if (reason !== undefined) return `line ${line}, column ${column}: ${reason}`;
  return (detail ?? lines[0] ?? message).trim();
}
