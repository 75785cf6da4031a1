#!/usr/bin/env node
/** The command line of coprsim. Each command is a file beside this one. */
import { keepWorldsYoung } from "./collector.ts";
import { commands } from "./commands.ts";
import { exitCodeOf } from "./exit.ts";
import { runProgram, showError } from "./program.ts";
import { takeTerminal } from "./terminal.ts";

keepWorldsYoung();
const terminal = takeTerminal();
const argv = process.argv.slice(2);

// Nothing is awaited by halves on purpose, so what arrives here is an error of ours.
const escaped = (error: unknown): never => {
  showError(error, terminal.stderr, argv.includes("--debug"));
  process.exit(exitCodeOf(error));
};
process.on("uncaughtException", escaped);
process.on("unhandledRejection", escaped);

process.exitCode = await runProgram(commands, argv, terminal);
