/** ELF of 64 bits, little-endian: sections, dynamic symbols, `.comment`. Source: the ELF-64 ABI. */
import { type NativeBytes, NotReadable } from "./native-bytes.ts";
import { type NativeFacts, type PluginSymbol, pluginSymbols } from "./native-facts.ts";
import { returnedStrings } from "./string-results.ts";

type Section = {
  readonly name: string;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
};
type Found = { readonly name: PluginSymbol; readonly address: number; readonly size: number };

const machines: ReadonlyMap<number, string> = new Map([
  [0x3e, "x86_64-unknown-linux"],
  [0xb7, "aarch64-unknown-linux"],
]);
const sectionsMax = 1_000;
const symbolsMax = 1_000_000;

/** The facts of an ELF file. Throws NotReadable if not even its header makes sense. */
export function readElf(bytes: NativeBytes): Omit<NativeFacts, "bytes" | "readFrom"> {
  if (bytes.u8(4) !== 2 || bytes.u8(5) !== 1) {
    throw new NotReadable("only 64-bit little-endian ELF is read");
  }
  const machine = bytes.u16(18);
  const notRead: string[] = [];
  const attempt = <Value>(what: string, read: () => Value): Value | null => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof NotReadable)) throw error;
      notRead.push(`${what}: ${error.message}`);
      return null;
    }
  };
  const sections = attempt("sections", () => readSections(bytes)) ?? [];
  const symbols = attempt("symbols", () => readSymbols(bytes, sections));
  const strings = (name: PluginSymbol, count: number): readonly string[] => {
    if (machine !== 0x3e) throw new NotReadable("only x86-64 code is read");
    const symbol = symbols?.find((one) => one.name === name);
    if (symbol === undefined) throw new NotReadable(`${name} is not exported`);
    return returnedStrings({ bytes, ...symbol, offsetOf: (at) => offsetOf(at, sections) }, count);
  };
  const build = attempt("build info", () => strings("_plugin_get_build_info", 3));
  const info = attempt("plugin info", () => strings("_plugin_get_plugin_info", 2));
  const [apiVersion = "", target = "", rustc = ""] = build ?? [];
  const [name = "", version = ""] = info ?? [];
  return {
    format: "elf",
    target: machines.get(machine) ?? null,
    compiler: attempt("compiler", () => readCompiler(bytes, sections)),
    symbols: symbols?.map((one) => one.name) ?? null,
    build: build === null ? null : { apiVersion, target, rustc },
    info: info === null ? null : { name, version },
    notRead,
  };
}

function readSections(bytes: NativeBytes): readonly Section[] {
  const [table, size, count, names] = [
    bytes.u64(40),
    bytes.u16(58),
    bytes.u16(60),
    bytes.u16(62),
  ] as const;
  if (size < 64 || count === 0 || count > sectionsMax || names >= count) {
    throw new NotReadable("there is no section table");
  }
  const namesAt = bytes.u64(table + names * size + 24);
  return Array.from({ length: count }, (_, index) => {
    const at = table + index * size;
    return {
      name: bytes.name(namesAt + bytes.u32(at)),
      address: bytes.u64(at + 16),
      offset: bytes.u64(at + 24),
      size: bytes.u64(at + 32),
      link: bytes.u32(at + 40),
    };
  });
}

function readSymbols(bytes: NativeBytes, sections: readonly Section[]): readonly Found[] {
  const table = sections.find(({ name }) => name === ".dynsym");
  const names = sections[table?.link ?? -1];
  if (table === undefined || names === undefined) throw new NotReadable("there is no .dynsym");
  const count = Math.min(Math.floor(table.size / 24), symbolsMax);
  const found = new Map<string, Found>();
  for (let index = 0; index < count; index++) {
    const at = table.offset + 24 * index;
    // A symbol of section 0 is wanted from elsewhere, not exported.
    if (bytes.u16(at + 6) === 0) continue;
    const text = bytes.name(names.offset + bytes.u32(at));
    const name = pluginSymbols.find((one) => one === text);
    if (name === undefined) continue;
    found.set(name, { name, address: bytes.u64(at + 8), size: bytes.u64(at + 16) });
  }
  return pluginSymbols.flatMap((name) => found.get(name) ?? []);
}

function readCompiler(bytes: NativeBytes, sections: readonly Section[]): string {
  const comment = sections.find(({ name }) => name === ".comment");
  if (comment === undefined) throw new NotReadable("there is no .comment");
  const signed = bytes.text(comment.offset, Math.min(comment.size, 65_536));
  const version = /rustc version ([^\0]{1,200})/.exec(signed)?.[1];
  if (version === undefined) throw new NotReadable("no rustc signed it");
  return version;
}

function offsetOf(address: number, sections: readonly Section[]): number {
  const section = sections.find(
    (one) => one.address !== 0 && address >= one.address && address < one.address + one.size,
  );
  if (section === undefined) throw new NotReadable(`address ${address} is in no section`);
  return section.offset + (address - section.address);
}
