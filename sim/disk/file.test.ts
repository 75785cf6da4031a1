/**
 * A file against the plainest model of one: an array of bytes, and one of what is durable. To add
 * an operation, add it to `step` and to `Model`.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { FileBody } from "./file.ts";

class Model {
  bytes: number[] = [];
  durable: number[] = [];

  write(offset: number, bytes: Uint8Array): void {
    while (this.bytes.length < offset) this.bytes.push(0);
    for (const [at, byte] of bytes.entries()) this.bytes[offset + at] = byte;
  }
}

// Around the edges of the blocks that a file's room consists of, and far from them.
const edges = [0, 500, 32_768, 65_536];
const near = fc.tuple(fc.constantFrom(...edges), fc.integer({ min: -40, max: 40 }));
const offset = near.map(([edge, by]) => Math.max(0, edge + by));
const bytes = fc
  .tuple(fc.constantFrom(1, 30, 100, 33_000), fc.integer({ min: 1, max: 255 }))
  .map(([length, first]) => Uint8Array.from({ length }, (_, at) => first + at * 7));
const step = fc.oneof(
  fc.record({ kind: fc.constant("append" as const), bytes }),
  fc.record({ kind: fc.constant("write" as const), offset, bytes }),
  fc.record({ kind: fc.constant("sync" as const) }),
  fc.record({ kind: fc.constant("drop" as const) }),
  fc.record({ kind: fc.constant("failSync" as const) }),
  fc.record({ kind: fc.constant("loseAll" as const) }),
  fc.record({ kind: fc.constant("keepAll" as const) }),
  fc.record({ kind: fc.constant("flip" as const), offset }),
);

test("a file reads as what was written, and falls back to what was synced", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const [file, model] = [new FileBody(), new Model()];
      for (const one of steps) {
        if (one.kind === "append") model.write(model.bytes.length, one.bytes);
        if (one.kind === "append") file.write(file.length, one.bytes);
        if (one.kind === "write") model.write(one.offset, one.bytes);
        if (one.kind === "write") file.write(one.offset, one.bytes);
        if (one.kind === "flip" && model.bytes.length > 0) {
          // Only at rest: a bit that flips below an unsynced write would come back with a loss.
          file.sync();
          const at = one.offset % model.bytes.length;
          file.flip(at * 8 + 3);
          (model.bytes[at] as number) ^= 8;
          model.durable = [...model.bytes];
        }
        if (one.kind === "sync") file.sync();
        if (one.kind === "drop") file.dropUnsynced();
        if (one.kind === "failSync") {
          file.failSync();
          const zeroes = model.bytes.slice(model.durable.length).map(() => 0);
          model.bytes = [...model.durable, ...zeroes];
          model.durable = [...model.bytes];
        }
        if (one.kind === "loseAll") file.losePower({ pattern: 0, isTorn: true });
        if (one.kind === "keepAll") file.losePower({ pattern: 3, isTorn: true });
        if (one.kind === "sync" || one.kind === "keepAll") model.durable = [...model.bytes];
        if (one.kind === "drop" || one.kind === "loseAll") model.bytes = [...model.durable];
        expect(file.length).toBe(model.bytes.length);
        expect(Buffer.compare(file.read(), Uint8Array.from(model.bytes))).toBe(0);
      }
    }),
    { numRuns: 60 },
  );
});
