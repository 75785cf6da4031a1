/**
 * Checkpoints: the whole key-value state in one file, so that the log before it can go. The file is
 * written under another name, synced, renamed, and the directory synced, before anything older is
 * removed: at each moment either the old pair or the new one is whole.
 */
import { assert, InvariantError, unreachable } from "../../sim/assert.ts";
import type { Disk, DiskError } from "../../sim/process.ts";
import { ByteReader, ByteWriter } from "./byte-writer.ts";
import type { EngineFailure } from "./engine.ts";
import { entryValue } from "./family.ts";
import { checkpointName, fileNumbers, unfinishedName, walName } from "./file-names.ts";
import { beginFrame, endFrame, magics } from "./frame.ts";
import { encodeMeta, encodePut, replayEncoded } from "./kv-batch.ts";
import type { KvState } from "./kv-state.ts";
import { scanFrames } from "./scan.ts";
import { columnFamilies } from "./vocabulary.ts";

/** The first word of each frame's payload. */
const parts = { head: 1, entries: 2, end: 3 } as const;
/** A frame's payload is closed when it has grown beyond so many bytes. */
const chunkBytes = 32_768;

/** Where checkpoints are written, one at a time. */
const writer = new ByteWriter();

/** What `encodeCheckpoint` puts into the file besides the state. */
export type CheckpointFields = {
  readonly number: number;
  /** The last frame of the key-value log that the state includes. */
  readonly walSequence: number;
  /** The Raft log's last durable frame, as a claim. */
  readonly logDurable: number;
};

/** The bytes of a checkpoint of the present state. */
export function encodeCheckpoint(state: KvState, fields: CheckpointFields): Uint8Array {
  // One that was broken off may have left its beginning.
  writer.clear();
  let frames = 0;
  let at = beginFrame(writer);
  const end = (): void => {
    frames += 1;
    endFrame(writer, at, {
      magic: magics.checkpoint,
      file: fields.number,
      sequence: frames,
      durable: 0,
      otherDurable: fields.logDurable,
    });
  };
  const begin = (part: number): void => {
    at = beginFrame(writer);
    writer.u32(part);
  };
  writer.u32(parts.head);
  writer.u32(fields.walSequence);
  end();
  begin(parts.entries);
  for (const region of state.regions()) {
    const meta = state.readMeta(region);
    assert(meta !== undefined, "a listed region has a record");
    encodeMeta(writer, region, meta);
  }
  for (const cf of columnFamilies) {
    const family = state.families[cf];
    family.index.ascend("", "", (key, entry) => {
      encodePut(writer, cf, key, entryValue(family, entry));
      if (writer.length - at > chunkBytes) {
        end();
        begin(parts.entries);
      }
      return undefined;
    });
  }
  end();
  begin(parts.end);
  writer.u32(state.size);
  writer.u32(state.digest());
  end();
  return writer.take();
}

/** What is wrong with a checkpoint, or what it holds besides the state. */
export type CheckpointResult =
  | { readonly kind: "loaded"; readonly walSequence: number; readonly logDurable: number }
  | { readonly kind: "corrupt"; readonly offset: number; readonly what: string };

/** Fills an empty state from a checkpoint's bytes. A checkpoint is whole or corrupt: no tail. */
export function loadCheckpoint(
  state: KvState,
  { number, bytes }: { readonly number: number; readonly bytes: Uint8Array },
): CheckpointResult {
  const name = checkpointName(number);
  const scan = scanFrames({ name, number, bytes, magic: magics.checkpoint });
  const corrupt = (what: string): CheckpointResult => {
    return { kind: "corrupt", offset: scan.endOffset, what };
  };
  if (scan.damaged) return corrupt("a damaged frame in a checkpoint");
  const head = scan.frames[0];
  const last = scan.frames[scan.frames.length - 1];
  if (head === undefined || last === undefined) return corrupt("an empty checkpoint");
  const headReader = new ByteReader(bytes, head.start, head.end);
  const endReader = new ByteReader(bytes, last.start, last.end);
  if (head.sequence !== 1 || headReader.u32() !== parts.head) return corrupt("no first frame");
  if (endReader.u32() !== parts.end) return corrupt("a checkpoint without its end");
  for (const frame of scan.frames.slice(1, -1)) {
    const reader = new ByteReader(bytes, frame.start, frame.end);
    assert(reader.u32() === parts.entries, "a checkpoint's inner frames hold entries");
    replayEncoded(reader, state);
  }
  const same = endReader.u32() === state.size && endReader.u32() === state.digest();
  if (!same) return corrupt("a checkpoint whose entries disagree with its digest");
  return { kind: "loaded", walSequence: headReader.u32(), logDurable: scan.otherDurable };
}

/** The steps of writing a checkpoint, in order. */
type Step = "idle" | "append" | "sync" | "rename" | "directory";

/** Carries a checkpoint to the disk, one operation after another. */
export class Checkpointer {
  readonly #disk: Disk;
  readonly #firstToken: number;
  #step: Step = "idle";
  #number = 0;
  #bytes = 0;
  #failure: EngineFailure | null = null;

  /** It uses `firstToken` and the one after it. */
  constructor({ disk, firstToken }: { readonly disk: Disk; readonly firstToken: number }) {
    this.#disk = disk;
    this.#firstToken = firstToken;
  }

  get busy(): boolean {
    return this.#step !== "idle";
  }

  /** Bytes of the last checkpoint, 0 when there was none. */
  get bytes(): number {
    return this.#bytes;
  }

  get failure(): EngineFailure | null {
    return this.#failure;
  }

  /** Starts to write checkpoint `number`. */
  start({ number, bytes }: { readonly number: number; readonly bytes: Uint8Array }): void {
    assert(this.#step === "idle", "one checkpoint is written at a time");
    assert(number > this.#number, "a checkpoint's number is new");
    this.#number = number;
    this.#bytes = bytes.length;
    this.#step = "append";
    this.#disk.append(unfinishedName(number), bytes, this.#firstToken);
  }

  /** Takes the end of a disk operation. False when the token is another's. */
  diskDone(token: number, error: DiskError | null): boolean {
    // An old file that could not be removed is removed by the next checkpoint or recovery.
    if (token === this.#firstToken + 1) return true;
    if (token !== this.#firstToken) return false;
    if (this.#failure !== null) return true;
    const what = `${this.#step} ${unfinishedName(this.#number)}`;
    if (error !== null) this.#failure = { kind: "io", what, error };
    else this.#next();
    return true;
  }

  #next(): void {
    const unfinished = unfinishedName(this.#number);
    switch (this.#step) {
      case "append":
        this.#step = "sync";
        this.#disk.sync(unfinished, this.#firstToken);
        break;
      case "sync":
        this.#step = "rename";
        this.#disk.rename(unfinished, checkpointName(this.#number), this.#firstToken);
        break;
      case "rename":
        this.#step = "directory";
        this.#disk.syncDirectory(this.#firstToken);
        break;
      case "directory":
        this.#step = "idle";
        removeBefore(this.#disk, this.#number, this.#firstToken + 1);
        break;
      case "idle":
        throw new InvariantError("does not hold: a disk operation ends that was begun");
      default:
        unreachable(this.#step);
    }
  }
}

/** Removes the checkpoints and key-value logs before `number`, and checkpoints left unfinished. */
export function removeBefore(disk: Disk, number: number, token: number): void {
  const names = disk.list();
  for (const one of fileNumbers(names, "wal")) if (one < number) disk.remove(walName(one), token);
  for (const one of fileNumbers(names, "checkpoint")) {
    if (one < number) disk.remove(checkpointName(one), token);
  }
  for (const one of fileNumbers(names, "unfinished")) disk.remove(unfinishedName(one), token);
}
