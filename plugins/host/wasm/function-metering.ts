/**
 * Rewrites one function so that it pays for what it does. Fuel: each basic block pays for its
 * instructions when it begins; the balance is looked at on entry and at each loop's head, so no
 * path runs on for longer than one pass of a body. Depth: a frame pays its weight on entry and
 * gets it back on return. Floats: results whose NaN bits are left open become the canonical NaN.
 * Growth of memory goes through a helper, so that the host's own pages behind it stay hidden.
 */
import { assert } from "../../../sim/assert.ts";
import type { Signature } from "./abi.ts";
import { frameDepth, stackPages } from "./abi.ts";
import {
  bulkOperandEffect,
  type Instruction,
  op,
  openNanType,
  operandEffects,
  readInstruction,
  readValueType,
} from "./instructions.ts";
import {
  writeCall,
  writeCharge,
  writeEntryCheck,
  writeFuelCheck,
  writeRefund,
} from "./metering-code.ts";
import { ModuleReader, ModuleWriter, Refusal } from "./module-bytes.ts";

/** Indices of what the injector adds, and the types that calls need. */
export type MeteringIndices = {
  readonly fuel: number;
  readonly depth: number;
  /** Function (bytes) -> bytes: pays for a bulk operation. */
  readonly payBulk: number;
  /** Function (pages) -> pages before, or -1. */
  readonly grow: number;
  readonly typeOfFunction: (index: number) => Signature;
  readonly typeAt: (index: number) => Signature;
  /** Filled in: the second bytes of the bulk instructions that were met. */
  readonly bulkCodes: Set<number>;
};

/** Locals of one function at most: engines allow 50,000. */
const localsMax = 50_000;
/** A frame without calls that weighs less than this does not pay: it cannot be repeated. */
const leafWeightMax = 256;

type Frame = { readonly base: number; readonly results: number; readonly loop: boolean };

/** Rewrites the body between `from` and `to` of `bytes`. Throws Refusal. */
export function meterFunction(
  bytes: Uint8Array,
  { from, to }: { readonly from: number; readonly to: number },
  type: Signature,
  indices: MeteringIndices,
): Uint8Array {
  return new FunctionMeter(new ModuleReader(bytes, from, to), type, indices).run();
}

class FunctionMeter {
  readonly #from: ModuleReader;
  readonly #type: Signature;
  readonly #indices: MeteringIndices;
  readonly #localGroups: (readonly [count: number, type: number])[] = [];
  readonly #localCount: number;
  /** Everything but the entry, whose charge is known last. */
  readonly #body = new ModuleWriter();
  readonly #frames: Frame[] = [];
  /** The first basic block. */
  #entry: { readonly cost: number; readonly code: Uint8Array } | null = null;
  /** Body bytes of the basic block under way: they are written when its cost is known. */
  #block = new ModuleWriter();
  #blockCost = 0;
  #blockChecks = true;
  #operands = 0;
  #operandsMax = 0;
  #calls = false;
  #usesF32 = false;
  #usesF64 = false;

  constructor(from: ModuleReader, type: Signature, indices: MeteringIndices) {
    this.#from = from;
    this.#type = type;
    this.#indices = indices;
    let count = type.params.length;
    for (let left = from.count(); left > 0; left--) {
      const group = from.u32();
      count += group;
      if (count > localsMax)
        throw new Refusal("size", `a function has more than ${localsMax} locals`);
      this.#localGroups.push([group, readValueType(from)]);
    }
    this.#localCount = count;
  }

  run(): Uint8Array {
    this.#frames.push({ base: 0, results: this.#type.results.length, loop: false });
    const instruction = { opcode: 0, bulkOpcode: 0, index: 0 };
    while (this.#frames.length > 0) {
      const at = this.#from.at;
      readInstruction(this.#from, instruction);
      this.#rewrite(instruction, this.#from.bytes.subarray(at, this.#from.at));
    }
    if (this.#from.at !== this.#from.end) {
      throw new Refusal("malformed", `a function goes on after its end (byte ${this.#from.at})`);
    }
    return this.#assemble();
  }

  #rewrite(instruction: Instruction, raw: Uint8Array): void {
    const { opcode } = instruction;
    switch (opcode) {
      case op.block:
      case op.loop:
      case op.if:
        this.#enter(instruction, raw);
        return;
      case op.else:
        this.#otherwise(raw);
        return;
      case op.end:
        this.#leave(raw);
        return;
      case op.return:
        // The frame's weight is given back behind the outermost block: leave through it.
        this.#emit((into) => {
          into.u8(op.br);
          into.u32(this.#frames.length - 1);
        });
        this.#openBlock(false);
        return;
      case op.br:
      case op.brIf:
      case op.brTable:
      case op.unreachable:
        this.#emit((into) => into.bytes(raw));
        this.#push(operandEffects[opcode] as number);
        this.#openBlock(false);
        return;
      case op.call:
      case op.callIndirect:
        this.#call(instruction, raw);
        return;
      case op.bulk:
        this.#bulk(instruction, raw);
        return;
      case op.memorySize:
        this.#push(1);
        this.#emit((into) => {
          into.bytes(raw);
          into.put(op.i32Const, stackPages, op.i32Sub);
        });
        return;
      case op.memoryGrow:
        this.#emit((into) => writeCall(into, this.#indices.grow));
        return;
      default:
        this.#push(operandEffects[opcode] as number);
        this.#emit((into) => into.bytes(raw));
        this.#canonical(opcode);
    }
  }

  #enter(instruction: Instruction, raw: Uint8Array): void {
    if (instruction.opcode === op.if) {
      this.#push(-1);
      this.#blockCost += 1;
    }
    const loop = instruction.opcode === op.loop;
    this.#block.bytes(raw);
    this.#frames.push({ base: this.#operands, results: instruction.index, loop });
    // A plain block's first instruction runs exactly when the one before it does.
    if (instruction.opcode !== op.block) this.#openBlock(loop);
  }

  #otherwise(raw: Uint8Array): void {
    const frame = this.#frames.at(-1);
    if (frame === undefined) throw new Refusal("malformed", "else without if");
    this.#block.bytes(raw);
    this.#operands = frame.base;
    this.#openBlock(false);
  }

  #leave(raw: Uint8Array): void {
    const frame = this.#frames.pop();
    assert(frame !== undefined, "an end closes an open block");
    this.#operands = frame.base;
    this.#push(frame.results);
    this.#block.bytes(raw);
    this.#openBlock(false);
  }

  #call(instruction: Instruction, raw: Uint8Array): void {
    const indirect = instruction.opcode === op.callIndirect;
    const { index } = instruction;
    const type = indirect ? this.#indices.typeAt(index) : this.#indices.typeOfFunction(index);
    this.#calls = true;
    this.#push(type.results.length - type.params.length - (indirect ? 1 : 0));
    this.#emit((into) => into.bytes(raw));
  }

  #bulk(instruction: Instruction, raw: Uint8Array): void {
    const effect = bulkOperandEffect(instruction.bulkOpcode);
    this.#indices.bulkCodes.add(instruction.bulkOpcode);
    this.#push(effect);
    this.#emit((into) => {
      if (effect !== 0) writeCall(into, this.#indices.payBulk);
      into.bytes(raw);
    });
  }

  #canonical(opcode: number): void {
    const type = openNanType(opcode);
    if (type === null) return;
    const single = type === "f32";
    if (single) this.#usesF32 = true;
    else this.#usesF64 = true;
    // Which of the two scratch locals comes first is fixed, so that indices are known by now.
    const scratch = this.#localCount + (single ? 0 : 1);
    const nan = single ? [0x00, 0x00, 0xc0, 0x7f] : [0, 0, 0, 0, 0, 0, 0xf8, 0x7f];
    const into = this.#block;
    into.u8(op.localTee);
    into.u32(scratch);
    into.put(single ? op.f32Const : op.f64Const, ...nan, op.localGet);
    into.u32(scratch);
    into.u8(op.localGet);
    into.u32(scratch);
    into.put(single ? op.f32Eq : op.f64Eq, op.select);
  }

  #emit(write: (into: ModuleWriter) => void): void {
    this.#blockCost += 1;
    write(this.#block);
  }

  /** In code that cannot be reached operands may be missing: the block's base is the floor. */
  #push(effect: number): void {
    const floor = this.#frames.at(-1)?.base ?? 0;
    this.#operands = Math.max(this.#operands + effect, floor);
    this.#operandsMax = Math.max(this.#operandsMax, this.#operands);
  }

  /** Writes the basic block under way and begins the next. */
  #openBlock(checks: boolean): void {
    this.#closeBlock();
    this.#blockChecks = checks;
  }

  #closeBlock(): void {
    const into = this.#body;
    if (this.#entry === null) {
      this.#entry = { cost: this.#blockCost, code: this.#block.done() };
    } else {
      if (this.#blockCost > 0 || this.#blockChecks) {
        writeCharge(into, this.#indices.fuel, this.#blockCost);
        if (this.#blockChecks) writeFuelCheck(into, this.#indices.fuel);
      }
      into.bytes(this.#block.done());
    }
    this.#block = new ModuleWriter();
    this.#blockCost = 0;
  }

  #assemble(): Uint8Array {
    assert(this.#entry !== null, "a function has a first block");
    const weight = frameDepth + 2 * (this.#localCount + this.#operandsMax);
    const counts = this.#calls || weight > leafWeightMax;
    const into = new ModuleWriter();
    this.#writeLocals(into);
    writeCharge(into, this.#indices.fuel, this.#entry.cost + 1);
    if (counts) writeCharge(into, this.#indices.depth, weight);
    writeEntryCheck(into, this.#indices, counts);
    into.put(op.block, this.#type.results[0] ?? 0x40);
    into.bytes(this.#entry.code);
    into.bytes(this.#body.done());
    if (counts) writeRefund(into, this.#indices.depth, weight);
    into.u8(op.end);
    return into.done();
  }

  #writeLocals(into: ModuleWriter): void {
    const floats = this.#usesF32 || this.#usesF64;
    into.u32(this.#localGroups.length + (floats ? 2 : 0));
    for (const [count, type] of this.#localGroups) {
      into.u32(count);
      into.u8(type);
    }
    if (floats) into.put(1, 0x7d, 1, 0x7c);
  }
}
