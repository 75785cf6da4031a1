/**
 * What a command sees of the process around it: its outputs, the environment and interrupts. Tests
 * run commands with a frame of their own.
 */
import type { Environment } from "./environment.ts";
import type { ExitCode } from "./exit.ts";

/** Where text goes. */
export interface Sink {
  write(text: string): void;
  /** True for a terminal. */
  readonly isTerminal: boolean;
  /** The width of the terminal, or of no terminal 100. */
  readonly columns: number;
}

/** Whether the user asked for an end. Long work looks between two steps. */
export interface Interrupt {
  readonly requested: boolean;
}

/** The process around a command line. */
export interface Surroundings {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly environment: Environment;
  /** The bytes of standard input, to its end. Blocks. */
  readStdin(): Uint8Array;
  /**
   * From now on the first Ctrl-C asks for an orderly end and the second one kills. For work that
   * gives the event loop a turn (`setImmediate`) between its steps; else Ctrl-C would do nothing.
   */
  listenForInterrupt(): Interrupt;
  /** True once an orderly end was asked for. */
  interrupted(): boolean;
}

/** What one command gets. */
export interface Frame extends Surroundings {
  /** Says how the command ended. Without it, it passed. */
  finish(code: ExitCode): void;
}
