/** What messages are made of as bytes: numbers, flags, texts, runs of bytes, lists of these. */
import { assert } from "../sim/assert.ts";
import { digestBytes, emptyBytes, latin1Part, Slab } from "../sim/bytes.ts";

/** Whole numbers below these take one byte; one of these stands before the bytes of others. */
const marks = { word: 0xfe, double: 0xff } as const;
const checksumBytes = 4;
/** Holds the bytes of a number for the length of a call. */
const aligned = Buffer.alloc(8);

/** Writes messages, one after another: each ends with `take`. */
export class WireWriter {
  #bytes = Buffer.alloc(1 << 14);
  #at = checksumBytes;
  /** Where messages lie that were taken. */
  readonly #slab = new Slab();

  number(value: number): void {
    this.#reserve(9);
    const word = value >>> 0;
    if (word !== value) {
      this.#bytes[this.#at] = marks.double;
      this.#at = this.#bytes.writeDoubleBE(value, this.#at + 1);
    } else if (word >= marks.word) {
      this.#bytes[this.#at] = marks.word;
      this.#at = this.#bytes.writeUInt32BE(word, this.#at + 1);
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
    const message = this.#slab.room(this.#at);
    message.set(this.#bytes.subarray(0, this.#at));
    const checksum = digestBytes(message, 0, checksumBytes);
    for (let at = 0; at < checksumBytes; at++) message[at] = checksum >>> (8 * at);
    this.#at = checksumBytes;
    return message;
  }

  /** True if the message that was written is this one; the next one begins. */
  isSame(message: Uint8Array): boolean {
    const end = this.#at;
    this.#at = checksumBytes;
    const { length } = message;
    if (length !== end) return false;
    return this.#bytes.compare(message, checksumBytes, length, checksumBytes, end) === 0;
  }

  #reserve(count: number): void {
    const needed = this.#at + count;
    if (needed <= this.#bytes.length) return;
    const wider = Buffer.alloc(Math.max(needed, 2 * this.#bytes.length));
    wider.set(this.#bytes);
    this.#bytes = wider;
  }
}

/** Reads what a `WireWriter` wrote, in the same order. Nothing that it returns shares the bytes. */
export class WireReader {
  readonly #bytes: Uint8Array;
  #at = checksumBytes;

  /** Throws a RangeError on a message that was damaged. */
  constructor(message: Uint8Array) {
    this.#bytes = message;
    const isLong = message.length >= checksumBytes;
    const checksum = isLong ? digestBytes(message, 0, checksumBytes) : 0;
    for (let at = 0; at < checksumBytes; at++) {
      const isRight = isLong && message[at] === ((checksum >>> (8 * at)) & 0xff);
      if (!isRight) throw new RangeError("the message is damaged");
    }
  }

  number(): number {
    const bytes = this.#bytes;
    const at = this.#at;
    const first = bytes[at] as number;
    if (first < marks.word) {
      this.#at = at + 1;
      return first;
    }
    const size = first === marks.word ? 4 : 8;
    this.#at = at + 1 + size;
    for (let byte = 0; byte < size; byte++) aligned[byte] = bytes[at + 1 + byte] as number;
    return size === 4 ? aligned.readUInt32BE() : aligned.readDoubleBE();
  }

  flag(): boolean {
    return this.number() === 1;
  }

  text(): string {
    if (this.flag()) return Buffer.from(this.blob()).toString("utf16le");
    const start = this.#pass();
    return latin1Part(this.#bytes, start, this.#at);
  }

  blob(): Uint8Array {
    const start = this.#pass();
    return start === this.#at ? emptyBytes : this.#bytes.slice(start, this.#at);
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

  /** Passes over what is as long as the next number says, and answers where that begins. */
  #pass(): number {
    const length = this.number();
    const start = this.#at;
    this.#at += length;
    assert(this.#at <= this.#bytes.length, "a length stays inside its message");
    return start;
  }
}
