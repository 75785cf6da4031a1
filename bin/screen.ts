/**
 * Where a command's words go: text for people, and the reports that `--json` and `--junit` ask for.
 * A report on standard output (`-`) sends the text for people to standard error.
 */
import type { Command } from "commander";
import {
  columnsMax,
  createPainter,
  type JunitReport,
  jsonReport,
  junitReport,
  type Outcome,
  type Painter,
  wrap,
} from "../reports/index.ts";
import { assert } from "../sim/assert.ts";
import { UserError } from "../sim/errors.ts";
import { type ExitCode, exitCodes, interruptedExit } from "./exit.ts";
import { checkOutput, writeOutput } from "./files.ts";
import type { Frame, Sink } from "./frame.ts";
import { fileName } from "./options.ts";
import { packageVersion } from "./package.ts";

/** Text for people, at most 100 columns wide. */
export type Screen = {
  readonly painter: Painter;
  readonly columns: number;
  /** Prints lines as they are: they must fit. "" is an empty line. */
  readonly print: (text: string) => void;
  /** Prints a paragraph, wrapped. */
  readonly say: (text: string, margins?: Margins) => void;
};

/** Spaces before the first line (default: none) and before the others (default: as many). */
export type Margins = { readonly indent?: number; readonly hang?: number };

/** The screen on one sink. */
export function createScreen(sink: Sink, frame: Frame): Screen {
  const painter = createPainter({ colour: frame.environment.colour ?? sink.isTerminal });
  const columns = Math.min(columnsMax, Math.max(40, sink.columns));
  return {
    painter,
    columns,
    print: (text) => sink.write(`${text}\n`),
    say: (text, { indent = 0, hang = indent } = {}) => {
      sink.write(`${wrap(text, { columns, indent, hang })}\n`);
    },
  };
}

export type ReportOptions = {
  readonly json?: string;
  readonly junit?: string;
};

/** Adds `--json` and `--junit` to a command. */
export function addReportOptions(command: Command): Command {
  return command
    .option("--json <file>", "write everything as JSON to a file, - for standard output", fileName)
    .option("--junit <file>", "write JUnit XML to a file, - for standard output", fileName);
}

/** What a command has to report besides its text. */
export type ReportBody = {
  readonly json: Readonly<Record<string, unknown>>;
  readonly junit: JunitReport;
};

export type Outputs = {
  readonly screen: Screen;
  /** Where progress goes: never mixed with a report. */
  readonly progress: Sink;
  /** Writes the reports that were asked for, and ends the command with `result`. */
  readonly finish: (result: ExitCode, body: () => ReportBody) => void;
};

/** Opens a command's outputs. Throws `UserError` when a report has nowhere to go. */
export function openOutputs(command: string, options: ReportOptions, frame: Frame): Outputs {
  const { json, junit } = options;
  if (json === "-" && junit === "-") {
    const where = "--json - --junit -";
    const hint = "write one of them to a file";
    throw new UserError("both reports on standard output", { code: "usage", where, hint });
  }
  if (json !== undefined) checkOutput(json, "--json");
  if (junit !== undefined) checkOutput(junit, "--junit");
  const sink = json === "-" || junit === "-" ? frame.stderr : frame.stdout;
  return {
    screen: createScreen(sink, frame),
    progress: frame.stderr,
    finish(result, body) {
      const code = frame.interrupted() ? interruptedExit(result) : result;
      frame.finish(code);
      if (json === undefined && junit === undefined) return;
      const report = body();
      if (json !== undefined) {
        const head = { command, toolVersion: packageVersion(), exitCode: code };
        writeOutput(json, jsonReport({ ...head, outcome: outcomeOf(code) }, report.json), frame);
      }
      if (junit !== undefined) writeOutput(junit, junitReport(report.junit), frame);
    },
  };
}

const outcomes: ReadonlyMap<ExitCode, Outcome> = new Map([
  [exitCodes.pass, "pass"],
  [exitCodes.fail, "fail"],
  [exitCodes.inconclusive, "inconclusive"],
  [exitCodes.internal, "internal"],
  [exitCodes.interrupted, "interrupted"],
]);

function outcomeOf(code: ExitCode): Outcome {
  const outcome = outcomes.get(code);
  assert(outcome !== undefined, "a command that got as far as a report ends in an outcome");
  return outcome;
}

/** A word as a shell takes it, for commands to paste. */
export function shellWord(word: string): string {
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
