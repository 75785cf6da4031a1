/**
 * Tables of integers that V8 does not count as external memory. An ordinary typed array is counted,
 * and each 64 MB of them makes V8 mark the whole heap - of which the caller's history of a million
 * transactions is a gigabyte: half of the time of a verdict. Shared buffers are not counted (V8
 * src/objects/backing-store.cc, PerIsolateAccountingLength); nobody shares these.
 */

/** So many 32-bit integers, all 0. */
export function intTable(length: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(length * Int32Array.BYTES_PER_ELEMENT));
}

/** So many bytes, all 0. */
export function byteTable(length: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(length));
}
