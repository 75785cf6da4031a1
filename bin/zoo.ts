/** `coprsim zoo`: planted historical bugs, to score the test bed itself. */
import { setImmediate as turn } from "node:timers/promises";
import type { Command } from "commander";
import {
  counted,
  shrinkLine,
  type ToldScore,
  type ToldTwin,
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
  type Strategy,
  selectScenarios,
  sizeOf,
  storyOf,
  strategies,
} from "../scenarios/index.ts";
import {
  type BadTwin,
  buildMutant,
  checkMutant,
  examplesFolder,
  type Mutant,
  mutantsFolder,
  readBadTwins,
  readMutants,
  scoreMutant,
  scoreVerifier,
} from "../scenarios/zoo/index.ts";
import { UserError } from "../sim/errors.ts";
import { type ExitCode, exitCodes } from "./exit.ts";
import type { Frame } from "./frame.ts";
import { durationMs, fileName, oneOf, positiveInteger, seed } from "./options.ts";
import { packageVersion } from "./package.ts";
import { startProgress } from "./progress.ts";
import { saveRepro } from "./repro-files.ts";
import { addReportOptions, openOutputs, type ReportOptions, type Screen } from "./screen.ts";
import { fail } from "./seeds.ts";
import { huntTwin, loadTwins } from "./zoo-twins.ts";

type ZooOptions = ReportOptions & {
  readonly mutants?: string;
  readonly seeds: number;
  readonly seed: string;
  readonly strategy: Strategy;
  /** Milliseconds. */
  readonly time?: number;
  readonly check?: boolean;
};

/** Adds arguments, options and the action. */
export function configure(command: Command, frame: Frame): void {
  command
    .description(
      "plant historical bugs and see whether a property convicts each; bad twins of the example " +
        "plugins, too, each by its check",
    )
    .argument("[mutant...]", "ids, or bad twins as NAME/bad-WHAT; all when none is given")
    .option("--mutants <dir>", "a folder of mutant files; without bad twins", fileName)
    .option("--seeds <n>", "at most so many seeds a mutant, or base cases", positiveInteger, 200)
    .option("--seed <text>", "master seed", seed, "1")
    .option("--strategy <name>", strategies.join(", "), oneOf(strategies), "portfolio")
    .option("--time <duration>", "no new seed after this time", durationMs)
    .option("--check", "only see whether all edits still match, and the checks of twins exist");
  addReportOptions(command).action((ids: string[], options: ZooOptions) =>
    zoo(ids, options, frame),
  );
}

/** What is scored. */
type Chosen = { readonly mutants: readonly Mutant[]; readonly twins: readonly BadTwin[] };

async function zoo(ids: readonly string[], options: ZooOptions, frame: Frame): Promise<void> {
  const { screen, finish } = openOutputs("zoo", options, frame);
  const chosen = choose(await readAll(options), ids);
  // All of them first: a stale edit must not show after minutes of hunting.
  for (const mutant of chosen.mutants) checkMutant(mutant, builtInScenarios);
  if (options.check === true) {
    screen.print(`${screen.painter.good("pass")}: ${checkedText(chosen)}`);
    return finish(exitCodes.pass, () => checkedReport(chosen));
  }
  const report = await hunt(chosen, options, frame);
  show(report, screen);
  finish(codeOf(report), () => ({ json: zooBody(report), junit: zooJunit(report) }));
}

/** Twins are those of our own examples: somebody else's folder of mutants comes without. */
async function readAll({ mutants: folder }: ZooOptions): Promise<Chosen> {
  if (folder !== undefined) return { mutants: readMutants(folder), twins: [] };
  return { mutants: readMutants(mutantsFolder), twins: await readBadTwins(examplesFolder) };
}

function choose(all: Chosen, ids: readonly string[]): Chosen {
  if (ids.length === 0) return all;
  const known = new Set([...all.mutants, ...all.twins].map(({ id }) => id));
  const unknown = ids.find((id) => !known.has(id));
  if (unknown !== undefined) {
    const hint = "`coprsim list mutants` and `coprsim list plugins` show all";
    const message = `no such mutant or bad twin: ${unknown}`;
    throw new UserError(message, { code: "usage", where: "", hint });
  }
  return {
    mutants: all.mutants.filter(({ id }) => ids.includes(id)),
    twins: all.twins.filter(({ id }) => ids.includes(id)),
  };
}

async function hunt(chosen: Chosen, options: ZooOptions, frame: Frame): Promise<ZooReport> {
  const twins = await loadTwins(chosen.twins);
  const startedMs = performance.now();
  const interrupt = frame.listenForInterrupt();
  const total = chosen.mutants.length + twins.length;
  const limitMs = options.time ?? null;
  const progress = await startProgress({ noun: "bugs", total, limitMs }, frame);
  const stops = () =>
    interrupt.requested || (limitMs !== null && performance.now() - startedMs > limitMs);
  const { seeds, seed: master, strategy } = options;
  const frames = { seeds, master, strategy, stops };
  const scores: ToldScore[] = [];
  const told: ToldTwin[] = [];
  const untried: string[] = [];
  const tell = () => {
    const all = [...scores, ...told];
    const failures = all.filter(({ score }) => !score.killed).length;
    progress.update({ done: all.length + untried.length, failures });
  };
  // Cut short without a kill, one neither survived nor died.
  const isJudged = ({ score }: ToldScore | ToldTwin) => score.killed || !stops();
  for (const mutant of chosen.mutants) {
    const hunted = stops() ? null : await huntMutant(mutant, frames);
    if (hunted !== null && isJudged(hunted)) scores.push(hunted);
    else untried.push(mutant.id);
    tell();
  }
  for (const loaded of twins) {
    const hunted = stops() ? null : await huntTwin(loaded, frames);
    if (hunted !== null && isJudged(hunted)) told.push(hunted);
    else untried.push(loaded.twin.id);
    tell();
  }
  progress.stop();
  return { scores, twins: told, untried, elapsedMs: performance.now() - startedMs };
}

export type HuntOptions = {
  readonly seeds: number;
  readonly master: string;
  readonly strategy: Strategy;
  readonly stops: () => boolean;
};

/** A mutant's score, and the smallest story of its kill with the file it was written to. */
export type Hunted = ToldScore & { readonly repro: Repro | null };

/** Time for the smallest story of one kill. */
const shrinkMs = 20_000;

/** Hunts one mutant; a kill is shrunk and kept as a repro file. */
export async function huntMutant(
  mutant: Mutant,
  { seeds, master, strategy, stops }: HuntOptions,
): Promise<Hunted> {
  const frame = {
    mutant,
    clockMs: () => performance.now(),
    turn,
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
    choices: { fidelity: "tikv", timing: "fast", strategy },
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

function codeOf({ scores, twins, untried }: ZooReport): ExitCode {
  if ([...scores, ...twins].some(({ score }) => !score.killed)) return exitCodes.fail;
  return untried.length > 0 ? exitCodes.inconclusive : exitCodes.pass;
}

function checkedText({ mutants, twins }: Chosen): string {
  const parts: string[] = [];
  if (mutants.length > 0) parts.push(`all edits of ${counted(mutants.length, "mutant")} match`);
  if (twins.length > 0) parts.push(`the checks of ${counted(twins.length, "bad twin")} exist`);
  return parts.join(", ");
}

function checkedReport({ mutants, twins }: Chosen): {
  readonly json: Readonly<Record<string, unknown>>;
  readonly junit: { readonly suites: readonly never[] };
} {
  const checkedTwins = twins.map(({ id, check }) => ({ id, check: check.id }));
  const json = { checked: mutants.map(({ id }) => id), checkedTwins };
  return { json, junit: { suites: [] } };
}
