/** The instructions that metering adds to a function. */
import { op } from "./instructions.ts";
import type { ModuleWriter } from "./module-bytes.ts";

/** Calls a function. */
export function writeCall(into: ModuleWriter, index: number): void {
  into.u8(op.call);
  into.u32(index);
}

/** global -= amount. */
export function writeCharge(into: ModuleWriter, global: number, amount: number): void {
  writeGlobal(into, op.globalGet, global);
  into.u8(op.i32Const);
  into.s32(amount);
  into.u8(op.i32Sub);
  writeGlobal(into, op.globalSet, global);
}

/** global += amount. */
export function writeRefund(into: ModuleWriter, global: number, amount: number): void {
  writeGlobal(into, op.globalGet, global);
  into.u8(op.i32Const);
  into.s32(amount);
  into.u8(op.i32Add);
  writeGlobal(into, op.globalSet, global);
}

/** Traps if the fuel is used up. */
export function writeFuelCheck(into: ModuleWriter, fuel: number): void {
  writeGlobal(into, op.globalGet, fuel);
  into.put(op.i32Const, 0, op.i32LtS, op.if, 0x40, op.unreachable, op.end);
}

/** Traps if the fuel or, where it counts, the depth is used up. */
export function writeEntryCheck(
  into: ModuleWriter,
  indices: { readonly fuel: number; readonly depth: number },
  depth: boolean,
): void {
  if (!depth) {
    writeFuelCheck(into, indices.fuel);
    return;
  }
  // Both are negative once used up, so one comparison of their bits' union sees either.
  writeGlobal(into, op.globalGet, indices.fuel);
  writeGlobal(into, op.globalGet, indices.depth);
  into.put(op.i32Or, op.i32Const, 0, op.i32LtS, op.if, 0x40, op.unreachable, op.end);
}

function writeGlobal(into: ModuleWriter, opcode: number, index: number): void {
  into.u8(opcode);
  into.u32(index);
}
