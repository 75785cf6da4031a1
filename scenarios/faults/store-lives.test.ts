/**
 * Which ends of a store the plan explains, who starts it again, and which stores must be up at the
 * end. To add a case: a fault, what it makes a store say when it ends, and whether that is planned.
 */
import { expect, test } from "vitest";
import { latin1Bytes } from "../../sim/bytes.ts";
import type { Breakage } from "../plan.ts";
import { calmPlan, faultAt } from "../testing/small-plan.ts";
import { type Stage, stage } from "./testing/stage.ts";

/** Stops as "store at ms reason: text", with what is planned in front. */
function stops({ injector }: Stage): readonly string[] {
  return injector.stops().map(({ store, atUs, reason, text, planned }) => {
    const short = text.split(":")[0];
    const kind = planned ? "planned" : "unplanned";
    return `${kind} ${store} ${Math.round(atUs / 1e6)} ${reason} ${short}`;
  });
}

const isUp = ({ world, cluster }: Stage, store: number): boolean =>
  world.isUp(cluster.processOf(store));

/** A write that every store has to sync. */
function write({ world, cluster }: Stage): void {
  const put = { kind: "put", key: "a", value: latin1Bytes("v") } as const;
  world.at(2_100_000, () => cluster.start(0, 1, put));
}

const explained: readonly (readonly [Breakage, string])[] = [
  [{ kind: "crash" }, "planned 2 2 crash planned"],
  [{ kind: "powerLoss" }, "planned 2 2 powerLoss power loss"],
  [{ kind: "diskError", operation: "sync" }, "planned 2 2 panic disk eio"],
  [{ kind: "diskError", operation: "write" }, "planned 2 2 panic disk eio"],
  [{ kind: "diskFull" }, "planned 2 2 panic disk full"],
];

test.each(explained)("%j explains the end of its store", async (breakage, expected) => {
  const fault = faultAt(2_000_000, { store: 2, forUs: 300_000, breakage });
  const one = await stage({ ...calmPlan, faults: [fault] });
  write(one);
  one.runTo(6_000);
  expect(stops(one)).toEqual([expected]);
  expect(isUp(one, 2)).toBe(true);
  expect(one.injector.healthyStores()).toEqual([1, 2, 3]);
});

test("a store that ends itself is started again after a second, each time", async () => {
  const breakage: Breakage = { kind: "diskError", operation: "read" };
  const crash = faultAt(2_000_000, { store: 2, forUs: 100_000, breakage: { kind: "crash" } });
  const failing = { ...faultAt(1_900_000, { store: 2, forUs: 20_000_000, breakage }), id: 2 };
  const one = await stage({
    ...calmPlan,
    breakUs: 12_000_000,
    faults: [crash, failing],
  });
  one.runTo(11_900);
  const [first, ...others] = stops(one);
  expect(first).toBe("planned 2 2 crash planned");
  // The restart after the crash and those by the supervisor all find a disk that cannot be read.
  expect(others).toEqual(
    [2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((s) => `planned 2 ${s} panic disk eio`),
  );
  expect(isUp(one, 2)).toBe(false);
  // Healing mends the disk and starts it once more.
  one.runTo(13_000);
  expect(isUp(one, 2)).toBe(true);
});

test("an end that no fault explains is not planned, also while others break", async () => {
  const breakage: Breakage = { kind: "diskError", operation: "read" };
  const one = await stage({
    ...calmPlan,
    faults: [faultAt(1_000_000, { store: 1, forUs: 100_000, breakage })],
  });
  one.runTo(2_000);
  // Another store's disk fails without the plan's doing.
  one.world.disk(one.cluster.processOf(2)).eio("sync", 1_000_000);
  write(one);
  one.runTo(3_500);
  expect(stops(one)[0]).toMatch(/^unplanned 2 \d panic disk eio$/);
});

test("damage that the plan did keeps its store down, and nobody waits for it", async () => {
  const rot = faultAt(2_000_000, {
    store: 2,
    forUs: 2_000_000,
    breakage: { kind: "bitRot", perMille: 1_000 },
  });
  const crash = {
    ...faultAt(2_500_000, { store: 2, forUs: 100_000, breakage: { kind: "crash" } }),
    id: 2,
  } as const;
  const one = await stage({ ...calmPlan, faults: [rot, crash] });
  one.runTo(9_900);
  expect(stops(one)).toEqual([
    "planned 2 3 crash planned",
    expect.stringMatching(/^planned 2 3 abort corruption in /),
  ]);
  expect(isUp(one, 2)).toBe(false);
  expect(one.injector.healthyStores()).toEqual([1, 3]);
});

test("damage that nobody did is no excuse: the store is still expected", async () => {
  const crash = faultAt(2_500_000, { store: 2, forUs: 100_000, breakage: { kind: "crash" } });
  const one = await stage({ ...calmPlan, faults: [crash] });
  one.runTo(2_400);
  one.world.disk(one.cluster.processOf(2)).rot(1_000_000);
  one.runTo(5_000);
  expect(stops(one)[1]).toMatch(/^unplanned 2 3 abort corruption in /);
  expect(one.injector.healthyStores()).toEqual([1, 2, 3]);
});
