/** Exit codes, and how errors map to them. The codes are a contract with other people's scripts. */
import { UserError, type UserErrorCode } from "../sim/errors.ts";

/** Every exit code of the tool and its name. */
export const exitCodes = {
  /** Passed. Replay of a repro: fixed. */
  pass: 0,
  /** A property is violated, a mutant survived, an artefact is refused. */
  fail: 1,
  /** Bad usage, configuration or input file, missing file. */
  usage: 2,
  /** A gate missed, time or budget out, a checker undecided, nothing to judge. */
  inconclusive: 3,
  /** The test bed itself failed. */
  internal: 4,
  /** A stale, corrupt or unreadable repro. */
  repro: 5,
  /** Interrupted with nothing found. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The exit code of an error: people's mistakes by their code, everything else is internal. */
export function exitCodeOf(error: unknown): ExitCode {
  return error instanceof UserError ? userErrorExits[error.code] : exitCodes.internal;
}

const userErrorExits: Readonly<Record<UserErrorCode, ExitCode>> = {
  usage: exitCodes.usage,
  "missing-file": exitCodes.usage,
  "unreadable-file": exitCodes.usage,
  "bad-config": exitCodes.usage,
  "bad-plan": exitCodes.usage,
  "bad-repro": exitCodes.repro,
  "stale-repro": exitCodes.repro,
  "bad-plugin": exitCodes.usage,
  "bad-history": exitCodes.usage,
  "bad-contract": exitCodes.usage,
  "bad-snapshot": exitCodes.usage,
  "bad-scenario": exitCodes.usage,
  "bad-failpoint": exitCodes.usage,
  "bad-mutant": exitCodes.usage,
  "missing-tool": exitCodes.usage,
};

/** The exit code after an interrupt: what was found by then counts, a pass is none. */
export function interruptedExit(code: ExitCode): ExitCode {
  return code === exitCodes.pass || code === exitCodes.inconclusive ? exitCodes.interrupted : code;
}
