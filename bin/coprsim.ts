#!/usr/bin/env node
/** The command line of coprsim. Each command is a file beside this one. */
import { exitCodeOf } from "./exit.ts";
import { type CommandEntry, runProgram, showError } from "./program.ts";
import { takeTerminal } from "./terminal.ts";

/** In the order of `--help`. Options are added by the command's own file. */
const commands: readonly CommandEntry[] = [
  {
    name: "run",
    summary: "run scenario suites over many seeds",
    load: () => import("./run.ts"),
  },
  {
    name: "replay",
    summary: "run a recorded failure again, bit for bit",
    load: () => import("./replay.ts"),
  },
  {
    name: "check",
    summary: "judge a recorded history, of this simulator or of a real cluster",
    load: () => import("./check.ts"),
  },
  {
    name: "zoo",
    summary: "plant historical bugs to score the test bed itself",
    load: () => import("./zoo.ts"),
  },
  {
    name: "list",
    summary: "list scenarios, suites, properties, failpoints, mutants, example plugins",
    load: () => import("./list.ts"),
  },
];

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
