/** The instructions that metering adds to a function. */
import { op } from "./instructions.ts";
import type { ModuleWriter } from "./module-bytes.ts";

/** Where a function finds what it counts. */
export type Meters = {
  /** The global that holds the fuel while other functions run. */
  readonly fuel: number;
  /** The local that holds it while this one runs. */
  readonly fuelLocal: number;
  /** The global that holds the depth. */
  readonly depth: number;
};

/** Calls a function. */
export function writeCall(into: ModuleWriter, index: number): void {
  into.u8(op.call);
  into.u32(index);
}

/** Takes the fuel over from other functions. */
export function writeFuelIn(into: ModuleWriter, { fuel, fuelLocal }: Meters): void {
  writeIndexed(into, op.globalGet, fuel);
  writeIndexed(into, op.localSet, fuelLocal);
}

/** Leaves the fuel to other functions. */
export function writeFuelOut(into: ModuleWriter, { fuel, fuelLocal }: Meters): void {
  writeIndexed(into, op.localGet, fuelLocal);
  writeIndexed(into, op.globalSet, fuel);
}

/** fuel -= amount. */
export function writeCharge(into: ModuleWriter, { fuelLocal }: Meters, amount: number): void {
  writeIndexed(into, op.localGet, fuelLocal);
  into.u8(op.i32Const);
  into.s32(amount);
  into.u8(op.i32Sub);
  writeIndexed(into, op.localSet, fuelLocal);
}

/** depth += amount, which may be negative. */
export function writeDepth(into: ModuleWriter, { depth }: Meters, amount: number): void {
  writeIndexed(into, op.globalGet, depth);
  into.u8(op.i32Const);
  into.s32(amount);
  into.u8(op.i32Add);
  writeIndexed(into, op.globalSet, depth);
}

/** Traps if the fuel is used up. */
export function writeFuelCheck(into: ModuleWriter, meters: Meters): void {
  writeIndexed(into, op.localGet, meters.fuelLocal);
  writeTrapIfNegative(into, meters);
}

/** Traps if the fuel or the depth is used up. */
export function writeEntryCheck(into: ModuleWriter, meters: Meters): void {
  // Both are negative once used up, so one comparison of their bits' union sees either.
  writeIndexed(into, op.localGet, meters.fuelLocal);
  writeIndexed(into, op.globalGet, meters.depth);
  into.u8(op.i32Or);
  writeTrapIfNegative(into, meters);
}

/** The host reads what was left in the global. */
function writeTrapIfNegative(into: ModuleWriter, meters: Meters): void {
  into.put(op.i32Const, 0, op.i32LtS, op.if, 0x40);
  writeFuelOut(into, meters);
  into.put(op.unreachable, op.end);
}

function writeIndexed(into: ModuleWriter, opcode: number, index: number): void {
  into.u8(opcode);
  into.u32(index);
}
