/** Repro files of `verify`: one case of one check, whole, to be judged again anywhere. */
import { z } from "zod";
import { type Config, isConfigProblem, readSettings } from "../../nodes/index.ts";
import { hex } from "../../sim/bytes.ts";
import { UserError } from "../../sim/errors.ts";
import type { CaseSize, VerifyCase } from "./case.ts";
import { checkById } from "./catalogue.ts";
import { errorClasses } from "./error-classes.ts";
import type { CheckId } from "./levels.ts";
import { bytesField, disturbanceField, keyField, rangeField } from "./repro-fields.ts";

/** The version of the file's shape. */
export const verifyReproSchema = 1;

export type VerifyRepro = {
  readonly schema: typeof verifyReproSchema;
  readonly kind: "verify";
  readonly tool: { readonly name: "coprsim"; readonly version: string };
  /** The artefact or example folder, as it was named. */
  readonly artefact: string;
  /** SHA-256 of the artefact's bytes. */
  readonly pluginHash: string;
  /** A file, `built-in:NAME`, or null: without a contract. */
  readonly contract: string | null;
  readonly check: CheckId;
  readonly seed: string;
  readonly fidelity: "tikv" | "contract";
  /** Keys of tikv.toml that the simulated cluster had. */
  readonly config: Config;
  readonly case: VerifyCase;
  readonly hint: string;
  readonly message: string;
  readonly expected: string;
  readonly observed: string;
  /** The size as found, before shrinking. */
  readonly original: CaseSize;
};

const size = z.int().min(0);

const shape = z.strictObject({
  schema: z.literal(verifyReproSchema),
  kind: z.literal("verify"),
  tool: z.strictObject({ name: z.literal("coprsim"), version: z.string() }),
  artefact: z.string().min(1),
  pluginHash: z.string(),
  contract: z.string().nullable(),
  check: z.string(),
  seed: z.string(),
  fidelity: z.enum(["tikv", "contract"]),
  // Older files have none.
  config: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  case: z.strictObject({
    rows: z.array(z.strictObject({ key: keyField, value: bytesField })),
    ranges: z.array(rangeField),
    request: bytesField,
    cuts: z.array(keyField).refine(ascends, "expected cuts that ascend"),
    relation: z.string(),
    fault: z
      .strictObject({ call: z.int().min(1), errorClass: z.enum([...errorClasses]) })
      .nullable(),
    // Older files have none.
    disturbance: disturbanceField.nullable().default(null),
  }),
  hint: z.string(),
  message: z.string(),
  expected: z.string(),
  observed: z.string(),
  original: z.strictObject({ cuts: size, keys: size, bytes: size }),
});

function ascends(cuts: readonly string[]): boolean {
  return cuts.every((cut, at) => cut > (cuts[at - 1] ?? ""));
}

/** The file's text: bytes in hexadecimal. */
export function formatVerifyRepro(repro: VerifyRepro): string {
  const encode = (_: string, value: unknown) => (value instanceof Uint8Array ? hex(value) : value);
  return `${JSON.stringify(repro, encode, 1)}\n`;
}

/** Whether a parsed JSON value says that it is a repro of `verify`. */
export function isVerifyRepro(value: unknown): boolean {
  return typeof value === "object" && value !== null && Reflect.get(value, "kind") === "verify";
}

/** Takes a parsed JSON value. Throws `UserError` "stale-repro" or "bad-repro" (exit 5). */
export function parseVerifyRepro(value: unknown, where: string): VerifyRepro {
  const schema = Reflect.get(Object(value), "schema");
  if (typeof schema === "number" && schema !== verifyReproSchema) {
    const message = `the file has schema ${schema}, this version reads schema ${verifyReproSchema}`;
    const hint = "replay it with the version of coprsim that wrote it, or verify again";
    throw new UserError(message, { code: "stale-repro", where, hint });
  }
  const parsed = shape.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw broken(issue?.message ?? "unexpected shape", `${where}: ${issue?.path.join(".") ?? ""}`);
  }
  const { check, ...rest } = parsed.data;
  const known = checkById(check);
  if (known === null) throw broken(`this version has no check ${check}`, `${where}: check`);
  if (!known.relations.includes(rest.case.relation)) {
    throw broken(`${check} has no relation "${rest.case.relation}"`, `${where}: case.relation`);
  }
  const settings = readSettings("fast", rest.config);
  if (isConfigProblem(settings)) {
    throw broken(`${settings.key}: found ${settings.found}`, `${where}: config`);
  }
  return { ...rest, check: known.id };
}

function broken(message: string, where: string): UserError {
  const hint = "expected a repro file as `coprsim verify` writes it under .coprsim/failures/";
  return new UserError(message, { code: "bad-repro", where, hint });
}
