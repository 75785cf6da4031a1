/**
 * Laws over random lives of a store: what survives a crash and a power loss, and that damage is
 * named or harmless. A failing case prints its seed; `new History(seed)` with the same steps is the
 * story. To add a fault, add it to `damages`, or to `FaultDisk` for what happens at a crash.
 */
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { type Below, type FaultDisk, testChance } from "./testing/fault-disk.ts";
import { History } from "./testing/history.ts";
import { describe, testPool } from "./testing/test-store.ts";

beforeAll(() => testPool.prepare(1));

// ENGINE_RUNS=20 runs twenty times as many lives, for an evening.
const scale = Number(process.env["ENGINE_RUNS"] ?? 1);
const seeds = fc.integer({ min: 0, max: 0x7fff_ffff });

test("a crash keeps completed writes, a power loss synced ones; neither leaves a mixture", () => {
  const kinds = { crash: 0, losePower: 0 };
  fc.assert(
    fc.property(seeds, (seed) => {
      const below = testChance(~seed);
      const history = new History(seed);
      for (let deaths = 1 + below(4); deaths > 0; deaths--) {
        for (let steps = below(120); steps > 0; steps--) history.step();
        const kind = below(2) === 0 ? "crash" : "losePower";
        kinds[kind] += 1;
        history.fail(kind);
      }
    }),
    { numRuns: 300 * scale },
  );
  expect(Math.min(kinds.crash, kinds.losePower)).toBeGreaterThan(150);
});

type Damage = (disk: FaultDisk, file: string, below: Below) => void;

const flipBit: Damage = (disk, file, below) => {
  disk.overwrite(file, (bytes) => {
    const at = below(bytes.length);
    bytes[at] = (bytes[at] as number) ^ (1 << below(8));
    return bytes;
  });
};

const zeroSector: Damage = (disk, file, below) => {
  disk.overwrite(file, (bytes) => {
    const at = below(bytes.length);
    return bytes.fill(0, at, at + 1 + below(512));
  });
};

const writeAstray: Damage = (disk, file, below) => {
  const names = disk.list();
  const from = disk.content(names[below(names.length)] as string);
  disk.overwrite(file, (bytes) => {
    const start = below(Math.max(1, from.length));
    const piece = from.subarray(start, start + 1 + below(512));
    bytes.set(piece.subarray(0, bytes.length), below(Math.max(1, bytes.length - piece.length)));
    return bytes;
  });
};

test.each([
  ["a flipped bit", flipBit],
  ["a zeroed sector", zeroSector],
  ["a write gone astray", writeAstray],
] as const)("%s at rest is named or harmless, never served", (_name, damage) => {
  const outcomes = { corrupt: 0, recovered: 0 };
  fc.assert(
    fc.property(seeds, (seed) => {
      const below = testChance(~seed);
      const history = new History(seed);
      for (let steps = below(150); steps > 0; steps--) history.step();
      history.rest();
      const { disk } = history.store;
      if (below(2) === 0) history.fail("crash");
      history.rest();
      const names = disk.list();
      damage(disk, names[below(names.length)] as string, below);
      disk.crash(below);
      const result = history.store.boot(below);
      expect(["corrupt", "recovered"], describe(result)).toContain(result.kind);
      if (result.kind === "corrupt") expect(names).toContain(result.file);
      else history.check(result, history.all);
      outcomes[result.kind === "corrupt" ? "corrupt" : "recovered"] += 1;
    }),
    { numRuns: 200 * scale },
  );
  expect(Math.min(outcomes.corrupt, outcomes.recovered)).toBeGreaterThan(10);
});
