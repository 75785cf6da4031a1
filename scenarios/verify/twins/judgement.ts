/** Whether a verifier judges a twin as it must. */
import { PreparedEnvironment } from "../../environment.ts";
import type * as verify from "../index.ts";
import { confirmingStores } from "../index.ts";
import { type Twin, twinSeeds } from "./twins.ts";

/** What judges: the verifier of the running program, or one with a bug planted in it. */
export type Verifier = Pick<typeof verify, "Subject" | "runChecks" | "checkById">;

export type JudgementOptions = {
  readonly clockMs: () => number;
  readonly turn: () => Promise<void>;
  /** Host errors that no run explains. */
  readonly onFailure: (error: unknown) => void;
};

/** Whether a verifier convicts a bad twin, or passes a good one with every gate met. */
export async function judgesRight(
  { Subject, runChecks, checkById }: Verifier,
  { plugin, contract, check: id, isBad }: Twin,
  { clockMs, turn, onFailure }: JudgementOptions,
): Promise<boolean> {
  const prepared = new PreparedEnvironment({ system: null, onFailure });
  await prepared.prepareFor({ plugins: [], stores: confirmingStores });
  const { environment } = prepared;
  const check = checkById(id);
  const [report] = await runChecks({
    subject: new Subject({ plugin, contract, environment, fidelity: "tikv" }),
    checks: check === null ? [] : [check],
    seeds: twinSeeds,
    seed: 1,
    timeMs: null,
    clockMs,
    turn,
    stops: () => false,
    progress: () => {},
  });
  return report?.outcome === (isBad ? "failed" : "passed");
}
