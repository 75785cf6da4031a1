/** `coprsim run`: scenario suites over many seeds. The daily driver. */
import type { Command } from "commander";
import {
  failureBlock,
  printable,
  type RunReport,
  runBody,
  runJunit,
  runOutcome,
  scenarioLine,
  type ToldFailure,
  verdictLine,
} from "../reports/index.ts";
import {
  attributionOf,
  type Failure,
  PreparedEnvironment,
  propertySentence,
  type Scenario,
  type ScenarioReport,
  type System,
  storyOf,
  strategies,
} from "../scenarios/index.ts";
import { readConfigFile } from "./config-file.ts";
import { exitCodes } from "./exit.ts";
import { failpointSettings } from "./failpoint-settings.ts";
import type { Frame, Interrupt } from "./frame.ts";
import { durationMs, fileName, oneOf, positiveInteger, repeated, seed } from "./options.ts";
import { packageVersion } from "./package.ts";
import { startProgress } from "./progress.ts";
import { replayPinned } from "./regressions.ts";
import { saveRepro } from "./repro-files.ts";
import { loadScenarios } from "./scenario-files.ts";
import { addReportOptions, openOutputs, type ReportOptions, type Screen } from "./screen.ts";
import { chosen, fail, runSeeds, type SeedsHooks, type SeedsJob } from "./seeds.ts";
import { runWorkers } from "./seeds-child.ts";
import { compareTwin } from "./twin.ts";

type RunOptions = ReportOptions & {
  readonly seeds: number;
  readonly seed: string;
  /** Milliseconds. */
  readonly time?: number;
  readonly workers: number;
  readonly fidelity: "tikv" | "contract";
  readonly timing: "fast" | "tikv";
  readonly strategy: (typeof strategies)[number];
  readonly failpoint?: readonly string[];
  readonly config?: string;
  readonly twin?: boolean;
};

/** Adds arguments, options and the action. */
export function configure(command: Command, frame: Frame): void {
  command
    .description("run scenarios over many seeds; failures are shrunk and kept as repro files")
    .argument("[scenario...]", "scenarios, suites, *.scenario.ts or *.plan.json", ["smoke"])
    .option("--seeds <n>", "seeds of each scenario", positiveInteger, 100)
    .option("--seed <text>", "master seed S: seed i is S/i", seed, "1")
    .option("--time <duration>", "no new seed after this time", durationMs)
    .option("--workers <n>", "processes that share the seeds", positiveInteger, 1)
    .option(
      "--fidelity <which>",
      "tikv as it is, or contract: what a careful host promises",
      oneOf(["tikv", "contract"]),
      "tikv",
    )
    .option("--timing <profile>", "fast or tikv", oneOf(["fast", "tikv"]), "fast")
    .option("--strategy <name>", strategies.join(", "), oneOf(strategies), "portfolio")
    .option(
      "--failpoint <setting>",
      "name=actions, on every store until healing begins; may be repeated",
      repeated((text) => text),
    )
    .option("--config <file>", "a tikv.toml: the keys that `list config` names", fileName)
    .option("--twin", "run every seed again in another process and compare the hashes");
  addReportOptions(command).action((words: string[], options: RunOptions) =>
    run(words, options, frame),
  );
}

async function run(words: readonly string[], options: RunOptions, frame: Frame): Promise<void> {
  const { screen, finish } = openOutputs("run", options, frame);
  const failpoints = failpointSettings(options.failpoint ?? [], frame.environment.failpoints);
  const { timing, strategy } = options;
  const { config, warnings } = readConfigFile(options.config, timing, frame);
  const choices = { fidelity: options.fidelity, timing, strategy };
  const job: SeedsJob = {
    scenarios: words,
    seeds: options.seeds,
    firstSeed: 0,
    master: options.seed,
    choices,
    failpoints,
    config,
  };
  const scenarios = chosen(await loadScenarios(words), job);
  const { painter } = screen;
  const model = `fidelity ${options.fidelity}  timing ${timing}`;
  const facts = `seed ${job.master}  ${model}  strategy ${strategy}`;
  screen.print(painter.dim(`coprsim ${packageVersion()}  ${facts}`));
  for (const { name, actions } of failpoints) {
    screen.print(painter.dim(`failpoint ${printable(name)}=${printable(actions)}`));
  }
  for (const text of warnings) screen.say(painter.warn(`${options.config}: ${text}`), { hang: 2 });
  const startedMs = performance.now();
  const interrupt = frame.listenForInterrupt();
  const pinned = await replayPinned(screen);
  const reports = await runAll(scenarios, job, { options, frame, interrupt, startedMs });
  showSuites(reports, screen);
  const failures = await tellFailures(reports, { system: null, mutant: null, interrupt });
  const twin = options.twin === true ? await compareTwin(job, reports) : null;
  const report: RunReport = {
    scenarios: reports,
    failures,
    pinned,
    elapsedMs: performance.now() - startedMs,
    twin,
    interrupted: interrupt.requested,
  };
  showEnd(report, screen);
  finish(exitCodes[runOutcome(report)], () => ({ json: runBody(report), junit: runJunit(report) }));
}

type RunContext = {
  readonly options: RunOptions;
  readonly frame: Frame;
  readonly interrupt: Interrupt;
  readonly startedMs: number;
};

async function runAll(
  scenarios: readonly Scenario[],
  job: SeedsJob,
  { options, frame, interrupt, startedMs }: RunContext,
): Promise<readonly ScenarioReport[]> {
  const total = scenarios.length * options.seeds;
  const limitMs = options.time ?? null;
  const progress = await startProgress({ noun: "seeds", total, limitMs }, frame);
  try {
    const hooks: SeedsHooks = {
      stops: () =>
        interrupt.requested || (limitMs !== null && performance.now() - startedMs > limitMs),
      progress: (done, failures) => progress.update({ done, failures }),
    };
    // More processes than seeds of a scenario would have nothing to do.
    const workers = Math.min(options.workers, options.seeds);
    if (workers === 1) return await runSeeds(scenarios, job, hooks);
    return await runWorkers(scenarios, job, { ...hooks, workers });
  } finally {
    progress.stop();
  }
}

function showSuites(reports: readonly ScenarioReport[], screen: Screen): void {
  const { print, painter, columns } = screen;
  let suite: string | null = null;
  for (const report of reports) {
    const own = report.scenario.suites[0] ?? "yours";
    if (own !== suite) print(painter.strong(`suite ${own}`));
    suite = own;
    print(scenarioLine(report, painter, columns));
  }
}

/** The last line of a failure is the one command to paste. */
function showEnd(report: RunReport, { print, painter, columns }: Screen): void {
  for (const failure of report.failures) print(`\n${failureBlock(failure, painter, columns)}`);
  if (report.failures.length > 0) print("");
  print(verdictLine(report, painter));
  const [first] = report.failures;
  if (first !== undefined) print(painter.name(`coprsim replay ${first.file}`));
}

export type TellOptions = {
  readonly system: System | null;
  readonly mutant: string | null;
  readonly interrupt: Interrupt;
};

/** Time for the smallest story of one failure. */
const shrinkMs = 20_000;

/** Shrinks each distinct failure and writes its repro file. */
export async function tellFailures(
  reports: readonly ScenarioReport[],
  options: TellOptions,
): Promise<readonly ToldFailure[]> {
  const told: ToldFailure[] = [];
  for (const { scenario, failures, failedSeeds, seeds } of reports) {
    for (const failure of failures) {
      const { repro, attribution } = await smallestStory(failure, options);
      const file = saveRepro(repro, scenario.name);
      const sentence = propertySentence(repro.violation.property);
      const { name } = scenario;
      told.push({ scenario: name, sentence, repro, attribution, file, failedSeeds, seeds });
    }
  }
  return told;
}

async function smallestStory(
  failure: Failure,
  { system, mutant, interrupt }: TellOptions,
): Promise<Pick<ToldFailure, "repro" | "attribution">> {
  const prepared = new PreparedEnvironment({ system, onFailure: fail });
  await prepared.prepareFor(failure.plan);
  const startedMs = performance.now();
  const { environment } = prepared;
  const repro = storyOf({
    environment,
    failure,
    mutant,
    toolVersion: packageVersion(),
    expired: () => interrupt.requested || performance.now() - startedMs > shrinkMs,
  });
  return { repro, attribution: attributionOf(environment, repro) };
}
