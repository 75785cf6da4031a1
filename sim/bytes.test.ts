/** Laws of keys and values as bytes. To add one, state it as a property. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { compareBytes, digestBytes, latin1Bytes, latin1Text } from "./bytes.ts";

const bytes = fc.uint8Array({ maxLength: 40 });

test("a key's string has its bytes back", () => {
  fc.assert(fc.property(bytes, (one) => compareBytes(latin1Bytes(latin1Text(one)), one) === 0));
});

test("strings order as their bytes do", () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      const [left, right] = [latin1Text(a), latin1Text(b)];
      expect(Math.sign(compareBytes(a, b))).toBe(left < right ? -1 : left > right ? 1 : 0);
    }),
  );
});

test("a digest changes with a byte, a length and a seed", () => {
  expect(digestBytes(new Uint8Array([1, 2]))).not.toBe(digestBytes(new Uint8Array([1, 3])));
  expect(digestBytes(new Uint8Array([0]))).not.toBe(digestBytes(new Uint8Array([0, 0])));
  expect(digestBytes(new Uint8Array([1]), 1)).not.toBe(digestBytes(new Uint8Array([1]), 2));
});
