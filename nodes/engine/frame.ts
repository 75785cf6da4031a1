/**
 * The frame: what the two logs and the checkpoints are made of. One frame is one atomic step (a
 * batch), so a reader sees all of it or nothing. 28 bytes of header, then the payload:
 *
 *   magic, payload length, checksum of all that follows, file number, sequence number,
 *   the highest own sequence number known durable, and the other log's (when the frame was made)
 *
 * The last two are *claims*: they tell a torn tail (never acknowledged, to be cut) from damage to
 * what was durable (to be named, never cut). The file number exposes writes that went astray.
 */
import { assert } from "../../sim/assert.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { viewChecksum } from "./checksum.ts";

/** Bytes of a frame besides its payload. */
export const frameHeaderBytes = 28;

/** The first word of a frame: which kind of file it belongs to. */
export const magics = {
  log: 0x31_4c_52_e7,
  wal: 0x31_57_4b_e7,
  checkpoint: 0x31_43_4b_e7,
} as const;

/** One of `magics`. */
export type Magic = (typeof magics)[keyof typeof magics];

/** What a frame says about itself. Who writes many fills one of these again for each. */
export type FrameFields = {
  readonly magic: Magic;
  file: number;
  /** From 1, one more for each frame of its log, over all files. */
  sequence: number;
  /** The highest sequence number of its own log that was durable when it was made. */
  durable: number;
  /** The same of the other log: of the key-value log in the Raft log, and the other way round. */
  otherDurable: number;
};

/** The fields of a log's frames, to be filled. */
export function newFields(magic: Magic): FrameFields {
  return { magic, file: 0, sequence: 0, durable: 0, otherDurable: 0 };
}

/** A frame as read. */
export type Frame = Readonly<FrameFields> & {
  /** Where its payload begins in its file, and where that ends. */
  readonly start: number;
  readonly end: number;
};

/** Leaves room for a header; the payload follows, then `endFrame` with the answer. */
export function beginFrame(writer: ByteWriter): number {
  return writer.skip(frameHeaderBytes);
}

/** Completes the frame that began at `at`: everything written since is its payload. */
export function endFrame(writer: ByteWriter, at: number, fields: Readonly<FrameFields>): void {
  assert(fields.durable < fields.sequence, "a frame is not durable before it is made");
  writer.setU32(at, fields.magic);
  writer.setU32(at + 4, writer.length - at - frameHeaderBytes);
  writer.setU32(at + 12, fields.file);
  writer.setU32(at + 16, fields.sequence);
  writer.setU32(at + 20, fields.durable);
  writer.setU32(at + 24, fields.otherDurable);
  writer.setU32(at + 8, writer.checksum(at + 12, fields.magic));
}

/**
 * Where a frame that `readFrame` refuses ends by its own word; null: its header is not to be
 * trusted. A length that is wrong is found where the frame is the file's last, by its checksum.
 */
export function damagedEnd(file: DataView, offset: number, magic: Magic): number | null {
  const { byteLength } = file;
  const start = offset + frameHeaderBytes;
  if (start > byteLength) return null;
  const sum = file.getUint32(offset + 8, true);
  if (sum === viewChecksum(file, offset + 12, byteLength, magic)) return byteLength;
  return file.getUint32(offset, true) === magic ? start + file.getUint32(offset + 4, true) : null;
}

/** The whole and undamaged frame at `offset` of a view of a file, or null. */
export function readFrame(file: DataView, offset: number, magic: Magic): Frame | null {
  const start = offset + frameHeaderBytes;
  const { byteLength } = file;
  if (start > byteLength || file.getUint32(offset, true) !== magic) return null;
  const end = start + file.getUint32(offset + 4, true);
  if (end > byteLength) return null;
  const sum = file.getUint32(offset + 8, true);
  if (sum !== viewChecksum(file, offset + 12, end, magic)) return null;
  return {
    magic,
    file: file.getUint32(offset + 12, true),
    sequence: file.getUint32(offset + 16, true),
    durable: file.getUint32(offset + 20, true),
    otherDurable: file.getUint32(offset + 24, true),
    start,
    end,
  };
}
