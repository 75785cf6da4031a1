/** The cost figures of a plugin: the worst of each metric, and how it grows. */
import { type CostMetric, costMetrics } from "./cost.ts";
import { exponentOf, type Series } from "./growth.ts";

/** The metrics of figures: those of a request, and the memory it needs. */
export type FigureMetric = CostMetric | "memBytes";
/** All of them, in the order of reports. */
export const figureMetrics: readonly FigureMetric[] = [...costMetrics, "memBytes"];

/** The worst of one metric over all requests that were measured. */
export type CostFigure = {
  readonly metric: FigureMetric;
  readonly worst: number;
  /** Over how many rows. */
  readonly rows: number;
  /** Hundredths; 0: it does not grow. Of memory it is not fitted. */
  readonly exponent: number;
  /** The contract's, or null. */
  readonly budget: number | null;
};

/** Collects figures. */
export class CostSheet {
  readonly #figures = new Map<FigureMetric, CostFigure>();

  /** Takes a series' largest point into account. */
  add(series: Series, budgetOf: (metric: CostMetric) => number | null): void {
    for (const metric of costMetrics) {
      for (const { rows, cost } of series.points) {
        const exponent = exponentOf(series, metric);
        this.#take({ metric, worst: cost[metric], rows, exponent, budget: budgetOf(metric) });
      }
    }
  }

  addMemory(worst: number, rows: number, budget: number | null): void {
    this.#take({ metric: "memBytes", worst, rows, exponent: 0, budget });
  }

  worst(metric: FigureMetric): number {
    return this.#figures.get(metric)?.worst ?? 0;
  }

  /** In the order of `figureMetrics`; empty if nothing was measured. */
  figures(): readonly CostFigure[] {
    return figureMetrics.flatMap((metric) => this.#figures.get(metric) ?? []);
  }

  #take(figure: CostFigure): void {
    const known = this.#figures.get(figure.metric);
    if (known === undefined) {
      this.#figures.set(figure.metric, figure);
      return;
    }
    const exponent = Math.max(known.exponent, figure.exponent);
    const worse = figure.worst >= known.worst ? figure : known;
    this.#figures.set(figure.metric, { ...worse, exponent });
  }
}

/** What a metric counts, for people. */
export const metricWords: Readonly<Record<FigureMetric, string>> = {
  cost: "fuel units",
  ops: "storage calls",
  keys: "keys read",
  readBytes: "bytes read",
  writeBytes: "bytes written",
  resBytes: "bytes answered",
  memBytes: "bytes of memory",
};
