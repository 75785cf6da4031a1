/**
 * Inspects a native library, `.so`, `.dylib` or `.dll`. Nothing of it is ever executed: loading one
 * runs its initialisers, before any check that a loader could make.
 */
import { readElf } from "./elf.ts";
import { readMachO, readPe } from "./foreign-formats.ts";
import { NativeBytes, NotReadable } from "./native-bytes.ts";
import type { NativeFacts } from "./native-facts.ts";

/** The facts of a library. Never throws for what is in `bytes`. */
export function inspectNative(bytes: Uint8Array): NativeFacts {
  const from = new NativeBytes(bytes);
  try {
    return { bytes: bytes.length, ...readFormat(from) };
  } catch (error) {
    if (!(error instanceof NotReadable)) throw error;
    return { bytes: bytes.length, ...nothing, notRead: [`the file: ${error.message}`] };
  }
}

const nothing = {
  format: "unknown",
  target: null,
  compiler: null,
  symbols: null,
  build: null,
  info: null,
} as const;

function readFormat(bytes: NativeBytes): Omit<NativeFacts, "bytes"> {
  const magic = bytes.u32(0);
  if (magic === 0x464c_457f) return readElf(bytes);
  if (magic === 0xfeed_facf) return readMachO(bytes);
  if ((magic & 0xffff) === 0x5a4d) return readPe(bytes);
  if (magic === 0xbeba_feca) throw new NotReadable("Mach-O for several platforms is not read");
  throw new NotReadable("it is neither ELF, Mach-O nor PE");
}
