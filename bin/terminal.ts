/** The real process: its streams, its environment, Ctrl-C. */
import { readSync } from "node:fs";
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
    readStdin,
    listenForInterrupt(): Interrupt {
      interrupt ??= listen();
      return interrupt;
    },
    interrupted: () => interrupt?.requested === true,
  };
}

/**
 * All of standard input. Whoever has touched `process.stdin`, a library does, has made a pipe
 * non-blocking: then a writer that is slower than we are is `EAGAIN`, not the end.
 */
function readStdin(): Uint8Array {
  const parts: Buffer[] = [];
  for (;;) {
    const part = Buffer.alloc(1 << 16);
    const size = readPart(part);
    if (size === 0) return Buffer.concat(parts);
    if (size === null) Atomics.wait(waiting, 0, 0, pollMs);
    else parts.push(part.subarray(0, size));
  }
}

const pollMs = 10;
const waiting = new Int32Array(new SharedArrayBuffer(4));

/** How many bytes came; 0 at the end, null if there are none yet. */
function readPart(into: Uint8Array): number | null {
  try {
    return readSync(0, into);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    if (code === "EAGAIN") return null;
    // What Windows says when a pipe's writer is gone.
    if (code === "EOF") return 0;
    throw error;
  }
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
