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

const shapes: Readonly<Record<FileShape, RegExp>> = {
  log: /^raft-(\d+)\.log$/,
  wal: /^kv-(\d+)\.log$/,
  checkpoint: /^kv-(\d+)\.ckpt$/,
  unfinished: /^kv-(\d+)\.tmp$/,
};

/** The numbers of a directory's files of one shape, ascending. */
export function fileNumbers(names: readonly string[], shape: FileShape): number[] {
  const found: number[] = [];
  for (const name of names) {
    const match = shapes[shape].exec(name);
    if (match !== null) found.push(Number(match[1]));
  }
  return found.sort((a, b) => a - b);
}
