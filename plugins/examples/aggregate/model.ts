/** What the aggregate plugin must answer: the reference over plain rows, and the client's merge. */
import { assert } from "../../../sim/assert.ts";
import type { KeyRange, KvPair } from "../../api.ts";
import type {
  AggregateEntry,
  AggregateRefusal,
  AggregateRequest,
  AggregateResponse,
  AggregateTotals,
} from "./codec.ts";

/** The aggregates of rows, each counted once. */
export function foldRows(request: AggregateRequest, rows: Iterable<KvPair>): AggregateTotals {
  const { wants, order, top: topMax, keyPrefix } = request;
  const values: AggregateEntry[] = [];
  let skipped = 0n;
  let sum = 0n;
  for (const { key, value } of rows) {
    if (!key.startsWith(keyPrefix)) continue;
    if (value.length !== 8) {
      skipped += 1n;
      continue;
    }
    const view = new DataView(value.buffer, value.byteOffset, 8);
    const number = view.getBigInt64(0, true);
    values.push({ key, value: number });
    sum += number;
  }
  const count = BigInt(values.length);
  const numbers = values.map(({ value }) => value);
  const asked = <Value>(name: AggregateRequest["wants"][number], value: Value): Value | null =>
    wants.includes(name) ? value : null;
  return {
    kind: "totals",
    wants,
    order,
    topMax,
    skipped,
    count: asked("count", count),
    sum: asked("sum", sum),
    min: asked("min", lowest(numbers)),
    max: asked("max", highest(numbers)),
    average: asked("average", { sum, count }),
    top: asked("top", best(values, order, topMax)),
  };
}

/** The whole answer over `ranges` of a map of rows: what any layout of regions must come to. */
export function modelResponse(
  rows: ReadonlyMap<string, Uint8Array>,
  ranges: readonly KeyRange[],
  request: AggregateRequest,
): AggregateTotals {
  const inside = (key: string) =>
    ranges.some(({ start, end }) => key >= start && (end === "" || key < end));
  const found = [...rows].filter(([key]) => inside(key));
  return foldRows(
    request,
    found.map(([key, value]) => ({ key, value })),
  );
}

/**
 * The client's merge of the parts of one request, at least one. Parts must not share keys: the
 * client clips its ranges at the regions' borders. A refusal stands for the whole.
 */
export function mergeResponses(parts: readonly AggregateResponse[]): AggregateResponse {
  const refusal = parts.find((part): part is AggregateRefusal => part.kind === "badRequest");
  if (refusal !== undefined) return refusal;
  const totals = parts.filter((part): part is AggregateTotals => part.kind === "totals");
  const [first, ...others] = totals;
  assert(first !== undefined, "a request has at least one part");
  return others.reduce(mergeTwo, first);
}

/** The answer over no rows: merging it in changes nothing. */
export function emptyResponse(request: AggregateRequest): AggregateTotals {
  return foldRows(request, []);
}

function mergeTwo(a: AggregateTotals, b: AggregateTotals): AggregateTotals {
  const both = [a, b];
  const numbers = (name: "min" | "max") =>
    both.map((part) => part[name]).filter((value) => value !== null);
  return {
    ...a,
    skipped: a.skipped + b.skipped,
    count: a.count === null ? null : a.count + (b.count ?? 0n),
    sum: a.sum === null ? null : a.sum + (b.sum ?? 0n),
    min: lowest(numbers("min")),
    max: highest(numbers("max")),
    average:
      a.average === null
        ? null
        : {
            sum: a.average.sum + (b.average?.sum ?? 0n),
            count: a.average.count + (b.average?.count ?? 0n),
          },
    top: a.top === null ? null : best([...a.top, ...(b.top ?? [])], a.order, a.topMax),
  };
}

function best(
  entries: readonly AggregateEntry[],
  order: "largest" | "smallest",
  topMax: number,
): readonly AggregateEntry[] {
  const sign = order === "smallest" ? 1 : -1;
  const sorted = [...entries].sort((a, b) => {
    if (a.value !== b.value) return a.value < b.value ? -sign : sign;
    return a.key < b.key ? -1 : Number(a.key > b.key);
  });
  return sorted.slice(0, topMax);
}

function lowest(values: readonly bigint[]): bigint | null {
  return values.reduce<bigint | null>((low, v) => (low === null || v < low ? v : low), null);
}

function highest(values: readonly bigint[]): bigint | null {
  return values.reduce<bigint | null>((high, v) => (high === null || v > high ? v : high), null);
}
