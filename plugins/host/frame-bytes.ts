/**
 * The fields of ABI frames: little-endian; bytes are a u32 length and content. What comes from a
 * plugin is checked at every length before it is used.
 */
import { assert } from "../../sim/assert.ts";

/** A frame that the ABI does not allow. The host turns it into the trap `protocol`. */
export class FrameError extends Error {
  override readonly name = "FrameError";
}

/** Reads one frame, never past its end. Every method throws FrameError when the frame is short. */
export class FrameReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;

  constructor(bytes: Buffer, from = 0, end: number = bytes.length) {
    assert(from >= 0 && from <= end && end <= bytes.length, "a frame lies inside its memory");
    this.#bytes = bytes;
    this.#at = from;
    this.#end = end;
  }

  u8(): number {
    return this.#bytes.readUInt8(this.#advance(1));
  }

  u32(): number {
    return this.#bytes.readUInt32LE(this.#advance(4));
  }

  /** Above 2^53 the nearest number that JavaScript has. */
  u64(): number {
    const low = this.u32();
    return this.u32() * 4_294_967_296 + low;
  }

  key(): string {
    const length = this.u32();
    const from = this.#advance(length);
    return length === 0 ? "" : this.#bytes.toString("latin1", from, from + length);
  }

  /** A copy: the guest may change its memory later. */
  bytes(): Uint8Array {
    const length = this.u32();
    const from = this.#advance(length);
    const copy = new Uint8Array(length);
    copy.set(this.#bytes.subarray(from, from + length));
    return copy;
  }

  /** Text; what is not UTF-8 in it becomes U+FFFD. */
  text(): string {
    const length = this.u32();
    const from = this.#advance(length);
    return this.#bytes.toString("utf8", from, from + length);
  }

  /** A list's count, refused when `itemBytesMin` a piece cannot fit: checked before allocation. */
  count(itemBytesMin: number): number {
    const count = this.u32();
    if (count > (this.#end - this.#at) / itemBytesMin) {
      throw new FrameError(`a list says ${count} items, more than its frame can hold`);
    }
    return count;
  }

  /** Refuses bytes left over. */
  finish(): void {
    if (this.#at !== this.#end) {
      throw new FrameError(`${this.#end - this.#at} bytes are left over at the end of a frame`);
    }
  }

  #advance(length: number): number {
    const from = this.#at;
    if (length > this.#end - from) {
      throw new FrameError(`${length} bytes wanted, ${this.#end - from} left in the frame`);
    }
    this.#at = from + length;
    return from;
  }
}

/** Writes one frame into bytes that are long enough: sizes are computed first. */
export class FrameWriter {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, from = 0) {
    this.#bytes = bytes;
    this.#at = from;
  }

  /** Where the next field goes. */
  get at(): number {
    return this.#at;
  }

  u8(value: number): void {
    this.#at = this.#bytes.writeUInt8(value, this.#at);
  }

  u32(value: number): void {
    this.#at = this.#bytes.writeUInt32LE(value, this.#at);
  }

  u64(value: number): void {
    this.u32(value % 4_294_967_296);
    this.u32(Math.floor(value / 4_294_967_296));
  }

  key(key: string): void {
    this.u32(key.length);
    this.#at += this.#bytes.write(key, this.#at, "latin1");
  }

  bytes(bytes: Uint8Array): void {
    this.u32(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  text(text: string): void {
    this.u32(Buffer.byteLength(text));
    this.#at += this.#bytes.write(text, this.#at, "utf8");
  }
}
