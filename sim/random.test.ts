/** Streams of chance. To add a law, add a property over seeds and labels. */
import fc from "fast-check";
import seedrandom from "seedrandom";
import { expect, test } from "vitest";
import { firstDrawDifference, Randomness } from "./random.ts";

const open = (seed: string): Randomness => new Randomness({ seed, keepDraws: true });
const draws = (seed: string, label: string, count: number): readonly number[] => {
  const stream = open(seed).stream(label);
  return Array.from({ length: count }, () => stream.uint32());
};

test("a stream follows from seed and label alone, whatever other streams draw", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), fc.nat(20), (seed, label, other, extra) => {
      fc.pre(label !== other);
      const random = open(seed);
      for (let n = 0; n < extra; n++) random.stream(other).uint32();
      const stream = random.stream(label);
      const seen: number[] = [];
      for (let n = 0; n < 10; n++) {
        seen.push(stream.uint32());
        random.stream(other).below(1 + n);
      }
      expect(seen).toEqual(draws(seed, label, 10));
    }),
  );
});

test("a stream's words are those of the package", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (seed, label) => {
      const { int32 } = seedrandom.tychei(`${seed}\n${label}`);
      const expected = Array.from({ length: 40 }, () => int32() >>> 0);
      expect(draws(seed, label, 40)).toEqual(expected);
    }),
  );
});

test("neighbouring labels and seeds have nothing in common", () => {
  const bitsOf = (value: number): number => {
    let bits = 0;
    for (let rest = value; rest !== 0; rest &= rest - 1) bits += 1;
    return bits;
  };
  const differences: number[] = [];
  for (let n = 0; n < 200; n++) {
    const [one, other] = [draws("s", `net/1->${n}`, 10), draws("s", `net/1->${n + 1}`, 10)];
    const third = draws(`s/${n}`, "net", 10);
    for (let at = 0; at < 10; at++) {
      differences.push(bitsOf(one[at]! ^ other[at]!), bitsOf(one[at]! ^ third[at]!));
    }
  }
  // 4,000 words of 32 fair bits: 16 differ on average, 0.045 is one standard error.
  const mean = differences.reduce((sum, bits) => sum + bits, 0) / differences.length;
  expect(Math.abs(mean - 16)).toBeLessThan(0.2);
});

test("draws stay in their range and reach all of it, evenly", () => {
  const stream = open("range").stream("x");
  const counts = [0, 0, 0, 0, 0, 0, 0];
  for (let n = 0; n < 7_000; n++) counts[stream.between(-3, 3) + 3]! += 1;
  for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 32 }), (n) => {
      const value = stream.below(n);
      expect(Number.isSafeInteger(value) && value >= 0 && value < n).toBe(true);
    }),
  );
  expect([stream.below(1), stream.between(5, 5)]).toEqual([0, 5]);
  expect([stream.chance(0, 10), stream.chance(10, 10)]).toEqual([false, true]);
  expect(() => stream.below(0)).toThrow("range");
  expect(() => stream.below(2 ** 32 + 1)).toThrow("range");
});

test("every draw is recorded with its stream's number, and named when asked", () => {
  const random = open("record");
  const [a, b] = [random.stream("a"), random.stream("b")];
  const values = [a.below(10), b.below(100), a.below(1_000)];
  const record = random.record!;
  expect(record.count).toBe(3);
  expect([0, 1, 2].map((at) => record.at(at))).toEqual([
    { stream: a.id, n: 0, value: values[0] },
    { stream: b.id, n: 0, value: values[1] },
    { stream: a.id, n: 1, value: values[2] },
  ]);
  expect(random.label(record.at(1).stream)).toBe("b");
  for (let n = 0; n < 5_000; n++) b.uint32();
  expect([record.count, record.at(5_002).n]).toEqual([5_003, 5_000]);
  expect(new Randomness({ seed: "s", keepDraws: false }).record).toBe(null);
});

test("an overridden draw gives the value it was told, and shifts no other", () => {
  const [plain, changed] = [open("s").stream("x"), open("s").stream("x")];
  changed.override(2, 7);
  changed.override(3, 999);
  const expected = [0, 1, 2, 3, 4].map(() => plain.below(10));
  expect([0, 1, 2, 3, 4].map(() => changed.below(10))).toEqual([
    expected[0],
    expected[1],
    7,
    9,
    expected[4],
  ]);
  expect(() => changed.override(1, 0)).toThrow("yet to come");
});

test("the first difference of two runs' draws names the stream", () => {
  const run = (extra: boolean): Randomness => {
    const random = open("s");
    random.stream("a").below(10);
    if (extra) random.stream("b").below(10);
    random.stream("a").below(10);
    return random;
  };
  expect(firstDrawDifference(run(true), run(true))).toBe(null);
  const difference = firstDrawDifference(run(false), run(true));
  expect(difference).toMatchObject({
    at: 1,
    left: { label: "a", n: 1 },
    right: { label: "b", n: 0 },
  });
  const short = open("s");
  short.stream("a").below(10);
  expect(firstDrawDifference(short, run(false))).toMatchObject({ at: 1, left: null });
});
