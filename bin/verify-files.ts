/** Repro files of `verify`, beside those of `run`. */
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../nodes/index.ts";
import type { VerifyTarget } from "../reports/index.ts";
import {
  type Finding,
  formatVerifyRepro,
  isVerifyRepro,
  parseVerifyRepro,
  type VerifyRepro,
  verifyReproSchema,
} from "../scenarios/verify/index.ts";
import { packageVersion } from "./package.ts";
import { readRepro } from "./repro-files.ts";

export type SaveOptions = {
  readonly target: VerifyTarget;
  readonly seed: string;
  readonly fidelity: "tikv" | "contract";
  readonly config: Config;
};

/** Writes a finding's repro. Returns the file. */
export function saveFinding(
  finding: Finding,
  { target, seed, fidelity, config }: SaveOptions,
): string {
  const { check, complaint, smallest, original } = finding;
  const { hint, message, expected, observed } = complaint;
  const repro: VerifyRepro = {
    schema: verifyReproSchema,
    kind: "verify",
    tool: { name: "coprsim", version: packageVersion() },
    artefact: target.artefact,
    pluginHash: target.hash,
    contract: target.contract,
    check,
    seed,
    fidelity,
    config,
    case: smallest,
    hint,
    message,
    expected,
    observed,
    original,
  };
  const text = formatVerifyRepro(repro);
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 6);
  const folder = join(".coprsim", "failures");
  mkdirSync(folder, { recursive: true });
  const name = target.name.replaceAll(/[^\w-]+/g, "-").slice(0, 40);
  const file = join(folder, `${name}-${check}-${hash}.repro.json`);
  writeFileSync(file, text);
  return file;
}

/** The finding of `verify` in a repro file; null: a repro of another kind. Throws `UserError`. */
export function findingIn(
  name: string,
): { readonly file: string; readonly repro: VerifyRepro } | null {
  const { file, text } = readRepro(name);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null; // Whoever reads it as a repro of `run` says what is wrong with it.
  }
  return isVerifyRepro(value) ? { file, repro: parseVerifyRepro(value, file) } : null;
}
