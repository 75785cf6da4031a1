/**
 * The determinism guard: one row for each thing that a run must not touch. To add a case, add a
 * row to `barred`: what the error names, and a call.
 */
import { expect, test } from "vitest";
import { DeterminismError, guarded, unguarded } from "./guard.ts";
import { ProbeWorld } from "./testing/probe.ts";

const keptDate = Date;

const barred: readonly (readonly [called: string, call: () => unknown])[] = [
  ["Date", () => new Date()],
  ["Date", () => Date()],
  ["Date.now", () => Date.now()],
  ["Date.now", () => keptDate.now()],
  ["Math.random", () => Math.random()],
  ["Math.log", () => Math.log(2)],
  ["Math.exp", () => Math.exp(2)],
  ["Math.pow", () => Reflect.get(Math, "pow")(2, 3)],
  ["Math.sin", () => Math.sin(2)],
  ["setTimeout", () => setTimeout(() => {}, 0)],
  ["setInterval", () => setInterval(() => {}, 0)],
  ["setImmediate", () => setImmediate(() => {})],
  ["performance", () => performance.now()],
  ["crypto", () => crypto.randomUUID()],
  ["process.hrtime", () => process.hrtime()],
  ["process.hrtime.bigint", () => process.hrtime.bigint()],
  ["process.memoryUsage", () => process.memoryUsage()],
  ["WeakRef", () => new WeakRef({})],
  ["Intl.NumberFormat", () => new Intl.NumberFormat()],
  ["String.localeCompare", () => "a".localeCompare("b")],
  ["fetch", () => fetch("http://localhost")],
];

for (const [called, call] of barred) {
  test(`${called} throws inside a run and works after it`, () => {
    let caught: unknown = null;
    guarded(() => {
      try {
        call();
      } catch (error) {
        caught = error;
      }
    });
    expect(caught).toBeInstanceOf(DeterminismError);
    expect((caught as DeterminismError).called).toBe(called);
    expect((caught as DeterminismError).message).toContain(called);
  });
}

test("everything is restored, also after a throw, and by the outermost guard alone", () => {
  const before = [Date, Math.random, setTimeout, performance, crypto, Date.now];
  expect(() =>
    guarded(() => {
      guarded(() => {});
      // The inner guard is over and the outer one still holds.
      Date.now();
    }),
  ).toThrow(DeterminismError);
  expect([Date, Math.random, setTimeout, performance, crypto, Date.now]).toEqual(before);
  expect(Date.now()).toBeGreaterThan(0);
});

test("instanceof still works", () => {
  const date = new Date(0);
  expect(guarded(() => [date instanceof Date, {} instanceof Date])).toEqual([true, false]);
});

test("what is not simulated may leave the guard for a moment", () => {
  guarded(() => {
    expect(unguarded(() => Date.now())).toBeGreaterThan(0);
    expect(() => Date.now()).toThrow(DeterminismError);
  });
  expect(Date.now()).toBeGreaterThan(0);
});

test("a process that asks the host for the time is a failure that names the call", () => {
  const probes = new ProbeWorld();
  const id = probes.add({ reactions: { timer: () => Date.now() } });
  probes.run(0);
  probes.tell(id, (machine) => machine.arm(5, 0, 0));
  probes.run(100);
  expect(probes.world.failure).toMatchObject({
    kind: "nondeterminism",
    process: id,
    timeUs: 5,
    message: "Date.now was called inside a simulation",
  });
});

test("a machine that a promise calls after the run is no machine any more", async () => {
  const probes = new ProbeWorld();
  let late: Promise<unknown> = Promise.resolve();
  const id = probes.add({
    reactions: {
      boot: (machine) => {
        late = Promise.resolve().then(() => machine.arm(1, 0, 0));
      },
    },
  });
  probes.run(0);
  await expect(late).rejects.toThrow("not by a late promise");
  expect(probes.world.isUp(id)).toBe(true);
});
