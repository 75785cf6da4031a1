/**
 * Repro files: one failure, whole, to be run again anywhere: plan, seed, the mutant if one was
 * planted, the violation, the trace hash, and the hashes of the plugins that took part.
 */
import { z } from "zod";
import { UserError } from "../sim/errors.ts";
import type { Decision, DecisionMode } from "../sim/index.ts";
import type { Violation } from "./judge.ts";
import type { Plan } from "./plan.ts";
import { parsePlan } from "./plan-schema.ts";

/** The version of the file's shape. */
export const reproSchema = 1;

/** How big a story is: what shrinking makes smaller. File operations count as faults. */
export type PlanSize = { readonly faults: number; readonly operations: number };

export type Repro = {
  readonly schema: typeof reproSchema;
  readonly tool: { readonly name: "coprsim"; readonly version: string };
  readonly seed: string;
  readonly plan: Plan;
  /** The id of the planted mutant, or null: the real code. */
  readonly mutant: string | null;
  /**
   * What chance did to network and disks, by meaning (link and kind of message, operation of a
   * disk, occurrence): the run does exactly this, whatever the seed's streams would draw. Null
   * where the seed alone decides.
   */
  readonly decisions: readonly Decision[] | null;
  readonly violation: Violation;
  /** Trace hash of the recorded run. */
  readonly hash: string;
  readonly plugins: readonly { readonly artefact: string; readonly hash: string }[];
  /** The size as found, before shrinking. */
  readonly original: PlanSize;
};

const reproShape = z.strictObject({
  schema: z.literal(reproSchema),
  tool: z.strictObject({ name: z.literal("coprsim"), version: z.string() }),
  seed: z.string().min(1),
  plan: z.unknown(),
  mutant: z.string().nullable(),
  decisions: z
    .array(z.strictObject({ label: z.string(), n: z.int().min(0), value: z.int().min(1) }))
    .nullable(),
  violation: z.strictObject({
    property: z.string(),
    message: z.string(),
    atUs: z.number(),
    details: z.array(z.string()),
  }),
  hash: z.string().regex(/^[0-9a-f]{16}$/, "expected 16 hexadecimal digits"),
  plugins: z.array(z.strictObject({ artefact: z.string(), hash: z.string() })),
  original: z.strictObject({ faults: z.int().min(0), operations: z.int().min(0) }),
});

/** How a repro's run takes its decisions. */
export const decisionsOf = ({ decisions }: Pick<Repro, "decisions">): DecisionMode | null =>
  decisions === null ? null : { kind: "replay", decisions };

export const sizeOf = (plan: Plan): PlanSize => ({
  faults: plan.faults.length + plan.failpoints.length + plan.pluginFiles.length,
  operations: plan.operations.length,
});

/** The file's text. */
export function formatRepro(repro: Repro): string {
  return `${JSON.stringify(repro, null, 1)}\n`;
}

/** Reads a repro file's text. Throws `UserError` "bad-repro" (exit 5) for anything else. */
export function parseRepro(text: string, where: string): Repro {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw broken(`this is no JSON: ${detail}`, where);
  }
  const schema = (value as { schema?: unknown } | null)?.schema;
  if (typeof schema === "number" && schema !== reproSchema) {
    const message = `the file has schema ${schema}, this version reads schema ${reproSchema}`;
    const hint = "replay it with the version of coprsim that wrote it, or run the seed again";
    throw new UserError(message, { code: "stale-repro", where, hint });
  }
  const parsed = reproShape.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const path = issue === undefined ? "" : issue.path.join(".");
    throw broken(issue?.message ?? "unexpected shape", path === "" ? where : `${where}: ${path}`);
  }
  try {
    return { ...parsed.data, plan: parsePlan(parsed.data.plan, where) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw broken(error.message, error.where);
  }
}

function broken(message: string, where: string): UserError {
  const hint = "expected a repro file as `coprsim run` writes it under .coprsim/failures/";
  return new UserError(message, { code: "bad-repro", where, hint });
}
