/** Reading a native library's bytes: never outside of them, whatever its headers say. */

/** Ends the reading of one part; `inspectNative` turns it into a value. */
export class NotReadable extends Error {
  override readonly name = "NotReadable";
}

/** Little-endian numbers at any place. Every method throws NotReadable outside the bytes. */
export class NativeBytes {
  readonly #bytes: Buffer;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get length(): number {
    return this.#bytes.length;
  }

  u8(at: number): number {
    return this.#bytes.readUInt8(this.#place(at, 1));
  }

  u16(at: number): number {
    return this.#bytes.readUInt16LE(this.#place(at, 2));
  }

  u32(at: number): number {
    return this.#bytes.readUInt32LE(this.#place(at, 4));
  }

  i32(at: number): number {
    return this.#bytes.readInt32LE(this.#place(at, 4));
  }

  /** Above 2^53 the nearest number that JavaScript has: no place in a file. */
  u64(at: number): number {
    return this.u32(at + 4) * 4_294_967_296 + this.u32(at);
  }

  /** The latin1 text of `length` bytes. */
  text(at: number, length: number): string {
    const from = this.#place(at, length);
    return this.#bytes.toString("latin1", from, from + length);
  }

  /** The text up to a zero byte, at most 4,096 bytes. */
  name(at: number): string {
    const from = this.#place(at, 1);
    const end = this.#bytes.indexOf(0, from);
    const longest = from + 4_096;
    return this.#bytes.toString("latin1", from, end < 0 || end > longest ? longest : end);
  }

  /** The first place from `from` on where `text` (latin1) begins, or null. */
  find(text: string, from: number): number | null {
    const place = this.#bytes.indexOf(text, from, "latin1");
    return place < 0 ? null : place;
  }

  #place(at: number, length: number): number {
    const inside = Number.isSafeInteger(at) && at >= 0 && length >= 0;
    if (inside && length <= this.#bytes.length - at) return at;
    throw new NotReadable(`${length} bytes at ${at} lie outside the file`);
  }
}
