/**
 * Whose fault is it? What a judge of plugins finds in fidelity `tikv` is run again as a careful
 * host would run it, with the same plan, seed and decisions: gone, it was the host's; still there,
 * it is the plugin's, or the client's request. Source: design.md section 3, "fidelity is
 * semantics".
 */
import { eventKinds } from "../nodes/events.ts";
import { settingsOf } from "../nodes/index.ts";
import { kernelEvents, type Trace } from "../sim/index.ts";
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

/** What fails, too, where a store stands still without having lost anything. */
const starvedProperties: ReadonlySet<string> = new Set([
  "durability of acknowledged writes",
  "progress after healing",
]);

/** Runs a finding again in `contract`. null: it is none of plugins, or not one of `tikv`. */
export function attributionOf(
  environment: Environment,
  repro: Pick<Repro, "plan" | "seed" | "decisions" | "violation">,
): Attribution | null {
  const { plan, seed, violation } = repro;
  if (plan.fidelity !== "tikv") return null;
  const isOfPlugins = isPluginFinding(violation);
  if (!isOfPlugins && !(starvedProperties.has(violation.property) && starves(environment, repro))) {
    return null;
  }
  const { violations } = runPlan(environment, {
    plan: { ...plan, fidelity: "contract" },
    seed,
    keepTrace: false,
    decisions: decisionsOf(repro),
  });
  const isThere = violations.some(({ property }) => property === violation.property);
  if (!isThere) return "host limitation";
  return isOfPlugins ? "plugin" : null;
}

/**
 * Whether requests to plugins hold every gRPC thread of a store at the end: they wait for a round
 * of Raft, which needs one of these threads (hazard F1 of verify-checks.md).
 */
function starves(
  environment: Environment,
  { plan, seed, decisions }: Pick<Repro, "plan" | "seed" | "decisions">,
): boolean {
  const { trace } = runPlan(environment, {
    plan,
    seed,
    keepTrace: true,
    decisions: decisionsOf({ decisions }),
  });
  const { grpcThreads } = settingsOf(plan.timing, { ...environment.config, ...plan.config });
  return [...openRuns(trace).values()].some((runs) => runs.size >= grpcThreads);
}

/** By process: the numbers of the plugin runs that never ended. */
function openRuns(trace: Trace): ReadonlyMap<number, ReadonlySet<number>> {
  const open = new Map<number, Set<number>>();
  for (let at = 0; at < trace.count; at++) {
    const { source, kind, process, d: run } = trace.row(at);
    if (source !== "emit") continue;
    if (kind === kernelEvents.boot.kind) open.delete(process);
    else if (kind === eventKinds.pluginFinished) open.get(process)?.delete(run);
    else if (kind === eventKinds.pluginStarted) {
      const runs = open.get(process) ?? new Set();
      open.set(process, runs.add(run));
    }
  }
  return open;
}
