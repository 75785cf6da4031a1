/**
 * Whose fault is it? What a judge of plugins finds in fidelity `tikv` is run again as a careful
 * host would run it, with the same plan, seed and decisions: gone, it was the host's; still there,
 * it is the plugin's, or the client's request. Source: design.md section 3, "fidelity is
 * semantics".
 */
import type { Violation } from "./judge.ts";
import { decisionsOf, type Repro } from "./repro.ts";
import { type Environment, runPlan } from "./runner.ts";

/**
 * "host limitation": a careful host does not have it. "plugin": it stays whatever the host does.
 */
export type Attribution = "host limitation" | "plugin";

/** The properties that are about plugins, their versions and their directories. */
const pluginProperties: ReadonlySet<string> = new Set([
  "dispatch",
  "version",
  "containment",
  "blast radius",
  "error fidelity",
  "hot reload",
  "one generation per request",
  "no request lost to a reload",
  "budget",
]);

/** Whether a finding is one of plugins: their own judges', or a store that a plugin stopped. */
export function isPluginFinding({ property, message }: Violation): boolean {
  if (pluginProperties.has(property)) return true;
  return property === "no unplanned node stop" && /\bplugin\b/.test(message);
}

/** Runs a finding again in `contract`. null: it is none of plugins, or not one of `tikv`. */
export function attributionOf(
  environment: Environment,
  repro: Pick<Repro, "plan" | "seed" | "decisions" | "violation">,
): Attribution | null {
  const { plan, seed, violation } = repro;
  if (plan.fidelity !== "tikv" || !isPluginFinding(violation)) return null;
  const { violations } = runPlan(environment, {
    plan: { ...plan, fidelity: "contract" },
    seed,
    keepTrace: false,
    decisions: decisionsOf(repro),
  });
  const isThere = violations.some(({ property }) => property === violation.property);
  return isThere ? "plugin" : "host limitation";
}
