/** What messages are made of as bytes: numbers, flags, texts, runs of bytes, lists of these. */
import { assert } from "../sim/assert.ts";
import { digestBytes, emptyBytes } from "../sim/bytes.ts";

/** Whole numbers below these take one byte; one of these stands before the bytes of others. */
const marks = { word: 0xfe, double: 0xff } as const;
const checksumBytes = 4;

/** Writes messages, one after another: each ends with `take`. */
export class WireWriter {
  #bytes = new Uint8Array(1 << 14);
  #view = new DataView(this.#bytes.buffer);
  #at = checksumBytes;

  number(value: number): void {
    this.#reserve(9);
    const word = value >>> 0;
    if (word !== value) {
      this.#bytes[this.#at] = marks.double;
      this.#view.setFloat64(this.#at + 1, value);
      this.#at += 9;
    } else if (word >= marks.word) {
      this.#bytes[this.#at] = marks.word;
      this.#view.setUint32(this.#at + 1, word);
      this.#at += 5;
    } else this.#bytes[this.#at++] = word;
  }

  flag(value: boolean): void {
    this.number(value ? 1 : 0);
  }

  /** Any text. Keys, whose characters are bytes, take a byte a character. */
  text(value: string): void {
    const { length } = value;
    let codes = 0;
    for (let at = 0; at < length; at++) codes |= value.charCodeAt(at);
    this.flag(codes > 0xff);
    if (codes > 0xff) return this.blob(Buffer.from(value, "utf16le"));
    this.number(length);
    this.#reserve(length);
    for (let at = 0; at < length; at++) this.#bytes[this.#at++] = value.charCodeAt(at);
  }

  blob(value: Uint8Array): void {
    this.number(value.length);
    this.#reserve(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  list<Item>(items: readonly Item[], write: (writer: WireWriter, item: Item) => void): void {
    this.number(items.length);
    for (const item of items) write(this, item);
  }

  /** What may be missing. */
  maybe<Item>(item: Item | null, write: (writer: WireWriter, item: Item) => void): void {
    this.flag(item !== null);
    if (item !== null) write(this, item);
  }

  /** The message, behind its checksum; the next one begins. */
  take(): Uint8Array {
    const message = this.#bytes.slice(0, this.#at);
    new DataView(message.buffer).setUint32(0, digestBytes(message.subarray(checksumBytes)));
    this.#at = checksumBytes;
    return message;
  }

  #reserve(count: number): void {
    const needed = this.#at + count;
    if (needed <= this.#bytes.length) return;
    const wider = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    wider.set(this.#bytes);
    this.#bytes = wider;
    this.#view = new DataView(wider.buffer);
  }
}

/** Reads what a `WireWriter` wrote, in the same order. Nothing that it returns shares the bytes. */
export class WireReader {
  readonly #bytes: Buffer;
  #at = checksumBytes;

  /** Throws a RangeError on a message that was damaged. */
  constructor(message: Uint8Array) {
    this.#bytes = Buffer.from(message.buffer, message.byteOffset, message.length);
    const isWhole =
      message.length >= checksumBytes &&
      this.#bytes.readUInt32BE() === digestBytes(message.subarray(checksumBytes));
    if (!isWhole) throw new RangeError("the message is damaged");
  }

  number(): number {
    const bytes = this.#bytes;
    const at = this.#at;
    const first = bytes[at] as number;
    const size = first < marks.word ? 1 : first === marks.word ? 5 : 9;
    this.#at = at + size;
    if (size === 1) return first;
    return size === 5 ? bytes.readUInt32BE(at + 1) : bytes.readDoubleBE(at + 1);
  }

  flag(): boolean {
    return this.number() === 1;
  }

  text(): string {
    const encoding = this.flag() ? "utf16le" : "latin1";
    const { start, end } = this.#pass();
    return this.#bytes.toString(encoding, start, end);
  }

  blob(): Uint8Array {
    const { start, end } = this.#pass();
    if (start === end) return emptyBytes;
    const copy = new Uint8Array(end - start); // A Buffer's own slice would be a view.
    copy.set(this.#bytes.subarray(start, end));
    return copy;
  }

  /** `none` is what stands for an empty list. */
  list<Item>(read: (reader: WireReader) => Item, none: readonly Item[]): readonly Item[] {
    const count = this.number();
    if (count === 0) return none;
    const items: Item[] = [];
    for (let at = 0; at < count; at++) items.push(read(this));
    return items;
  }

  maybe<Item>(read: (reader: WireReader) => Item): Item | null {
    return this.flag() ? read(this) : null;
  }

  #pass(): { readonly start: number; readonly end: number } {
    const length = this.number();
    const start = this.#at;
    this.#at += length;
    assert(this.#at <= this.#bytes.length, "a length stays inside its message");
    return { start, end: this.#at };
  }
}
