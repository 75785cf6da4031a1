/** Runs checks on a plugin of this process, with a clock that stands still. */
import type { PreparedPlugin } from "../../../plugins/index.ts";
import { PreparedEnvironment } from "../../environment.ts";
import type { Environment } from "../../runner.ts";
import { checkById, checkCatalogue } from "../catalogue.ts";
import { Subject } from "../check.ts";
import type { Contract } from "../contract.ts";
import { type CheckReport, runChecks } from "../verification.ts";

/** An environment whose engines are ready. */
export async function confirmingEnvironment(): Promise<Environment> {
  const prepared = new PreparedEnvironment({
    system: null,
    onFailure: (error) => {
      throw error;
    },
  });
  await prepared.prepareFor({ plugins: [], stores: 3 });
  return prepared.environment;
}

export type VerifiedOptions = {
  readonly plugin: PreparedPlugin;
  readonly contract: Contract | null;
  /** All that there are, unless given. */
  readonly checks?: readonly string[];
  readonly seeds?: number;
  /** `tikv`, unless given. */
  readonly fidelity?: "tikv" | "contract";
};

/** The reports of the checks. */
export async function verified(options: VerifiedOptions): Promise<readonly CheckReport[]> {
  const { plugin, contract, checks, seeds = 20 } = options;
  return runChecks({
    subject: new Subject({
      plugin,
      contract,
      environment: await confirmingEnvironment(),
      fidelity: options.fidelity ?? "tikv",
    }),
    checks: checks?.flatMap((id) => checkById(id) ?? []) ?? checkCatalogue,
    seeds,
    seed: 1,
    timeMs: null,
    clockMs: () => 0,
    turn: () => Promise.resolve(),
    stops: () => false,
    progress: () => {},
  });
}
