/** The clocks of a machine: each verb's effect, and its absence after the undoing verb. */
import { expect, test } from "vitest";
import { MachineClock } from "./clock.ts";
import { ProbeWorld } from "./testing/probe.ts";

function clockAt(isUnrestricted = false): { clock: MachineClock; pass: (us: number) => void } {
  const timeline = { nowUs: 0 };
  const clock = new MachineClock({ timeline, isUnrestricted, listen: () => {} });
  return {
    clock,
    pass: (us) => {
      timeline.nowUs += us;
    },
  };
}

test("both clocks show virtual time while nothing is wrong", () => {
  const { clock, pass } = clockAt();
  pass(12_345);
  expect([clock.wallUs(), clock.monotonicUs(), clock.delayUs(77)]).toEqual([12_345, 12_345, 77]);
});

test("skew and align: the wall clock jumps, forwards and back, and is right again", () => {
  const { clock, pass } = clockAt();
  pass(1_000);
  clock.skew(500);
  clock.skew(-2_000);
  pass(100);
  expect([clock.wallUs(), clock.monotonicUs()]).toEqual([-400, 1_100]);
  clock.align();
  pass(1);
  expect(clock.wallUs()).toBe(1_101);
});

test("drift and steady: the wall clock runs at another rate and then at the right one", () => {
  const { clock, pass } = clockAt();
  clock.drift(100_000);
  pass(1_000);
  expect([clock.wallUs(), clock.monotonicUs()]).toEqual([1_100, 1_000]);
  clock.steady();
  pass(1_000);
  expect(clock.wallUs()).toBe(2_100);
  clock.drift(-500_000);
  pass(1_000);
  expect(clock.wallUs()).toBe(2_600);
});

test("freeze and thaw: the wall clock stands, then jumps over what it missed", () => {
  const { clock, pass } = clockAt();
  pass(1_000);
  clock.skew(50);
  clock.freeze();
  pass(700);
  clock.freeze();
  pass(300);
  expect([clock.wallUs(), clock.monotonicUs()]).toEqual([1_050, 2_000]);
  clock.thaw();
  expect(clock.wallUs()).toBe(2_050);
  pass(5);
  expect(clock.wallUs()).toBe(2_055);
  clock.thaw();
  expect(clock.wallUs()).toBe(2_055);
});

test("driftMonotonic and steadyMonotonic: at most 200 ppm, and timers follow the clock", () => {
  const { clock, pass } = clockAt();
  clock.driftMonotonic(200);
  pass(1_000_000);
  expect([clock.monotonicUs(), clock.wallUs()]).toEqual([1_000_200, 1_000_000]);
  const before = clock.monotonicUs();
  pass(clock.delayUs(1_000_000));
  // A timer never fires before its time by the clock that it was set on.
  expect(clock.monotonicUs() - before).toBeGreaterThanOrEqual(1_000_000);
  expect(clock.monotonicUs() - before).toBeLessThan(1_000_003);
  clock.steadyMonotonic();
  expect(clock.delayUs(1_000)).toBe(1_000);
  expect(() => clock.driftMonotonic(201)).toThrow("at most 200 ppm");
  expect(() => clock.driftMonotonic(-201)).toThrow("at most 200 ppm");
});

test("a monotonic clock neither jumps nor freezes, except in an unrestricted world", () => {
  const { clock } = clockAt();
  expect(() => clock.jumpMonotonic(1)).toThrow("unrestricted");
  expect(() => clock.freezeMonotonic()).toThrow("unrestricted");
  const free = clockAt(true);
  free.clock.driftMonotonic(-100_000);
  free.pass(1_000);
  free.clock.jumpMonotonic(50);
  expect(free.clock.monotonicUs()).toBe(950);
  free.clock.freezeMonotonic();
  free.pass(1_000);
  expect(free.clock.monotonicUs()).toBe(950);
  free.clock.thawMonotonic();
  free.clock.steadyMonotonic();
  free.pass(1_000);
  expect(free.clock.monotonicUs()).toBe(1_950);
  expect(() => free.clock.jumpMonotonic(-1)).toThrow("never goes back");
});

test("a machine's timers and readings follow its own clocks, over its restarts too", () => {
  const probes = new ProbeWorld();
  const id = probes.add({
    reactions: {
      timer: (machine) => probes.write(`wall ${machine.wallUs()} mono ${machine.monotonicUs()}`),
    },
  });
  probes.run(0);
  probes.world.clock(id).skew(10);
  probes.world.clock(id).driftMonotonic(-200);
  probes.world.crash(id, "planned");
  probes.world.restart(id);
  probes.run(0);
  probes.tell(id, (machine) => machine.arm(1_000_000, 0, 0));
  expect(probes.run(2_000_000)).toEqual(["1000202: wall 1000212 mono 1000001"]);
});
