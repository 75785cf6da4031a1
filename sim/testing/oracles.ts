/**
 * The recorded histories and vectors with known answers (`../shared/oracles` beside the checkout).
 * Users do not have them, so a test over them is skipped where they are absent - loudly, because a
 * run that skipped oracles is no evidence of agreement with them.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";

const root = join(import.meta.dirname, "..", "..", "..", "shared", "oracles");

/** True where the recorded answers are at hand. */
export const hasOracles: boolean = existsSync(root);

/** The absolute path of an oracle file or folder, for example `raft/scenarios.json`. */
export function oraclePath(name: string): string {
  return join(root, name);
}

/** The parsed JSON of an oracle file. The caller states its shape. */
export function readOracle<Shape>(name: string): Shape {
  return JSON.parse(readFileSync(oraclePath(name), "utf8")) as Shape;
}

/** A test over recorded answers; skipped with a loud line where `shared/oracles` is absent. */
export function oracleTest(name: string, body: () => void, timeoutMs = 60_000): void {
  if (!hasOracles) process.stderr.write(`\nSKIPPED, NO EVIDENCE: ${name}: no ${root}\n`);
  test.skipIf(!hasOracles)(name, body, timeoutMs);
}
