/** What `verify --against` has to say: each cost figure then and now. */
import type { CostDrift } from "../scenarios/verify/index.ts";
import { grouped, type Painter, table } from "./console.ts";
import type { JunitReport } from "./junit.ts";

/** A comparison with a snapshot. */
export type CostReport = {
  /** The snapshot as it was named. */
  readonly file: string;
  /** A share: 0.05 is 5 %. */
  readonly tolerance: number;
  /** null: there were no figures to compare; C7's line says why. */
  readonly drifts: readonly CostDrift[] | null;
  /** The command that takes the new figures for the future. */
  readonly accept: string;
};

/** How a comparison ends. */
export function costOutcome(costs: CostReport | null): "pass" | "fail" | "inconclusive" {
  if (costs === null) return "pass";
  if (costs.drifts === null) return "inconclusive";
  return costs.drifts.some(({ exceeds }) => exceeds) ? "fail" : "pass";
}

/** A line a figure, and what the comparison comes to. */
export function costBlock({ file, tolerance, drifts }: CostReport, paint: Painter): string {
  const percent = `${Math.round(tolerance * 1e6) / 1e4} %`;
  if (drifts === null) {
    return `${paint.warn("costs")} not compared with ${file}: C7 has no figures of all requests`;
  }
  const rows = drifts.map((drift) => {
    const { words, was, is, change, exponentWas, exponentIs, exceeds } = drift;
    const percents = change === null ? "new" : `${change > 0 ? "+" : ""}${change} %`;
    const grows =
      exponentWas === exponentIs
        ? ""
        : `n^${(exponentWas / 100).toFixed(2)} -> n^${(exponentIs / 100).toFixed(2)}`;
    const verdict = exceeds ? paint.bad("drift") : "";
    return [`  ${words}`, grouped(was), grouped(is), percents, grows, verdict];
  });
  const column = (title: string, align: "left" | "right") => ({ title, align });
  const columns = [
    column("", "left"),
    column("was", "right"),
    column("is", "right"),
    column("change", "right"),
    column("growth", "left"),
    column("", "left"),
  ];
  const exceeding = drifts.filter(({ exceeds }) => exceeds).length;
  const verdict = exceeding === 0 ? paint.good("within") : paint.bad("beyond");
  return [
    `costs ${verdict} ${percent} of ${file}`,
    table({ columns, rows, width: 100, painter: paint }),
  ].join("\n");
}

/** The comparison as a case of JUnit. */
export function costCase(costs: CostReport): JunitReport["suites"][number]["cases"][number] {
  const outcomes = { pass: "passed", fail: "failed", inconclusive: "skipped" } as const;
  const outcome = outcomes[costOutcome(costs)];
  const beyond = (costs.drifts ?? []).filter(({ exceeds }) => exceeds);
  const told = beyond.map(({ words, was, is }) => `${words} ${was} -> ${is}`);
  const message = costs.drifts === null ? "C7 has no figures of all requests" : told.join(", ");
  return { name: "costs", seconds: 0, outcome, message, details: costs.accept };
}
