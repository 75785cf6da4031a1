/** A place in memory that a frame's reader can be moved over without allocating. */
export class Slice {
  pointer: usize = 0;
  length: i32 = 0;

  /** A copy that lives on when the frame is gone. */
  copy(): Uint8Array {
    const copy = new Uint8Array(this.length);
    memory.copy(copy.dataStart, this.pointer, this.length);
    return copy;
  }
}

/** Reads a frame. A read past its end returns zeros and sets `short`; ask it before you go on. */
export class FrameReader {
  at: i32 = 0;
  short: bool = false;

  constructor(public bytes: Uint8Array) {}

  get left(): i32 {
    return this.bytes.length - this.at;
  }

  u8(): u8 {
    const from = this.advance(1);
    return from < 0 ? 0 : load<u8>(this.bytes.dataStart + from);
  }

  u16(): u16 {
    const from = this.advance(2);
    return from < 0 ? 0 : load<u16>(this.bytes.dataStart + from);
  }

  u32(): u32 {
    const from = this.advance(4);
    return from < 0 ? 0 : load<u32>(this.bytes.dataStart + from);
  }

  i64(): i64 {
    const from = this.advance(8);
    return from < 0 ? 0 : load<i64>(this.bytes.dataStart + from);
  }

  /** Big-endian: it compares like its bytes, as in keys. */
  word(): u64 {
    const from = this.advance(8);
    return from < 0 ? 0 : bswap<u64>(load<u64>(this.bytes.dataStart + from));
  }

  /** Length and content, as a view into the frame: nothing is allocated for a wrong length. */
  blob(): Uint8Array {
    const length = this.u32();
    if (this.short || length > <u32>this.left) {
      this.short = true;
      return this.bytes.subarray(0, 0);
    }
    const from = this.at;
    this.at += <i32>length;
    return this.bytes.subarray(from, this.at);
  }

  /** Points `into` at the next length and content: the cheap way through long lists. */
  slice(into: Slice): void {
    const length = this.u32();
    const fits = !this.short && length <= <u32>this.left;
    if (!fits) this.short = true;
    into.pointer = this.bytes.dataStart + this.at;
    into.length = fits ? <i32>length : 0;
    this.at += into.length;
  }

  /** A list's count; 0 and `short` if that many items of `itemBytesMin` cannot fit. */
  count(itemBytesMin: i32): i32 {
    const count = this.u32();
    if (this.short || count > <u32>(this.left / itemBytesMin)) {
      this.short = true;
      return 0;
    }
    return <i32>count;
  }

  private advance(length: i32): i32 {
    if (this.short || length > this.left) {
      this.short = true;
      return -1;
    }
    const from = this.at;
    this.at += length;
    return from;
  }
}

/** Writes a frame that grows as needed. */
export class FrameWriter {
  private bytes: Uint8Array = new Uint8Array(64);
  length: i32 = 0;

  get pointer(): usize {
    return this.bytes.dataStart;
  }

  u8(value: u8): void {
    store<u8>(this.reserve(1), value);
  }

  u16(value: u16): void {
    store<u16>(this.reserve(2), value);
  }

  u32(value: u32): void {
    store<u32>(this.reserve(4), value);
  }

  u64(value: u64): void {
    store<u64>(this.reserve(8), value);
  }

  i64(value: i64): void {
    store<i64>(this.reserve(8), value);
  }

  /** Big-endian, as in keys. */
  word(value: u64): void {
    store<u64>(this.reserve(8), bswap<u64>(value));
  }

  /** Bytes without their length. */
  raw(bytes: Uint8Array): void {
    memory.copy(this.reserve(bytes.length), bytes.dataStart, bytes.length);
  }

  /** A copy of what was written. */
  done(): Uint8Array {
    const copy = new Uint8Array(this.length);
    memory.copy(copy.dataStart, this.bytes.dataStart, this.length);
    return copy;
  }

  blob(blob: Uint8Array): void {
    this.u32(blob.length);
    memory.copy(this.reserve(blob.length), blob.dataStart, blob.length);
  }

  text(text: string): void {
    this.blob(Uint8Array.wrap(String.UTF8.encode(text)));
  }

  /** Room for `length` more bytes: the address of the first. */
  private reserve(length: i32): usize {
    const end = this.length + length;
    if (end > this.bytes.length) {
      const bytes = new Uint8Array(max(2 * this.bytes.length, end));
      memory.copy(bytes.dataStart, this.bytes.dataStart, this.length);
      this.bytes = bytes;
    }
    const at = this.bytes.dataStart + this.length;
    this.length = end;
    return at;
  }
}
