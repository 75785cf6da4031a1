/** How a cost grows with the rows: a series over powers of two, and the exponent that fits it. */
import type { KvPair } from "../../../plugins/index.ts";
import { normalRows } from "../case.ts";
import { type Cost, type CostlyCall, type CostMetric, type Measured, measure } from "./cost.ts";

/** Rows of the largest data, unless a contract's budget says otherwise. */
export const rowsMax: number = 1 << 12;

/** The costs over `rows` rows. */
export type CostPoint = { readonly rows: number; readonly cost: Cost };

export type Series = {
  /** Ascending, the first over no rows at all. */
  readonly points: readonly CostPoint[];
  /** What ended the series before its time, and over how many rows. */
  readonly stopped: { readonly rows: number; readonly by: Measured } | null;
};

/** 0, then the powers of two, then the largest. */
export function sizesUpTo(most: number): readonly number[] {
  const sizes = [0];
  for (let size = 1; size < most; size *= 2) sizes.push(size);
  return [...sizes, most];
}

export type GrowingCall = Omit<CostlyCall, "rows"> & {
  readonly rowsOf: (count: number) => readonly KvPair[];
};

/** Measures one request over more and more rows. */
export function measureSeries(call: GrowingCall, sizes: readonly number[]): Series {
  const points: CostPoint[] = [];
  for (const size of sizes) {
    const rows = call.rowsOf(size);
    const measured = measure({ ...call, rows });
    if (measured.kind !== "answered") return { points, stopped: { rows: size, by: measured } };
    points.push({ rows: rows.length, cost: measured.cost });
  }
  return { points, stopped: null };
}

/** The least count from `good` (which is within) to `bad` (which is not) that is not within. */
export function firstBeyond(
  { good, bad }: { readonly good: number; readonly bad: number },
  isWithin: (count: number) => boolean,
): number {
  let within = good;
  let beyond = bad;
  while (beyond - within > 1) {
    const middle = (within + beyond) >> 1;
    if (isWithin(middle)) within = middle;
    else beyond = middle;
  }
  return beyond;
}

/** Points that an exponent is fitted to: the last ones, where the largest term rules. */
const fittedPoints = 6;

/**
 * The exponent of a power of the row count that fits best (least squares of the logarithms), in
 * hundredths, after what no rows cost; 0 if the cost does not grow, or too few points tell.
 */
export function exponentOf({ points }: Series, metric: CostMetric): number {
  const [empty] = points;
  const base = empty?.rows === 0 ? empty.cost[metric] : 0;
  const grown = points
    .filter(({ rows, cost }) => rows > 0 && cost[metric] > base)
    .slice(-fittedPoints)
    .map(({ rows, cost }) => ({ x: log2(rows), y: log2(cost[metric] - base) }));
  if (grown.length < 4) return 0;
  const mean = (pick: (point: { x: number; y: number }) => number) =>
    grown.reduce((sum, point) => sum + pick(point), 0) / grown.length;
  const meanX = mean(({ x }) => x);
  const meanY = mean(({ y }) => y);
  const across = grown.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0);
  const along = grown.reduce((sum, { x }) => sum + (x - meanX) * (x - meanX), 0);
  return along === 0 ? 0 : Math.round((across / along) * 100);
}

/** Binary digits behind the point that `log2` finds. */
const log2Digits = 12;

/** The binary logarithm of a positive number, by squaring: the same on every engine. */
export function log2(value: number): number {
  let whole = 0;
  let rest = value;
  while (rest >= 2) {
    rest /= 2;
    whole++;
  }
  while (rest < 1) {
    rest *= 2;
    whole--;
  }
  let fraction = 0;
  for (let digit = 1; digit <= log2Digits; digit++) {
    rest *= rest;
    if (rest < 2) continue;
    rest /= 2;
    fraction += 2 ** -digit;
  }
  return whole + fraction;
}

/**
 * As many rows as asked for, out of a few: the first ones as they are, then their values again
 * under longer keys, so that they stay beside their models. No rows stay no rows.
 */
export function grownRows(some: readonly KvPair[], count: number): readonly KvPair[] {
  if (count <= some.length) return some.slice(0, count);
  const grown = [...some];
  for (let at = 0; some.length > 0 && grown.length < count; at++) {
    const model = some[at % some.length];
    if (model === undefined) break;
    const number = String(Math.floor(at / some.length)).padStart(5, "0");
    grown.push({ key: `${model.key}${number}`, value: model.value });
  }
  return normalRows(grown);
}
