/** Bytes as they are written and read: little-endian words, runs of bytes and latin1 text. */
import { assert } from "../../sim/assert.ts";
import { Slab } from "../../sim/bytes.ts";

/** A growing run of bytes that is used over and over. */
export class ByteWriter {
  #bytes: Buffer = Buffer.allocUnsafeSlow(4096);
  #length = 0;
  /** Where `take` puts its copies. */
  readonly #slab = new Slab();

  /** Bytes written since the last `clear`. */
  get length(): number {
    return this.#length;
  }

  /** What is written, valid until the next call. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Forgets what was written and keeps the room. */
  clear(): void {
    this.#length = 0;
  }

  /** Leaves `count` bytes to be filled by `setU32`, and answers where they begin. */
  skip(count: number): number {
    const at = this.#length;
    this.#reserve(count);
    this.#length = at + count;
    return at;
  }

  /** Appends a whole number from 0 to 2^32 - 1. */
  u32(value: number): void {
    this.#reserve(4);
    this.setU32(this.#length, value);
    this.#length += 4;
  }

  /** Replaces the four bytes at `at`. */
  setU32(at: number, value: number): void {
    assert(value >= 0 && value <= 0xffff_ffff, "a word on disk is a 32-bit whole number");
    const bytes = this.#bytes;
    bytes[at] = value;
    bytes[at + 1] = value >>> 8;
    bytes[at + 2] = value >>> 16;
    bytes[at + 3] = value >>> 24;
  }

  /** Appends bytes, their count first. */
  run(run: Uint8Array): void {
    this.u32(run.length);
    this.#reserve(run.length);
    this.#bytes.set(run, this.#length);
    this.#length += run.length;
  }

  /** Appends a latin1 string, its length first. */
  text(text: string): void {
    this.u32(text.length);
    this.#reserve(text.length);
    const bytes = this.#bytes;
    const at = this.#length;
    // The call into C++ costs as much as about thirty characters.
    if (text.length > 30) bytes.write(text, at, "latin1");
    else for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
    this.#length = at + text.length;
  }

  /** Appends all that another writer holds. */
  all(other: ByteWriter): void {
    this.#reserve(other.length);
    this.#bytes.set(other.bytes.subarray(0, other.length), this.#length);
    this.#length += other.length;
  }

  /** A copy of what is written, of its own; and clears. */
  take(): Uint8Array {
    const length = this.#length;
    const taken = this.#slab.room(length);
    taken.set(this.#bytes.subarray(0, length));
    this.#length = 0;
    return taken;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    let size = this.#bytes.length * 2;
    while (size < needed) size *= 2;
    const wider = Buffer.allocUnsafeSlow(size);
    wider.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = wider;
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

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#at = 0;
    this.#end = bytes.length;
  }

  /** True when everything was read. */
  get done(): boolean {
    return this.#at === this.#end;
  }

  u32(): number {
    return readU32(this.#bytes, this.#advance(4));
  }

  /** A copy, so that no value keeps a whole file in memory. */
  run(): Uint8Array {
    const length = this.u32();
    const at = this.#advance(length);
    const copy = new Uint8Array(length); // A Buffer's own slice would be a view.
    copy.set(this.#bytes.subarray(at, at + length));
    return copy;
  }

  text(): string {
    const length = this.u32();
    const at = this.#advance(length);
    const { buffer, byteOffset } = this.#bytes;
    return Buffer.from(buffer, byteOffset + at, length).toString("latin1");
  }

  #advance(count: number): number {
    const at = this.#at;
    assert(at + count <= this.#end, "a record whose checksum agrees is whole");
    this.#at = at + count;
    return at;
  }
}
