/** Messages as bytes, where a run wants them to be: every message is encoded and decoded then. */

/** How messages become bytes. A kind's bytes are a matter of the kind alone. */
export interface Codec {
  encode(kind: number, payload: object): Uint8Array;
  /** Throws on bytes that are no message of the kind: then a corrupted one is dropped. */
  decode(kind: number, bytes: Uint8Array): object;
}

/** The bytes of a message that the network damaged. */
export class Corrupted {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/**
 * A copy with 1 to 4 bits flipped, which ones follows from `pattern`; no bytes stay as they are.
 */
export function flipBits(bytes: Uint8Array, pattern: number): Uint8Array {
  const damaged = bytes.slice();
  if (damaged.length === 0) return damaged;
  const flips = 1 + (pattern & 3);
  let mixed = pattern;
  for (let flip = 0; flip < flips; flip++) {
    mixed = (Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b) + flip) >>> 0;
    const bit = mixed % (damaged.length * 8);
    damaged[bit >> 3]! ^= 1 << (bit & 7);
  }
  return damaged;
}

/** Freezes a payload and all it holds (bytes cannot be), so that a later change of it throws. */
export function freezeDeep(payload: object): void {
  if (Object.isFrozen(payload) || ArrayBuffer.isView(payload)) return;
  Object.freeze(payload);
  for (const value of Object.values(payload)) {
    if (typeof value === "object" && value !== null) freezeDeep(value as object);
  }
}
