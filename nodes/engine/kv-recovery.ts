/**
 * Reading the key-value state back: the newest checkpoint, then the log files after it in order.
 *
 * Frames after the last sync may be lost or torn in any way by a power loss, so damage there is a
 * tail: the state goes back to an earlier batch and the Raft log is replayed. A file's first frame
 * proves that all frames before it were durable, and each frame claims what was: whatever lies
 * below such a claim and is not found whole is corruption.
 */
import { ByteReader } from "./byte-writer.ts";
import { loadCheckpoint } from "./checkpoint.ts";
import { checkpointName } from "./file-names.ts";
import { magics } from "./frame.ts";
import { replayEncoded } from "./kv-batch.ts";
import type { KvState } from "./kv-state.ts";
import type { Corrupt, ReadFile } from "./log-recovery.ts";
import { type Scan, scanFrames } from "./scan.ts";

/** The key-value files that were read. */
export type KvFiles = {
  /** The checkpoint with the highest number. */
  readonly checkpoint: ReadFile | null;
  /** The log files of that number and higher, ascending. */
  readonly wals: readonly ReadFile[];
};

/** The key-value state as found. */
export type LoadedKv = {
  readonly kind: "loaded";
  /** The last frame that the state includes, 0 when there is none. */
  readonly sequence: number;
  /** The Raft log's durable frames, as claimed by the key-value files. */
  readonly logClaim: number;
  /** Where reading ended: the place to name when a claim is not met. */
  readonly end: { readonly file: string; readonly offset: number };
};

/** Fills an empty state. Check `kvClaimBroken` with the Raft log's claim afterwards. */
export function loadKv(state: KvState, { checkpoint, wals }: KvFiles): LoadedKv | Corrupt {
  let sequence = 0;
  let logClaim = 0;
  let end = { file: wals[0]?.name ?? "kv-1.log", offset: 0 };
  if (checkpoint !== null) {
    const loaded = loadCheckpoint(state, checkpoint);
    const file = checkpointName(checkpoint.number);
    if (loaded.kind === "corrupt") return { ...loaded, file };
    sequence = loaded.walSequence;
    logClaim = loaded.logDurable;
    end = wals.length === 0 ? { file, offset: checkpoint.bytes.length } : end;
  }
  const scans = wals.map((file) => scanFrames({ ...file, magic: magics.wal }));
  for (const [at, scan] of scans.entries()) {
    const limit = firstSequenceAfter(scans, at);
    const first = scan.frames[0];
    if (first !== undefined && first.sequence !== sequence + 1) {
      const missing = `frames ${sequence + 1} to ${first.sequence - 1} are missing`;
      const what = first.sequence > sequence ? missing : `frame ${first.sequence} comes again`;
      return { kind: "corrupt", ...end, what: `${what} before ${scan.name}` };
    }
    for (const frame of scan.frames) {
      if (frame.sequence >= limit) break;
      replayEncoded(new ByteReader(scan.bytes, frame.start, frame.end), state);
      sequence = frame.sequence;
    }
    end = { file: scan.name, offset: scan.endOffset };
    logClaim = Math.max(logClaim, scan.otherDurable);
  }
  const loaded: LoadedKv = { kind: "loaded", sequence, logClaim, end };
  return kvClaimBroken(loaded, Math.max(0, ...scans.map((scan) => scan.durable))) ?? loaded;
}

/** Compares a claim of durable frames with what was found: damage, or null. */
export function kvClaimBroken(
  { sequence, end }: Pick<LoadedKv, "sequence" | "end">,
  claim: number,
): Corrupt | null {
  if (claim <= sequence) return null;
  const what = `the key-value log ends with frame ${sequence}, but frame ${claim} was durable`;
  return { kind: "corrupt", ...end, what };
}

// A file that was cut at its tail is followed by one that begins with the first frame cut off.
function firstSequenceAfter(scans: readonly Scan[], at: number): number {
  const later = scans.slice(at + 1).find((scan) => scan.frames.length > 0);
  return later?.frames[0]?.sequence ?? Number.POSITIVE_INFINITY;
}
