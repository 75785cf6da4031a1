/** The real process: its streams, its environment, Ctrl-C. */
import { readFileSync } from "node:fs";
import { readEnvironment } from "./environment.ts";
import { exitCodes } from "./exit.ts";
import type { Interrupt, Sink, Surroundings } from "./frame.ts";

/** Takes over the streams of this process. Call it once. */
export function takeTerminal(): Surroundings {
  let interrupt: { requested: boolean } | null = null;
  return {
    stdout: sinkOf(process.stdout),
    stderr: sinkOf(process.stderr),
    environment: readEnvironment(process.env),
    readStdin: () => readFileSync(0),
    listenForInterrupt(): Interrupt {
      interrupt ??= listen();
      return interrupt;
    },
    interrupted: () => interrupt?.requested === true,
  };
}

function sinkOf(stream: NodeJS.WriteStream): Sink {
  // `coprsim list | head` closes the pipe early: that is no error of ours, nor worth a word.
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit();
    throw error;
  });
  return {
    write: (text) => {
      stream.write(text);
    },
    isTerminal: stream.isTTY === true,
    columns: stream.isTTY === true ? stream.columns : 100,
  };
}

function listen(): { requested: boolean } {
  const interrupt = { requested: false };
  process.on("SIGINT", () => {
    if (interrupt.requested) process.exit(exitCodes.interrupted);
    interrupt.requested = true;
    process.stderr.write("\nstopping after the work at hand; Ctrl-C again stops at once\n");
  });
  return interrupt;
}
