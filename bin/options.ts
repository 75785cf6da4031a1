/** Values of options and arguments, as parsers for commander: each refuses with one clear line. */
import { InvalidArgumentError, Option } from "commander";
import { UserError } from "../sim/errors.ts";

/** A whole number from 1 to 1,000,000,000. */
export function positiveInteger(text: string): number {
  const value = wholeNumber(text);
  if (value === null || value < 1) throw expected("a whole number from 1 to 1000000000");
  return value;
}

/** A whole number from 0 to 1,000,000,000. */
export function naturalNumber(text: string): number {
  const value = wholeNumber(text);
  if (value === null) throw expected("a whole number from 0 to 1000000000");
  return value;
}

function wholeNumber(text: string): number | null {
  return /^\d{1,10}$/.test(text) && Number(text) <= 1_000_000_000 ? Number(text) : null;
}

const unitMs: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["min", 60_000],
  ["h", 3_600_000],
]);

/** A duration of wall time such as `500ms`, `60s`, `1.5m`, `2h`, in milliseconds: positive. */
export function durationMs(text: string): number {
  const match = /^(\d{1,9}(?:\.\d{1,6})?)([a-z]+)$/.exec(text);
  const value = Math.round(Number(match?.[1]) * (unitMs.get(match?.[2] ?? "") ?? Number.NaN));
  if (!(value > 0)) throw expected("a duration with its unit, such as 500ms, 60s, 5m or 1h");
  return value;
}

/** The error of an option that was left out where it is needed. */
export function neededOption(option: string, words: readonly string[]): UserError {
  const hint = `one of ${words.join(", ")}`;
  return new UserError(`${option} is needed`, { code: "usage", where: "", hint });
}

/** `--time` of a command that judges one thing: 60 s, after which it is undecided. */
export function timeOption(): Option {
  return new Option("--time <duration>", "give up, undecided, after this time")
    .argParser(durationMs)
    .default(60_000, "60s");
}

/** A master seed: letters, digits and `. _ - /`, at most 100 of them. */
export function seed(text: string): string {
  if (!/^[\w./-]{1,100}$/.test(text)) {
    throw expected("1 to 100 letters, digits and . _ - / as a seed");
  }
  return text;
}

/** A share such as `5%` or `0.5%`, as a number: 0.05. From 0 % to 100 %. */
export function percentage(text: string): number {
  const match = /^(\d{1,3}(?:\.\d{1,6})?)%$/.exec(text);
  const value = Number(match?.[1]) / 100;
  if (!(value >= 0 && value <= 1)) throw expected("a percentage such as 5%");
  return value;
}

/** A parser of one of `words`. */
export function oneOf<Word extends string>(words: readonly Word[]): (text: string) => Word {
  return (text) => {
    const found = words.find((word) => word === text);
    if (found === undefined) throw expected(`one of ${words.join(", ")}`);
    return found;
  };
}

/** The name of a file, which need not exist, or `-`. */
export function fileName(text: string): string {
  if (text === "" || text.includes("\0")) throw expected("the name of a file");
  return text;
}

/** For options that may be given several times: collects the values in order. */
export function repeated<Value>(
  parse: (text: string) => Value,
): (text: string, before: readonly Value[] | undefined) => readonly Value[] {
  return (text, before) => [...(before ?? []), parse(text)];
}

function expected(what: string): InvalidArgumentError {
  return new InvalidArgumentError(`Expected ${what}.`);
}
