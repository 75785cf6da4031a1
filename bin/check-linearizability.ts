/** `coprsim check linearizability <history>`: could the operations have happened one at a time? */
import type { Command } from "commander";
import { counted, type JunitCase, printable, secondsText } from "../reports/index.ts";
import {
  decodeHistory,
  type ModelName,
  modelNames,
  modelOf,
  type Operation,
  operationsFromEdn,
  operationsFromLog,
  readOperations,
  type Scalar,
  writeOperations,
} from "../scenarios/history-files/index.ts";
import {
  checkByName,
  type LinearizabilityRefusal,
  type LinearizabilityVerdict,
  unlimited,
} from "../scenarios/judges/linearizability/index.ts";
import { unreachable } from "../sim/assert.ts";
import { UserError } from "../sim/errors.ts";
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

const formats = ["jsonl", "edn", "log"] as const;
type Format = (typeof formats)[number];

type Options = ReportOptions & {
  readonly model?: ModelName;
  readonly initial?: Scalar;
  readonly format?: Format;
  /** Milliseconds. */
  readonly time: number;
};

/** Adds arguments, options and action. */
export function configureLinearizability(command: Command, frame: Frame): void {
  command
    .description("judge whether each key's operations could have taken effect one at a time")
    .argument("<history>", "a file, - for standard input", fileName)
    .option("--model <name>", `what the objects are: ${modelNames.join(", ")}`, oneOf(modelNames))
    .option("--initial <value>", "what a register holds at first (default: null)", scalar)
    .option("--format <name>", "jsonl, edn or log (default: by the file's name)", oneOf(formats))
    .addOption(timeOption());
  addReportOptions(command).action((file: string, options: Options) => {
    check(file, options, frame);
  });
}

/** A JSON scalar, or else the text itself as a string. */
function scalar(text: string): Scalar {
  return /^(?:null|true|false|-?\d+(?:\.\d+)?|".*")$/s.test(text) ? parsed(text) : text;
}

function parsed(text: string): Scalar {
  try {
    return JSON.parse(text) as Scalar;
  } catch {
    return text;
  }
}

type Subject = {
  readonly source: string;
  readonly format: Format;
  readonly model: ModelName;
  readonly initial: Scalar;
  readonly operations: readonly Operation[];
};

function check(file: string, options: Options, frame: Frame): void {
  const { screen, finish } = openOutputs("check linearizability", options, frame);
  const subject = readSubject(file, options, frame);
  const { model, initial, operations } = subject;
  const began = performance.now();
  const expired = (): boolean => performance.now() - began > options.time;
  const verdict = checkByName(operations, { model, initial, budget: { ...unlimited, expired } });
  const seconds = (performance.now() - began) / 1000;
  tell(verdict, { subject, seconds, again: again(file, subject), screen });
  finish(codes[verdict.kind], () => report(verdict, { subject, seconds }));
}

const codes: Readonly<Record<LinearizabilityVerdict["kind"], ExitCode>> = {
  linearizable: exitCodes.pass,
  refused: exitCodes.fail,
  undecided: exitCodes.inconclusive,
};

function readSubject(file: string, options: Options, frame: Frame): Subject {
  const source = file === "-" ? stdinName : file;
  const format = options.format ?? formatOf(file, formats);
  const text = decodeHistory(readInput(file, frame), source);
  const { model, operations } = readHistory(text, { source, format, model: options.model });
  if (options.initial !== undefined && model !== "register") {
    const where = `--initial ${JSON.stringify(options.initial)}`;
    const hint = "only --model register takes an initial value";
    throw new UserError(`a ${model} has its own`, { code: "usage", where, hint });
  }
  return { source, format, model, initial: options.initial ?? null, operations };
}

type Reading = {
  readonly source: string;
  readonly format: Format;
  readonly model: ModelName | undefined;
};

function readHistory(
  text: string,
  { source, format, model }: Reading,
): { readonly model: ModelName; readonly operations: readonly Operation[] } {
  switch (format) {
    case "jsonl": {
      if (model === undefined) throw neededOption("--model", modelNames);
      return { model, operations: readOperations(text, { model, source }) };
    }
    case "edn":
      return fitted(operationsFromEdn(text, { source, failedCas: "nothing" }), { source, model });
    case "log":
      return fitted(operationsFromLog(text, source), { source, model });
    default:
      return unreachable(format);
  }
}

/** Operations that were converted, made sure to be of the model: its own, or the one asked for. */
function fitted(
  operations: readonly Operation[],
  { source, model: wanted }: Pick<Reading, "source" | "model">,
): { readonly model: ModelName; readonly operations: readonly Operation[] } {
  const model = wanted ?? modelOf(operations);
  const converted = `${source}, operation`;
  return {
    model,
    operations: readOperations(writeOperations(operations), { model, source: converted }),
  };
}

function again(file: string, { format, model, initial }: Subject): string | null {
  if (file === "-") return null;
  const words = ["coprsim check linearizability", shellWord(file), `--model ${model}`];
  if (initial !== null) words.push(`--initial ${shellWord(JSON.stringify(initial))}`);
  if (format !== formatOf(file, formats)) words.push(`--format ${format}`);
  return words.join(" ");
}

type About = { readonly subject: Subject; readonly seconds: number };

function tell(
  verdict: LinearizabilityVerdict,
  { subject, seconds, again, screen }: About & { readonly again: string | null; screen: Screen },
): void {
  const { painter } = screen;
  const { model, operations, source } = subject;
  const about = `${printable(source)}: ${counted(operations.length, "operation")}, ${model}`;
  switch (verdict.kind) {
    case "linearizable": {
      const keys = counted(verdict.keys, "key");
      screen.say(`${painter.good("linearizable")}  ${about}, ${keys}, ${secondsText(seconds)}`);
      return;
    }
    case "undecided":
      screen.say(`${painter.warn("undecided")}  ${about}: ${verdict.reason}`);
      return;
    case "refused":
      screen.say(`${painter.bad("not linearizable")}  ${about}, ${secondsText(seconds)}`);
      screen.print("");
      screen.say(printable(verdict.why));
      screen.print("");
      screen.print(verdict.picture.split("\n").map(printable).join("\n"));
      if (again === null) return;
      screen.print("");
      screen.print(again);
      return;
    default:
      unreachable(verdict);
  }
}

function report(verdict: LinearizabilityVerdict, { subject, seconds }: About): ReportBody {
  const { source, format, model, initial, operations } = subject;
  const json = {
    source,
    format,
    model,
    initial: model === "register" ? initial : undefined,
    operations: operations.length,
    seconds: Number(seconds.toFixed(6)),
    verdict: verdict.kind,
    keys: verdict.kind === "linearizable" ? verdict.keys : undefined,
    reason: verdict.kind === "undecided" ? verdict.reason : undefined,
    refusal: verdict.kind === "refused" ? refusalJson(verdict) : undefined,
  };
  const cases = [{ name: source, seconds, ...junitOutcome(verdict) }];
  return { json, junit: { suites: [{ name: `check linearizability ${model}`, cases }] } };
}

function refusalJson({ key, longestPrefix, culprit, why, picture }: LinearizabilityRefusal) {
  const asLines = (operations: readonly Operation[]): readonly unknown[] => {
    return operations.map((one) => JSON.parse(writeOperations([one])));
  };
  const [shown] = asLines([culprit]);
  return { key, why, culprit: shown, longestPrefix: asLines(longestPrefix), picture };
}

function junitOutcome(
  verdict: LinearizabilityVerdict,
): Pick<JunitCase, "outcome" | "message" | "details"> {
  switch (verdict.kind) {
    case "linearizable":
      return { outcome: "passed", message: "", details: "" };
    case "undecided":
      return { outcome: "skipped", message: verdict.reason, details: "" };
    case "refused":
      return { outcome: "failed", message: verdict.why, details: verdict.picture };
    default:
      return unreachable(verdict);
  }
}
