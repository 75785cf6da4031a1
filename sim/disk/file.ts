/**
 * The bytes of one file: what its completed writes made, and how to go back to what is durable.
 * A write since the last sync keeps what it replaced, so a sync costs nothing and a loss little.
 */
import { assert } from "../assert.ts";
import { emptyBytes } from "../bytes.ts";
import { blockBytes, sectorBytes } from "./sizes.ts";

/** A write that is not durable yet. */
type Write = {
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** What was there; shorter than `bytes` where the file ended. */
  readonly before: Uint8Array;
  readonly lengthBefore: number;
};

/** How the unsynced writes of a file fare at a power loss. */
export type Survival = {
  /** 0: nothing survives. Any other number stands for one way in which some of it does. */
  readonly pattern: number;
  /** Whether a write may survive in part, sector by sector. */
  readonly isTorn: boolean;
};

/** A file. */
export class FileBody {
  /** The room. Beyond the file's end it is anything. */
  readonly #blocks: Uint8Array[] = [];
  #length = 0;
  readonly #unsynced: Write[] = [];

  get length(): number {
    return this.#length;
  }

  /** How many completed writes would be in danger at a power loss. */
  get unsyncedWrites(): number {
    return this.#unsynced.length;
  }

  /** A copy of the whole file. */
  read(): Uint8Array {
    return this.#slice(0, this.#length);
  }

  /** Replaces bytes from `offset`; a hole before it is filled with zeroes. */
  write(offset: number, bytes: Uint8Array): void {
    assert(Number.isSafeInteger(offset) && offset >= 0, "a write has an offset");
    const before =
      offset < this.#length
        ? this.#slice(offset, Math.min(offset + bytes.length, this.#length))
        : emptyBytes;
    this.#unsynced.push({ offset, bytes, before, lengthBefore: this.#length });
    this.#put(offset, bytes);
  }

  /** All writes so far are durable. */
  sync(): void {
    // One by one, which keeps the list's room: most files are synced after each write.
    for (let left = this.#unsynced.length; left > 0; left--) this.#unsynced.pop();
  }

  /** The file is again what was durable. */
  dropUnsynced(): void {
    for (let at = this.#unsynced.length - 1; at >= 0; at--) {
      const { offset, before, lengthBefore } = this.#unsynced[at]!;
      this.#put(offset, before);
      this.#length = lengthBefore;
    }
    this.sync();
  }

  /**
   * A sync failed: what was not durable by now never will be. The file is as long as it was, with
   * zeroes where nothing was before, as a file system's cache has it when its pages are gone: what
   * is appended next comes behind them.
   */
  failSync(): void {
    const length = this.#length;
    this.dropUnsynced();
    if (length > this.#length) this.#put(this.#length, new Uint8Array(length - this.#length));
  }

  /** Power was lost: some of what was not synced is gone. What is left is durable. */
  losePower({ pattern, isTorn }: Survival): void {
    const writes = [...this.#unsynced];
    this.dropUnsynced();
    if (pattern !== 0 && writes.length > 0) this.#survive(writes, pattern, isTorn);
  }

  /** Flips one bit where it is, as if the medium had. The bit's position is cut to the length. */
  flip(bit: number): void {
    if (this.#length === 0) return;
    const at = bit % (this.#length * 8);
    const byte = Math.floor(at / 8);
    this.#blocks[Math.floor(byte / blockBytes)]![byte % blockBytes]! ^= 1 << (at % 8);
  }

  /**
   * Two in four patterns: the first writes, in order, and the next one up to some sector. One in
   * four: any of the writes, the last of them up to some sector. One in four: everything.
   */
  #survive(writes: readonly Write[], pattern: number, isTorn: boolean): void {
    const mode = pattern & 3;
    if (mode === 3) {
      for (const { offset, bytes } of writes) this.#put(offset, bytes);
      return;
    }
    const chosen =
      mode === 2
        ? writes.filter((_, at) => (mixed(pattern, at) & 1) === 1)
        : writes.slice(0, mixed(pattern, 0) % (writes.length + 1));
    for (const { offset, bytes } of chosen) this.#put(offset, bytes);
    // The write that was under way when the lights went out.
    const torn = writes[mode === 2 ? writes.length - 1 : chosen.length];
    if (torn === undefined || !isTorn || chosen.at(-1) === torn) return;
    this.#put(torn.offset, torn.bytes.subarray(0, tornLength(torn, mixed(pattern, 1 << 20))));
  }

  #put(offset: number, bytes: Uint8Array): void {
    const { length } = bytes;
    if (length === 0) return;
    if (offset > this.#length) this.#put(this.#length, new Uint8Array(offset - this.#length));
    const end = offset + length;
    while (this.#blocks.length * blockBytes < end) {
      this.#blocks.push(Buffer.allocUnsafeSlow(blockBytes));
    }
    for (let from = 0; from < length; ) {
      const at = (offset + from) % blockBytes;
      const to = Math.min(length, from + blockBytes - at);
      const block = this.#blocks[(offset + from - at) / blockBytes]!;
      block.set(to - from === length ? bytes : bytes.subarray(from, to), at);
      from = to;
    }
    if (end > this.#length) this.#length = end;
  }

  #slice(from: number, to: number): Uint8Array {
    const bytes = new Uint8Array(to - from);
    for (let offset = from; offset < to; ) {
      const at = offset % blockBytes;
      const end = Math.min(blockBytes, at + to - offset);
      const block = this.#blocks[(offset - at) / blockBytes]!;
      bytes.set(block.subarray(at, end), offset - from);
      offset += end - at;
    }
    return bytes;
  }
}

/** How much of a torn write survives: it ends at a sector's edge, before its own end. */
function tornLength({ offset, bytes }: Write, chance: number): number {
  const firstEdge = sectorBytes - (offset % sectorBytes);
  if (firstEdge >= bytes.length) return 0;
  const edges = 1 + Math.floor((bytes.length - firstEdge - 1) / sectorBytes);
  return firstEdge + (chance % edges) * sectorBytes;
}

/** A number that follows from a pattern and a position and looks like neither. */
function mixed(pattern: number, at: number): number {
  let value = Math.imul(pattern ^ Math.imul(at + 1, 0x9e3779b1), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 15), 0xc2b2ae35);
  return (value ^ (value >>> 13)) >>> 0;
}
