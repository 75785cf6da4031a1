/** `coprsim replay`: one failure again, bit for bit. */
import type { Command } from "commander";
import { counted, type JunitReport, printable } from "../reports/index.ts";
import {
  formatTrace,
  PreparedEnvironment,
  propertySentence,
  type Repro,
  runPlan,
  type Scenario,
  storyOf,
  type Violation,
  withFailpoints,
} from "../scenarios/index.ts";
import { UserError } from "../sim/errors.ts";
import type { Environment } from "./environment.ts";
import { type ExitCode, exitCodes } from "./exit.ts";
import { failpointSettings } from "./failpoint-settings.ts";
import type { Frame } from "./frame.ts";
import { mutantSystem } from "./mutants.ts";
import { durationMs } from "./options.ts";
import { packageVersion } from "./package.ts";
import { type Replayed, replayRepro } from "./replay-run.ts";
import { replayFinding } from "./replay-verify.ts";
import { loadRepro, pinRepro, saveRepro, storedRepros } from "./repro-files.ts";
import { loadScenarios } from "./scenario-files.ts";
import { addReportOptions, openOutputs, type ReportOptions, type Screen } from "./screen.ts";
import { fail } from "./seeds.ts";
import { findingIn } from "./verify-files.ts";

type ReplayOptions = ReportOptions & {
  readonly mutant?: string;
  readonly trace?: boolean;
  /** Milliseconds of virtual time. */
  readonly until?: number;
  readonly shrink?: boolean;
  readonly pin?: boolean;
  readonly all?: boolean;
};

/** Adds arguments, options and the action. */
export function configure(command: Command, frame: Frame): void {
  command
    .description("run a recorded failure again: 1 it reproduces, 0 it is fixed")
    .argument("[repro]", "a repro file, its name under .coprsim/failures/, or scenario:seed")
    .option("--mutant <id>", "plant this mutant instead of the recorded one; none = real code")
    .option("--trace", "print every event")
    .option("--until <time>", "print the trace only up to this virtual time", durationMs)
    .option("--shrink", "search for a smaller story of the same failure")
    .option("--pin", "copy the repro into regressions/, which run replays first")
    .option("--all", "replay every failure under .coprsim/failures/");
  addReportOptions(command).action((name: string | undefined, options: ReplayOptions) =>
    replay(name, options, frame),
  );
}

async function replay(
  name: string | undefined,
  options: ReplayOptions,
  frame: Frame,
): Promise<void> {
  const { screen, finish } = openOutputs("replay", options, frame);
  if ((name === undefined) === (options.all !== true)) {
    const hint = "expected one repro file or scenario:seed, or --all";
    throw new UserError("what to replay?", { code: "usage", where: "", hint });
  }
  const results: Row[] = [];
  if (name === undefined) {
    for (const file of storedRepros()) results.push(await replayFile(file, options, screen));
  } else if (/^[\w.-]+:.+$/.test(name)) {
    results.push(await replaySeed(name, options, { screen, environment: frame.environment }));
  } else results.push(await replayFile(name, options, screen));
  const reproduces = results.filter(({ outcome }) => outcome === "reproduces").length;
  if (results.length !== 1) {
    const fixed = results.length - reproduces;
    screen.print(`${counted(results.length, "repro")}: ${reproduces} reproduce, ${fixed} fixed`);
  }
  const code: ExitCode = reproduces > 0 ? exitCodes.fail : exitCodes.pass;
  finish(code, () => ({ json: { replays: results }, junit: junitOf(results) }));
}

type Row = {
  readonly name: string;
  readonly outcome: "reproduces" | "fixed";
  readonly property: string;
  readonly message: string;
  readonly hash: string;
  readonly sameHash: boolean;
};

async function replayFile(name: string, options: ReplayOptions, screen: Screen): Promise<Row> {
  const finding = findingIn(name);
  if (finding !== null) return replayFinding(finding, { pin: options.pin === true }, screen);
  const { file, repro } = loadRepro(name);
  const { print, say, painter } = screen;
  const mutant = chosenMutant(repro, options);
  const head = `${file}: ${repro.plan.scenario}, seed ${repro.seed}, ${codeText(mutant)}`;
  say(painter.dim(head), { hang: 2 });
  const replayed = await replayRepro(repro, { mutant, keepTrace: options.trace === true });
  if (options.trace === true) printTrace(replayed, options, screen);
  for (const artefact of replayed.changedPlugins) {
    say(painter.warn(`plugin ${artefact} is not the recorded one; it was replayed all the same`));
  }
  showOutcome(repro, replayed, screen);
  if (options.pin === true) print(`pinned as ${painter.name(pinRepro(file))}`);
  if (options.shrink === true) await shrinkMore(repro, { mutant, replayed, screen });
  const { outcome, violation, result, sameHash } = replayed;
  const { property, message } = violation ?? repro.violation;
  return { name: file, outcome, property, message, hash: result.hash, sameHash };
}

function chosenMutant(repro: Repro, { mutant }: ReplayOptions): string | null {
  if (mutant === undefined) return repro.mutant;
  return mutant === "none" ? null : mutant;
}

const codeText = (mutant: string | null): string =>
  mutant === null ? "the real code" : `with mutant ${mutant} planted`;

function showOutcome(repro: Repro, replayed: Replayed, { print, say, painter }: Screen): void {
  const { violation, sameHash, result } = replayed;
  if (violation === null) {
    print(`${painter.good("fixed")}: ${repro.violation.property} holds (hash ${result.hash})`);
    return;
  }
  const hash = sameHash
    ? `hash ${result.hash}, bit for bit as recorded`
    : `hash ${result.hash}, recorded ${repro.hash}: the code took another way to it`;
  print(`${painter.bad("reproduces")}: "${propertySentence(violation.property)}"`);
  say(printable(violation.message), { indent: 2 });
  for (const line of violation.details) {
    if (line === "") print("");
    else say(painter.dim(printable(line)), { indent: 4 });
  }
  print(`  ${painter.dim(hash)}`);
}

function printTrace({ result }: Replayed, { until }: ReplayOptions, { print }: Screen): void {
  const untilUs = until === undefined ? Number.POSITIVE_INFINITY : until * 1000;
  for (const line of formatTrace(result.trace, untilUs)) print(line);
}

async function shrinkMore(
  repro: Repro,
  {
    mutant,
    replayed,
    screen,
  }: { readonly mutant: string | null; readonly replayed: Replayed; readonly screen: Screen },
): Promise<void> {
  const { violation, result } = replayed;
  if (violation === null) return;
  const startedMs = performance.now();
  const { plan, seed } = repro;
  const smaller = await storyFrom(mutant, {
    scenario: plan.scenario,
    seed,
    plan,
    violation,
    result,
  });
  const file = saveRepro({ ...smaller, original: repro.original }, plan.scenario);
  const { faults, operations } = smaller.plan;
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  screen.print(
    `shrunk in ${seconds} s to ${counted(faults.length, "fault")} and ` +
      `${counted(operations.length, "operation")}: ${screen.painter.name(file)}`,
  );
}

type Found = {
  readonly scenario: string;
  readonly seed: string;
  readonly plan: Repro["plan"];
  readonly violation: Violation;
  readonly result: { readonly hash: string };
};

async function storyFrom(mutant: string | null, found: Found): Promise<Repro> {
  const system = mutant === null ? null : await mutantSystem(mutant);
  const prepared = new PreparedEnvironment({ system, onFailure: fail });
  await prepared.prepareFor(found.plan);
  const startedMs = performance.now();
  const { scenario, seed, plan, violation, result } = found;
  return storyOf({
    environment: prepared.environment,
    failure: { scenario, seed, plan, violation, hash: result.hash },
    mutant,
    toolVersion: packageVersion(),
    expired: () => performance.now() - startedMs > 60_000,
  });
}

/** `scenario:seed`: the plan is drawn again, as `run` drew it. */
async function replaySeed(
  name: string,
  options: ReplayOptions,
  { screen, environment }: { readonly screen: Screen; readonly environment: Environment },
): Promise<Row> {
  const [word = "", seed = ""] = splitOnce(name);
  const [scenario] = await loadScenarios([word]);
  const number = Number(seed.split("/").at(-1));
  if (scenario === undefined || !Number.isSafeInteger(number)) {
    const hint = "expected scenario:S/i, such as smoke-crashes:1/17";
    throw new UserError("this names no seed", { code: "usage", where: name, hint });
  }
  // As `run` has it: what the environment sets is in the plan.
  const failpoints = failpointSettings([], environment.failpoints);
  const plan = planOf(withFailpoints(scenario, failpoints), seed, number);
  const mutant = options.mutant === undefined || options.mutant === "none" ? null : options.mutant;
  const system = mutant === null ? null : await mutantSystem(mutant);
  const prepared = new PreparedEnvironment({ system, onFailure: fail });
  await prepared.prepareFor(plan);
  const result = runPlan(prepared.environment, { plan, seed, keepTrace: options.trace === true });
  const [violation] = result.violations;
  if (options.trace === true) {
    for (const line of formatTrace(result.trace, Number.POSITIVE_INFINITY)) screen.print(line);
  }
  const outcome = violation === undefined ? "fixed" : "reproduces";
  const property = violation?.property ?? "";
  const message = violation?.message ?? `all properties hold (hash ${result.hash})`;
  const { print, say, painter } = screen;
  print(violation === undefined ? painter.good("pass") : painter.bad(`fail: ${property}`));
  say(printable(message), { indent: 2 });
  if (violation !== undefined && options.shrink === true) {
    const found = { scenario: scenario.name, seed, plan, violation, result };
    const file = saveRepro(await storyFrom(mutant, found), scenario.name);
    print(painter.name(`coprsim replay ${file}`));
  }
  return { name, outcome, property, message, hash: result.hash, sameHash: true };
}

const planOf = (scenario: Scenario, seed: string, number: number): Repro["plan"] =>
  scenario.plan(seed, number, { fidelity: "tikv", timing: "fast", strategy: "portfolio" });

function splitOnce(name: string): readonly [string, string] {
  const at = name.indexOf(":");
  return [name.slice(0, at), name.slice(at + 1)];
}

function junitOf(rows: readonly Row[]): JunitReport {
  const cases = rows.map(({ name, outcome, message }) => ({
    name,
    seconds: 0,
    outcome: outcome === "fixed" ? ("passed" as const) : ("failed" as const),
    message,
    details: "",
  }));
  return { suites: [{ name: "replay", cases }] };
}
