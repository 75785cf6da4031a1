/** Cost figures in a file, to be compared with those of the next release. */
import { z } from "zod";
import { UserError } from "../../../sim/errors.ts";
import { type CostFigure, type FigureMetric, figureMetrics, metricWords } from "./figures.ts";

/** The version of the file's shape. */
export const costSnapshotSchema = 1;

export type CostSnapshot = {
  readonly schema: typeof costSnapshotSchema;
  readonly kind: "cost-snapshot";
  readonly tool: { readonly name: "coprsim"; readonly version: string };
  readonly plugin: { readonly name: string; readonly version: string; readonly hash: string };
  /** The contract's name: what was measured depends on it, and on the two below. */
  readonly contract: string | null;
  readonly seed: string;
  readonly seeds: number;
  readonly figures: readonly CostFigure[];
};

const count = z.int().min(0);

const shape = z.strictObject({
  schema: z.literal(costSnapshotSchema),
  kind: z.literal("cost-snapshot"),
  tool: z.strictObject({ name: z.literal("coprsim"), version: z.string() }),
  plugin: z.strictObject({ name: z.string(), version: z.string(), hash: z.string() }),
  contract: z.string().nullable(),
  seed: z.string(),
  seeds: z.int().min(1),
  figures: z
    .array(
      z.strictObject({
        metric: z.enum([...figureMetrics]),
        worst: count,
        rows: count,
        exponent: z.int(),
        budget: count.nullable(),
      }),
    )
    .min(1),
});

/** The file's text. */
export function formatCostSnapshot(snapshot: CostSnapshot): string {
  return `${JSON.stringify(snapshot, null, 1)}\n`;
}

/** Reads a file's text. Throws `UserError` "bad-snapshot". */
export function parseCostSnapshot(text: string, where: string): CostSnapshot {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : "";
    throw broken(`this is no JSON: ${why}`, where);
  }
  const schema: unknown = Reflect.get(Object(value), "schema");
  if (typeof schema === "number" && schema !== costSnapshotSchema) {
    throw broken(`it has schema ${schema}, this version reads ${costSnapshotSchema}`, where);
  }
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = issue?.path.join(".") ?? "";
  throw broken(issue?.message ?? "unexpected shape", path === "" ? where : `${where}: ${path}`);
}

function broken(message: string, where: string): UserError {
  const hint = "expected a file as `coprsim verify --snapshot` writes it";
  return new UserError(message, { code: "bad-snapshot", where, hint });
}

/** A metric then and now. */
export type CostDrift = {
  readonly metric: FigureMetric;
  /** What it counts, for people. */
  readonly words: string;
  readonly was: number;
  readonly is: number;
  /** Hundredths. */
  readonly exponentWas: number;
  readonly exponentIs: number;
  /** Per cent, two decimals; null where it was nothing. Negative: it became cheaper. */
  readonly change: number | null;
  /** It is dearer by more than the tolerance, or grows faster by more than a tenth. */
  readonly exceeds: boolean;
};

/** Exponents that differ by no more (hundredths) are the same: a fit is no count. */
const exponentTolerance = 10;

/**
 * Compares figures with a snapshot, metric by metric; `tolerance` is a share: 0.05 is 5 %. What is
 * in one of them only is compared with nothing. Throws `UserError` "bad-snapshot" if the two did
 * not measure the same requests.
 */
export function compareCosts(
  was: CostSnapshot,
  is: CostSnapshot,
  { tolerance, where }: { readonly tolerance: number; readonly where: string },
): readonly CostDrift[] {
  checkComparable(was, is, where);
  const blank = { worst: 0, exponent: 0 };
  return figureMetrics.flatMap((metric) => {
    const then = was.figures.find((one) => one.metric === metric);
    const now = is.figures.find((one) => one.metric === metric);
    if (then === undefined && now === undefined) return [];
    return [driftOf(metric, then ?? blank, now ?? blank, tolerance)];
  });
}

/** What decides which requests are measured. */
export type Measurement = Pick<CostSnapshot, "contract" | "seed" | "seeds">;

/** Throws `UserError` "bad-snapshot" if the two do not measure the same requests. */
export function checkComparable(was: Measurement, is: Measurement, where: string): void {
  for (const name of ["contract", "seed", "seeds"] as const) {
    if (was[name] === is[name]) continue;
    const hint = "expected the options of the run that wrote it; else write a new snapshot";
    const message = `it was measured with ${name} ${was[name]}, this run has ${is[name]}`;
    throw new UserError(message, { code: "bad-snapshot", where, hint });
  }
}

type Compared = Pick<CostFigure, "worst" | "exponent">;

function driftOf(metric: FigureMetric, was: Compared, is: Compared, tolerance: number): CostDrift {
  const difference = is.worst - was.worst;
  const change = was.worst === 0 ? null : Math.round((difference / was.worst) * 10_000) / 100;
  // Whole numbers: 105 is within 5 % of 100 on every engine.
  const dearer = difference * 1e6 > was.worst * Math.round(tolerance * 1e6);
  const faster = is.exponent - was.exponent > exponentTolerance;
  return {
    metric,
    words: metricWords[metric],
    was: was.worst,
    is: is.worst,
    exponentWas: was.exponent,
    exponentIs: is.exponent,
    change: difference === 0 ? 0 : change,
    exceeds: dearer || faster,
  };
}
