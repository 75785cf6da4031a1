/**
 * C7: the work of one request is bounded: within the contract's budgets whatever the data, and
 * growing no faster than the data. The requests that cost most are sought among those drawn.
 * Source: verify-checks.md 3.1, C7.
 */
import { defaultPluginLimits, type KeyRange, type PluginLimits } from "../../../plugins/index.ts";
import { assert } from "../../../sim/assert.ts";
import { normalRows, type VerifyCase } from "../case.ts";
import type {
  Check,
  CheckGate,
  Complaint,
  DrawOptions,
  Seen,
  StoryLine,
  Subject,
} from "../check.ts";
import {
  type CostlyCall,
  type CostMetric,
  costMetrics,
  type Measured,
  measure,
  measuringLimits,
  peakMemory,
} from "../cost/cost.ts";
import { type CostFigure, metricWords } from "../cost/figures.ts";
import {
  exponentOf,
  firstBeyond,
  type GrowingCall,
  grownRows,
  measureSeries,
  rowsMax,
  type Series,
  sizesUpTo,
} from "../cost/growth.ts";
import { drawCases } from "../draws.ts";
import { rangesText, rowsText } from "../number-line.ts";

/** Requests among which the dearest are sought. */
const candidatesMax = 40;
/** Rows over which candidates are compared. */
const candidateRows = 64;
/** The dearest of each metric that are measured in full. */
const keptOfEach = 2;
/** Rows that are multiplied to many. */
const modelRows = 32;
/** Hundredths; the contract's `budgets.growth` replaces it. n log n stays below. */
const growthMax = 150;

const gates: readonly CheckGate[] = [
  { name: "largest", sentence: "a request was answered over the largest data" },
  {
    name: "halfBudget",
    sentence: "half of some budget was used",
    onlyIf: "budgeted",
  },
];

/** Within the budgets, and growing no faster than the data. */
export const boundedWork: Check = {
  id: "C7",
  title: "bounded work",
  sentence: "one request stays within its budgets, and its cost grows no faster than the data",
  needsContract: "it sends requests that do their work",
  emptyMeans: null,
  exhaustive: false,
  shrinks: ["rows", "ranges", "values", "request"],
  relations: [""],
  gates: () => gates,
  cases: dearCases,
  judge(subject, one, seen) {
    const { contract } = subject;
    assert(contract !== null, "bounded work has a contract");
    if (contract.isRequest(one.request) === false) return null; // C9's matter.
    const series = seriesOf(subject, one);
    takeFigures(subject, one, { series, seen });
    return (
      limitComplaint(subject, one, series) ??
      budgetComplaint(subject, one, series) ??
      memoryComplaint(subject, one) ??
      growthComplaint(subject, series)
    );
  },
  story: costStory,
};

/** Rows of the largest data. */
const mostRows = ({ contract }: Subject): number => contract?.budgets.rows ?? rowsMax;

const budgetOf = ({ contract }: Subject, metric: CostMetric): number | null =>
  contract?.budgets[metric] ?? null;

function callOf(subject: Subject, { rows, ranges, request }: VerifyCase): GrowingCall {
  const { plugin, contract } = subject;
  const rowsOf = contract?.dataOfSize ?? ((count: number) => grownRows(rows, count));
  return { plugin, limits: measuringLimits, ranges, request, rowsOf };
}

const largestCall = (subject: Subject, one: VerifyCase): CostlyCall => {
  const call = callOf(subject, one);
  return { ...call, rows: call.rowsOf(mostRows(subject)) };
};

const seriesOf = (subject: Subject, one: VerifyCase): Series =>
  measureSeries(callOf(subject, one), sizesUpTo(mostRows(subject)));

function takeFigures(
  subject: Subject,
  one: VerifyCase,
  { series, seen }: { readonly series: Series; readonly seen: Seen },
): void {
  const { points, stopped } = series;
  const largest = points.at(-1);
  if (largest === undefined || stopped !== null) return;
  if (largest.rows > 0) seen.saw("largest");
  const { costs } = seen;
  costs.add(series, (metric) => budgetOf(subject, metric));
  const memory = peakMemory(largestCall(subject, one), costs.worst("memBytes"));
  const memBudget = subject.contract?.budgets.memBytes ?? null;
  if (memory !== null) costs.addMemory(memory, largest.rows, memBudget);
  const figures = costs.figures();
  for (const { worst, budget } of figures) {
    if (budget === null) continue;
    seen.saw("budgeted");
    if (worst * 2 >= budget) seen.saw("halfBudget");
  }
  seen.note(
    "figures",
    `at worst ${figures
      .filter(({ worst }) => worst > 0)
      .map(figureText)
      .join(", ")}`,
  );
}

function figureText({ metric, worst, budget, exponent }: CostFigure): string {
  const of = budget === null ? "" : ` of ${budget}`;
  const grows = exponent === 0 ? "" : ` ~ n^${hundredths(exponent)}`;
  return `${worst}${of} ${metricWords[metric]}${grows}`;
}

/** A limit that stands for any budget was reached before the largest data. */
function limitComplaint(subject: Subject, one: VerifyCase, series: Series): Complaint | null {
  const { stopped } = series;
  if (stopped === null || stopped.by.kind !== "limit") return null;
  const good = series.points.at(-1)?.rows ?? 0;
  const rows = firstBeyond({ good, bad: stopped.rows }, (count) => {
    return measuredOver(subject, one, count).kind === "answered";
  });
  const { reason, text } = stopped.by;
  return {
    hint: "C7-BUDGET",
    message: `over ${rows} rows a request runs into the limit of ${reason}: ${text}`,
    expected: `an answer over up to ${mostRows(subject)} rows`,
    observed: `no answer over ${rows} rows`,
  };
}

function measuredOver(
  subject: Subject,
  one: VerifyCase,
  count: number,
  limits: PluginLimits = measuringLimits,
): Measured {
  const call = callOf(subject, one);
  return measure({ ...call, limits, rows: call.rowsOf(count) });
}

function budgetComplaint(subject: Subject, one: VerifyCase, series: Series): Complaint | null {
  const { points } = series;
  for (const metric of costMetrics) {
    const budget = budgetOf(subject, metric);
    if (budget === null) continue;
    const at = points.findIndex(({ cost }) => cost[metric] > budget);
    const point = points[at];
    if (point === undefined) continue;
    const within = (count: number): boolean => {
      const measured = measuredOver(subject, one, count);
      return measured.kind === "answered" && measured.cost[metric] <= budget;
    };
    const good = points[at - 1]?.rows ?? 0;
    const rows = at === 0 ? 0 : firstBeyond({ good, bad: point.rows }, within);
    const measured = measuredOver(subject, one, rows);
    const used = measured.kind === "answered" ? measured.cost[metric] : point.cost[metric];
    const words = metricWords[metric];
    return {
      hint: "C7-BUDGET",
      message: `over ${rows} rows a request takes ${used} ${words}, the budget is ${budget}`,
      expected: `at most ${budget} ${words}`,
      observed: `${used} ${words}`,
    };
  }
  return null;
}

function memoryComplaint(subject: Subject, one: VerifyCase): Complaint | null {
  const budget = subject.contract?.budgets.memBytes ?? null;
  const call = largestCall(subject, one);
  if (budget === null || call.plugin.kind === "inProcess") return null;
  const limits = { ...call.limits, memoryPages: Math.ceil(budget / 65_536) };
  const measured = measure({ ...call, limits });
  if (measured.kind !== "limit" || measured.reason !== "memory") return null;
  const needed = peakMemory(call, 0);
  const observed = needed === null ? "more" : `${needed} bytes`;
  return {
    hint: "C7-BUDGET",
    message: `over ${call.rows.length} rows a request needs ${observed}, the budget is ${budget}`,
    expected: `at most ${budget} bytes of memory`,
    observed,
  };
}

function growthComplaint({ contract }: Subject, series: Series): Complaint | null {
  const most = contract?.budgets.growth === undefined ? growthMax : contract.budgets.growth * 100;
  for (const metric of costMetrics) {
    const exponent = exponentOf(series, metric);
    if (exponent <= most) continue;
    const grows = `n^${hundredths(exponent)}`;
    const last = series.points.at(-1);
    const figure = `${last?.cost[metric] ?? 0} over ${last?.rows ?? 0} rows`;
    return {
      hint: "C7-GROWTH",
      message: `${metricWords[metric]} grow like ${grows}: ${figure}`,
      expected: `at most n^${hundredths(most)}`,
      observed: grows,
    };
  }
  return null;
}

/** The dearest requests of those drawn; each is asked over many rows like those drawn. */
function* dearCases(subject: Subject, options: DrawOptions): Generator<VerifyCase> {
  const { contract } = subject;
  const seeds = Math.min(options.seeds, candidatesMax);
  const bases = drawCases(subject, { ...options, seeds });
  const rows = normalRows(bases.flatMap((base) => base.rows)).slice(0, modelRows);
  // Ranges that were drawn lie between a few rows: many rows want all of them, if any will do.
  const everything: readonly KeyRange[] = [{ start: "", end: "" }];
  const candidates = bases.map((base) => {
    return { ...base, rows, ranges: contract?.ranges === null ? everything : base.ranges };
  });
  const limits = defaultPluginLimits;
  const measured = candidates.map((one) => measuredOver(subject, one, candidateRows, limits));
  const kept = new Set<number>();
  for (const metric of costMetrics) {
    const dearness = measured.map((one, at) => {
      return { at, worth: one.kind === "answered" ? one.cost[metric] : Number.MAX_SAFE_INTEGER };
    });
    dearness.sort((a, b) => b.worth - a.worth || a.at - b.at);
    for (const { at } of dearness.slice(0, keptOfEach)) kept.add(at);
  }
  for (const at of kept) {
    const one = candidates[at];
    if (one !== undefined) yield one;
  }
}

function costStory(subject: Subject, one: VerifyCase): readonly StoryLine[] {
  const { contract } = subject;
  const series = seriesOf(subject, one);
  const shown = costMetrics.filter((metric) => series.points.some(({ cost }) => cost[metric] > 0));
  const lines = shown.map((metric) => {
    const exponent = exponentOf(series, metric);
    const budget = budgetOf(subject, metric);
    const values = series.points.map(({ rows, cost }) => `${rows}:${cost[metric]}`);
    const tail = values.slice(-7).join(" ");
    const grows = exponent === 0 ? "constant" : `~ n^${hundredths(exponent)}`;
    const of = budget === null ? "" : `, budget ${budget}`;
    return { label: metric, text: `${tail}  ${grows}${of}` };
  });
  return [
    { label: "rows like", text: rowsText(one.rows, contract) },
    { label: "request", text: contract?.requestText(one.request) ?? "" },
    { label: "ranges", text: rangesText(one.ranges) },
    ...lines,
  ];
}

const hundredths = (value: number): string => (value / 100).toFixed(2);
