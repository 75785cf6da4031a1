/** Repro files of `verify`, beside those of `run`. */
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { VerifyTarget } from "../reports/index.ts";
import {
  type Finding,
  formatVerifyRepro,
  type VerifyRepro,
  verifyReproSchema,
} from "../scenarios/verify/index.ts";
import { packageVersion } from "./package.ts";

export type SaveOptions = {
  readonly target: VerifyTarget;
  readonly seed: string;
  readonly fidelity: "tikv" | "contract";
};

/** Writes a finding's repro. Returns the file. */
export function saveFinding(finding: Finding, { target, seed, fidelity }: SaveOptions): string {
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
