/** Runs a repro again: the whole recorded plan under its seed, whatever today's limits are. */
import {
  decisionsOf,
  PreparedEnvironment,
  type Repro,
  type RunResult,
  runPlan,
  type Violation,
} from "../scenarios/index.ts";
import { mutantSystem } from "./mutants.ts";
import { fail } from "./seeds.ts";

export type ReplayOptions = {
  /** The mutant to plant, or null: the real code. */
  readonly mutant: string | null;
  readonly keepTrace: boolean;
};

/** What became of a recorded failure. */
export type Replayed = {
  readonly outcome: "reproduces" | "fixed";
  readonly result: RunResult;
  /** The same property's violation, or null. */
  readonly violation: Violation | null;
  /** The trace is the recorded one, bit for bit. */
  readonly sameHash: boolean;
  /** Artefacts whose bytes are not those of the recording. */
  readonly changedPlugins: readonly string[];
};

/** Runs it once. */
export async function replayRepro(repro: Repro, options: ReplayOptions): Promise<Replayed> {
  const system = options.mutant === null ? null : await mutantSystem(options.mutant);
  const prepared = new PreparedEnvironment({ system, onFailure: fail });
  await prepared.prepareFor(repro.plan);
  const { plan, seed } = repro;
  const { environment } = prepared;
  const { keepTrace } = options;
  const result = runPlan(environment, { plan, seed, keepTrace, decisions: decisionsOf(repro) });
  const violation =
    result.violations.find(({ property }) => property === repro.violation.property) ?? null;
  return {
    outcome: violation === null ? "fixed" : "reproduces",
    result,
    violation,
    sameHash: result.hash === repro.hash,
    changedPlugins: repro.plugins
      .filter(({ artefact, hash }) => environment.plugins.get(artefact)?.hash !== hash)
      .map(({ artefact }) => artefact),
  };
}
