/** Reading a file of frames: what is good, where the damage begins, and what was durable. */
import { damagedEnd, type Frame, frameHeaderBytes, type Magic, readFrame } from "./frame.ts";

/** What a file of frames holds. */
export type Scan = {
  readonly name: string;
  readonly number: number;
  /** What was read. */
  readonly bytes: Uint8Array;
  /** Whole frames with consecutive sequence numbers from the file's beginning. */
  readonly frames: readonly Frame[];
  /** Where reading ended. The file's size when nothing is wrong. */
  readonly endOffset: number;
  /** True when bytes follow `endOffset`: a torn tail, or damage. */
  readonly damaged: boolean;
  /** True when a torn write may have left these bytes, or there are none. */
  readonly torn: boolean;
  /** The highest sequence numbers that any whole frame in it, astray or not, claims durable. */
  readonly durable: number;
  readonly otherDurable: number;
};

export type ScanOptions = {
  readonly name: string;
  readonly number: number;
  readonly bytes: Uint8Array;
  readonly magic: Magic;
};

/** Reads frames up to the first that is damaged, of another file or out of order. */
export function scanFrames({ name, number, bytes, magic }: ScanOptions): Scan {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const frames: Frame[] = [];
  let offset = 0;
  let durable = 0;
  let otherDurable = 0;
  for (;;) {
    const frame = readFrame(view, offset, magic);
    if (frame === null || frame.file !== number) break;
    const before = frames[frames.length - 1];
    if (before !== undefined && frame.sequence !== before.sequence + 1) break;
    frames.push(frame);
    durable = Math.max(durable, frame.durable);
    otherDurable = Math.max(otherDurable, frame.otherDurable);
    offset = frame.end;
  }
  const damaged = offset < bytes.length;
  // Frames behind the damage are not served, but what they claim durable must not be missing.
  for (let at = offset + 1; at + frameHeaderBytes <= bytes.length; at++) {
    const stray = readFrame(view, at, magic);
    if (stray === null || stray.file !== number) continue;
    durable = Math.max(durable, stray.durable);
    otherDurable = Math.max(otherDurable, stray.otherDurable);
  }
  const torn = !damaged || isTorn(bytes, offset, damagedEnd(view, offset, magic));
  return { name, number, bytes, frames, endOffset: offset, damaged, torn, durable, otherDurable };
}

/** The unit in which a disk writes: after a power loss each is old or new as a whole. */
const sectorBytes = 512;

/**
 * Whether a torn append can explain the bytes from `offset` to the end, where a frame begins that
 * ends at `end`, if that is known: the file stops at a sector's edge in the middle of the frame, or
 * a sector was never written and reads as zeroes. A flipped bit leaves neither. etcd tells the two
 * apart by the zeroes alone (etcd server/storage/wal/decoder.go, isTornEntry).
 */
function isTorn(bytes: Uint8Array, offset: number, end: number | null): boolean {
  // One append is under way at a time: what has another behind it was durable.
  if (end !== null && bytes.subarray(end).some((byte) => byte !== 0)) return false;
  const isCut = end === null || end > bytes.length;
  if (isCut && bytes.length % sectorBytes === 0) return true;
  for (let at = offset; at < bytes.length; ) {
    const edge = Math.min(bytes.length, at - (at % sectorBytes) + sectorBytes);
    if (bytes.subarray(at, edge).every((byte) => byte === 0)) return true;
    at = edge;
  }
  return false;
}
