/**
 * Recorded histories as JSON Lines: one JSON value a line. Every mistake in a file becomes one
 * `UserError` "bad-history" that names file, line, what was found and what was expected.
 */
import { UserError } from "../../sim/errors.ts";

/** One line that holds a value. `line` counts from 1, blank lines included. */
export type JsonLine = { readonly line: number; readonly value: unknown };

/** The place of a mistake, and both halves of the sentence "found .., expected ..". */
export type HistoryMistake = {
  /** The file as the user named it, `-` for standard input. */
  readonly source: string;
  /** From 1. Leave it out when the mistake is the whole file's. */
  readonly line?: number;
  readonly found: string;
  readonly expected: string;
};

const seeFormats = "the formats, each with an example, are in scenarios/history-files/FORMATS.md";
/** Deeper nesting than any history has; a bound on what recursive readers must bear. */
const levelsMax = 64;

/** The error of a mistake in a recorded history; `hint` says what to do, if it is not plain. */
export function badHistory(mistake: HistoryMistake, hint: string = seeFormats): UserError {
  const { source, line, found, expected } = mistake;
  const where = line === undefined ? source : `${source}:${line}`;
  return new UserError(`found ${found}, expected ${expected}`, {
    code: "bad-history",
    where,
    hint,
  });
}

/**
 * The text of a history file's bytes. Refuses what is not UTF-8: a replacement character in place
 * of broken bytes could make two different values equal. A leading byte order mark is dropped.
 */
export function decodeHistory(bytes: Uint8Array, source: string): string {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    const hint = "PowerShell's > writes UTF-16: convert the file, or write it with -Encoding utf8";
    throw badHistory({ source, line: 1, found: "UTF-16", expected: "text in UTF-8" }, hint);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw badHistory({ source, found: "bytes that are no UTF-8", expected: "text in UTF-8" });
  }
}

/**
 * The values of a JSON Lines text in order. Blank lines, CRLF and a byte order mark are allowed; a
 * name twice in one object counts with its last value. Throws `UserError` "bad-history" at the
 * first line that is no JSON, nests deeper than 64 levels or holds an integer beyond 2^53.
 */
export function readJsonLines(text: string, source: string): readonly JsonLine[] {
  const lines: JsonLine[] = [];
  let line = 0;
  let start = 0;
  while (start <= text.length) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline;
    const one = text.slice(start, end).trim(); // White space is a byte order mark, too.
    line++;
    start = end + 1;
    if (one !== "") lines.push({ line, value: parseLine(one, { source, line }) });
  }
  return lines;
}

/** A text as an error shows it: quoted, without control characters, at most 60 characters. */
export function quoted(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 57)}...` : text;
  return `'${short.replace(/\p{Cc}/gu, "?")}'`;
}

/** A value out of a history as an error shows it: its JSON, at most 60 characters. */
export function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/**
 * Refuses what no reader of ours takes: nesting deeper than 64 levels, and integers beyond 2^53,
 * which were already rounded, so that two different ones may look equal.
 */
export function checkValue(value: unknown, place: { source: string; line: number }): void {
  const problem = problemOf(value, 0);
  if (problem === null) return;
  throw badHistory({ ...place, ...problem }, problem.hint);
}

const exactHint = "write big numbers as strings, and times relative to the start of the run";

type Problem = { readonly found: string; readonly expected: string; readonly hint: string };

function problemOf(value: unknown, level: number): Problem | null {
  if (typeof value === "number") {
    const exact = !Number.isInteger(value) || Number.isSafeInteger(value);
    if (exact && Number.isFinite(value)) return null;
    const expected = "numbers that are exact (below 2^53)";
    return { found: `the number ${value}`, expected, hint: exactHint };
  }
  if (typeof value !== "object" || value === null) return null;
  if (level >= levelsMax) {
    const expected = `at most ${levelsMax} levels of nesting`;
    return { found: "deep nesting", expected, hint: seeFormats };
  }
  const inner: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  for (let at = 0; at < inner.length; at++) {
    const problem = problemOf(inner[at], level + 1);
    if (problem !== null) return problem;
  }
  return null;
}

function parseLine(one: string, place: { source: string; line: number }): unknown {
  let value: unknown;
  try {
    value = JSON.parse(one);
  } catch {
    const found = one.startsWith("[") ? `${quoted(one)}, a part of a JSON array` : quoted(one);
    const hint = one.startsWith("[")
      ? "JSON Lines have no brackets around them: one object a line (jq -c '.[]' converts)"
      : "one JSON object a line; a text that ends inside a line was cut off while it was written";
    throw badHistory({ ...place, found, expected: "JSON" }, hint);
  }
  checkValue(value, place);
  return value;
}
