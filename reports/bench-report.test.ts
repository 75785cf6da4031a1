/** What `bench` says. To add a case, add a figure to the report and its line to the table. */
import { expect, test } from "vitest";
import type { FigureSpec } from "../scenarios/bench/index.ts";
import {
  type BenchReport,
  benchBody,
  benchHeading,
  benchJunit,
  benchMachine,
  benchRow,
  benchVerdict,
  type ToldFigure,
} from "./bench-report.ts";
import { createPainter } from "./console.ts";

const painter = createPainter({ colour: false });

const seeds = { title: "workload W", unit: "seeds/min", better: "more" } as const;
const specs: Readonly<Record<"seeds" | "share", FigureSpec>> = {
  seeds: { ...seeds, key: "seedsPerMinute", floor: 2000, aim: 6000 },
  share: { ...seeds, key: "judgingShare", floor: null, aim: null },
};

function figure(
  spec: FigureSpec,
  standing: ToldFigure["standing"],
  { value = 2500, busyRounds = 0, isDisturbed = false } = {},
): ToldFigure {
  const measured = { value, byWall: value / 2, cpuShare: 0.5, busyRounds, isDisturbed };
  return { spec, ...measured, standing };
}

function report(figures: readonly ToldFigure[]): BenchReport {
  const machine = { processor: "A processor", cores: 2, memoryMegabytes: 8192, node: "20.0.0" };
  return { machine, workload: null, figures, elapsedMs: 2000 };
}

test("a row shows both times, floor, aim and busy rounds", () => {
  const row = benchRow(figure(specs.seeds, "floor", { busyRounds: 3 }), painter, 100);
  const heading = benchHeading(painter, 100);
  // Rows come one by one, and stand under one heading all the same.
  expect(heading.indexOf("figure")).toBe(row.indexOf("workload W"));
  expect(row).toMatch(
    /^✓ floor +2,500 +1,250 +50% +2,000 +6,000 +workload W, seeds\/min \(3 busy rounds\)$/,
  );
});

test("a floor that was missed fails, or says nothing where only busy rounds were there", () => {
  const verdict = (...figures: readonly ToldFigure[]) => benchVerdict(report(figures), painter);
  const good = figure(specs.seeds, "aim");
  expect(verdict(good)).toBe("pass: 1 of 1 floor and 1 aim reached, 2.0 s");
  expect(verdict(good, figure(specs.seeds, "miss"))).toMatch(/^fail: 1 of 2 floors/);
  expect(verdict(figure(specs.seeds, "miss", { busyRounds: 1 }))).toMatch(/^fail/);
  const disturbed = figure(specs.seeds, "miss", { busyRounds: 1, isDisturbed: true });
  expect(verdict(disturbed)).toMatch(/^inconclusive/);
  expect(benchBody(report([disturbed, good]))["disturbed"]).toEqual(["seedsPerMinute"]);
});

test("the conditions name the machine; JSON has figures by key; JUnit one case a floor", () => {
  const share = figure(specs.share, "unjudged", { value: 0.25 });
  const told = report([figure(specs.seeds, "miss", { value: 1 }), share]);
  expect(benchMachine(told.machine)).toBe("A processor, 2 cores, 8.2 GB, Node 20.0.0");
  const body = benchBody(told);
  expect(body["figures"]).toEqual({ seedsPerMinute: 1, judgingShare: 0.25 });
  expect(body["missed"]).toEqual(["seedsPerMinute"]);
  const [suite] = benchJunit(told).suites;
  const cases = suite?.cases.map(({ name, outcome }) => [name, outcome]);
  expect(cases).toEqual([["seedsPerMinute", "failed"]]);
});
