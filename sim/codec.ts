/**
 * Messages as bytes, where a run wants them to be: every message is encoded and decoded then, and
 * compared with its payload when it arrives, to see that nobody changed that on the way. (To freeze
 * payloads instead would give objects hidden classes of their own, which slows every later run.)
 */
import type { ProcessId } from "./process.ts";

/** How messages become bytes. A kind's bytes are a matter of the kind alone. */
export interface Codec {
  encode(kind: number, payload: object): Uint8Array;
  /** True if the payload would be encoded as these bytes. */
  isSame(kind: number, payload: object, bytes: Uint8Array): boolean;
  /** Throws on bytes that are no message of the kind: then a corrupted one is dropped. */
  decode(kind: number, bytes: Uint8Array): object;
}

/** A message on its way as bytes, with the payload that they were made of. */
export class Encoded {
  readonly bytes: Uint8Array;
  readonly payload: object;

  constructor(bytes: Uint8Array, payload: object) {
    this.bytes = bytes;
    this.payload = payload;
  }
}

/** A process changed what it had sent: without a codec, its receiver would see the change. */
export class ChangedPayload extends Error {
  readonly sender: ProcessId;

  constructor(sender: ProcessId, kind: number) {
    super(`a message of kind ${kind} was changed after it was sent`);
    this.sender = sender;
  }
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
