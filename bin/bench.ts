/** `coprsim bench`: how fast simulator and judges are here, against floors and aims. */
import { existsSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import {
  type BenchMachine,
  type BenchReport,
  benchBody,
  benchHeading,
  benchJunit,
  benchMachine,
  benchRow,
  benchVerdict,
  benchWorkload,
  type ToldFigure,
} from "../reports/index.ts";
import { figureSpecs, standingOf } from "../scenarios/bench/index.ts";
import { assert } from "../sim/assert.ts";
import { fullSizes, type Measurement, measureAll } from "./bench-measure.ts";
import { readRecorded } from "./bench-recorded.ts";
import { type ExitCode, exitCodes } from "./exit.ts";
import type { Frame } from "./frame.ts";
import { fileName } from "./options.ts";
import { packageRoot } from "./package.ts";
import { addReportOptions, openOutputs, type ReportOptions } from "./screen.ts";

type BenchOptions = ReportOptions & { readonly histories?: string };

/** Adds options and the action. */
export function configure(command: Command, frame: Frame): void {
  command
    .description("measure the speed of simulator and judges; one to two minutes")
    .option(
      "--histories <dir>",
      "judge recorded histories: expected.json names files and models",
      fileName,
    );
  addReportOptions(command).action((options: BenchOptions) => bench(options, frame));
}

async function bench(options: BenchOptions, frame: Frame): Promise<void> {
  const { screen, finish } = openOutputs("bench", options, frame);
  const histories = options.histories === undefined ? null : readRecorded(options.histories, frame);
  const program = join(packageRoot(), "dist", "coprsim.js");
  const startedMs = performance.now();
  const interrupt = frame.listenForInterrupt();
  const about = machine();
  screen.print(benchMachine(about));
  screen.print("");
  screen.print(benchHeading(screen.painter, screen.columns));
  const figures: ToldFigure[] = [];
  const { workload } = await measureAll({
    sizes: fullSizes,
    histories,
    program: existsSync(program) ? program : null,
    next: () => Promise.resolve(!interrupt.requested),
    interrupted: () => interrupt.requested,
    measured: (measurement) => {
      const figure = told(measurement);
      figures.push(figure);
      screen.print(benchRow(figure, screen.painter, screen.columns));
    },
  });
  const elapsedMs = performance.now() - startedMs;
  const report: BenchReport = { machine: about, workload, figures, elapsedMs };
  screen.print("");
  for (const line of workload === null ? [] : benchWorkload(workload)) screen.print(line);
  screen.print(benchVerdict(report, screen.painter));
  finish(codeOf(report), () => ({ json: benchBody(report), junit: benchJunit(report) }));
}

function told(measurement: Measurement): ToldFigure {
  const spec = figureSpecs.find(({ key }) => key === measurement.key);
  assert(spec !== undefined, "every figure has its floor and its aim");
  return { ...measurement, spec, standing: standingOf(spec, measurement.value) };
}

function machine(): BenchMachine {
  return {
    processor: cpus()[0]?.model.trim() ?? "unknown processor",
    cores: availableParallelism(),
    memoryMegabytes: Math.round(totalmem() / 1e6),
    node: process.versions.node,
  };
}

/** A floor missed on a machine that was busy with other things, too, says nothing. */
function codeOf({ figures }: BenchReport): ExitCode {
  const missed = figures.filter(({ standing }) => standing === "miss");
  if (missed.length === 0) return exitCodes.pass;
  return missed.some(({ isDisturbed }) => isDisturbed) ? exitCodes.inconclusive : exitCodes.fail;
}
