/** A loaded target as what checks judge: with a simulated cluster that is ready to run. */
import type { Config } from "../nodes/index.ts";
import { PreparedEnvironment } from "../scenarios/index.ts";
import { confirmingStores, Subject } from "../scenarios/verify/index.ts";
import { fail } from "./seeds.ts";
import type { LoadedTarget } from "./verify-target.ts";

export type SubjectOptions = {
  readonly config: Config;
  readonly fidelity: "tikv" | "contract";
};

/** Prepares the engines of the cluster's stores, which run under a configuration of TiKV's. */
export async function subjectOf(
  { plugin, contract }: LoadedTarget & { readonly kind: "ready" },
  { config, fidelity }: SubjectOptions,
): Promise<Subject> {
  const prepared = new PreparedEnvironment({ system: null, onFailure: fail, config });
  await prepared.prepareFor({ plugins: [], stores: confirmingStores });
  return new Subject({ plugin, contract, environment: prepared.environment, fidelity });
}
