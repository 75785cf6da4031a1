/**
 * What `run` has to say: one block a suite, the failures with their smallest stories, a verdict.
 */
import type { Attribution, Repro, ScenarioReport } from "../scenarios/index.ts";
import {
  columnsMax,
  counted,
  grouped,
  type Painter,
  secondsText,
  visibleWidth,
  wrap,
} from "./console.ts";
import type { Outcome } from "./json.ts";
import type { JunitReport } from "./junit.ts";
import { printable } from "./printable.ts";

/** A failure with its shrunk story and the file it was written to. */
export type ToldFailure = {
  readonly scenario: string;
  /** The property as a sentence. */
  readonly sentence: string;
  readonly repro: Repro;
  /** Of a plugin's finding in fidelity `tikv`: what a careful host makes of it; else null. */
  readonly attribution: Attribution | null;
  readonly file: string;
  /** Seeds of the scenario that failed, and that ran. */
  readonly failedSeeds: number;
  readonly seeds: number;
};

/** A pinned failure, replayed before anything new. */
export type PinnedReport = {
  readonly file: string;
  readonly outcome: "reproduces" | "fixed";
  readonly fails: boolean;
};

export type RunReport = {
  readonly scenarios: readonly ScenarioReport[];
  readonly failures: readonly ToldFailure[];
  readonly pinned: readonly PinnedReport[];
  readonly elapsedMs: number;
  /** What the twin said, or null when it did not run. */
  readonly twin: TwinReport | null;
  readonly interrupted: boolean;
};

/** The perturbed twin: how many hashes agreed, and where the first divergence lies. */
export type TwinReport = {
  readonly seeds: number;
  readonly divergence: string | null;
};

/** One line a scenario, or more where the terminal has fewer than 100 columns. */
export function scenarioLine(
  report: ScenarioReport,
  paint: Painter,
  columns: number = columnsMax,
): string {
  const { scenario, seeds, failedSeeds, missedGates, totals, elapsedMs } = report;
  const mark =
    failedSeeds > 0
      ? paint.bad("✗")
      : missedGates.length > 0 || seeds === 0
        ? paint.warn("?")
        : paint.good("✓");
  const counts = [
    `${grouped(totals.elections)} elections`,
    `${grouped(totals.crashes)} crashes`,
    `${grouped(totals.acknowledgedWrites)} writes`,
    `${grouped(totals.pluginCalls)} calls`,
  ].join(", ");
  const head = `  ${mark} ${scenario.name.padEnd(24)} ${counted(seeds, "seed").padStart(10)}`;
  const timed = `${head}  ${secondsText(elapsedMs / 1000).padStart(7)}`;
  const isWide = visibleWidth(timed) + 2 + counts.length > columns;
  const below = wrap(counts, { columns, indent: 6, hang: 6 });
  const lines = isWide ? [timed, paint.dim(below)] : [`${timed}  ${paint.dim(counts)}`];
  if (failedSeeds > 0) {
    lines.push(paint.bad(`      ${counted(failedSeeds, "seed")} of ${grouped(seeds)} failed`));
  }
  for (const gate of missedGates) {
    const text = `inconclusive: it never happened that ${gateText(gate)}`;
    lines.push(paint.warn(wrap(text, { columns, indent: 6, hang: 8 })));
  }
  return lines.join("\n");
}

const gateText = ({ gate, sentence }: MissedGate): string => `${sentence} [${gate}]`;

type MissedGate = ScenarioReport["missedGates"][number];

/** What it means that a finding of `tikv` is gone in `contract`, or is not. */
const attributionTexts: Readonly<Record<Attribution, string>> = {
  "host limitation": "host limitation: in fidelity contract the same plan and seed pass",
  plugin: "plugin: in fidelity contract the same plan and seed fail, too",
};

/** The block of one failure. Its last line is one command to paste. */
export function failureBlock(
  failure: ToldFailure,
  paint: Painter,
  columns: number = columnsMax,
): string {
  const { repro, scenario, sentence, attribution, file, failedSeeds, seeds } = failure;
  const { violation, plan, original } = repro;
  const size = (faults: number, operations: number) =>
    `${counted(faults, "fault")}, ${counted(operations, "operation")}`;
  const paragraph = (text: string, indent: number) =>
    wrap(printable(text), { columns, indent, hang: indent + 2 });
  return [
    `${paint.bad("FAIL")} ${paint.strong(scenario)}: "${sentence}" [${violation.property}]`,
    paragraph(violation.message, 2),
    ...violation.details.map((line) => paint.dim(paragraph(line, 4))),
    `  seed    ${repro.seed}   ${counted(failedSeeds, "seed")} of ${grouped(seeds)} failed`,
    `  story   original ${size(original.faults, original.operations)} -> shrunk ${size(
      faultsIn(plan),
      plan.operations.length,
    )}, ${counted(plan.stores, "store")}, ${counted(plan.cuts.length + 1, "region")}`,
    ...(attribution === null ? [] : [`  cause   ${attributionTexts[attribution]}`]),
    `  replay  ${paint.name(`coprsim replay ${file}`)}`,
  ].join("\n");
}

/** What breaks or changes, in all. */
const faultsIn = ({ faults, failpoints, pluginFiles }: Repro["plan"]): number =>
  faults.length + failpoints.length + pluginFiles.length;

/** The outcome of a run, as the exit codes name it. */
export function runOutcome(report: RunReport): Outcome {
  const { scenarios, failures, pinned, twin, interrupted } = report;
  if (twin !== null && twin.divergence !== null) return "internal";
  if (failures.length > 0 || pinned.some(({ fails }) => fails)) return "fail";
  if (interrupted) return "interrupted";
  const inconclusive = scenarios.some(
    ({ seeds, missedGates }) => seeds === 0 || missedGates.length > 0,
  );
  return inconclusive ? "inconclusive" : "pass";
}

/** The last lines: how much ran, and what it means. */
export function verdictLine(report: RunReport, paint: Painter): string {
  const { scenarios, elapsedMs, twin } = report;
  const seeds = scenarios.reduce((sum, one) => sum + one.seeds, 0);
  const events = scenarios.reduce((sum, one) => sum + one.totals.events, 0);
  const rate = elapsedMs > 0 ? Math.round((seeds * 60_000) / elapsedMs) : 0;
  const work = `${counted(seeds, "seed")}, ${grouped(events)} events, ${secondsText(
    elapsedMs / 1000,
  )} (${grouped(rate)} seeds/min)`;
  const twinText =
    twin === null ? "" : twin.divergence === null ? `, twin agreed on ${twin.seeds}` : "";
  switch (runOutcome(report)) {
    case "pass":
      return `${paint.good("pass")}: ${work}${twinText}`;
    case "fail":
      return `${paint.bad("fail")}: ${failedText(report)} in ${work}`;
    case "inconclusive":
      return `${paint.warn("inconclusive")}: a gate was missed or a scenario did not run; ${work}`;
    case "interrupted":
      return `${paint.warn("interrupted")}: nothing found in ${work}`;
    case "internal":
      return `${paint.bad("the test bed is not deterministic")}: ${twin?.divergence ?? ""}`;
  }
}

function failedText({ failures, pinned }: RunReport): string {
  const again = pinned.filter(({ fails }) => fails).length;
  const parts = [
    failures.length > 0 ? counted(failures.length, "distinct failure") : "",
    again > 0 ? counted(again, "regression") : "",
  ];
  return parts.filter((part) => part !== "").join(" and ");
}

/** The body of the JSON report; described in SCHEMA.md. */
export function runBody(report: RunReport): Readonly<Record<string, unknown>> {
  const total = (pick: (one: ScenarioReport) => number) =>
    report.scenarios.reduce((sum, one) => sum + pick(one), 0);
  return {
    totals: {
      seeds: total((one) => one.seeds),
      events: total((one) => one.totals.events),
      elections: total((one) => one.totals.elections),
      crashes: total((one) => one.totals.crashes),
      acknowledgedWrites: total((one) => one.totals.acknowledgedWrites),
      pluginCalls: total((one) => one.totals.pluginCalls),
    },
    seconds: report.elapsedMs / 1000,
    twin: report.twin,
    regressions: report.pinned,
    scenarios: report.scenarios.map((one) => ({
      name: one.scenario.name,
      suites: one.scenario.suites,
      seeds: one.seeds,
      failedSeeds: one.failedSeeds,
      seconds: one.elapsedMs / 1000,
      totals: one.totals,
      gates: one.gates,
      missedGates: one.missedGates.map(({ gate }) => gate),
      checks: Object.fromEntries(one.checks),
      hashes: one.hashes,
    })),
    failures: report.failures.map(
      ({ scenario, sentence, repro, attribution, file, failedSeeds }) => ({
        scenario,
        sentence,
        attribution,
        property: repro.violation.property,
        message: repro.violation.message,
        details: repro.violation.details,
        seed: repro.seed,
        failedSeeds,
        original: repro.original,
        shrunk: {
          faults: faultsIn(repro.plan),
          operations: repro.plan.operations.length,
        },
        file,
        replay: `coprsim replay ${file}`,
      }),
    ),
  };
}

/** One JUnit case a scenario. */
export function runJunit(report: RunReport): JunitReport {
  const suites = new Map<string, ScenarioReport[]>();
  for (const one of report.scenarios) {
    const suite = one.scenario.suites[0] ?? "user";
    suites.set(suite, [...(suites.get(suite) ?? []), one]);
  }
  return {
    suites: [...suites].map(([name, scenarios]) => ({
      name,
      cases: scenarios.map((one) => {
        const failed = report.failures.filter(({ scenario }) => scenario === one.scenario.name);
        const [first] = failed;
        const missed = one.missedGates.map(gateText).join("; ");
        const skipped = one.seeds === 0 || missed !== "";
        return {
          name: one.scenario.name,
          seconds: one.elapsedMs / 1000,
          outcome: first !== undefined ? "failed" : skipped ? "skipped" : "passed",
          message: first?.repro.violation.message ?? (missed || "no seed ran"),
          details: failed.map(({ file }) => `coprsim replay ${file}`).join("\n"),
        };
      }),
    })),
  };
}
