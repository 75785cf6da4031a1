/**
 * The command line as a whole: which commands there are, and what their errors look like. A command
 * is loaded only when it is the one that was called, so that `--help` is quick.
 */
import { Command, CommanderError } from "commander";
import { columnsMax, printable, wrap } from "../reports/index.ts";
import { UserError } from "../sim/errors.ts";
import { type ExitCode, exitCodeOf, exitCodes, interruptedExit } from "./exit.ts";
import type { Frame, Sink, Surroundings } from "./frame.ts";
import { packageVersion } from "./package.ts";

/** A file `bin/<name>.ts` that fills a command in: arguments, options, action. */
export type CommandModule = {
  readonly configure: (command: Command, frame: Frame) => void;
};

export type CommandEntry = {
  readonly name: string;
  /** One line of `coprsim --help`. */
  readonly summary: string;
  readonly load: () => Promise<CommandModule>;
};

/**
 * Runs one command line (without `node` and the script) and returns its exit code. Errors are shown
 * on `stderr` as one message; the stack only with `--debug`. Never throws.
 */
export async function runProgram(
  entries: readonly CommandEntry[],
  argv: readonly string[],
  surroundings: Surroundings,
): Promise<ExitCode> {
  let finished: ExitCode = exitCodes.pass;
  const frame: Frame = {
    ...surroundings,
    finish(code) {
      finished = code;
    },
  };
  try {
    const program = await createProgram(entries, argv, frame);
    await program.parseAsync(argv, { from: "user" });
    return surroundings.interrupted() ? interruptedExit(finished) : finished;
  } catch (error) {
    if (error instanceof CommanderError)
      return error.exitCode === 0 ? exitCodes.pass : exitCodes.usage;
    showError(error, frame.stderr, argv.includes("--debug"));
    return exitCodeOf(error);
  }
}

async function createProgram(
  entries: readonly CommandEntry[],
  argv: readonly string[],
  frame: Frame,
): Promise<Command> {
  const program = new Command("coprsim")
    .description("deterministic simulator and fault-injection test bed for TiKV's coprocessor v2")
    .version(packageVersion(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .option("--debug", "print the stack of an internal error")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => frame.stdout.write(text),
      writeErr: (text) => frame.stderr.write(text),
      outputError: (text, write) => write(oneLine(text)),
      getOutHelpWidth: () => Math.min(100, frame.stdout.columns),
      getErrHelpWidth: () => Math.min(100, frame.stderr.columns),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  const [first, second] = argv.filter((word) => !word.startsWith("-"));
  const called = first === "help" ? second : first;
  for (const { name, summary, load } of entries) {
    const command = program.command(name).summary(summary).description(summary);
    if (name === called) (await load()).configure(command, frame);
  }
  return program;
}

/** Commander puts "Did you mean ...?" on a line of its own. */
function oneLine(text: string): string {
  return wrapped(text.trimEnd().replace(/\n+/g, " "));
}

/** Says what went wrong: a person's mistake with its place and hint, or an internal error. */
export function showError(error: unknown, sink: Sink, debug: boolean): void {
  if (error instanceof UserError) {
    sink.write(userErrorText(error));
  } else {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const advice = debug ? "" : " (--debug prints the stack)";
    sink.write(wrapped(`internal error: ${text.replaceAll("\n", " ")}${advice}`));
  }
  if (debug && error instanceof Error) sink.write(`${error.stack ?? ""}\n`);
}

/** One line where 100 columns are enough for it, else the hint begins a line of its own. */
function userErrorText({ message, where, hint }: UserError): string {
  const place = where === "" ? "" : `${where}: `;
  const head = `error: ${place}${message.replaceAll("\n", " ")}`;
  if (hint === "") return wrapped(head);
  const whole = `${head} (${hint})`;
  if (whole.length <= columnsMax) return wrapped(whole);
  const below = wrap(printable(hint), { columns: columnsMax, indent: 2, hang: 2 });
  return `${wrapped(head)}${below}\n`;
}

/** A message within 100 columns; whatever it quotes can do a terminal no harm. */
function wrapped(text: string): string {
  return `${wrap(printable(text), { columns: columnsMax, indent: 0, hang: 2 })}\n`;
}
