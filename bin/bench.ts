/** `coprsim bench`: how fast simulator and judges are here, against floors and aims. */
import { existsSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import {
  type BenchMachine,
  type BenchReport,
  benchBody,
  benchConditions,
  benchJunit,
  benchTable,
  benchVerdict,
} from "../reports/index.ts";
import { figureSpecs, standingOf } from "../scenarios/bench/index.ts";
import { fullSizes, type Measured, measureAll } from "./bench-measure.ts";
import { readRecorded } from "./bench-recorded.ts";
import { type ExitCode, exitCodes } from "./exit.ts";
import type { Frame } from "./frame.ts";
import { fileName } from "./options.ts";
import { packageRoot } from "./package.ts";
import { startProgress } from "./progress.ts";
import { addReportOptions, openOutputs, type ReportOptions } from "./screen.ts";

type BenchOptions = ReportOptions & { readonly histories?: string };

/** Adds options and the action. */
export function configure(command: Command, frame: Frame): void {
  command
    .description("measure the speed of simulator and judges; about a minute and a half")
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
  const progress = await startProgress({ noun: "figures", total: 10, limitMs: null }, frame);
  let done = 0;
  const measured = await measureAll({
    sizes: fullSizes,
    histories,
    program: existsSync(program) ? program : null,
    next: async () => {
      progress.update({ done: done++, failures: 0 });
      return !interrupt.requested;
    },
  });
  progress.stop();
  const report = told(measured, performance.now() - startedMs);
  for (const line of benchConditions(report)) screen.print(line);
  screen.print("");
  screen.print(benchTable(report, screen.painter, screen.columns));
  screen.print("");
  screen.print(benchVerdict(report, screen.painter));
  finish(codeOf(report), () => ({ json: benchBody(report), junit: benchJunit(report) }));
}

function told({ measurements, workload }: Measured, elapsedMs: number): BenchReport {
  const figures = figureSpecs.flatMap((spec) => {
    const found = measurements.find(({ key }) => key === spec.key);
    return found === undefined ? [] : [{ ...found, spec, standing: standingOf(spec, found.value) }];
  });
  return { machine: machine(), workload, figures, elapsedMs };
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
  return missed.some(({ busyRounds }) => busyRounds > 0) ? exitCodes.inconclusive : exitCodes.fail;
}
