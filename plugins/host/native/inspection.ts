/**
 * Inspects a native library, `.so`, `.dylib` or `.dll`. Nothing of it is ever executed: loading one
 * runs its initialisers, before any check that a loader could make.
 */
import { readElf } from "./elf.ts";
import { type EmbeddedFacts, embeddedFacts } from "./embedded-facts.ts";
import { readMachO, readPe } from "./foreign-formats.ts";
import { NativeBytes, NotReadable } from "./native-bytes.ts";
import type { NativeFacts } from "./native-facts.ts";

/** The facts of a library. Never throws for what is in `bytes`. */
export function inspectNative(bytes: Uint8Array): NativeFacts {
  const from = new NativeBytes(bytes);
  try {
    return { bytes: bytes.length, ...withEmbedded(readFormat(from), from) };
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
  readFrom: null,
} as const;

/** What one format's reader tells. */
type Read = Omit<NativeFacts, "bytes" | "readFrom">;

/** TiKV calls the functions, so their code counts; embedded facts stand in where it is unread. */
function withEmbedded(read: Read, bytes: NativeBytes): Omit<NativeFacts, "bytes"> {
  const { build, info, notRead } = read;
  const embedded = embeddedFacts(bytes);
  if (embedded === null) {
    return { ...read, readFrom: build === null && info === null ? null : "code" };
  }
  const told = { build: build ?? embedded.build, info: info ?? embedded.info };
  if (textsOf(told) !== textsOf(embedded)) {
    const doubt = "embedded facts: they differ from what the code returns";
    return { ...read, readFrom: "code", notRead: [...notRead, doubt] };
  }
  if (build !== null && info !== null) return { ...read, readFrom: "code" };
  const open = notRead.filter((one) => !/^(?:build|plugin) info: /.test(one));
  return { ...read, ...embedded, readFrom: "embedded", notRead: open };
}

function textsOf({ build, info }: EmbeddedFacts): string {
  return [build.apiVersion, build.target, build.rustc, info.name, info.version].join("\0");
}

function readFormat(bytes: NativeBytes): Read {
  const magic = bytes.u32(0);
  if (magic === 0x464c_457f) return readElf(bytes);
  if (magic === 0xfeed_facf) return readMachO(bytes);
  if ((magic & 0xffff) === 0x5a4d) return readPe(bytes);
  if (magic === 0xbeba_feca) throw new NotReadable("Mach-O for several platforms is not read");
  throw new NotReadable("it is neither ELF, Mach-O nor PE");
}
