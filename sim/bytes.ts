/**
 * Bytes in their two shapes. Keys are latin1 strings, one character a byte: JavaScript compares
 * them by code unit, which is byte order, and they are 2-3 times faster in maps than views.
 * Values are `Uint8Array`, immutable by convention.
 */

// Numbers come first: only so does the bundler write them in place.

/** V8 keeps typed arrays of up to so many bytes in its own heap, where they cost half as much. */
const bytesOnHeapMax = 64;
/** Character by character is quicker than a call of native code up to here. */
const shortMax = 16;
const slabBytes = 16_384;

/** The one shared empty value. */
export const emptyBytes: Uint8Array = new Uint8Array(0);

/** Holds bytes for the length of a call. */
const scratch = Buffer.allocUnsafeSlow(4096);

/** Hands out pieces of larger arrays: memory of their own costs four times as much each. */
export class Slab {
  #buffer = new ArrayBuffer(0);
  #used = 0;

  /** `length` bytes that are zero and nobody else's. */
  room(length: number): Uint8Array {
    if (length <= bytesOnHeapMax || length > slabBytes / 8) return new Uint8Array(length);
    if (this.#used + length > this.#buffer.byteLength) {
      this.#buffer = new ArrayBuffer(slabBytes);
      this.#used = 0;
    }
    const room = new Uint8Array(this.#buffer, this.#used, length);
    this.#used += length;
    return room;
  }
}

/** The bytes of a latin1 string. */
export function latin1Bytes(text: string): Uint8Array {
  if (text.length === 0) return emptyBytes;
  const { length } = text;
  if (length <= bytesOnHeapMax) {
    const small = new Uint8Array(length);
    if (length <= shortMax) for (let at = 0; at < length; at++) small[at] = text.charCodeAt(at);
    else {
      scratch.write(text, "latin1");
      for (let at = 0; at < length; at++) small[at] = scratch[at] as number;
    }
    return small;
  }
  const bytes = Buffer.allocUnsafeSlow(length);
  bytes.write(text, "latin1");
  return new Uint8Array(bytes.buffer, 0, length);
}

/** The latin1 string of bytes. */
export function latin1Text(bytes: Uint8Array): string {
  const { length } = bytes;
  if (length > scratch.length) {
    return Buffer.from(bytes.buffer, bytes.byteOffset, length).toString("latin1");
  }
  // A view on small bytes would first move them out of V8's heap.
  scratch.set(bytes);
  return scratch.toString("latin1", 0, length);
}

/** The latin1 string of the bytes from `from` to before `to`. */
export function latin1Part(bytes: Uint8Array, from: number, to: number): string {
  if (to - from > bytesOnHeapMax) return latin1Text(bytes.subarray(from, to));
  for (let at = from; at < to; at++) scratch[at - from] = bytes[at] as number;
  return scratch.toString("latin1", 0, to - from);
}

/** The bytes from `from` to before `to`, to be kept: a view, but of a few bytes a copy. */
export function bytesPart(bytes: Uint8Array, from: number, to: number): Uint8Array {
  if (to - from > bytesOnHeapMax) return bytes.subarray(from, to);
  // A view on small bytes would first move them out of V8's heap.
  const copy = new Uint8Array(to - from);
  for (let at = from; at < to; at++) copy[at - from] = bytes[at] as number;
  return copy;
}

/** Lower-case hexadecimal, two digits a byte. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

/** Order by bytes: negative, 0 or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b);
}

/** A new array with the parts one after another. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts as Uint8Array[]);
}

/**
 * 32-bit digest of bytes (an xxHash32-like word mix; not for security). The same on every engine.
 * `seed` chains digests; what stands before `from` does not count.
 */
export function digestBytes(bytes: Uint8Array, seed = 0, from = 0): number {
  let hash = (seed ^ 0x9e3779b1 ^ (bytes.length - from)) | 0;
  for (let at = from; at < bytes.length; at++) {
    hash = Math.imul(hash ^ (bytes[at] as number), 0x85ebca6b);
    hash ^= hash >>> 13;
  }
  return (Math.imul(hash, 0xc2b2ae35) ^ (hash >>> 16)) >>> 0;
}

/** 32-bit digest of a string's code units; chains like `digestBytes`. */
export function digestText(text: string, seed = 0): number {
  let hash = (seed ^ 0x27d4eb2f ^ text.length) | 0;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x85ebca6b);
    hash ^= hash >>> 13;
  }
  return (Math.imul(hash, 0xc2b2ae35) ^ (hash >>> 16)) >>> 0;
}
