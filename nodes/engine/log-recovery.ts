/**
 * Reading the Raft log back: the newest segment with a whole base, and every frame after it.
 *
 * What follows the last good frame is a torn tail, to be cut, unless a claim says that more than
 * the good frames were durable, or no torn write can have left it: then it is damage, and nothing
 * is served. At most one batch is unsynced at a time: a power loss leaves no claim of what it took.
 */
import { ByteReader, readU32 } from "./byte-writer.ts";
import { magics } from "./frame.ts";
import { type EntryCodec, type LogEntry, LogState, records, replayRecords } from "./log-state.ts";
import { type Scan, scanFrames } from "./scan.ts";

/** A file as it was read. */
export type ReadFile = {
  readonly name: string;
  readonly number: number;
  readonly bytes: Uint8Array;
};

/** Damage that must not be mistaken for a torn tail. */
export type Corrupt = {
  readonly kind: "corrupt";
  readonly file: string;
  /** Bytes from the file's beginning. */
  readonly offset: number;
  readonly what: string;
};

/** The log as found. */
export type LoadedLog<E extends LogEntry> = {
  readonly kind: "loaded";
  readonly state: LogState<E>;
  /** The last good frame, 0 when there is none. */
  readonly sequence: number;
  /** The key-value log's durable frames, as claimed by the Raft log. */
  readonly walClaim: number;
  /** The highest segment number, 0 when there is no segment. */
  readonly segment: number;
  /** Where reading ended: the place to name when a claim is not met. */
  readonly end: { readonly file: string; readonly offset: number };
};

/** Reads the segments, given in ascending order. Check `logClaimBroken` afterwards. */
export function loadLog<E extends LogEntry>(
  files: readonly ReadFile[],
  codec: EntryCodec<E>,
): LoadedLog<E> | Corrupt {
  const scans = files.map((file) => scanFrames({ ...file, magic: magics.log }));
  const newest = scans[scans.length - 1];
  const chosen = scans.findLast(hasBase);
  const state = new LogState<E>();
  let sequence = 0;
  if (chosen !== undefined) {
    for (const { start, end, sequence: number } of chosen.frames) {
      replayRecords(new ByteReader(chosen.bytes, start, end), { state, codec });
      sequence = number;
    }
  }
  // A newer segment without a base is where the damage is, should something be missing.
  const last = newest === undefined || newest === chosen ? newest : { ...newest, endOffset: 0 };
  const end = { file: last?.name ?? "raft-1.log", offset: last?.endOffset ?? 0 };
  const loaded: LoadedLog<E> = {
    kind: "loaded",
    state,
    sequence,
    walClaim: Math.max(0, ...scans.map((scan) => scan.otherDurable)),
    segment: newest?.number ?? 0,
    end,
  };
  const broken = logClaimBroken(loaded, Math.max(0, ...scans.map((scan) => scan.durable)));
  if (broken !== null) return broken;
  if (newest === undefined || newest.torn) return loaded;
  return { kind: "corrupt", ...end, what: "a damaged frame that is not the torn end of a write" };
}

/** Compares a claim of durable frames with what was found: damage, or null. */
export function logClaimBroken(
  { sequence, end }: Pick<LoadedLog<LogEntry>, "sequence" | "end">,
  claim: number,
): Corrupt | null {
  if (claim <= sequence) return null;
  const what = `the Raft log ends with frame ${sequence}, but frame ${claim} was durable`;
  return { kind: "corrupt", ...end, what };
}

// A frame that went astray could lie whole at a segment's beginning: only a base may.
function hasBase(scan: Scan): boolean {
  const first = scan.frames[0];
  return first !== undefined && readU32(scan.bytes, first.start) === records.base;
}
