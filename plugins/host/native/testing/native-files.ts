/** Small libraries made by hand, in the shape of rustc's. */

/** Writes at growing places; names of sections are offsets in `.shstrtab`. */
type Piece = readonly [at: number, content: Uint8Array | string];

const all = ["_plugin_get_build_info", "_plugin_get_plugin_info", "_plugin_create"];
const texts = ["0.1.0", "x86_64-unknown-linux-gnu", "rustc 1.89.0", "by-hand", "1.2.3"];
/** Addresses are this much above the places in the file. */
const base = 0x1000;
const textAt = 0x100;
const codeAt = 0x200;
const functionBytes = 0x60;

/** An ELF library with TiKV's three functions and `.comment`. */
export function elfFile({ machine }: { readonly machine: number }): Uint8Array {
  const sections: readonly (readonly [name: string, at: number, size: number, link: number])[] = [
    ["", 0, 0, 0],
    [".rodata", textAt, 0x100, 0],
    [".text", codeAt, 0x200, 0],
    [".dynsym", 0x400, 24 * 4, 4],
    [".dynstr", 0x480, 0x80, 0],
    [".comment", 0x500, 0x60, 0],
    [".shstrtab", 0x560, 0x60, 0],
  ];
  const file = Buffer.alloc(0x800);
  const names = sections.map(([name]) => `${name}\0`);
  write(file, [
    [0, "\x7fELF\x02\x01\x01"],
    [textAt, texts.join("")],
    [codeAt, code([0, 1, 2], codeAt)],
    [codeAt + functionBytes, code([3, 4], codeAt + functionBytes)],
    [0x480, `\0${all.join("\0")}\0`],
    [0x500, "GCC: (Debian)\0rustc version 1.89.0-nightly (abc 2025-05-01)\0"],
    [0x560, names.join("")],
  ]);
  file.writeUInt16LE(machine, 18);
  file.writeUInt32LE(0x600, 40);
  file.writeUInt16LE(64, 58);
  file.writeUInt16LE(sections.length, 60);
  file.writeUInt16LE(6, 62);
  for (const [index, [, at, size, link]] of sections.entries()) {
    const header = 0x600 + 64 * index;
    file.writeUInt32LE(names.slice(0, index).join("").length, header);
    file.writeUInt32LE(at === 0 || index > 2 ? 0 : base + at, header + 16);
    file.writeUInt32LE(at, header + 24);
    file.writeUInt32LE(size, header + 32);
    file.writeUInt32LE(link, header + 40);
  }
  for (const [index, name] of all.entries()) {
    const symbol = 0x400 + 24 * (index + 1);
    file.writeUInt32LE(1 + `${all.join("\0")}\0`.indexOf(name), symbol);
    file.writeUInt16LE(2, symbol + 6);
    file.writeUInt32LE(base + codeAt + functionBytes * index, symbol + 8);
    file.writeUInt32LE(functionBytes, symbol + 16);
  }
  return file;
}

/** `lea rax, [rip + text]; mov [rdi + n], rax; mov qword [rdi + n + 8], length` for each; `ret`. */
function code(indices: readonly number[], at: number): Uint8Array {
  const into = Buffer.alloc(functionBytes, 0x90);
  let place = 0;
  for (const [field, index] of indices.entries()) {
    const text = textAt + texts.slice(0, index).join("").length;
    into.set([0x48, 0x8d, 0x05], place);
    into.writeInt32LE(text - (at + place + 7), place + 3);
    into.set([0x48, 0x89, 0x47, 16 * field, 0x48, 0xc7, 0x47, 16 * field + 8], place + 7);
    into.writeUInt32LE((texts[index] as string).length, place + 15);
    place += 19;
  }
  into[place] = 0xc3;
  return into;
}

/** A Mach-O library for aarch64 that exports `names`. */
export function machOFile(names: readonly string[]): Uint8Array {
  const file = Buffer.alloc(0x400);
  file.writeUInt32LE(0xfeedfacf, 0);
  file.writeUInt32LE(0x0100000c, 4);
  file.writeUInt32LE(2, 16);
  // A command of another kind, then LC_SYMTAB.
  for (const [at, value] of [0x1b, 24, 0, 0, 0, 0, 2, 24, 0x100, names.length, 0x200].entries()) {
    file.writeUInt32LE(value, 32 + 4 * at);
  }
  const table = names.map((name) => `_${name}\0`);
  for (const index of names.keys()) {
    file.writeUInt32LE(table.slice(0, index).join("").length, 0x100 + 16 * index);
    file.writeUInt8(0x0f, 0x100 + 16 * index + 4);
  }
  write(file, [
    [0x200, table.join("")],
    [0x300, "rustc version 1.89.0\0"],
  ]);
  return file;
}

/** A PE library for x86-64 that exports `names`. */
export function peFile(names: readonly string[]): Uint8Array {
  const file = Buffer.alloc(0x600);
  const [header, section, rva, raw] = [0x80, 0x80 + 24 + 240, 0x2000, 0x300] as const;
  write(file, [
    [0, "MZ"],
    [header, "PE\0\0"],
    [raw + 0x80, names.map((name) => `${name}\0`).join("")],
    [0x500, "rustc version 1.89.0\0"],
  ]);
  file.writeUInt32LE(header, 0x3c);
  file.writeUInt16LE(0x8664, header + 4);
  file.writeUInt16LE(1, header + 6);
  file.writeUInt16LE(240, header + 20);
  file.writeUInt16LE(0x20b, header + 24);
  file.writeUInt32LE(rva, header + 24 + 112);
  file.writeUInt32LE(rva, section + 12);
  file.writeUInt32LE(0x200, section + 16);
  file.writeUInt32LE(raw, section + 20);
  file.writeUInt32LE(names.length, raw + 24);
  file.writeUInt32LE(rva + 0x40, raw + 32);
  for (const index of names.keys()) {
    const at = names.slice(0, index).join("\0").length + (index === 0 ? 0 : 1);
    file.writeUInt32LE(rva + 0x80 + at, raw + 0x40 + 4 * index);
  }
  return file;
}

/** The file, lengthened by facts as the Rust SDK embeds them, in its order. */
export function withFacts(file: Uint8Array, facts: readonly string[]): Uint8Array {
  const record = `COPRSIM-PLUGIN-FACTS-1\0${facts.map((fact) => `${fact}\0`).join("")}`;
  return Buffer.concat([file, Buffer.from(record, "latin1")]);
}

function write(file: Buffer, pieces: readonly Piece[]): void {
  for (const [at, content] of pieces) {
    file.set(typeof content === "string" ? Buffer.from(content, "latin1") : content, at);
  }
}
