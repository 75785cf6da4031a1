/** Frames of the example plugins. To add a field, add a row to `fields`. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { FrameReader, FrameWriter, latin1, Malformed, wordText } from "./wire-frame.ts";

const word = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });

test("what is written is read", () => {
  const judge = (small: number, long: bigint, bytes: Uint8Array, list: readonly bigint[]) => {
    const into = new FrameWriter();
    into.u8(small & 0xff);
    into.u32(small);
    into.u64(long);
    into.bytes(bytes);
    into.text(latin1(bytes));
    into.list(list, (one) => into.u64(one));
    const from = new FrameReader(into.done());
    expect([from.u8(), from.u32(), from.u64()]).toEqual([small & 0xff, small, long]);
    expect([from.bytes(), from.text()]).toEqual([bytes, latin1(bytes)]);
    expect([from.list(8, () => from.u64()), from.left]).toEqual([list, 0]);
  };
  const bytes = fc.uint8Array({ maxLength: 300 });
  fc.assert(fc.property(fc.nat({ max: 0xffff_ffff }), word, bytes, fc.array(word), judge));
});

test("words compare as text like their numbers", () => {
  const judge = (a: bigint, b: bigint) => {
    expect(wordText(a) < wordText(b)).toBe(a < b);
  };
  fc.assert(fc.property(word, word, judge));
});

const fields: readonly (readonly [string, (from: FrameReader) => unknown, readonly number[]])[] = [
  ["u8", (from) => from.u8(), []],
  ["u32", (from) => from.u32(), [1, 0, 0]],
  ["u64", (from) => from.u64(), [1, 0, 0, 0, 0, 0, 0]],
  ["bytes without a length", (from) => from.bytes(), [1, 0]],
  ["bytes", (from) => from.bytes(), [3, 0, 0, 0, 1, 2]],
  ["bytes of 4 GB", (from) => from.bytes(), [0xff, 0xff, 0xff, 0xff, 1]],
  ["list", (from) => from.list(8, () => from.u8()), [1, 0, 0, 0, 1, 2]],
  ["list of 4 G", (from) => from.list(1, () => from.u8()), [0xff, 0xff, 0xff, 0xff, 1]],
];

test.each(fields)("%s: short, at its first byte", (_, read, bytes) => {
  const from = new FrameReader(Uint8Array.from([7, ...bytes]));
  from.u8();
  expect(() => read(from)).toThrow(new Malformed("short", 1));
});

test("bytes beyond 64 KiB become text, too", () => {
  const long = new Uint8Array(70_000).fill(0xe9);
  expect(latin1(long)).toBe("\xe9".repeat(70_000));
});
