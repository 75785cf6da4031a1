/**
 * Frames of example plugins for their clients: lengths and counts are little-endian, versions and
 * times big-endian (as in stored keys, which compare as bytes). It is part of a script, too: no
 * Buffer, no TextDecoder.
 */

/** Bytes that are no frame: why, and at which byte. */
export class Malformed extends Error {
  override readonly name = "Malformed";
  readonly offset: number;

  constructor(reason: string, offset: number) {
    super(reason);
    this.offset = offset;
  }
}

/** Bytes as a latin1 string. */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 4_096) {
    text += String.fromCharCode(...bytes.subarray(at, at + 4_096));
  }
  return text;
}

/** A 64-bit number as 8 characters that compare like it. */
export function wordText(value: bigint): string {
  const into = new FrameWriter();
  into.u64(value);
  return latin1(into.done());
}

/** Reads a frame. Every read past its end throws `Malformed` "short" at the field's first byte. */
export class FrameReader {
  readonly #data: Uint8Array;
  readonly #view: DataView;
  at = 0;

  constructor(data: Uint8Array) {
    this.#data = data;
    this.#view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  }

  get left(): number {
    return this.#data.length - this.at;
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#advance(8), false);
  }

  /** Length and content, copied. */
  bytes(): Uint8Array {
    const start = this.at;
    const length = this.u32();
    if (length > this.left) throw new Malformed("short", start);
    const from = this.#advance(length);
    return this.#data.slice(from, from + length);
  }

  text(): string {
    return latin1(this.bytes());
  }

  /** A count, then its items; a count that the bytes at hand cannot hold is "short". */
  list<Item>(itemBytesMin: number, read: () => Item): readonly Item[] {
    const start = this.at;
    const count = this.u32();
    if (count * itemBytesMin > this.left) throw new Malformed("short", start);
    return this.items(count, read);
  }

  items<Item>(count: number, read: () => Item): readonly Item[] {
    const items: Item[] = [];
    for (let at = 0; at < count; at++) items.push(read());
    return items;
  }

  #advance(length: number): number {
    const { at } = this;
    if (length > this.left) throw new Malformed("short", at);
    this.at = at + length;
    return at;
  }
}

/** Writes a frame that grows as needed. */
export class FrameWriter {
  #bytes = new Uint8Array(64);
  #length = 0;

  u8(value: number): void {
    this.#reserve(1).setUint8(0, value);
  }

  u32(value: number): void {
    this.#reserve(4).setUint32(0, value, true);
  }

  u64(value: bigint): void {
    this.#reserve(8).setBigUint64(0, value, false);
  }

  bytes(bytes: Uint8Array): void {
    this.u32(bytes.length);
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length - bytes.length);
  }

  text(latin1: string): void {
    this.bytes(Uint8Array.from(latin1, (one) => one.charCodeAt(0)));
  }

  list<Item>(items: readonly Item[], write: (item: Item) => void): void {
    this.u32(items.length);
    for (const item of items) write(item);
  }

  /** A copy of what was written. */
  done(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #reserve(length: number): DataView {
    const at = this.#length;
    this.#length += length;
    if (this.#length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    return new DataView(this.#bytes.buffer, at, length);
  }
}
