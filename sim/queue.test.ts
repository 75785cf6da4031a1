/** The event queue against a sorted list. To add a law, add a property over `steps`. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { EventQueue } from "./queue.ts";
import { tieLimit } from "./slot.ts";

type Entry = { readonly rank: number; readonly tie: number; readonly n: number };

/** Pushes (rank and tie) and pops (null), with many equal ranks and ties. */
const steps = fc.array(
  fc.option(
    fc.record({
      rank: fc.oneof(fc.nat(5), fc.integer({ min: 0, max: 2 ** 40 })),
      tie: fc.oneof(fc.constant(0), fc.constant(-1), fc.nat(3), fc.constant(tieLimit - 1)),
    }),
    { freq: 3 },
  ),
  { maxLength: 300 },
);

const before = (a: Entry, b: Entry): number => a.rank - b.rank || a.tie - b.tie || a.n - b.n;

test("events come by rank, then tie, then order of pushing; none is lost or made up", () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 8 }), (script, capacity) => {
      const queue = new EventQueue(capacity);
      const model: Entry[] = [];
      let n = 0;
      const pop = (): void => {
        const wanted = model.sort(before).shift()!;
        expect(queue.firstRank).toBe(wanted.rank);
        const slot = queue.pop();
        expect([queue.b(slot), queue.object(slot)]).toEqual([wanted.n, `#${wanted.n}`]);
        expect(queue.timeUs(slot)).toBe(wanted.rank + 0.5);
        queue.release(slot);
      };
      for (const step of script) {
        if (step === null) {
          if (model.length > 0) pop();
        } else {
          const slot = queue.allocate(1, 2, 3, 4, n, 6, `#${n}`);
          queue.push(slot, step.rank + 0.5, step.rank, step.tie);
          model.push({ ...step, n });
          n += 1;
        }
        expect(queue.size).toBe(model.length);
      }
      while (model.length > 0) pop();
      expect([queue.size, queue.firstRank]).toEqual([0, Number.POSITIVE_INFINITY]);
    }),
  );
});

test("a slot keeps its columns over growth, and a copy has the same", () => {
  const queue = new EventQueue(1);
  const slots = Array.from({ length: 100 }, (_, n) => {
    return queue.allocate(n % 11, n, 0 - n, n * 2, 2 ** 52 + n, ~n, `#${n}`);
  });
  expect(new Set(slots).size).toBe(100);
  for (const [n, slot] of slots.entries()) {
    for (const one of [slot, queue.copy(slot)]) {
      expect([queue.operation(one), queue.process(one)]).toEqual([n % 11, n]);
      expect(queue.incarnation(one)).toBe(0 - n);
      expect([queue.a(one), queue.b(one), queue.c(one)]).toEqual([n * 2, 2 ** 52 + n, ~n]);
      expect(queue.object(one)).toBe(`#${n}`);
    }
  }
});

test("taking from an empty queue is a bug", () => {
  expect(() => new EventQueue().pop()).toThrow("an event waits");
});
