/** All that running a resettable module changes in an instance, read and put back. */
import type { EngineGlobal } from "./engine.ts";
import type { GuestExports } from "./guest-exports.ts";

/** A state of a module's instances. */
export type InstanceImage = {
  /** The memory up to its last byte that is not zero. */
  readonly memory: Uint8Array;
  readonly memoryBytes: number;
  readonly globals: readonly (number | bigint)[];
};

/** The guest's state. Null if it cannot be had exactly: nobody sees the bits of a NaN. */
export function readImage({ memory, globals }: GuestExports): InstanceImage | null {
  const values = globals.map(({ value }) => value);
  if (values.some(Number.isNaN)) return null;
  const bytes = new Uint8Array(memory.buffer);
  const end = bytes.findLastIndex((byte) => byte !== 0) + 1;
  return { memory: bytes.slice(0, end), memoryBytes: bytes.length, globals: values };
}

/** Puts a guest back to a state. False if its memory grew meanwhile: it never shrinks. */
export function restoreImage(guest: GuestExports, image: InstanceImage): boolean {
  const { memory, memoryBytes, globals } = image;
  const { buffer } = guest.memory;
  if (buffer.byteLength !== memoryBytes) return false;
  const bytes = new Uint8Array(buffer);
  bytes.set(memory);
  bytes.fill(0, memory.length); // Most of it: to write zeros is cheaper than to copy them.
  for (let at = 0; at < globals.length; at++) {
    const global = guest.globals[at] as EngineGlobal<number | bigint>;
    global.value = globals[at] as number | bigint;
  }
  return true;
}
