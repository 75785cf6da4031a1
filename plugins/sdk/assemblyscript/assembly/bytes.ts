import { Slice } from "./frame";

/** Order of a slice and bytes: negative, 0 or positive. */
export function compareSlice(a: Slice, b: Uint8Array): i32 {
  const order = memory.compare(a.pointer, b.dataStart, min(a.length, b.length));
  return order !== 0 ? order : a.length - b.length;
}

/** Order by bytes: negative, 0 or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): i32 {
  const order = memory.compare(a.dataStart, b.dataStart, min(a.length, b.length));
  return order !== 0 ? order : a.length - b.length;
}

/** True if `slice` begins with `prefix`. */
export function startsWith(slice: Slice, prefix: Uint8Array): bool {
  if (slice.length < prefix.length) return false;
  return memory.compare(slice.pointer, prefix.dataStart, prefix.length) === 0;
}
