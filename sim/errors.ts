/** What a person did wrong, as a stable code that scripts may match on. */
export type UserErrorCode =
  | "usage"
  | "missing-file"
  | "unreadable-file"
  | "bad-config"
  | "bad-plan"
  | "bad-repro"
  | "stale-repro"
  | "bad-plugin"
  | "bad-history"
  | "bad-contract"
  | "bad-snapshot"
  | "bad-scenario"
  | "bad-failpoint"
  | "bad-mutant"
  | "missing-tool";

export type UserErrorDetails = {
  readonly code: UserErrorCode;
  /** The place: a file with line or path inside it, an option, an argument. */
  readonly where: string;
  /** What was expected, or what to do about it. */
  readonly hint: string;
};

/**
 * A mistake in what a person gave us: options, files, plugins, histories. Shown as one clear
 * message without a stack trace; `bin/` maps `code` to the exit code.
 */
export class UserError extends Error {
  override readonly name = "UserError";
  readonly code: UserErrorCode;
  readonly where: string;
  readonly hint: string;

  constructor(message: string, { code, where, hint }: UserErrorDetails) {
    super(message);
    this.code = code;
    this.where = where;
    this.hint = hint;
  }
}
