/**
 * Mach-O and PE of 64 bits: the platform, TiKV's functions among the exports, and the compiler
 * where it signed the file. Sources: mach-o/loader.h and nlist.h; Microsoft's PE format.
 */
import { type NativeBytes, NotReadable } from "./native-bytes.ts";
import { type NativeFacts, type PluginSymbol, pluginSymbols } from "./native-facts.ts";

const commandsMax = 1_000;
const symbolsMax = 1_000_000;
const machOTargets: ReadonlyMap<number, string> = new Map([
  [0x0100_0007, "x86_64-apple-darwin"],
  [0x0100_000c, "aarch64-apple-darwin"],
]);
const peTargets: ReadonlyMap<number, string> = new Map([
  [0x8664, "x86_64-pc-windows"],
  [0xaa64, "aarch64-pc-windows"],
]);

/** The facts of a Mach-O library. */
export function readMachO(bytes: NativeBytes): Omit<NativeFacts, "bytes" | "readFrom"> {
  const target = machOTargets.get(bytes.u32(4)) ?? null;
  return foreign("machO", target, bytes, () => machOSymbols(bytes));
}

/** The facts of a PE library. */
export function readPe(bytes: NativeBytes): Omit<NativeFacts, "bytes" | "readFrom"> {
  const header = bytes.u32(0x3c);
  if (bytes.text(header, 4) !== "PE\0\0") throw new NotReadable("it has no PE header");
  const target = peTargets.get(bytes.u16(header + 4)) ?? null;
  return foreign("pe", target, bytes, () => peSymbols(bytes, header));
}

function foreign(
  format: "machO" | "pe",
  target: string | null,
  bytes: NativeBytes,
  readSymbols: () => readonly PluginSymbol[],
): Omit<NativeFacts, "bytes" | "readFrom"> {
  const notRead = ["build info: only ELF is read", "plugin info: only ELF is read"];
  let symbols: readonly PluginSymbol[] | null = null;
  try {
    symbols = readSymbols();
  } catch (error) {
    if (!(error instanceof NotReadable)) throw error;
    notRead.push(`symbols: ${error.message}`);
  }
  const compiler = signature(bytes);
  if (compiler === null) notRead.push("compiler: no rustc signed it");
  return { format, target, compiler, symbols, build: null, info: null, notRead };
}

/** `rustc version ...` anywhere in the first 64 MB. */
function signature(bytes: NativeBytes): string | null {
  const text = bytes.text(0, Math.min(bytes.length, 64 << 20));
  return /rustc version ([ -~]{1,200})/.exec(text)?.[1] ?? null;
}

function machOSymbols(bytes: NativeBytes): readonly PluginSymbol[] {
  const count = Math.min(bytes.u32(16), commandsMax);
  let at = 32;
  for (let index = 0; index < count; index++) {
    const [command, size] = [bytes.u32(at), bytes.u32(at + 4)];
    if (command === 2) return machOTable(bytes, at);
    if (size < 8) break;
    at += size;
  }
  throw new NotReadable("there is no symbol table");
}

function machOTable(bytes: NativeBytes, at: number): readonly PluginSymbol[] {
  const [table, count, names] = [bytes.u32(at + 8), bytes.u32(at + 12), bytes.u32(at + 16)];
  const found = new Set<string>();
  for (let index = 0; index < Math.min(count, symbolsMax); index++) {
    const symbol = table + 16 * index;
    const type = bytes.u8(symbol + 4);
    // External, no debugging entry, and defined here. Names carry one more underscore.
    const exported = (type & 0xe1) === 1 && (type & 0x0e) !== 0;
    if (exported) found.add(bytes.name(names + bytes.u32(symbol)).slice(1));
  }
  return pluginSymbols.filter((name) => found.has(name));
}

function peSymbols(bytes: NativeBytes, header: number): readonly PluginSymbol[] {
  const optional = header + 24;
  if (bytes.u16(optional) !== 0x20b) throw new NotReadable("only 64-bit PE is read");
  const sections = optional + bytes.u16(header + 20);
  const count = bytes.u16(header + 6);
  const offsetOf = (address: number): number => {
    for (let index = 0; index < Math.min(count, commandsMax); index++) {
      const at = sections + 40 * index;
      const start = bytes.u32(at + 12);
      const offset = address - start;
      if (offset >= 0 && offset < bytes.u32(at + 16)) return bytes.u32(at + 20) + offset;
    }
    throw new NotReadable(`address ${address} is in no section`);
  };
  const address = bytes.u32(optional + 112);
  if (address === 0) return [];
  const table = offsetOf(address);
  const names = offsetOf(bytes.u32(table + 32));
  const found = new Set<string>();
  for (let index = 0; index < Math.min(bytes.u32(table + 24), symbolsMax); index++) {
    found.add(bytes.name(offsetOf(bytes.u32(names + 4 * index))));
  }
  return pluginSymbols.filter((name) => found.has(name));
}
