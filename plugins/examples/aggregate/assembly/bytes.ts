/** Order by bytes: negative, 0 or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): i32 {
  const common = min(a.length, b.length);
  const order = memory.compare(a.dataStart, b.dataStart, common);
  return order !== 0 ? order : a.length - b.length;
}

/** True if `bytes` begins with `prefix`. */
export function startsWith(bytes: Uint8Array, prefix: Uint8Array): bool {
  if (bytes.length < prefix.length) return false;
  return memory.compare(bytes.dataStart, prefix.dataStart, prefix.length) === 0;
}

/** A copy that does not keep the frame alive which `bytes` is a view of. */
export function copyBytes(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(bytes.length);
  memory.copy(copy.dataStart, bytes.dataStart, bytes.length);
  return copy;
}
