/**
 * The envelope of every JSON report: which schema, which tool, which command, how it ended. The
 * fields of each command are described in SCHEMA.md; a change that could break a reader of them
 * raises `schemaVersion`.
 */

/** The version of all JSON reports. */
export const schemaVersion = 1;

/** How a command ended, in the words of the exit codes. */
export type Outcome =
  | "pass" // 0
  | "fail" // 1
  | "inconclusive" // 3
  | "internal" // 4
  | "interrupted"; // 130

export type ReportHead = {
  readonly command: string;
  /** The version of this package. */
  readonly toolVersion: string;
  readonly outcome: Outcome;
  readonly exitCode: number;
};

/**
 * A JSON report, indented by two spaces and ended by a newline. Keys stand in the order of `body`.
 * Bytes become lower-case hex, big integers decimal text, maps and sets arrays, NaN and infinities
 * null; a field that is `undefined` is left out.
 */
export function jsonReport(head: ReportHead, body: Readonly<Record<string, unknown>>): string {
  const { command, toolVersion, outcome, exitCode } = head;
  const tool = { name: "coprsim", version: toolVersion };
  const report = { schema: schemaVersion, tool, command, outcome, exitCode, ...body };
  return `${JSON.stringify(report, encode, 2)}\n`;
}

function encode(this: Readonly<Record<string, unknown>>, key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  // Not `value`: a Buffer has turned itself into something else by now.
  const bytes = this[key];
  if (bytes instanceof Uint8Array) return Buffer.from(bytes).toString("hex");
  if (value instanceof Map || value instanceof Set) return [...value];
  return value;
}
