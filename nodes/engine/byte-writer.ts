/** Bytes as they are written and read: little-endian words, runs of bytes and latin1 text. */
import { assert } from "../../sim/assert.ts";
import { bytesPart, emptyBytes, latin1Part } from "../../sim/bytes.ts";
import { viewChecksum } from "./checksum.ts";

/** The room that a writer gets at first, and each time after its room ran out. */
const roomBytes = 32_768;
/** A copy by V8 costs as much as a loop over so many bytes, the encoding of a text over so many. */
const bytesByLoop = 16;
const textByLoop = 32;

const noRoom = Buffer.from(emptyBytes.buffer);
const noWords = new DataView(emptyBytes.buffer);

/** A growing run of bytes. What is taken from it stays where it was written. */
export class ByteWriter {
  #room = noRoom;
  /** Words of the room. */
  #view = noWords;
  /** The room's memory: to ask a view for it costs as much as to make one. */
  #memory = noWords.buffer;
  /** Where the run begins: behind what was taken. */
  #start = 0;
  #end = 0;

  /** Bytes written since the last `take` or `clear`. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** Forgets what was written. */
  clear(): void {
    this.#end = this.#start;
  }

  /** Leaves `count` bytes to be filled by `setU32`, and answers where they begin. */
  skip(count: number): number {
    this.#reserve(count);
    const at = this.#end - this.#start;
    this.#end += count;
    return at;
  }

  /** Appends a whole number from 0 to 255. */
  byte(value: number): void {
    this.#reserve(1);
    this.#room[this.#end++] = value;
  }

  /** Appends a whole number from 0 to 2^32 - 1. */
  u32(value: number): void {
    assert(value >= 0 && value <= 0xffff_ffff, "a word on disk is a 32-bit whole number");
    this.#reserve(4);
    this.#view.setUint32(this.#end, value, true);
    this.#end += 4;
  }

  /** Replaces the four bytes at `at`. */
  setU32(at: number, value: number): void {
    assert(value >= 0 && value <= 0xffff_ffff, "a word on disk is a 32-bit whole number");
    this.#view.setUint32(this.#start + at, value, true);
  }

  /** Appends bytes, their count first. */
  run(run: Uint8Array): void {
    this.u32(run.length);
    this.bytes(run);
  }

  /** Appends bytes. */
  bytes(bytes: Uint8Array): void {
    const { length } = bytes;
    this.#reserve(length);
    const room = this.#room;
    const at = this.#end;
    if (length > bytesByLoop) room.set(bytes, at);
    else for (let i = 0; i < length; i++) room[at + i] = bytes[i] as number;
    this.#end = at + length;
  }

  /** Appends a latin1 string. */
  text(text: string): void {
    const { length } = text;
    this.#reserve(length);
    const room = this.#room;
    const at = this.#end;
    if (length > textByLoop) room.write(text, at, "latin1");
    else for (let i = 0; i < length; i++) room[at + i] = text.charCodeAt(i);
    this.#end = at + length;
  }

  /** The checksum of what was written from `from` on. */
  checksum(from: number, seed: number): number {
    return viewChecksum(this.#view, this.#start + from, this.#end, seed);
  }

  /** What is written, never to change from now on; and begins anew. */
  take(): Uint8Array {
    const taken = new Uint8Array(this.#memory, this.#start, this.length);
    this.#start = this.#end;
    return taken;
  }

  #reserve(count: number): void {
    if (this.#end + count > this.#room.length) this.#move(count);
  }

  #move(count: number): void {
    const { length } = this;
    const wider = Buffer.allocUnsafeSlow(Math.max(roomBytes, 2 * (length + count)));
    this.#room.copy(wider, 0, this.#start, this.#end);
    this.#room = wider;
    this.#memory = wider.buffer;
    this.#view = new DataView(wider.buffer);
    this.#start = 0;
    this.#end = length;
  }
}

/** The four bytes at `at` as a whole number. */
export function readU32(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
  return (low | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24)) >>> 0;
}

/** Reads what a `ByteWriter` wrote. Past the end it throws: checksums come first. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;

  /** Reads the bytes from `from` to before `to`. */
  constructor(bytes: Uint8Array, from: number, to: number) {
    this.#bytes = bytes;
    this.#at = from;
    this.#end = to;
  }

  /** True when everything was read. */
  get done(): boolean {
    return this.#at === this.#end;
  }

  byte(): number {
    return this.#bytes[this.#advance(1)] as number;
  }

  u32(): number {
    return readU32(this.#bytes, this.#advance(4));
  }

  /** Bytes behind their count. */
  run(): Uint8Array {
    return this.bytes(this.u32());
  }

  /** The next bytes, to be kept: a view, but of a few bytes a copy. */
  bytes(length: number): Uint8Array {
    const at = this.#advance(length);
    return bytesPart(this.#bytes, at, at + length);
  }

  /** The next `length` bytes as a latin1 string. */
  text(length: number): string {
    const at = this.#advance(length);
    return latin1Part(this.#bytes, at, at + length);
  }

  #advance(count: number): number {
    const at = this.#at;
    assert(at + count <= this.#end, "a record whose checksum agrees is whole");
    this.#at = at + count;
    return at;
  }
}
