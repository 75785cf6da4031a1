/** The names of a store's files, and the numbers in them. */

/** A segment of the Raft log, from 1. */
export const logName = (number: number): string => `raft-${number}.log`;
/** A key-value log: the changes after checkpoint `number`. */
export const walName = (number: number): string => `kv-${number}.log`;
/** A checkpoint: the state before the key-value log of the same number. */
export const checkpointName = (number: number): string => `kv-${number}.ckpt`;
/** A checkpoint that is being written: worthless after a crash. */
export const unfinishedName = (number: number): string => `kv-${number}.tmp`;

/** The shapes of the names above. */
export type FileShape = "log" | "wal" | "checkpoint" | "unfinished";

type Affixes = { readonly start: string; readonly end: string };

const shapes: Readonly<Record<FileShape, Affixes>> = {
  log: { start: "raft-", end: ".log" },
  wal: { start: "kv-", end: ".log" },
  checkpoint: { start: "kv-", end: ".ckpt" },
  unfinished: { start: "kv-", end: ".tmp" },
};

/** The numbers of a directory's files of one shape, ascending. */
export function fileNumbers(names: readonly string[], shape: FileShape): number[] {
  const { start, end } = shapes[shape];
  const found: number[] = [];
  for (const name of names) {
    if (!name.startsWith(start) || !name.endsWith(end)) continue;
    const number = wholeNumber(name, start.length, name.length - end.length);
    if (number !== null) found.push(number);
  }
  return found.length > 1 ? found.sort((a, b) => a - b) : found;
}

/** What the digits of `text` from `from` to before `to` say; null if they are not only digits. */
function wholeNumber(text: string, from: number, to: number): number | null {
  let number = 0;
  for (let at = from; at < to; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return null;
    number = 10 * number + digit;
  }
  return from < to ? number : null;
}
