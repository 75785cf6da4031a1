/** From a failure to its smallest story: shrinks, runs it once more, and makes the repro. */
import type { Failure } from "./campaign.ts";
import { type Repro, reproSchema, sizeOf } from "./repro.ts";
import { type Environment, runPlan } from "./runner.ts";
import { shrinkPlan } from "./shrink.ts";

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
  const result = runPlan(environment, { plan, seed, keepTrace: false });
  const violation = result.violations.find((one) => one.property === property);
  return {
    schema: reproSchema,
    tool: { name: "coprsim", version: toolVersion },
    seed,
    plan,
    mutant,
    violation: violation ?? failure.violation,
    hash: result.hash,
    plugins: [...new Set(plan.plugins.map(({ artefact }) => artefact))].map((artefact) => ({
      artefact,
      hash: environment.plugins.get(artefact)?.hash ?? "",
    })),
    original: sizeOf(failure.plan),
  };
}
