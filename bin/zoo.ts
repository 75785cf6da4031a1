/** `coprsim zoo`: planted historical bugs, to score the test bed itself. */
import type { Command } from "commander";
import {
  shrinkLine,
  type ToldScore,
  type ZooReport,
  zooBody,
  zooJunit,
  zooTable,
  zooVerdict,
} from "../reports/index.ts";
import {
  builtInScenarios,
  PreparedEnvironment,
  type Repro,
  selectScenarios,
  sizeOf,
  storyOf,
} from "../scenarios/index.ts";
import {
  buildMutant,
  checkMutant,
  type Mutant,
  mutantsFolder,
  readMutants,
  scoreMutant,
  scoreVerifier,
} from "../scenarios/zoo/index.ts";
import { UserError } from "../sim/errors.ts";
import { type ExitCode, exitCodes } from "./exit.ts";
import type { Frame } from "./frame.ts";
import { durationMs, fileName, positiveInteger, seed } from "./options.ts";
import { packageVersion } from "./package.ts";
import { startProgress } from "./progress.ts";
import { saveRepro } from "./repro-files.ts";
import { addReportOptions, openOutputs, type ReportOptions, type Screen } from "./screen.ts";
import { fail } from "./seeds.ts";

type ZooOptions = ReportOptions & {
  readonly mutants: string;
  readonly seeds: number;
  readonly seed: string;
  /** Milliseconds. */
  readonly time?: number;
  readonly check?: boolean;
};

/** Adds arguments, options and the action. */
export function configure(command: Command, frame: Frame): void {
  command
    .description("plant historical bugs and see whether a property convicts each of them")
    .argument("[mutant...]", "ids; all when none is given")
    .option("--mutants <dir>", "a folder of mutant files", fileName, mutantsFolder)
    .option("--seeds <n>", "at most so many seeds a mutant", positiveInteger, 200)
    .option("--seed <text>", "master seed", seed, "1")
    .option("--time <duration>", "no new seed after this time", durationMs)
    .option("--check", "only see whether every edit still matches exactly once");
  addReportOptions(command).action((ids: string[], options: ZooOptions) =>
    zoo(ids, options, frame),
  );
}

async function zoo(ids: readonly string[], options: ZooOptions, frame: Frame): Promise<void> {
  const { screen, finish } = openOutputs("zoo", options, frame);
  const mutants = choose(readMutants(options.mutants), ids);
  // All of them first: a stale edit must not show after minutes of hunting.
  for (const mutant of mutants) checkMutant(mutant, builtInScenarios);
  if (options.check === true) {
    screen.print(`${screen.painter.good("pass")}: all edits of ${mutants.length} mutants match`);
    return finish(exitCodes.pass, () => emptyReport(mutants));
  }
  const startedMs = performance.now();
  const interrupt = frame.listenForInterrupt();
  const progress = await startProgress(
    { noun: "mutants", total: mutants.length, limitMs: options.time ?? null },
    frame,
  );
  const stops = () =>
    interrupt.requested ||
    (options.time !== undefined && performance.now() - startedMs > options.time);
  const scores: ToldScore[] = [];
  const untried: string[] = [];
  for (const mutant of mutants) {
    const { seeds, seed: master } = options;
    const hunted = stops() ? null : await huntMutant(mutant, { seeds, master, stops });
    // Cut short without a kill, it neither survived nor died.
    const isJudged = hunted !== null && (hunted.score.killed || !stops());
    if (isJudged) scores.push(hunted);
    else untried.push(mutant.id);
    const failures = scores.filter((one) => !one.score.killed).length;
    progress.update({ done: scores.length + untried.length, failures });
  }
  progress.stop();
  const report: ZooReport = { scores, untried, elapsedMs: performance.now() - startedMs };
  show(report, screen);
  finish(codeOf(report), () => ({ json: zooBody(report), junit: zooJunit(report) }));
}

function choose(mutants: readonly Mutant[], ids: readonly string[]): readonly Mutant[] {
  if (ids.length === 0) return mutants;
  return ids.map((id) => {
    const found = mutants.find((mutant) => mutant.id === id);
    if (found !== undefined) return found;
    const hint = "`coprsim list mutants` shows all";
    throw new UserError(`no such mutant: ${id}`, { code: "usage", where: "", hint });
  });
}

export type HuntOptions = {
  readonly seeds: number;
  readonly master: string;
  readonly stops: () => boolean;
};

/** A mutant's score, and the smallest story of its kill with the file it was written to. */
export type Hunted = ToldScore & { readonly repro: Repro | null };

/** Time for the smallest story of one kill. */
const shrinkMs = 20_000;

/** Hunts one mutant; a kill is shrunk and kept as a repro file. */
export async function huntMutant(
  mutant: Mutant,
  { seeds, master, stops }: HuntOptions,
): Promise<Hunted> {
  const frame = {
    mutant,
    clockMs: () => performance.now(),
    turn: () => new Promise<void>((resolve) => setImmediate(resolve)),
    stops,
    onFailure: fail,
  };
  if (mutant.component === "verify") {
    return { score: await scoreVerifier(frame), repro: null, file: null, story: null };
  }
  const score = await scoreMutant({
    ...frame,
    scenarios: selectScenarios(mutant.suites, builtInScenarios),
    seeds,
    master,
    choices: { fidelity: "tikv", timing: "fast", strategy: "portfolio" },
  });
  const { failure } = score;
  if (failure === null) return { score, repro: null, file: null, story: null };
  const system = await buildMutant(mutant, { assertions: true });
  const prepared = new PreparedEnvironment({ system, onFailure: fail });
  await prepared.prepareFor(failure.plan);
  const startedMs = performance.now();
  const repro = storyOf({
    environment: prepared.environment,
    failure,
    mutant: mutant.id,
    toolVersion: packageVersion(),
    expired: () => stops() || performance.now() - startedMs > shrinkMs,
  });
  const seconds = (performance.now() - startedMs) / 1000;
  const story = { original: repro.original, shrunk: sizeOf(repro.plan), seconds };
  return { score, repro, file: saveRepro(repro, mutant.id), story };
}

function show(report: ZooReport, { print, say, painter, columns }: Screen): void {
  print(zooTable(report, painter, columns));
  print("");
  const shrinking = shrinkLine(report);
  if (shrinking !== null) say(shrinking, { hang: 2 });
  print(zooVerdict(report, painter));
}

function codeOf({ scores, untried }: ZooReport): ExitCode {
  if (scores.some(({ score: one }) => !one.killed)) return exitCodes.fail;
  return untried.length > 0 ? exitCodes.inconclusive : exitCodes.pass;
}

function emptyReport(mutants: readonly Mutant[]): {
  readonly json: Readonly<Record<string, unknown>>;
  readonly junit: { readonly suites: readonly never[] };
} {
  return { json: { checked: mutants.map(({ id }) => id) }, junit: { suites: [] } };
}
