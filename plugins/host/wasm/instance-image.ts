/** All that running a resettable module changes in an instance, read and put back. */
import type { EngineGlobal } from "./engine.ts";
import type { GuestExports } from "./guest-exports.ts";

/** A state of a module's instances. */
export type InstanceImage = {
  readonly memory: Uint8Array;
  readonly globals: readonly (number | bigint)[];
};

/** The guest's state. Null if it cannot be had exactly: nobody sees the bits of a NaN. */
export function readImage({ memory, globals }: GuestExports): InstanceImage | null {
  const values = globals.map(({ value }) => value);
  if (values.some(Number.isNaN)) return null;
  return { memory: new Uint8Array(memory.buffer.slice(0)), globals: values };
}

/** Puts a guest back to a state. False if its memory grew meanwhile: it never shrinks. */
export function restoreImage(guest: GuestExports, { memory, globals }: InstanceImage): boolean {
  const { buffer } = guest.memory;
  if (buffer.byteLength !== memory.length) return false;
  new Uint8Array(buffer).set(memory);
  for (let at = 0; at < globals.length; at++) {
    const global = guest.globals[at] as EngineGlobal<number | bigint>;
    global.value = globals[at] as number | bigint;
  }
  return true;
}
