/** What messages are made of as bytes: numbers, flags, texts, runs of bytes, lists of these. */
import { assert } from "../sim/assert.ts";
import { digestBytes, emptyBytes, latin1Part, Slab } from "../sim/bytes.ts";

/** Whole numbers below these take one byte; one of these stands before the bytes of others. */
const marks = { word: 0xfe, double: 0xff } as const;
const checksumBytes = 4;
/** Holds the bytes of a number for the length of a call. */
const aligned = Buffer.alloc(8);

/**
 * Writes messages, one after another: each ends with `take`. Most are of a hundred bytes: loops are
 * quicker than calls of native code.
 */
export class WireWriter {
  #bytes = new Uint8Array(1 << 14);
  #at = checksumBytes;
  /** Where messages lie that were taken. */
  readonly #slab = new Slab();

  number(value: number): void {
    this.#reserve(9);
    const bytes = this.#bytes;
    const at = this.#at;
    const word = value >>> 0;
    if (word !== value) {
      bytes[at] = marks.double;
      aligned.writeDoubleBE(value);
      for (let byte = 0; byte < 8; byte++) bytes[at + 1 + byte] = aligned[byte] as number;
      this.#at = at + 9;
    } else if (word >= marks.word) {
      bytes[at] = marks.word;
      bytes[at + 1] = word >>> 24;
      bytes[at + 2] = word >>> 16;
      bytes[at + 3] = word >>> 8;
      bytes[at + 4] = word;
      this.#at = at + 5;
    } else {
      bytes[at] = word;
      this.#at = at + 1;
    }
  }

  flag(value: boolean): void {
    this.#reserve(1);
    this.#bytes[this.#at++] = value ? 1 : 0;
  }

  /** Any text. Keys, whose characters are bytes, take a byte a character. */
  text(value: string): void {
    const { length } = value;
    const begin = this.#at;
    this.flag(false);
    this.number(length);
    this.#reserve(length);
    const bytes = this.#bytes;
    const start = this.#at;
    let codes = 0;
    for (let at = 0; at < length; at++) {
      const code = value.charCodeAt(at);
      codes |= code;
      bytes[start + at] = code;
    }
    this.#at = start + length;
    if (codes <= 0xff) return;
    this.#at = begin;
    this.flag(true);
    this.blob(Buffer.from(value, "utf16le"));
  }

  blob(value: Uint8Array): void {
    const { length } = value;
    this.number(length);
    this.#reserve(length);
    const bytes = this.#bytes;
    const start = this.#at;
    for (let at = 0; at < length; at++) bytes[start + at] = value[at] as number;
    this.#at = start + length;
  }

  list<Item>(items: readonly Item[], write: (writer: WireWriter, item: Item) => void): void {
    this.number(items.length);
    for (let at = 0; at < items.length; at++) write(this, items[at] as Item);
  }

  /** What may be missing. */
  maybe<Item>(item: Item | null, write: (writer: WireWriter, item: Item) => void): void {
    this.flag(item !== null);
    if (item !== null) write(this, item);
  }

  /** The message, behind its checksum; the next one begins. */
  take(): Uint8Array {
    const bytes = this.#bytes;
    const end = this.#at;
    const message = this.#slab.room(end);
    for (let at = checksumBytes; at < end; at++) message[at] = bytes[at] as number;
    const checksum = digestBytes(message, 0, checksumBytes);
    for (let at = 0; at < checksumBytes; at++) message[at] = checksum >>> (8 * at);
    this.#at = checksumBytes;
    return message;
  }

  /** True if the message that was written is this one; the next one begins. */
  isSame(message: Uint8Array): boolean {
    const bytes = this.#bytes;
    const end = this.#at;
    this.#at = checksumBytes;
    if (message.length !== end) return false;
    for (let at = checksumBytes; at < end; at++) if (message[at] !== bytes[at]) return false;
    return true;
  }

  #reserve(count: number): void {
    const needed = this.#at + count;
    if (needed <= this.#bytes.length) return;
    const wider = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
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
    if (first === marks.word) {
      this.#at = at + 5;
      const high = ((bytes[at + 1] as number) << 24) | ((bytes[at + 2] as number) << 16);
      return (high | ((bytes[at + 3] as number) << 8) | (bytes[at + 4] as number)) >>> 0;
    }
    this.#at = at + 9;
    for (let byte = 0; byte < 8; byte++) aligned[byte] = bytes[at + 1 + byte] as number;
    return aligned.readDoubleBE();
  }

  flag(): boolean {
    return this.#bytes[this.#at++] === 1;
  }

  text(): string {
    if (this.flag()) return Buffer.from(this.blob()).toString("utf16le");
    const start = this.#pass();
    return latin1Part(this.#bytes, start, this.#at);
  }

  blob(): Uint8Array {
    const bytes = this.#bytes;
    const start = this.#pass();
    const length = this.#at - start;
    if (length === 0) return emptyBytes;
    const copy = new Uint8Array(length);
    for (let at = 0; at < length; at++) copy[at] = bytes[start + at] as number;
    return copy;
  }

  /** `none` is what stands for an empty list. */
  list<Item>(read: (reader: WireReader) => Item, none: readonly Item[]): readonly Item[] {
    const count = this.number();
    if (count === 0) return none;
    // Mostly it is the only one: a push onto an empty list makes room for seventeen.
    if (count === 1) return [read(this)];
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
