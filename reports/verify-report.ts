/** What `verify` has to say: a line a check, the findings in their smallest cases, a verdict. */
import type { CheckReport, Finding } from "../scenarios/verify/index.ts";
import { counted, grouped, type Painter, secondsText, table, wrap } from "./console.ts";
import { type CostReport, costCase, costOutcome } from "./cost-report.ts";
import type { Outcome } from "./json.ts";
import type { JunitReport } from "./junit.ts";
import { printable } from "./printable.ts";

/** What was verified. */
export type VerifyTarget = {
  /** The artefact as it was named. */
  readonly artefact: string;
  readonly kind: string;
  readonly name: string;
  readonly version: string;
  readonly hash: string;
  readonly build: { readonly apiVersion: string; readonly rustc: string; readonly target: string };
  readonly contract: string | null;
};

/** A finding with its advice and the file it was written to. */
export type ToldFinding = {
  readonly finding: Finding;
  readonly sentence: string;
  readonly advice: string;
  readonly hint: string;
  readonly file: string;
  /** C6's matrix as text, or "". */
  readonly matrix: string;
};

/** How the level stands. */
export type LevelReport = {
  readonly asked: string | null;
  readonly reached: string | null;
  /** Checks that a level needs and that did not run. */
  readonly missing: readonly string[];
  readonly ran: number;
  /** Checks that passed, or do not apply. */
  readonly held: number;
  readonly count: number;
};

export type VerifyReport = {
  readonly target: VerifyTarget;
  /** Why no node would load it, or null; then nothing else ran. */
  readonly unloadable: string | null;
  readonly checks: readonly CheckReport[];
  readonly levelOf: ReadonlyMap<string, string>;
  readonly findings: readonly ToldFinding[];
  /** The comparison with a cost snapshot, or null: none was asked for. */
  readonly costs: CostReport | null;
  readonly level: LevelReport;
  readonly fidelity: string;
  readonly seed: string;
  readonly elapsedMs: number;
  readonly interrupted: boolean;
};

/** Three lines: what is verified. */
export function targetLines(target: VerifyTarget, paint: Painter): string {
  const { name, version, hash, build, kind, contract } = target;
  const built = `api ${build.apiVersion}, ${build.rustc}, ${build.target}`;
  const plugin = paint.strong(printable(`${name} ${version}`));
  const said = contract === null ? "none: checks that need one are skipped" : contract;
  const rows = [
    `plugin    ${plugin}, ${kind} ${hash.slice(0, 12)}`,
    `built     ${printable(built)}`,
    `contract  ${printable(said)}`,
  ];
  return rows.map((row) => wrap(row, { columns: 100, indent: 0, hang: 10 })).join("\n");
}

/** One line a check, and what it did not see. */
export function checkLine(
  report: CheckReport,
  limitations: HostLimitations | null,
  paint: Painter,
): string {
  const { id, title, cases, elapsedMs, outcome, reason } = report;
  const mark = marks(paint)[outcome];
  const numbers =
    outcome === "skipped"
      ? ""
      : `${counted(cases, "case").padStart(14)}  ${secondsText(elapsedMs / 1000).padStart(7)}`;
  const line = `  ${mark} ${id.padEnd(4)} ${title.padEnd(20)} ${numbers}`.trimEnd();
  const below = (text: string) => wrap(text, { columns: 100, indent: 9, hang: 11 });
  const ofMatrix = limitations === null ? [] : matrixNotes(report, limitations);
  const notes = [...ofMatrix, ...report.notes.map(printable)].map(below);
  const why = reason === "" ? [] : [paint.warn(below(`${outcome}: ${reason}`))];
  return [line, ...why, ...notes.map(paint.dim)].join("\n");
}

/** What C6 tried, and what no plugin can do anything about. */
function matrixNotes(
  { matrix }: CheckReport,
  { classes, downgraded }: HostLimitations,
): readonly string[] {
  if (matrix === null || matrix.length === 0) return [];
  const calls = Math.max(...matrix.map(({ call }) => call));
  const classCount = counted(classes.length, "error class", "error classes");
  const tried = `${classCount} x ${counted(calls, "storage call")}`;
  if (downgraded.length === 0) return [tried];
  return [tried, `no plugin's fault: TiKV itself makes mere text of ${downgraded.join(", ")}`];
}

/** The error classes of C6, and those that TiKV itself turns into text. */
export type HostLimitations = {
  readonly classes: readonly string[];
  readonly downgraded: readonly string[];
};

/** Calls that a printed matrix has room for; the JSON report has all. */
const matrixCalls = 5;

/** C6's matrix: a row a class, a column a storage call. */
export function matrixTable(
  { matrix }: CheckReport,
  { classes }: HostLimitations,
  paint: Painter,
): string {
  const shown = (matrix ?? []).slice(0, matrixCalls);
  const column = (title: string) => ({ title, align: "left" as const });
  const columns = [column(""), ...shown.map((one) => column(`${one.call} ${one.operation}`))];
  const good = ["ok", "optional"];
  const rows = classes.map((name, at) => [
    `            ${name}`,
    ...shown.map(({ cells }) => {
      const cell = cells[at] ?? null;
      if (cell === null) return paint.dim("-");
      return good.includes(cell) ? cell : paint.bad(cell);
    }),
  ]);
  return table({ columns, rows, width: 100, painter: paint });
}

const marks = (paint: Painter): Readonly<Record<CheckReport["outcome"], string>> => ({
  passed: paint.good("✓"),
  failed: paint.bad("✗"),
  inconclusive: paint.warn("?"),
  skipped: paint.dim("-"),
  "n/a": paint.dim("-"),
});

/** The block of one finding. Its last line is one command to paste. */
export function findingBlock(told: ToldFinding, paint: Painter): string {
  const { finding, sentence, advice, hint, file, matrix } = told;
  const { check, complaint, original, shrunk, story, confirmation, origin } = finding;
  const labelled = (label: string, text: string) => row(label, printable(text));
  const size = (one: Finding["original"]) =>
    [
      counted(one.keys, "key"),
      ...(check === "C3" ? [counted(one.cuts, "cut")] : []),
      counted(one.bytes, "byte"),
    ].join(", ");
  return [
    `${paint.bad("FAIL")} ${check} "${sentence}"`,
    wrap(printable(complaint.message), { columns: 100, indent: 2, hang: 4 }),
    labelled("story", `original ${size(original)} -> shrunk ${size(shrunk)}`),
    ...story.map(({ label, text }) => preformatted(label, printable(text))),
    ...(confirmation === null
      ? []
      : [labelled(confirmation.agrees ? "cluster" : "but", confirmation.text)]),
    ...(matrix === "" ? [] : [matrix]),
    ...(origin === null ? [] : [labelled("whose", originWords[origin])]),
    labelled("likely", `${advice} [${hint}: docs/hints/${hint}.md]`),
    `  replay    ${paint.name(`coprsim replay ${file}`)}`,
  ].join("\n");
}

const originWords: Readonly<Record<NonNullable<Finding["origin"]>, string>> = {
  plugin: "plugin: the finding is there in fidelity contract, too",
  "host limitation":
    "host limitation: gone in fidelity contract; on today's TiKV the plugin has to live with it",
};

/** The block of an artefact that no node would load. */
export function unloadableBlock({ target, unloadable }: VerifyReport, paint: Painter): string {
  return [
    `${paint.bad("FAIL")} load "a node loads the plugin"`,
    wrap(printable(unloadable ?? ""), { columns: 100, indent: 2, hang: 4 }),
    `  inspect   ${paint.name(`coprsim inspect ${target.artefact}`)}`,
  ].join("\n");
}

/** Text that is wrapped behind its label. */
function row(label: string, text: string): string {
  const wrapped = wrap(text, { columns: 100, indent: 12, hang: 12 });
  return `  ${label.padEnd(10)}${wrapped.slice(12)}`;
}

/** Drawings keep their columns as long as they fit. */
function preformatted(label: string, text: string): string {
  const line = `  ${label.padEnd(10)}${text}`;
  return line.length <= 100 ? line : row(label, text.replaceAll(/ {2,}/g, "  "));
}

/** The outcome, as the exit codes name it. */
export function verifyOutcome(report: VerifyReport): Outcome {
  const { checks, level, interrupted, unloadable } = report;
  if (unloadable !== null) return "fail";
  const ended = (outcome: CheckReport["outcome"]) =>
    checks.some((check) => check.outcome === outcome);
  const costs = costOutcome(report.costs);
  if (ended("failed") || costs === "fail") return "fail";
  if (interrupted) return "interrupted";
  if (costs === "inconclusive") return "inconclusive";
  if (ended("inconclusive") || level.ran === 0) return "inconclusive";
  return level.asked !== null && level.missing.length > 0 ? "inconclusive" : "pass";
}

/** How much was tried, and what it means. */
export function verifyVerdict(report: VerifyReport, paint: Painter): string {
  const { checks, elapsedMs, level } = report;
  const count = (outcome: CheckReport["outcome"]) =>
    checks.filter((check) => check.outcome === outcome).length;
  const cases = checks.reduce((sum, one) => sum + one.cases, 0);
  const work = `${grouped(cases)} cases, ${secondsText(elapsedMs / 1000)}, seed ${report.seed}`;
  const counts = (["passed", "failed", "inconclusive", "skipped", "n/a"] as const)
    .filter((outcome) => count(outcome) > 0)
    .map((outcome) => `${count(outcome)} ${outcome}`)
    .join(", ");
  const missing = `${level.asked} asked, but not run: ${level.missing.join(" ")}`;
  switch (verifyOutcome(report)) {
    case "pass":
      return `${paint.good("pass")}: no counterexample; ${counts}; ${work}`;
    case "fail": {
      const found = Math.min(...checks.map(({ foundMs }) => foundMs ?? Number.POSITIVE_INFINITY));
      const first = Number.isFinite(found)
        ? `, the first failure after ${secondsText(found / 1000)}`
        : "";
      const drift = costOutcome(report.costs) === "fail" ? "; costs drifted" : "";
      return `${paint.bad("fail")}: ${counts || "no node would load it"}${drift}; ${work}${first}`;
    }
    case "inconclusive": {
      const why = level.asked !== null && level.missing.length > 0 ? `${missing}; ` : "";
      return wrap(`${paint.warn("inconclusive")}: ${why}${counts || "nothing ran"}; ${work}`, {
        columns: 100,
        indent: 0,
        hang: 2,
      });
    }
    default:
      return `${paint.warn("interrupted")}: nothing found; ${counts}; ${work}`;
  }
}

/** What may be claimed: never "verified" while a check is missing. */
export function levelLine({ ran, held, count, reached }: LevelReport): string {
  if (ran === count && reached !== null) {
    const rest = held === count ? "" : `, ${count - held} of ${count} checks not passed`;
    return `verified: level ${reached}${rest}`;
  }
  const level = reached === null ? "no level" : `level ${reached}`;
  return `partial: ${ran} of ${count} checks, ${level}`;
}

/** The body of the JSON report. */
export function verifyBody(report: VerifyReport): Readonly<Record<string, unknown>> {
  const { target, checks, findings, level, fidelity, seed, elapsedMs } = report;
  return {
    plugin: target,
    unloadable: report.unloadable,
    fidelity,
    seed,
    seconds: elapsedMs / 1000,
    level,
    costs: report.costs,
    checks: checks.map(({ finding, elapsedMs: ms, foundMs, ...check }) => ({
      ...check,
      level: report.levelOf.get(check.id),
      seconds: ms / 1000,
      foundSeconds: foundMs === null ? null : foundMs / 1000,
      failed: finding !== null,
    })),
    findings: findings.map(({ finding, sentence, advice, hint, file }) => ({
      check: finding.check,
      sentence,
      ...finding.complaint,
      hint,
      advice,
      original: finding.original,
      shrunk: finding.shrunk,
      case: finding.smallest,
      story: finding.story,
      cluster: finding.confirmation,
      origin: finding.origin,
      file,
      replay: `coprsim replay ${file}`,
    })),
  };
}

/** One JUnit case a check. */
export function verifyJunit(report: VerifyReport): JunitReport {
  const { target, checks, findings, unloadable } = report;
  const outcomes = {
    passed: "passed",
    failed: "failed",
    inconclusive: "skipped",
    skipped: "skipped",
    "n/a": "skipped",
  } as const;
  const cases = checks.map(({ id, title, elapsedMs, outcome, reason, finding }) => {
    const told = findings.find((one) => one.finding === finding);
    return {
      name: `${id} ${title}`,
      seconds: elapsedMs / 1000,
      outcome: outcomes[outcome],
      message: finding?.complaint.message ?? reason,
      details: told === undefined ? "" : `coprsim replay ${told.file}`,
    };
  });
  const load = {
    name: "load",
    seconds: 0,
    outcome: unloadable === null ? ("passed" as const) : ("failed" as const),
    message: unloadable ?? "",
    details: "",
  };
  const costs = report.costs === null ? [] : [costCase(report.costs)];
  return { suites: [{ name: `verify ${target.name}`, cases: [load, ...cases, ...costs] }] };
}
