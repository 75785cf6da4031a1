/**
 * Rewrites a whole module: metered functions, four globals that the host reads and sets, two
 * helper functions, hidden pages behind the memory, no custom sections, the start function as an
 * export, because limits must be set before the first instruction runs, and the plugin's mutable
 * globals as exports, so that an instance can be set back to how it was.
 */
import { assert } from "../../../sim/assert.ts";
import {
  abiExports,
  abiInitialize,
  abiMemory,
  bytesPerFuelShift,
  growFuel,
  injectedNames,
  pageBytes,
  type Signature,
  stackPages,
} from "./abi.ts";
import { meterFunction } from "./function-metering.ts";
import { bulk, op } from "./instructions.ts";
import { ModuleWriter, Refusal } from "./module-bytes.ts";
import { type ModuleSections, type SectionId, section } from "./module-sections.ts";

/** Counts up when the injected code changes: prepared modules of older versions are not used. */
export const injectionVersion = 2;

const i32 = 0x7f;
const pagesOfAddressSpace = 65_536;

type Layout = {
  readonly fuel: number;
  readonly depth: number;
  readonly pagesMax: number;
  readonly growsRefused: number;
  readonly payBulk: number;
  readonly grow: number;
  /** The type (i32) -> i32 of both helpers. */
  readonly helperType: number;
};

/** A rewritten module. */
export type InjectedModule = {
  readonly bytes: Uint8Array;
  /** True if memory and mutable globals are all that running it can change. */
  readonly isResettable: boolean;
};

/** What these change (tables, which segments are left) cannot be read or set from outside. */
const lastingCodes: readonly number[] = [
  bulk.dataDrop,
  bulk.tableInit,
  bulk.elemDrop,
  bulk.tableCopy,
];

/** Rewrites a module. `sections` are those of `bytes`, already admitted. Throws Refusal. */
export function injectLimits(bytes: Uint8Array, sections: ModuleSections): InjectedModule {
  const functions = sections.imports.length + sections.functions.length;
  const { count } = sections.globals;
  const layout: Layout = {
    fuel: count,
    depth: count + 1,
    pagesMax: count + 2,
    growsRefused: count + 3,
    payBulk: functions,
    grow: functions + 1,
    helperType: sections.types.length,
  };
  const bulkCodes = new Set<number>();
  const into = new ModuleWriter();
  into.put(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);
  into.section(section.type, (out) => writeTypes(out, sections));
  copySection(into, sections, section.import);
  into.section(section.function, (out) => writeFunctions(out, sections, layout));
  copySection(into, sections, section.table);
  into.section(section.memory, (out) => writeMemory(out, sections));
  into.section(section.global, (out) => writeGlobals(out, sections));
  into.section(section.export, (out) => writeExports(out, sections, layout));
  copySection(into, sections, section.element);
  copySection(into, sections, section.dataCount);
  into.section(section.code, (out) => writeCode(out, { bytes, sections, layout, bulkCodes }));
  copySection(into, sections, section.data);
  const isResettable = !lastingCodes.some((code) => bulkCodes.has(code));
  return { bytes: into.done(), isResettable };
}

function copySection(into: ModuleWriter, { raw }: ModuleSections, id: SectionId): void {
  const bytes = raw.get(id);
  if (bytes !== undefined) into.section(id, (out) => out.bytes(bytes));
}

function writeTypes(into: ModuleWriter, { types }: ModuleSections): void {
  into.u32(types.length + 1);
  for (const { params, results } of [...types, { params: [i32], results: [i32] }]) {
    into.u8(0x60);
    into.u32(params.length);
    into.put(...params);
    into.u32(results.length);
    into.put(...results);
  }
}

function writeFunctions(into: ModuleWriter, { functions }: ModuleSections, layout: Layout): void {
  into.u32(functions.length + 2);
  for (const type of [...functions, layout.helperType, layout.helperType]) into.u32(type);
}

function writeMemory(into: ModuleWriter, { memory }: ModuleSections): void {
  assert(memory !== null, "an admitted module has a memory");
  const pagesMax = memory.pagesMax ?? pagesOfAddressSpace;
  into.put(1, 1);
  into.u32(memory.pagesMin + stackPages);
  into.u32(Math.min(pagesMax + stackPages, pagesOfAddressSpace));
}

function writeGlobals(into: ModuleWriter, { globals }: ModuleSections): void {
  into.u32(globals.count + 4);
  into.bytes(globals.bytes);
  for (let added = 0; added < 4; added++) into.put(i32, 1, op.i32Const, 0, op.end);
}

function writeExports(into: ModuleWriter, sections: ModuleSections, layout: Layout): void {
  const wanted = new Set([...abiExports.keys(), abiInitialize, abiMemory]);
  const kept = sections.exports.filter(({ name }) => wanted.has(name));
  const globals: readonly (readonly [name: string, index: number])[] = [
    [injectedNames.fuel, layout.fuel],
    [injectedNames.depth, layout.depth],
    [injectedNames.pagesMax, layout.pagesMax],
    [injectedNames.growsRefused, layout.growsRefused],
    ...sections.globals.mutable.map((index) => [injectedNames.global + index, index] as const),
  ];
  into.u32(kept.length + globals.length + (sections.start === null ? 0 : 1));
  for (const { name, kind, index } of kept) {
    into.name(name);
    into.u8(kind === "memory" ? 2 : 0);
    into.u32(index);
  }
  for (const [name, index] of globals) {
    into.name(name);
    into.u8(3);
    into.u32(index);
  }
  if (sections.start === null) return;
  into.name(injectedNames.start);
  into.u8(0);
  into.u32(sections.start);
}

type CodeParts = {
  readonly bytes: Uint8Array;
  readonly sections: ModuleSections;
  readonly layout: Layout;
  readonly bulkCodes: Set<number>;
};

function writeCode(into: ModuleWriter, parts: CodeParts): void {
  const { bytes, sections, layout, bulkCodes } = parts;
  const { bodies, functions, imports } = sections;
  const typeAt = (index: number): Signature => {
    const type = sections.types[index];
    if (type === undefined) throw new Refusal("malformed", `there is no type ${index}`);
    return type;
  };
  const typeIndices = [...imports.map(({ type }) => type), ...functions];
  const typeOfFunction = (index: number) => typeAt(typeIndices[index] ?? -1);
  const indices = { ...layout, typeAt, typeOfFunction, bulkCodes };
  into.u32(bodies.length + 2);
  for (const [at, body] of bodies.entries()) {
    const type = typeAt(functions[at] as number);
    const metered = meterFunction(bytes, body, type, indices);
    into.u32(metered.length);
    into.bytes(metered);
  }
  into.sized((out) => writePayBulk(out, layout));
  into.sized((out) => writeGrow(out, layout));
}

/** fuel -= n / 16; a trap if nothing is left; n again. */
function writePayBulk(into: ModuleWriter, { fuel }: Layout): void {
  into.put(0, op.globalGet);
  into.u32(fuel);
  into.put(op.localGet, 0, op.i32Const, bytesPerFuelShift, op.i32ShrU, op.i32Sub);
  writeSet(into, fuel);
  writeFuelTrap(into, fuel);
  into.put(op.localGet, 0, op.end);
}

/**
 * Grows the memory by n pages in front of the host's own, which move to the new end; where they
 * were is cleared, because new pages read as zero. Beyond the limit it answers -1 and says so.
 */
function writeGrow(into: ModuleWriter, layout: Layout): void {
  const { fuel, pagesMax, growsRefused } = layout;
  const before = 1; // Pages that the plugin has, in a local.
  const hide = [op.i32Const, stackPages, op.i32Sub] as const;
  into.put(1, 1, i32, op.globalGet);
  into.u32(fuel);
  into.u8(op.i32Const);
  into.s32(growFuel);
  into.u8(op.i32Sub);
  writeSet(into, fuel);
  writeFuelTrap(into, fuel);
  into.put(op.memorySize, 0, ...hide, op.localSet, before);
  into.put(op.localGet, 0, op.globalGet);
  into.u32(pagesMax);
  into.put(op.localGet, before, op.i32Sub, op.i32GtU, op.if, 0x40);
  writeRefused(into, growsRefused);
  into.put(op.end, op.localGet, 0, op.memoryGrow, 0, op.i32Const, 0x7f, op.i32Eq, op.if, 0x40);
  writeRefused(into, growsRefused);
  into.put(op.end, op.localGet, before, op.i32Const, 16, op.i32Shl, op.i32Const, 0, op.i32Const);
  into.s32(stackPages * pageBytes);
  into.put(op.bulk, bulk.memoryFill, 0, op.localGet, before, op.end);
}

function writeRefused(into: ModuleWriter, growsRefused: number): void {
  into.put(op.i32Const, 1);
  writeSet(into, growsRefused);
  into.put(op.i32Const, 0x7f, op.return);
}

function writeFuelTrap(into: ModuleWriter, fuel: number): void {
  into.u8(op.globalGet);
  into.u32(fuel);
  into.put(op.i32Const, 0, op.i32LtS, op.if, 0x40, op.unreachable, op.end);
}

function writeSet(into: ModuleWriter, global: number): void {
  into.u8(op.globalSet);
  into.u32(global);
}
