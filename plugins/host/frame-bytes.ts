/**
 * The fields of ABI frames: little-endian; bytes are a u32 length and content. What comes from a
 * plugin is checked at every length before it is used.
 */
import { assert } from "../../sim/assert.ts";

/** A frame that the ABI does not allow. The host turns it into the trap `protocol`. */
export class FrameError extends Error {
  override readonly name = "FrameError";
}

/** Byte by byte is quicker than a call of native code up to here. */
const shortMax = 24;

/** A copy of `length` bytes from `from` on. */
export function bytesCopy(bytes: Uint8Array, from: number, length: number): Uint8Array {
  const copy = new Uint8Array(length);
  if (length > shortMax) copy.set(bytes.subarray(from, from + length));
  else for (let at = 0; at < length; at++) copy[at] = bytes[from + at] as number;
  return copy;
}

/** Bytes of a text in UTF-8. */
export function textBytes(text: string): number {
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) > 0x7f) return Buffer.byteLength(text);
  }
  return text.length;
}

// Node's own `readUInt32LE` and its like check what is known here.

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
    return this.#bytes[this.#advance(1)] as number;
  }

  u32(): number {
    const at = this.#advance(4);
    const bytes = this.#bytes;
    const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
    const high = (bytes[at + 2] as number) | ((bytes[at + 3] as number) << 8);
    return ((high << 16) | low) >>> 0;
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
    return bytesCopy(this.#bytes, this.#advance(length), length);
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
    this.#bytes[this.#at++] = value;
  }

  u32(value: number): void {
    const bytes = this.#bytes;
    const at = this.#at;
    bytes[at] = value;
    bytes[at + 1] = value >>> 8;
    bytes[at + 2] = value >>> 16;
    bytes[at + 3] = value >>> 24;
    this.#at = at + 4;
  }

  u64(value: number): void {
    this.u32(value % 4_294_967_296);
    this.u32(Math.floor(value / 4_294_967_296));
  }

  key(key: string): void {
    const { length } = key;
    this.u32(length);
    const at = this.#at;
    if (length > shortMax) this.#bytes.write(key, at, "latin1");
    else
      for (let place = 0; place < length; place++) this.#bytes[at + place] = key.charCodeAt(place);
    this.#at = at + length;
  }

  bytes(bytes: Uint8Array): void {
    const { length } = bytes;
    this.u32(length);
    const at = this.#at;
    if (length > shortMax) this.#bytes.set(bytes, at);
    else
      for (let place = 0; place < length; place++) this.#bytes[at + place] = bytes[place] as number;
    this.#at = at + length;
  }

  text(text: string): void {
    const { length } = text;
    const at = this.#at + 4;
    for (let place = 0; place < length; place++) {
      const code = text.charCodeAt(place);
      if (code > 0x7f) return this.#wideText(text);
      this.#bytes[at + place] = code;
    }
    this.u32(length);
    this.#at = at + length;
  }

  #wideText(text: string): void {
    this.u32(Buffer.byteLength(text));
    this.#at += this.#bytes.write(text, this.#at, "utf8");
  }
}
