/**
 * The strings that a short x86-64 function returns. Rust builds a struct of `&'static str` by
 * `lea reg, [rip + place]` for each text and a constant for its length, in the order of fields.
 */
import { type NativeBytes, NotReadable } from "./native-bytes.ts";

/** Bytes of a function that is looked at, and of a string. */
const functionBytesMax = 1_024;
const stringBytesMax = 256;

/** A function in a file; `offsetOf` gives the place in the file of an address in memory. */
export type NativeFunction = {
  readonly bytes: NativeBytes;
  readonly address: number;
  readonly size: number;
  readonly offsetOf: (address: number) => number;
};

/**
 * Its strings in the order in which their places are taken. Without optimisation it may only call
 * the function that builds them, which is looked at then. Throws NotReadable.
 */
export function returnedStrings(code: NativeFunction, count: number): readonly string[] {
  const own = stringsIn(code, count);
  const callee = own.length === 0 ? calledBy(code) : null;
  const found = callee === null ? own : stringsIn({ ...code, address: callee, size: 256 }, count);
  if (found.length < count) throw new NotReadable("its code is not of the known shape");
  return found;
}

/** The address that its first `call rel32` goes to, or null. */
function calledBy({ bytes, address, size, offsetOf }: NativeFunction): number | null {
  const start = offsetOf(address);
  const end = Math.min(start + Math.min(size, functionBytesMax), bytes.length);
  for (let at = start; at < end - 5; at++) {
    if (bytes.u8(at) === 0xe8) return address + (at - start) + 5 + bytes.i32(at + 1);
  }
  return null;
}

function stringsIn(code: NativeFunction, count: number): readonly string[] {
  const { bytes, address, size, offsetOf } = code;
  const start = offsetOf(address);
  const end = Math.min(start + Math.min(size, functionBytesMax), bytes.length);
  const found: string[] = [];
  let place: number | null = null;
  for (let at = start; at < end - 5 && found.length < count; at++) {
    if (isLea(bytes, at)) {
      place = address + (at - start) + 7 + bytes.i32(at + 3);
      at += 6;
      continue;
    }
    const constant = place === null ? null : constantAt(bytes, at, end);
    if (place === null || constant === null) continue;
    const text = textAt(bytes, offsetOf(place), constant);
    if (text === null) continue;
    found.push(text);
    place = null;
  }
  return found;
}

/** REX.W, 8D, and a ModRM byte of mode 0 with RIP as its base. */
function isLea(bytes: NativeBytes, at: number): boolean {
  const rex = bytes.u8(at);
  return (rex & 0xf8) === 0x48 && bytes.u8(at + 1) === 0x8d && (bytes.u8(at + 2) & 0xc7) === 5;
}

/** `mov qword [reg + disp8 or disp32], imm32` (with or without SIB) or `mov r32, imm32`. */
function constantAt(bytes: NativeBytes, at: number, end: number): number | null {
  const opcode = bytes.u8(at);
  if (opcode >= 0xb8 && opcode <= 0xbf) return bytes.u32(at + 1);
  if ((opcode & 0xf8) !== 0x48 || bytes.u8(at + 1) !== 0xc7) return null;
  const modrm = bytes.u8(at + 2);
  const displacement = [0, 1, 4, 0][modrm >> 6] as number;
  const immediate = at + 3 + ((modrm & 7) === 4 ? 1 : 0) + displacement;
  return immediate + 4 <= end ? bytes.u32(immediate) : null;
}

function textAt(bytes: NativeBytes, offset: number, length: number): string | null {
  if (length === 0 || length > stringBytesMax || offset > bytes.length - length) return null;
  const text = bytes.text(offset, length);
  return /^[ -~]+$/.test(text) ? text : null;
}
