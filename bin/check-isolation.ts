/** `coprsim check isolation <history>`: does a history of transactions keep an isolation level? */
import type { Command } from "commander";
import { counted, type JunitCase, printable, secondsText } from "../reports/index.ts";
import { decodeHistory, readJepsenEdn, readJsonLines } from "../scenarios/history-files/index.ts";
import {
  type Anomaly,
  checkIsolation,
  decodeIsolationEdn,
  decodeIsolationLines,
  type IsolationEvent,
  type IsolationVerdict,
  LEVELS,
  type Level,
  parseLevel,
  readIsolationHistory,
  type Workload,
} from "../scenarios/judges/isolation/index.ts";
import { unreachable } from "../sim/assert.ts";
import { type ExitCode, exitCodes } from "./exit.ts";
import { readInput, stdinName } from "./files.ts";
import type { Frame } from "./frame.ts";
import { formatOf } from "./history-format.ts";
import { fileName, neededOption, oneOf, timeOption } from "./options.ts";
import {
  addReportOptions,
  openOutputs,
  type ReportBody,
  type ReportOptions,
  type Screen,
  shellWord,
} from "./screen.ts";

const formats = ["jsonl", "edn"] as const;
const workloads = ["list-append", "rw-register"] as const;

type Options = ReportOptions & {
  readonly level?: Level;
  readonly workload?: Workload;
  readonly wfrKeys?: boolean;
  readonly sequentialKeys?: boolean;
  readonly linearizableKeys?: boolean;
  readonly format?: (typeof formats)[number];
  /** Milliseconds. */
  readonly time: number;
};

/** Adds arguments, options and action. */
export function configureIsolation(command: Command, frame: Frame): void {
  command
    .description("judge whether transactions keep an isolation level")
    .argument("<history>", "a file, - for standard input", fileName)
    .option("--level <name>", LEVELS.join(", "), (text) => parseLevel(text))
    .option("--workload <name>", `${workloads.join(" or ")} (default: seen)`, oneOf(workloads))
    .option("--wfr-keys", "rw-register: a transaction reads a key before it writes it")
    .option("--sequential-keys", "rw-register: processes see a key's versions in order")
    .option("--linearizable-keys", "rw-register: a key's versions follow real time")
    .option("--format <name>", `${formats.join(" or ")} (default: seen)`, oneOf(formats))
    .addOption(timeOption());
  addReportOptions(command).action((file: string, options: Options) => {
    check(file, options, frame);
  });
}

function check(file: string, options: Options, frame: Frame): void {
  const { screen, finish } = openOutputs("check isolation", options, frame);
  const { level } = options;
  if (level === undefined) throw neededOption("--level", LEVELS);
  const source = file === "-" ? stdinName : file;
  const text = decodeHistory(readInput(file, frame), source);
  const events = readEvents(text, { source, format: options.format ?? namedFormat(file) });
  const began = performance.now();
  const deadline = (): boolean => performance.now() - began > options.time;
  const { workload, wfrKeys, sequentialKeys, linearizableKeys } = options;
  const verdict = checkIsolation(events, {
    level,
    ...(workload === undefined ? {} : { workload }),
    wfrKeys: wfrKeys ?? false,
    sequentialKeys: sequentialKeys ?? false,
    linearizableKeys: linearizableKeys ?? false,
    deadline,
  });
  const seconds = (performance.now() - began) / 1000;
  tell(verdict, { source, seconds, again: again(file, level, options), screen });
  finish(codes[verdict.kind], () => report(verdict, { source, seconds, options }));
}

const codes: Readonly<Record<IsolationVerdict["kind"], ExitCode>> = {
  valid: exitCodes.pass,
  violation: exitCodes.fail,
  inconclusive: exitCodes.inconclusive,
};

/** Only `.edn` says something for certain: a `.json` file may hold either. */
function namedFormat(file: string): "edn" | undefined {
  return formatOf(file, formats) === "edn" ? "edn" : undefined;
}

function readEvents(
  text: string,
  { source, format }: { readonly source: string; readonly format: Options["format"] },
): readonly IsolationEvent[] {
  if (format === undefined) return readIsolationHistory(text, source);
  return format === "edn"
    ? decodeIsolationEdn(readJepsenEdn(text, source), source)
    : decodeIsolationLines(readJsonLines(text, source), source);
}

function again(file: string, level: Level, options: Options): string | null {
  if (file === "-") return null;
  const { workload, format, wfrKeys, sequentialKeys, linearizableKeys } = options;
  const words = ["coprsim check isolation", shellWord(file), `--level ${level}`];
  if (workload !== undefined) words.push(`--workload ${workload}`);
  if (wfrKeys === true) words.push("--wfr-keys");
  if (sequentialKeys === true) words.push("--sequential-keys");
  if (linearizableKeys === true) words.push("--linearizable-keys");
  if (format !== undefined) words.push(`--format ${format}`);
  return words.join(" ");
}

type Telling = {
  readonly source: string;
  readonly seconds: number;
  readonly again: string | null;
  readonly screen: Screen;
};

function tell(verdict: IsolationVerdict, { source, seconds, again, screen }: Telling): void {
  const { painter } = screen;
  const name = printable(source);
  switch (verdict.kind) {
    case "valid":
      screen.say(
        `${painter.good("valid")}  ${name}: ${about(verdict)} may be ${verdict.level}, ` +
          secondsText(seconds),
      );
      tellNotes(verdict.notes, screen);
      return;
    case "inconclusive":
      screen.say(`${painter.warn("undecided")}  ${name}, ${verdict.level}: ${verdict.reason}`);
      tellNotes(verdict.notes, screen);
      return;
    case "violation":
      screen.say(
        `${painter.bad("violated")}  ${name}: ${about(verdict)} ` +
          `${verdict.transactions === 1 ? "is" : "are"} not ${verdict.level}, ` +
          secondsText(seconds),
      );
      for (const anomaly of verdict.anomalies) tellAnomaly(anomaly, screen);
      screen.print("");
      screen.say(`ruled out: ${verdict.ruledOut.join(", ")}`, { hang: 2 });
      tellNotes(verdict.notes, screen);
      if (again === null) return;
      screen.print("");
      screen.print(again);
      return;
    default:
      unreachable(verdict);
  }
}

function about({
  transactions,
  workload,
}: {
  readonly transactions: number;
  readonly workload: Workload;
}): string {
  return `${counted(transactions, "transaction")} (${workload})`;
}

function tellAnomaly({ name, count, sentences }: Anomaly, screen: Screen): void {
  screen.print("");
  const times = count === 1 ? "" : `, ${counted(count, "time")}, for example`;
  screen.print(`${screen.painter.strong(name)}${times}`);
  for (const sentence of sentences) screen.say(printable(sentence), { indent: 2, hang: 4 });
}

function tellNotes(notes: readonly string[], screen: Screen): void {
  for (const note of notes) screen.say(`note: ${printable(note)}`, { hang: 2 });
}

type Reporting = {
  readonly source: string;
  readonly seconds: number;
  readonly options: Options;
};

function report(verdict: IsolationVerdict, { source, seconds, options }: Reporting): ReportBody {
  const { kind, level, notes } = verdict;
  const judged = verdict.kind === "inconclusive" ? null : verdict;
  const json = {
    source,
    level,
    workload: judged?.workload ?? options.workload,
    wfrKeys: options.wfrKeys ?? false,
    sequentialKeys: options.sequentialKeys ?? false,
    linearizableKeys: options.linearizableKeys ?? false,
    transactions: judged?.transactions,
    seconds: Number(seconds.toFixed(6)),
    verdict: kind,
    reason: verdict.kind === "inconclusive" ? verdict.reason : undefined,
    anomalies: verdict.kind === "violation" ? verdict.anomalies : undefined,
    ruledOut: verdict.kind === "violation" ? verdict.ruledOut : undefined,
    notes,
  };
  const cases = [{ name: source, seconds, ...junitOutcome(verdict) }];
  return { json, junit: { suites: [{ name: `check isolation ${level}`, cases }] } };
}

function junitOutcome(
  verdict: IsolationVerdict,
): Pick<JunitCase, "outcome" | "message" | "details"> {
  switch (verdict.kind) {
    case "valid":
      return { outcome: "passed", message: "", details: verdict.notes.join("\n") };
    case "inconclusive":
      return { outcome: "skipped", message: verdict.reason, details: "" };
    case "violation": {
      const names = verdict.anomalies.map(({ name }) => name).join(", ");
      const details = verdict.anomalies.flatMap(({ name, sentences }) => [name, ...sentences]);
      const message = `not ${verdict.level}: ${names}`;
      return { outcome: "failed", message, details: details.join("\n") };
    }
    default:
      return unreachable(verdict);
  }
}
