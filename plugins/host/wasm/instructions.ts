/**
 * The instructions that a plugin may use: WebAssembly 1.0 with mutable globals, sign extension,
 * saturating conversions and bulk memory. Anything else is refused by name, with its place, on
 * every version of Node alike. Source: WebAssembly core specification 2.0, section 5.4.
 */
import { type ModuleReader, Refusal } from "./module-bytes.ts";

/** Opcodes that the injector names. */
export const op = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  select: 0x1b,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  memorySize: 0x3f,
  memoryGrow: 0x40,
  i32Const: 0x41,
  i64Const: 0x42,
  f32Const: 0x43,
  f64Const: 0x44,
  i32Eq: 0x46,
  i32LtS: 0x48,
  i32GtU: 0x4b,
  f32Eq: 0x5b,
  f64Eq: 0x61,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32Or: 0x72,
  i32Shl: 0x74,
  i32ShrU: 0x76,
  bulk: 0xfc,
} as const;

/** Second bytes after 0xfc. */
export const bulk = {
  memoryInit: 8,
  dataDrop: 9,
  memoryCopy: 10,
  memoryFill: 11,
  tableInit: 12,
  elemDrop: 13,
  tableCopy: 14,
} as const;

/** One instruction as read: `bulkOpcode` counts after 0xfc, `index` is its first number if any. */
export type Instruction = { opcode: number; bulkOpcode: number; index: number };

const refusedOpcodes: ReadonlyMap<number, string> = new Map([
  ...span(0x06, 0x0a, "exception handling"),
  ...span(0x12, 0x13, "tail calls"),
  ...span(0x14, 0x15, "typed function references"),
  ...span(0x18, 0x19, "exception handling"),
  [0x1c, "reference types"],
  [0x1f, "exception handling"],
  ...span(0x25, 0x26, "reference types"),
  ...span(0xd0, 0xd2, "reference types"),
  ...span(0xd3, 0xd6, "garbage collection"),
  [0xfb, "garbage collection"],
  [0xfd, "SIMD"],
  [0xfe, "atomics"],
]);

function span(from: number, to: number, feature: string): readonly [number, string][] {
  return Array.from({ length: to - from + 1 }, (_, at) => [from + at, feature]);
}

/** Reads the next instruction with its immediates. Throws Refusal `feature` or `malformed`. */
export function readInstruction(from: ModuleReader, into: Instruction): void {
  const at = from.at;
  const opcode = from.u8();
  into.opcode = opcode;
  if (opcode >= 0x45 && opcode <= 0xc4) return;
  if (opcode >= 0x28 && opcode <= 0x3e) {
    readMemoryArgument(from, at);
    return;
  }
  switch (opcode) {
    case op.unreachable:
    case 0x01: // nop
    case op.else:
    case op.end:
    case op.return:
    case 0x1a: // drop
    case op.select:
      return;
    case op.block:
    case op.loop:
    case op.if:
      into.index = readBlockType(from);
      return;
    case op.br:
    case op.brIf:
    case op.call:
    case op.localGet:
    case op.localSet:
    case op.localTee:
    case op.globalGet:
    case op.globalSet:
      into.index = from.u32();
      return;
    case op.brTable:
      for (let left = from.count() + 1; left > 0; left--) from.u32();
      return;
    case op.callIndirect:
      into.index = from.u32();
      requireZero(from, "multiple tables");
      return;
    case op.memorySize:
    case op.memoryGrow:
      requireZero(from, "multiple memories");
      return;
    case op.i32Const:
      from.skipNumber(5);
      return;
    case op.i64Const:
      from.skipNumber(10);
      return;
    case op.f32Const:
      from.skip(4);
      return;
    case op.f64Const:
      from.skip(8);
      return;
    case op.bulk:
      readBulk(from, into, at);
      return;
    default:
      throw refusedOpcode(opcode, at);
  }
}

function readBulk(from: ModuleReader, into: Instruction, at: number): void {
  const code = from.u32();
  into.bulkOpcode = code;
  if (code <= 7) return; // Saturating conversions have no immediates.
  switch (code) {
    case bulk.memoryInit:
      from.u32();
      requireZero(from, "multiple memories");
      return;
    case bulk.dataDrop:
    case bulk.elemDrop:
      from.u32();
      return;
    case bulk.memoryCopy:
      requireZero(from, "multiple memories");
      requireZero(from, "multiple memories");
      return;
    case bulk.memoryFill:
      requireZero(from, "multiple memories");
      return;
    case bulk.tableInit:
      from.u32();
      requireZero(from, "multiple tables");
      return;
    case bulk.tableCopy:
      requireZero(from, "multiple tables");
      requireZero(from, "multiple tables");
      return;
    default:
      throw refusedFeature("reference types", `instruction 0xfc ${code} at byte ${at}`);
  }
}

/** Results of a block: 0 or 1. */
function readBlockType(from: ModuleReader): number {
  const at = from.at;
  const type = from.u8();
  if (type === 0x40) return 0;
  if (isNumberType(type)) return 1;
  if (type === 0x7b) throw refusedFeature("SIMD", `block type at byte ${at}`);
  // Type indices are below 0x40, or have more bytes; a reference type is none of them.
  if (type >= 0x60 && type < 0x7b) throw refusedFeature("reference types", `byte ${at}`);
  throw refusedFeature("multi-value blocks", `block type at byte ${at}`);
}

function readMemoryArgument(from: ModuleReader, at: number): void {
  // Bit 6 of the alignment says that a memory index follows (multi-memory).
  if (from.u32() >= 0x40) throw refusedFeature("multiple memories", `byte ${at}`);
  from.skipNumber(5);
}

function requireZero(from: ModuleReader, feature: string): void {
  const at = from.at;
  if (from.u32() !== 0) throw refusedFeature(feature, `byte ${at}`);
}

function refusedOpcode(opcode: number, at: number): Refusal {
  const feature = refusedOpcodes.get(opcode);
  const place = `instruction 0x${opcode.toString(16).padStart(2, "0")} at byte ${at}`;
  if (feature !== undefined) return refusedFeature(feature, place);
  return new Refusal("malformed", `there is no ${place}`);
}

/** The refusal of a WebAssembly extension. */
export function refusedFeature(feature: string, place: string): Refusal {
  const reason = `uses ${feature}, which the host does not run (${place}): build without it`;
  return new Refusal("feature", reason);
}

/** Reads a value type: i32, i64, f32 or f64. Throws Refusal `feature` for any other. */
export function readValueType(from: ModuleReader): number {
  const at = from.at;
  const type = from.u8();
  if (isNumberType(type)) return type;
  throw refusedFeature(type === 0x7b ? "SIMD" : "reference types", `type at byte ${at}`);
}

function isNumberType(type: number): boolean {
  return type >= 0x7c && type <= 0x7f;
}

/** What an instruction adds to the operand stack; calls and control are not in this table. */
export const operandEffects: Int8Array = new Int8Array(256);
const effects: readonly (readonly [from: number, to: number, effect: number])[] = [
  [0x0d, 0x0d, -1], // br_if
  [0x1a, 0x1a, -1], // drop
  [0x1b, 0x1b, -2], // select
  [0x20, 0x20, 1], // local.get
  [0x21, 0x21, -1], // local.set
  [0x23, 0x23, 1], // global.get
  [0x24, 0x24, -1], // global.set
  [0x36, 0x3e, -2], // stores
  [0x3f, 0x3f, 1], // memory.size
  [0x41, 0x44, 1], // constants
  [0x46, 0x4f, -1], // i32 comparisons
  [0x51, 0x66, -1], // i64, f32, f64 comparisons
  [0x6a, 0x78, -1], // i32 arithmetic with two operands
  [0x7c, 0x8a, -1], // i64
  [0x92, 0x98, -1], // f32
  [0xa0, 0xa6, -1], // f64
];
for (const [from, to, effect] of effects) operandEffects.fill(effect, from, to + 1);

/** Of the instructions after 0xfc, those that move data. */
export function bulkOperandEffect(code: number): number {
  const moves = code >= bulk.memoryInit && code !== bulk.dataDrop && code !== bulk.elemDrop;
  return moves ? -3 : 0;
}

/**
 * Which float an instruction computes whose NaN bits WebAssembly leaves open, if any. Sign
 * operations are exact on bits; loads and reinterpretations move bits unchanged.
 */
export function openNanType(opcode: number): "f32" | "f64" | null {
  if ((opcode >= 0x8d && opcode <= 0x97) || opcode === 0xb6) return "f32";
  if ((opcode >= 0x9b && opcode <= 0xa5) || opcode === 0xbb) return "f64";
  return null;
}
