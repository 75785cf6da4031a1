/**
 * The bytes of one file: what its completed writes made, and how to go back to what is durable.
 * A write since the last sync keeps what it replaced, so a sync costs nothing and a loss little.
 */
import { assert } from "../assert.ts";
import { emptyBytes } from "../bytes.ts";

/** The unit in which a disk writes: one is old or new as a whole, never a mixture. */
export const sectorBytes: number = 512;

/** The room of a file that has some bytes: it grows by doubling, and most files pass this. */
const roomBytes = 2048;

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
  #bytes: Uint8Array = emptyBytes;
  #length = 0;
  #unsynced: Write[] = [];

  get length(): number {
    return this.#length;
  }

  /** How many completed writes would be in danger at a power loss. */
  get unsyncedWrites(): number {
    return this.#unsynced.length;
  }

  /** A copy of the whole file. */
  read(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** Replaces bytes from `offset`; a hole before it is filled with zeroes. */
  write(offset: number, bytes: Uint8Array): void {
    assert(Number.isSafeInteger(offset) && offset >= 0, "a write has an offset");
    const before =
      offset < this.#length
        ? this.#bytes.slice(offset, Math.min(offset + bytes.length, this.#length))
        : emptyBytes;
    this.#unsynced.push({ offset, bytes, before, lengthBefore: this.#length });
    this.#put(offset, bytes);
  }

  /** All writes so far are durable. */
  sync(): void {
    if (this.#unsynced.length > 0) this.#unsynced = [];
  }

  /** The file is again what was durable. */
  dropUnsynced(): void {
    for (let at = this.#unsynced.length - 1; at >= 0; at--) {
      const { offset, before, lengthBefore } = this.#unsynced[at]!;
      this.#bytes.set(before, offset);
      // Beyond its end a file's room is zero, which is what makes holes read as zeroes.
      if (lengthBefore < this.#length) this.#bytes.fill(0, lengthBefore, this.#length);
      this.#length = lengthBefore;
    }
    this.#unsynced = [];
  }

  /** Power was lost: some of what was not synced is gone. What is left is durable. */
  losePower({ pattern, isTorn }: Survival): void {
    const writes = this.#unsynced;
    this.dropUnsynced();
    if (pattern !== 0 && writes.length > 0) this.#survive(writes, pattern, isTorn);
    this.#unsynced = [];
  }

  /** Flips one bit where it is, as if the medium had. The bit's position is cut to the length. */
  flip(bit: number): void {
    if (this.#length === 0) return;
    const at = bit % (this.#length * 8);
    this.#bytes[at >> 3]! ^= 1 << (at & 7);
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
    if (bytes.length === 0) return;
    const end = offset + bytes.length;
    if (end > this.#bytes.length) {
      const wider = new Uint8Array(Math.max(end, this.#bytes.length * 2, roomBytes));
      wider.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = wider;
    }
    this.#bytes.set(bytes, offset);
    if (end > this.#length) this.#length = end;
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
