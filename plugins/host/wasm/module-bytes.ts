/** Reading and writing the bytes of WebAssembly modules: LEB128 numbers, names, sections. */
import { assert } from "../../../sim/assert.ts";

/** Why an artefact cannot be used, as a code for scripts; the reason beside it is for people. */
export type RefusalCode =
  | "malformed" // not a WebAssembly module, or cut off
  | "feature" // a WebAssembly extension that the host does not allow
  | "import" // asks for something else than the four host functions
  | "export" // a function of the ABI is missing or has another signature
  | "memory" // no memory, or more of it than the limit from the start
  | "size" // too many bytes, functions or locals
  | "describe" // copr_describe does not say who the plugin is
  | "unhosted"; // no host runs this kind of artefact

/** Ends the reading of an artefact; `describeWasm` turns it into a value. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: RefusalCode;

  constructor(code: RefusalCode, reason: string) {
    super(reason);
    this.code = code;
  }
}

/** Reads a module from `at` to `end`, never past it. Throws Refusal `malformed`. */
export class ModuleReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  at: number;

  constructor(bytes: Uint8Array, at = 0, end: number = bytes.length) {
    assert(at >= 0 && at <= end && end <= bytes.length, "a section lies inside its module");
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  u8(): number {
    if (this.at >= this.end) throw malformed(this.at, "the module is cut off");
    return this.bytes[this.at++] as number;
  }

  /** An unsigned LEB128 number of at most 32 bits. */
  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        if (value > 0xffff_ffff) break;
        return value;
      }
    }
    throw malformed(this.at, "a number has more than 32 bits");
  }

  /** Passes a LEB128 number of at most `bytesMax` bytes, whatever its sign. */
  skipNumber(bytesMax: number): void {
    for (let left = bytesMax; left > 0; left--) if (this.u8() < 0x80) return;
    throw malformed(this.at, "a number has too many bytes");
  }

  /** Passes `length` bytes and returns where they began. */
  skip(length: number): number {
    const from = this.at;
    if (length > this.end - from) throw malformed(from, "the module is cut off");
    this.at = from + length;
    return from;
  }

  /** A count of items of at least one byte each. */
  count(): number {
    const count = this.u32();
    if (count > this.end - this.at) throw malformed(this.at, "a count is larger than its section");
    return count;
  }

  name(): string {
    const length = this.u32();
    const from = this.skip(length);
    try {
      const text = new TextDecoder("utf-8", { fatal: true });
      return text.decode(this.bytes.subarray(from, from + length));
    } catch {
      throw malformed(from, "a name is not UTF-8");
    }
  }

  rest(): Uint8Array {
    return this.bytes.subarray(this.at, this.end);
  }
}

function malformed(at: number, what: string): Refusal {
  return new Refusal("malformed", `${what} (byte ${at})`);
}

/** Bytes that grow at their end. */
export class ModuleWriter {
  #bytes: Uint8Array = new Uint8Array(256);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  u8(value: number): void {
    if (this.#length === this.#bytes.length) this.#grow(1);
    this.#bytes[this.#length++] = value;
  }

  put(...values: readonly number[]): void {
    for (const value of values) this.u8(value);
  }

  /** Unsigned LEB128. */
  u32(value: number): void {
    assert(Number.isInteger(value) && value >= 0, "an unsigned number is written");
    let left = value;
    while (left > 0x7f) {
      this.u8((left & 0x7f) | 0x80);
      left = Math.floor(left / 128);
    }
    this.u8(left);
  }

  /** Signed LEB128 of an i32. */
  s32(value: number): void {
    let left = value | 0;
    while (left < -0x40 || left > 0x3f) {
      this.u8((left & 0x7f) | 0x80);
      left >>= 7;
    }
    this.u8(left & 0x7f);
  }

  bytes(bytes: Uint8Array): void {
    if (this.#length + bytes.length > this.#bytes.length) this.#grow(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** A name: its length and its ASCII characters. */
  name(name: string): void {
    const bytes = Buffer.from(name);
    this.u32(bytes.length);
    this.bytes(bytes);
  }

  /** What `body` writes, after its own length. */
  sized(body: (into: ModuleWriter) => void): void {
    const inner = new ModuleWriter();
    body(inner);
    this.u32(inner.#length);
    this.bytes(inner.done());
  }

  section(id: number, body: (into: ModuleWriter) => void): void {
    this.u8(id);
    this.sized(body);
  }

  /** A view of everything written so far. */
  done(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #grow(more: number): void {
    const bytes = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + more));
    bytes.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = bytes;
  }
}
