/** What `bench` has to say: one row a figure with its floor and its aim, and what it stands on. */
import type { FigureSpec, Figures, Standing } from "../scenarios/bench/index.ts";
import { unreachable } from "../sim/assert.ts";
import { type Column, counted, grouped, type Painter, secondsText, table } from "./console.ts";
import type { JunitReport } from "./junit.ts";

/** A figure as measured, beside what was asked of it. */
export type ToldFigure = {
  readonly spec: FigureSpec;
  /** By processor time, where time is part of it. */
  readonly value: number;
  /** The same by wall time, or null. */
  readonly byWall: number | null;
  /** The processor share of the measured rounds, or null. */
  readonly cpuShare: number | null;
  /** Rounds in which the machine was busy with other things, too. */
  readonly busyRounds: number;
  /** Whether the figure comes from such rounds, for want of better ones. */
  readonly isDisturbed: boolean;
  readonly standing: Standing;
};

/** The machine, as a person would describe it. */
export type BenchMachine = {
  readonly processor: string;
  readonly cores: number;
  readonly memoryMegabytes: number;
  readonly node: string;
};

/** What the figures of workload W stand beside. */
export type BenchWorkload = {
  readonly nanosecondsPerEvent: number;
  readonly eventsPerOperation: number;
  readonly operationsPerSeed: number;
  readonly electionsPerSeed: number;
  readonly crashesPerSeed: number;
};

export type BenchReport = {
  readonly machine: BenchMachine;
  readonly workload: BenchWorkload | null;
  readonly figures: readonly ToldFigure[];
  readonly elapsedMs: number;
};

/** The machine, in one line. */
export function benchMachine({ processor, cores, memoryMegabytes, node }: BenchMachine): string {
  const memory = `${(memoryMegabytes / 1000).toFixed(1)} GB`;
  return `${processor}, ${counted(cores, "core")}, ${memory}, Node ${node}`;
}

/** What the figures of workload W stand beside. */
export function benchWorkload(workload: BenchWorkload): readonly string[] {
  const one = (value: number): string => value.toFixed(1);
  return [
    `workload W: ${Math.round(workload.nanosecondsPerEvent)} ns an event, ` +
      `${one(workload.eventsPerOperation)} events an operation`,
    `a seed of W: ${one(workload.operationsPerSeed)} operations, ` +
      `${one(workload.electionsPerSeed)} elections, ${one(workload.crashesPerSeed)} crashes`,
  ];
}

/** Wide enough for any figure, because rows are shown as they come. */
const columns: readonly Column[] = [
  { title: "", align: "left", widthMin: 7 },
  { title: "by CPU", align: "right", widthMin: 11 },
  { title: "by wall", align: "right", widthMin: 11 },
  { title: "CPU", align: "right", widthMin: 4 },
  { title: "floor", align: "right", widthMin: 9 },
  { title: "aim", align: "right", widthMin: 9 },
  { title: "figure", align: "left" },
];

/** The line above the rows. */
export function benchHeading(painter: Painter, width: number): string {
  return table({ columns, rows: [], width, painter });
}

/** The row of one figure, as soon as it is known. */
export function benchRow(figure: ToldFigure, painter: Painter, width: number): string {
  const { spec, value, byWall, cpuShare, busyRounds } = figure;
  const busy = busyRounds === 0 ? "" : ` (${counted(busyRounds, "busy round")})`;
  const cells = [
    markOf(figure.standing, painter),
    numberText(value),
    numberText(byWall),
    cpuShare === null ? "" : `${Math.round(cpuShare * 100)}%`,
    numberText(spec.floor),
    numberText(spec.aim),
    `${spec.title}, ${spec.unit}${painter.dim(busy)}`,
  ];
  const untitled = columns.map((column) => ({ ...column, title: "" }));
  return table({ columns: untitled, rows: [cells], width, painter });
}

function markOf(standing: Standing, painter: Painter): string {
  switch (standing) {
    case "aim":
      return painter.good("✓ aim");
    case "floor":
      return painter.good("✓ floor");
    case "miss":
      return painter.bad("✗ miss");
    case "unjudged":
      return "";
    default:
      return unreachable(standing);
  }
}

/** Three digits that mean something: `1,234,567`, `12.3`, `0.123`. */
function numberText(value: number | null): string {
  if (value === null) return "";
  if (value >= 1000) return grouped(Math.round(value));
  return String(Number(value.toPrecision(3)));
}

/** The last line: how many floors and aims hold. */
export function benchVerdict({ figures, elapsedMs }: BenchReport, painter: Painter): string {
  const bound = figures.filter(({ spec }) => spec.floor !== null);
  const missed = bound.filter(({ standing }) => standing === "miss");
  const aims = bound.filter(({ standing }) => standing === "aim");
  const text =
    `${bound.length - missed.length} of ${counted(bound.length, "floor")} and ` +
    `${counted(aims.length, "aim")} reached, ${secondsText(elapsedMs / 1000)}`;
  if (missed.length === 0) return `${painter.good("pass")}: ${text}`;
  const isDisturbed = missed.some((figure) => figure.isDisturbed);
  const word = isDisturbed
    ? painter.warn("inconclusive, the machine was busy")
    : painter.bad("fail");
  return `${word}: ${text}`;
}

/** The body of the JSON report; described in SCHEMA.md. */
export function benchBody(report: BenchReport): Readonly<Record<string, unknown>> {
  const { machine, workload, figures, elapsedMs } = report;
  const by = (of: (figure: ToldFigure) => number | null): Figures =>
    Object.fromEntries(
      figures.flatMap((figure) => {
        const value = of(figure);
        return value === null ? [] : [[figure.spec.key, Number(value.toPrecision(6))]];
      }),
    );
  return {
    figures: by(({ value }) => value),
    figuresByWall: by(({ byWall }) => byWall),
    cpuShares: by(({ cpuShare }) => cpuShare),
    busyRounds: by(({ busyRounds }) => busyRounds),
    disturbed: figures.filter(({ isDisturbed }) => isDisturbed).map(({ spec }) => spec.key),
    missed: figures.filter(({ standing }) => standing === "miss").map(({ spec }) => spec.key),
    machine,
    workload,
    seconds: elapsedMs / 1000,
  };
}

/** One JUnit case a figure that has a floor. */
export function benchJunit({ figures }: BenchReport): JunitReport {
  const cases = figures
    .filter(({ spec }) => spec.floor !== null)
    .map(({ spec, value, standing }) => ({
      name: spec.key,
      seconds: 0,
      outcome: standing === "miss" ? ("failed" as const) : ("passed" as const),
      message: `${numberText(value)} ${spec.unit}, floor ${numberText(spec.floor)}`,
      details: spec.title,
    }));
  return { suites: [{ name: "bench", cases }] };
}
