/** From a failure to its smallest story: shrinks, runs it once more, and makes the repro. */

import type { Decision, DecisionMode } from "../sim/index.ts";
import type { Failure } from "./campaign.ts";
import { artefactsOf } from "./plan.ts";
import { decisionsOf, type Repro, reproSchema, sizeOf } from "./repro.ts";
import { type Environment, runPlan } from "./runner.ts";
import { shrinkPlan } from "./shrink.ts";
import { minimise } from "./shrink-passes.ts";

export type StoryOptions = {
  readonly environment: Environment;
  readonly failure: Failure;
  readonly mutant: string | null;
  readonly toolVersion: string;
  /** Shrinking ends when this says so; what was reached by then counts. */
  readonly expired: () => boolean;
};

/** The property whose very meaning is the time that healing may take. */
export const healingProperty = "progress after healing";

/** The smallest plan found that still violates the failure's property, as a repro. */
export function storyOf(options: StoryOptions): Repro {
  const { environment, failure, mutant, toolVersion, expired } = options;
  const { seed } = failure;
  const { property } = failure.violation;
  const trial = (plan: Failure["plan"]) =>
    runPlan(environment, { plan, seed, keepTrace: false }).violations.find(
      (violation) => violation.property === property,
    ) ?? null;
  const { plan } = shrinkPlan({
    plan: failure.plan,
    violatedAtUs: failure.violation.atUs,
    trial,
    keepsHealing: property === healingProperty,
    expired,
  });
  const decisions = causes(options, plan);
  const mode = decisionsOf({ decisions });
  const result = runPlan(environment, { plan, seed, keepTrace: false, decisions: mode });
  const violation = result.violations.find((one) => one.property === property);
  return {
    schema: reproSchema,
    tool: { name: "coprsim", version: toolVersion },
    seed,
    plan,
    mutant,
    decisions,
    violation: violation ?? failure.violation,
    hash: result.hash,
    plugins: artefactsOf(plan).map((artefact) => ({
      artefact,
      hash: environment.plugins.get(artefact)?.hash ?? "",
    })),
    original: sizeOf(failure.plan),
  };
}

/**
 * The decisions of chance that the failure needs, as few as were found: the lost messages and
 * failed writes that count, by name. Null where there are none, or where they alone do not lead to
 * it.
 */
function causes(
  { environment, failure, expired }: StoryOptions,
  plan: Failure["plan"],
): readonly Decision[] | null {
  const { seed, violation } = failure;
  const fails = (mode: DecisionMode) => {
    const run = runPlan(environment, { plan, seed, keepTrace: false, decisions: mode });
    const isFound = run.violations.some(({ property }) => property === violation.property);
    return isFound ? run : null;
  };
  const recorded = fails({ kind: "record" });
  if (recorded === null || recorded.decisions.length === 0) return null;
  let kept = recorded.decisions;
  if (fails({ kind: "replay", decisions: kept }) === null) return null;
  minimise(kept, (decisions) => {
    if (expired() || fails({ kind: "replay", decisions }) === null) return false;
    kept = decisions;
    return true;
  });
  return kept;
}
