/** ABI frames from a hostile plugin. Good ones of each kind are in the hosts' contract suite. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { FrameError, FrameReader } from "./frame-bytes.ts";
import { readCall, readError } from "./frames.ts";

/** Bytes that often look like small lengths and counts. */
const byte = fc.oneof(
  { weight: 4, arbitrary: fc.constant(0) },
  fc.nat({ max: 9 }),
  fc.nat({ max: 255 }),
);
const frame = fc.array(byte, { maxLength: 60 }).map((bytes) => Buffer.from(bytes));

test("any bytes are a call or error, or a FrameError: never another error", () => {
  let read = 0;
  const attempt = (action: () => unknown) => {
    try {
      action();
      read += 1;
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
    }
  };
  const judge = (bytes: Buffer, operation: number) => {
    attempt(() => readCall(operation, new FrameReader(bytes)));
    attempt(() => readError(new FrameReader(bytes)));
  };
  fc.assert(fc.property(frame, fc.nat({ max: 9 }), judge), { numRuns: 10_000 });
  expect(read).toBeGreaterThan(100);
});

test("lengths and counts are refused before anything of their size is made", () => {
  const huge = Buffer.from("ffffffff", "hex");
  for (let operation = 1; operation <= 8; operation++) {
    expect(() => readCall(operation, new FrameReader(huge))).toThrow(FrameError);
  }
  expect(() => readCall(9, new FrameReader(Buffer.alloc(4)))).toThrow("no storage operation 9");
  expect(() => readCall(1, new FrameReader(Buffer.alloc(5)))).toThrow("1 bytes are left over");
});
