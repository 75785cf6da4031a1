/** A WebAssembly module taken apart into what admission judges and the injector rewrites. */

import type { Signature } from "./abi.ts";
import { readInstruction, readValueType, refusedFeature } from "./instructions.ts";
import { ModuleReader, Refusal } from "./module-bytes.ts";

/** An import; plugins may import functions only. */
export type ModuleImport = {
  readonly module: string;
  readonly name: string;
  readonly kind: ExternKind;
  /** Of a function: its type's index. Otherwise 0. */
  readonly type: number;
};
/** An export. */
export type ModuleExport = {
  readonly name: string;
  readonly kind: ExternKind;
  readonly index: number;
};
/** What imports and exports can be. */
export type ExternKind = "function" | "table" | "memory" | "global" | "tag";

/** The parts of a module. Sections that stay as they are kept as bytes, or null if absent. */
export type ModuleSections = {
  readonly types: readonly Signature[];
  readonly imports: readonly ModuleImport[];
  /** The type index of each function of the module itself. */
  readonly functions: readonly number[];
  /** Pages at the start and at most; null if the module has no memory. */
  readonly memory: { readonly pagesMin: number; readonly pagesMax: number | null } | null;
  /** Globals: their number, the indices of mutable ones, and their definitions' bytes. */
  readonly globals: {
    readonly count: number;
    readonly mutable: readonly number[];
    readonly bytes: Uint8Array;
  };
  readonly exports: readonly ModuleExport[];
  readonly start: number | null;
  /** Each function's body without its size. */
  readonly bodies: readonly { readonly from: number; readonly to: number }[];
  readonly raw: ReadonlyMap<SectionId, Uint8Array>;
};

/** Section numbers of the binary format. */
export const section = {
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
} as const;
export type SectionId = (typeof section)[keyof typeof section];

/** The order that sections stand in; custom ones (0) stand anywhere. */
const order: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11];
const externKinds: readonly ExternKind[] = ["function", "table", "memory", "global", "tag"];

/** Takes a module apart. Throws Refusal. Types of operands are left to the engine to check. */
export function readSections(bytes: Uint8Array): ModuleSections {
  const found = splitSections(bytes);
  const open = (id: SectionId): ModuleReader | null => {
    const place = found.get(id);
    return place === undefined ? null : new ModuleReader(bytes, place.from, place.to);
  };
  const list = <Item>(id: SectionId, read: (from: ModuleReader) => Item): readonly Item[] => {
    const from = open(id);
    if (from === null) return [];
    const items = Array.from({ length: from.count() }, () => read(from));
    if (from.at !== from.end) throw new Refusal("malformed", `section ${id} has bytes left over`);
    return items;
  };
  const globals = open(section.global);
  const mutable = readMutableGlobals(open(section.global));
  list(section.table, readTable);
  list(section.element, checkElement);
  const memories = list(section.memory, readMemory);
  if (memories.length > 1) throw refusedFeature("multiple memories", "memory section");
  return {
    types: list(section.type, readType),
    imports: list(section.import, readImport),
    functions: list(section.function, (from) => from.u32()),
    memory: memories[0] ?? null,
    globals: {
      count: globals?.count() ?? 0,
      mutable,
      bytes: globals?.rest() ?? new Uint8Array(0),
    },
    exports: list(section.export, readExport),
    start: open(section.start)?.u32() ?? null,
    bodies: list(section.code, readBody),
    raw: new Map([...found].map(([id, { from, to }]) => [id, bytes.subarray(from, to)])),
  };
}

function splitSections(bytes: Uint8Array): Map<SectionId, { from: number; to: number }> {
  const from = new ModuleReader(bytes);
  const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
  if (bytes.length < header.length || header.some((byte, at) => byte !== bytes[at])) {
    throw new Refusal("malformed", "not a WebAssembly module: it does not begin with \\0asm and 1");
  }
  from.skip(header.length);
  const found = new Map<SectionId, { from: number; to: number }>();
  let last = -1;
  while (from.at < from.end) {
    const id = from.u8();
    const length = from.u32();
    const start = from.skip(length);
    if (id === 0) continue;
    if (id === 13) throw refusedFeature("exception handling", "tag section");
    const place = order.indexOf(id);
    if (place <= last) throw new Refusal("malformed", `section ${id} stands out of order`);
    last = place;
    found.set(id as SectionId, { from: start, to: from.at });
  }
  return found;
}

function readType(from: ModuleReader): Signature {
  const form = from.u8();
  if (form !== 0x60) throw refusedFeature("garbage collection", "type section");
  const valueTypes = () => Array.from({ length: from.count() }, () => readValueType(from));
  const type = { params: valueTypes(), results: valueTypes() };
  if (type.results.length > 1) throw refusedFeature("multi-value results", "type section");
  return type;
}

function readImport(from: ModuleReader): ModuleImport {
  const [module, name] = [from.name(), from.name()];
  const kind = readKind(from);
  if (kind === "function") return { module, name, kind, type: from.u32() };
  // Whatever it is, it will be refused; its type is read only to reach the next import.
  if (kind === "table") from.u8();
  if (kind === "global") from.skip(2);
  else if (kind === "tag") from.skip(2);
  else readLimits(from);
  return { module, name, kind, type: 0 };
}

function readExport(from: ModuleReader): ModuleExport {
  const name = from.name();
  const kind = readKind(from);
  return { name, kind, index: from.u32() };
}

function readKind(from: ModuleReader): ExternKind {
  const kind = externKinds[from.u8()];
  if (kind === undefined) throw new Refusal("malformed", `unknown kind at byte ${from.at - 1}`);
  return kind;
}

function readTable(from: ModuleReader): void {
  const type = from.u8();
  if (type !== 0x70) throw refusedFeature("reference types", "table section");
  const { pagesMin } = readLimits(from);
  if (pagesMin > 100_000) throw new Refusal("size", `a table of ${pagesMin} entries`);
}

function readMemory(from: ModuleReader): { pagesMin: number; pagesMax: number | null } {
  return readLimits(from);
}

function readLimits(from: ModuleReader): { pagesMin: number; pagesMax: number | null } {
  const flags = from.u8();
  if ((flags & 2) !== 0) throw refusedFeature("shared memory", "memory section");
  if ((flags & 4) !== 0) throw refusedFeature("64-bit memory", "memory section");
  if (flags > 1) throw refusedFeature("custom page sizes", "memory section");
  return { pagesMin: from.u32(), pagesMax: flags === 1 ? from.u32() : null };
}

/** The indices of mutable globals, all of them checked. */
function readMutableGlobals(from: ModuleReader | null): readonly number[] {
  const mutable: number[] = [];
  if (from === null) return mutable;
  const count = from.count();
  for (let index = 0; index < count; index++) {
    readValueType(from);
    if (from.u8() === 1) mutable.push(index);
    skipConstant(from);
  }
  if (from.at !== from.end) throw new Refusal("malformed", "section 6 has bytes left over");
  return mutable;
}

/** Elements must be function indices: a list of expressions would need reference types. */
function checkElement(from: ModuleReader): void {
  const flags = from.u32();
  if (flags > 3) throw refusedFeature("reference types", "element section");
  if (flags === 2 && from.u32() !== 0) throw refusedFeature("multiple tables", "element section");
  if (flags === 0 || flags === 2) skipConstant(from);
  if (flags !== 0) from.skip(1);
  for (let left = from.count(); left > 0; left--) from.u32();
}

function skipConstant(from: ModuleReader): void {
  const instruction = { opcode: 0, bulkOpcode: 0, index: 0 };
  do readInstruction(from, instruction);
  while (instruction.opcode !== 0x0b);
}

function readBody(from: ModuleReader): { from: number; to: number } {
  const length = from.u32();
  const start = from.skip(length);
  return { from: start, to: from.at };
}
