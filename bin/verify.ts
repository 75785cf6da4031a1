/** `coprsim verify`: what a plugin must pass before production. */
import { setImmediate as turn } from "node:timers/promises";
import type { Command } from "commander";
import type { Config } from "../nodes/index.ts";
import {
  checkLine,
  costBlock,
  costOutcome,
  findingBlock,
  type HostLimitations,
  levelLine,
  matrixTable,
  type ToldFinding,
  targetLines,
  unloadableBlock,
  type VerifyReport,
  verifyBody,
  verifyJunit,
  verifyOutcome,
  verifyVerdict,
} from "../reports/index.ts";
import {
  type CheckId,
  type CheckReport,
  checkById,
  checkCatalogue,
  checksUpTo,
  downgradedClasses,
  errorClasses,
  hintAdvice,
  type Level,
  levelOf,
  levelStanding,
  levels,
  runChecks,
} from "../scenarios/verify/index.ts";
import { digestText } from "../sim/bytes.ts";
import { readConfigFile } from "./config-file.ts";
import { addCostOptions, type CostOptions, finishCosts, prepareCosts } from "./cost-files.ts";
import { exitCodes } from "./exit.ts";
import type { Frame, Interrupt } from "./frame.ts";
import { durationMs, fileName, oneOf, positiveInteger, repeated, seed } from "./options.ts";
import { packageVersion } from "./package.ts";
import { startProgress } from "./progress.ts";
import { addReportOptions, openOutputs, type ReportOptions, type Screen } from "./screen.ts";
import { saveFinding } from "./verify-files.ts";
import { subjectOf } from "./verify-subject.ts";
import { type LoadedTarget, loadTarget } from "./verify-target.ts";

type VerifyOptions = ReportOptions &
  CostOptions & {
    readonly contract?: string;
    readonly config?: string;
    readonly level?: Level;
    readonly check?: readonly CheckId[];
    readonly seeds: number;
    readonly seed: string;
    /** Milliseconds. */
    readonly time: number;
    readonly fidelity: "tikv" | "contract";
  };

type CheckOptions = Omit<VerifyOptions, "config">;
type ConfiguredOptions = CheckOptions & { readonly config: Config };

/** Adds arguments, options and the action. */
export function configure(command: Command, frame: Frame): void {
  const ids = checkCatalogue.map(({ id }) => id);
  command
    .description(
      "verify a plugin: layouts, errors, panics, malformed requests; failures are shrunk",
    )
    .argument("<plugin>", "a plugin artefact, or the folder of an example", fileName)
    .option(
      "--contract <file>",
      "a *.contract.ts, or built-in:NAME; default: its plugin.json's",
      fileName,
    )
    .option("--level <level>", "every check that L0, L1, L2 or L3 asks for", oneOf(levels))
    .option("--check <id>", `only this check (${ids.join(", ")}); repeatable`, repeated(oneOf(ids)))
    .option("--seeds <n>", "base cases of each check", positiveInteger, 60)
    .option("--seed <text>", "where chance begins", seed, "1")
    .option("--time <duration>", "time for all checks together", durationMs, 60_000)
    .option("--config <file>", "a tikv.toml, for the simulated cluster", fileName)
    .option("--fidelity <which>", "tikv or contract", oneOf(["tikv", "contract"]), "tikv");
  addReportOptions(addCostOptions(command)).action((path: string, options: VerifyOptions) =>
    verify(path, options, frame),
  );
}

async function verify(path: string, options: VerifyOptions, frame: Frame): Promise<void> {
  const { screen, finish } = openOutputs("verify", options, frame);
  const { print, painter } = screen;
  const loaded = await loadTarget(path, options.contract);
  const runsCosts = loaded.contract !== null && chosenChecks(options).some(({ id }) => id === "C7");
  const measurement = { ...options, contract: loaded.target.contract };
  const costWork = prepareCosts(options, { runsCosts, measurement, frame });
  const facts = `fidelity ${options.fidelity}  seed ${options.seed}`;
  print(painter.dim(`coprsim ${packageVersion()}  ${facts}`));
  const { config, warnings } = readConfigFile(options.config, "fast", frame);
  for (const text of warnings) screen.say(painter.warn(`${options.config}: ${text}`), { hang: 2 });
  const startedMs = performance.now();
  const interrupt = frame.listenForInterrupt();
  const { target } = loaded;
  let checks: readonly CheckReport[] = [];
  if (loaded.kind === "ready") {
    print(targetLines(target, painter));
    checks = await runAll(loaded, { ...options, config }, { frame, interrupt });
    showChecks(checks, options, screen);
  }
  const report: VerifyReport = {
    target,
    unloadable: loaded.kind === "unloadable" ? loaded.reason : null,
    checks,
    levelOf: new Map(checks.map(({ id }) => [id, levelOf(id)])),
    findings: tellFindings(checks, loaded, { ...options, config, painter }),
    costs: finishCosts(costWork, { ...options, checks, target }, frame),
    level: levelStanding(checks, options.level ?? null),
    fidelity: options.fidelity,
    seed: options.seed,
    elapsedMs: performance.now() - startedMs,
    interrupted: interrupt.requested,
  };
  showEnd(report, screen);
  finish(exitCodes[verifyOutcome(report)], () => ({
    json: verifyBody(report),
    junit: verifyJunit(report),
  }));
}

async function runAll(
  loaded: LoadedTarget & { readonly kind: "ready" },
  options: ConfiguredOptions,
  { frame, interrupt }: { readonly frame: Frame; readonly interrupt: Interrupt },
): Promise<readonly CheckReport[]> {
  const checks = chosenChecks(options);
  const subject = await subjectOf(loaded, options);
  const limitMs = options.time;
  const progress = await startProgress({ noun: "checks", total: checks.length, limitMs }, frame);
  try {
    return await runChecks({
      subject,
      checks,
      seeds: options.seeds,
      seed: digestText(options.seed) | 0,
      timeMs: limitMs,
      clockMs: () => performance.now(),
      turn,
      stops: () => interrupt.requested,
      progress: (done, failures) => progress.update({ done, failures }),
    });
  } finally {
    progress.stop();
  }
}

function chosenChecks({ check: ids, level }: CheckOptions) {
  if (ids !== undefined) return checkCatalogue.filter(({ id }) => ids.includes(id));
  const asked = level === undefined ? null : checksUpTo(level);
  return checkCatalogue.filter(({ id }) => asked?.includes(id) ?? true);
}

/** With fidelity `contract`, errors keep their class: nothing is lost that a plugin returned. */
function limitationsOf({ fidelity }: CheckOptions): HostLimitations {
  return { classes: errorClasses, downgraded: fidelity === "tikv" ? downgradedClasses : [] };
}

function showChecks(
  checks: readonly CheckReport[],
  options: VerifyOptions,
  { print, painter }: Screen,
): void {
  for (const level of levels) {
    const own = checks.filter(({ id }) => levelOf(id) === level);
    if (own.length > 0) print(painter.strong(`${level} ${levelWords[level]}`));
    for (const check of own) print(checkLine(check, limitationsOf(options), painter));
  }
}

const levelWords: Readonly<Record<Level, string>> = {
  L0: "loads",
  L1: "single node",
  L2: "cluster",
  L3: "operable",
};

function tellFindings(
  checks: readonly CheckReport[],
  { target }: LoadedTarget,
  options: ConfiguredOptions & Pick<Screen, "painter">,
): readonly ToldFinding[] {
  const { seed, fidelity, config, painter } = options;
  return checks.flatMap((check) => {
    const { finding } = check;
    if (finding === null) return [];
    const { hint } = finding.complaint;
    const file = saveFinding(finding, { target, seed, fidelity, config });
    const sentence = checkById(finding.check)?.sentence ?? "";
    const matrix = check.matrix === null ? "" : matrixTable(check, limitationsOf(options), painter);
    return [{ finding, sentence, advice: hintAdvice[hint], hint, file, matrix }];
  });
}

/** The last line of a failure is the one command to paste, else what may be claimed. */
function showEnd(report: VerifyReport, { print, painter }: Screen): void {
  const { findings, target, unloadable, costs } = report;
  if (unloadable !== null) print(unloadableBlock(report, painter));
  if (costs !== null) print(costBlock(costs, painter));
  for (const told of findings) print(`\n${findingBlock(told, painter)}`);
  print("");
  print(verifyVerdict(report, painter));
  print(levelLine(report.level));
  const [first] = findings;
  if (first !== undefined) print(painter.name(`coprsim replay ${first.file}`));
  else if (unloadable !== null) print(painter.name(`coprsim inspect ${target.artefact}`));
  else if (costs !== null && costOutcome(costs) === "fail") print(painter.name(costs.accept));
}
