/**
 * Every breakage of a plan: what it does to the world while it lasts, and that nothing is left of
 * it when it ends or healing begins. To add a case for a new breakage, add a row to `rows` (what
 * the kernel's parts show) or to `events` (what the kernel reports). Store 2 is process 1.
 */
import { expect, test } from "vitest";
import type { Breakage, BreakageKind, Plan, PlannedFault } from "../plan.ts";
import { calmPlan, faultAt } from "../testing/small-plan.ts";
import { type Stage, stage } from "./testing/stage.ts";

const all = { kind: "all" } as const;

/** What a part of the world shows in the present, as text: "" is in order. */
type Look = (stage: Stage) => string;

const rules: Look = ({ world }) => {
  const { rules, cuts } = world.network;
  const shown = rules.map(({ fault, where, first, second }) => {
    const place = Object.values(where).join(" ");
    return `${fault}(${place}) ${first} ${second}`;
  });
  return [...shown, ...[...cuts.values()].map((cut) => `cut ${JSON.stringify(cut)}`)].join("; ");
};
const disk: Look = ({ world, cluster }) => {
  const { latency, isStalled, eioPerMillion, rotPerMillion, misdirectPerMillion, capacityBytes } =
    world.disk(cluster.processOf(2));
  const shown: string[] = [];
  if (latency !== null) shown.push(`latency ${latency.minUs}..${latency.maxUs}`);
  if (isStalled) shown.push("stalled");
  for (const work of ["write", "sync", "read"] as const) {
    if (eioPerMillion[work] !== null) shown.push(`eio ${work} ${eioPerMillion[work]}`);
  }
  if (rotPerMillion !== null) shown.push(`rot ${rotPerMillion}`);
  if (misdirectPerMillion !== null) shown.push(`misdirect ${misdirectPerMillion}`);
  if (capacityBytes !== null) shown.push(`full at ${capacityBytes}`);
  return shown.join("; ");
};
/** How far the clocks are off, whole milliseconds. */
const clocks: Look = ({ world, cluster }) => {
  const clock = world.clock(cluster.processOf(2));
  const wall = Math.round((clock.wallUs() - world.nowUs) / 1_000);
  const monotonic = clock.monotonicUs() - world.nowUs;
  return wall === 0 && monotonic === 0 ? "" : `wall ${wall} ms, monotonic ${monotonic} us`;
};

/** Each from 2 s to 3 s on store 2, looked at in the middle. */
const rows: readonly (readonly [Breakage, Look, during: string, after?: string])[] = [
  [{ kind: "isolate" }, rules, 'cut {"kind":"isolate","process":1}'],
  [
    { kind: "partition", side: [1, 3], oneWay: false },
    rules,
    'cut {"kind":"groups","groups":[[0,2],[1]]}',
  ],
  [
    { kind: "partition", side: [1], oneWay: true },
    rules,
    'cut {"kind":"oneWay","from":[0],"to":[1,2]}',
  ],
  [{ kind: "bridge", bridge: 2 }, rules, 'cut {"kind":"groups","groups":[[0],[2]]}'],
  [
    { kind: "drop", scope: all, perMille: 20 },
    rules,
    "drop(process 0) 20000 0; drop(process 1) 20000 0; drop(process 2) 20000 0",
  ],
  [
    { kind: "drop", scope: { kind: "clients" }, perMille: 1_000 },
    rules,
    "drop(process 3) 1000000 0; drop(process 4) 1000000 0",
  ],
  [
    // Requests of clients are never repeated: only links between stores.
    { kind: "duplicate", scope: all, perMille: 500 },
    rules,
    "duplicate(pair 0 1) 500000 50000; duplicate(pair 0 2) 500000 50000; " +
      "duplicate(pair 1 2) 500000 50000",
  ],
  [
    { kind: "duplicate", scope: { kind: "store", store: 3 }, perMille: 1 },
    rules,
    "duplicate(pair 0 2) 1000 50000; duplicate(pair 1 2) 1000 50000",
  ],
  [
    { kind: "reorder", scope: { kind: "stores" }, perMille: 10 },
    rules,
    "reorder(pair 0 1) 10000 50000; reorder(pair 0 2) 10000 50000; reorder(pair 1 2) 10000 50000",
  ],
  [
    { kind: "delay", scope: { kind: "link", from: 1, to: 3 }, minUs: 5, maxUs: 9 },
    rules,
    "delay(link 0 2) 5 9",
  ],
  [
    { kind: "capacity", scope: { kind: "store", store: 1 }, messages: 3 },
    rules,
    "limit(process 0) 0 3",
  ],
  [
    { kind: "corrupt", scope: { kind: "store", store: 2 }, perMille: 7 },
    rules,
    "corrupt(process 1) 7000 0",
  ],
  [{ kind: "clog", scope: { kind: "store", store: 2 } }, rules, "clog(process 1) 0 0"],
  [{ kind: "hold", scope: { kind: "store", store: 2 } }, rules, "hold(process 1) 0 0"],
  [{ kind: "refuse", scope: { kind: "store", store: 2 } }, rules, "refuse(process 1) 0 0"],
  [
    { kind: "hold", scope: { kind: "peers", store: 2 } },
    rules,
    "hold(pair 0 1) 0 0; hold(pair 1 2) 0 0",
  ],
  [{ kind: "hang", scope: { kind: "link", from: 2, to: 3 } }, rules, "hang(link 1 2) 0 0"],
  [{ kind: "diskSlow", minUs: 10, maxUs: 20 }, disk, "latency 10..20"],
  [{ kind: "diskStall" }, disk, "stalled"],
  [{ kind: "diskError", operation: "read" }, disk, "eio read 1000000"],
  [{ kind: "diskError", operation: "sync" }, disk, "eio sync 1000000"],
  [{ kind: "diskError", operation: "write" }, disk, "eio write 1000000"],
  [{ kind: "diskFull" }, disk, "full at 0"],
  [{ kind: "bitRot", perMille: 300 }, disk, "rot 300000"],
  [{ kind: "misdirectedWrite" }, disk, "misdirect 125000"],
  [{ kind: "clockOffset", us: -7_000_000 }, clocks, "wall -7000 ms, monotonic 0 us"],
  [
    { kind: "clockJump", us: 5_000_000 },
    clocks,
    "wall 5000 ms, monotonic 0 us",
    "wall 5000 ms, monotonic 0 us", // A jump has no end of its own: healing sets the clock.
  ],
  [{ kind: "clockFreeze" }, clocks, "wall -500 ms, monotonic 0 us"],
  [
    { kind: "clockDrift", ppm: 100_000 },
    clocks,
    "wall 50 ms, monotonic 0 us",
    "wall 100 ms, monotonic 0 us", // What it gained stays until healing.
  ],
  [
    { kind: "monotonicDrift", ppm: 200 },
    clocks,
    "wall 0 ms, monotonic 100 us",
    "wall 0 ms, monotonic 200 us", // A monotonic clock never goes back.
  ],
];

const states = rows.map(([breakage, look, during, after = ""]) => ({
  name: JSON.stringify(breakage),
  breakage,
  look,
  during,
  after,
}));

test.each(states)("$name is there while it lasts", async ({ breakage, look, during, after }) => {
  const fault = faultAt(2_000_000, { store: 2, forUs: 1_000_000, breakage });
  const one = await stage({ ...calmPlan, faults: [fault] });
  one.runTo(1_999);
  expect(look(one)).toBe("");
  one.runTo(2_500);
  expect(look(one)).toBe(during);
  one.runTo(3_001);
  expect(look(one)).toBe(after);
});

test.each(states)("$name ends when healing begins", async ({ breakage, look, during }) => {
  const fault = faultAt(2_000_000, { store: 2, forUs: 60_000_000, breakage });
  const one = await stage({ ...calmPlan, breakUs: 3_000_000, faults: [fault] });
  one.runTo(2_500);
  expect(look(one)).toBe(during);
  one.runTo(3_001);
  const isMonotonic = breakage.kind === "monotonicDrift";
  expect(look(one)).toBe(isMonotonic ? "wall 0 ms, monotonic 200 us" : "");
});

/** What the kernel reports of store 2 from 2 s on, up to 4.5 s: the fault lasts one second. */
const events: readonly (readonly [Breakage, readonly string[]])[] = [
  [{ kind: "crash" }, ["2000 crash 0", "3000 boot 1"]],
  [{ kind: "powerLoss" }, ["2000 powerLoss 0", "3000 boot 1"]],
  [{ kind: "pause" }, ["2000 pause 0", "3000 resume 0"]],
  [{ kind: "slow", factor: 7 }, ["2000 slow 7", "3000 slow 1"]],
];

test.each(events)("%j begins and ends", async (breakage, expected) => {
  for (const [forUs, breakUs] of [
    [1_000_000, 6_000_000],
    [9_000_000, 3_000_000],
  ] as const) {
    const fault = faultAt(2_000_000, { store: 2, forUs, breakage });
    const one = await stage({ ...calmPlan, breakUs, faults: [fault] });
    one.runTo(4_500);
    const about = one.seen.filter(({ ms, process }) => ms >= 2_000 && process === 1);
    const shown = about.filter(({ event }) => !/Fault|Repair/.test(event));
    expect(shown.map(({ ms, event, number }) => `${ms} ${event} ${number}`)).toEqual(expected);
  }
});

test("store 0 at a time is every store", async () => {
  const fault = faultAt(2_000_000, { store: 0, forUs: 500_000, breakage: { kind: "powerLoss" } });
  const one = await stage({ ...calmPlan, faults: [fault] });
  one.runTo(2_250);
  expect(one.cluster.storeIds.map((id) => one.world.isUp(one.cluster.processOf(id)))).toEqual([
    false,
    false,
    false,
  ]);
  one.runTo(2_501);
  expect(one.cluster.storeIds.every((id) => one.world.isUp(one.cluster.processOf(id)))).toBe(true);
});

test("a ring of majorities needs five stores and cuts each from two", async () => {
  const fault = faultAt(2_000_000, {
    store: 0,
    forUs: 1_000_000,
    breakage: { kind: "majorityRing" },
  });
  const one = await stage({ ...calmPlan, stores: 5, faults: [fault] });
  one.runTo(2_500);
  expect(rules(one)).toBe('cut {"kind":"ring","members":[0,1,2,3,4]}');
  one.runTo(3_001);
  expect(rules(one)).toBe("");
});

test("a leader hands over when it is told to", async () => {
  const transfers = [1, 2, 3].map((to, at): PlannedFault => {
    const breakage: Breakage = { kind: "transferLeader", region: 1, to };
    return { ...faultAt((4_000 + at * 500) * 1_000, { store: 0, forUs: 0, breakage }), id: to };
  });
  const leaders: number[] = [];
  const one = await stage({ ...calmPlan, faults: transfers });
  const isLeader = 3;
  one.world.observe({
    event: (kind, process, region, _peer, role) => {
      if (kind === 103 && region === 1 && role === isLeader) leaders.push(process + 1);
    },
  });
  one.runTo(5_800);
  // Whoever led first, the last transfers went where they were told.
  expect(leaders.slice(-2)).toEqual([2, 3]);
});

test("a split is asked of whoever leads the key's region, and is over at once", async () => {
  const split = (id: number, atMs: number, key: string): PlannedFault => ({
    ...faultAt(atMs * 1_000, { store: 0, forUs: 0, breakage: { kind: "split", key } }),
    id,
  });
  const one = await stage({ ...calmPlan, faults: [split(1, 3_000, "g"), split(2, 4_000, "c")] });
  one.runTo(5_000);
  const ranges = one.cluster.regions.map(({ id, start, end, version }) => [
    id,
    start,
    end,
    version,
  ]);
  const [last] = ranges;
  expect(ranges.length).toBe(calmPlan.cuts.length + 3);
  expect(last?.[0]).toBe(1);
  expect(ranges.slice(-2).map(([, start, end]) => [start, end])).toEqual([
    ["c", "g"],
    ["", "c"],
  ]);
});

test("faults that overlap: the later one holds, then the earlier one again", async () => {
  const slow = (id: number, fromMs: number, forMs: number, minUs: number): PlannedFault => ({
    id,
    trigger: { kind: "at", us: fromMs * 1_000 },
    store: 2,
    forUs: forMs * 1_000,
    breakage: { kind: "diskSlow", minUs, maxUs: minUs },
  });
  const plan: Plan = {
    ...calmPlan,
    faults: [slow(1, 1_000, 3_000, 10), slow(2, 2_000, 1_000, 99)],
  };
  const one = await stage(plan);
  const shown = [1_500, 2_500, 3_500, 4_500].map((ms) => {
    one.runTo(ms);
    return disk(one);
  });
  expect(shown).toEqual(["latency 10..10", "latency 99..99", "latency 10..10", ""]);
});

test("a store that two faults took down comes back when the longer one ends", async () => {
  const down = (id: number, fromMs: number, forMs: number): PlannedFault => ({
    ...faultAt(fromMs * 1_000, { store: 2, forUs: forMs * 1_000, breakage: { kind: "crash" } }),
    id,
  });
  const one = await stage({ ...calmPlan, faults: [down(1, 2_000, 500), down(2, 2_200, 2_000)] });
  one.runTo(4_100);
  expect(one.world.isUp(one.cluster.processOf(2))).toBe(false);
  one.runTo(4_201);
  expect(one.world.isUp(one.cluster.processOf(2))).toBe(true);
});

/** Complete: the compiler wants each kind. */
const kinds: Readonly<Record<BreakageKind, "state" | "event" | "own test">> = {
  crash: "event",
  powerLoss: "event",
  pause: "event",
  slow: "event",
  isolate: "state",
  partition: "state",
  bridge: "state",
  majorityRing: "own test",
  drop: "state",
  duplicate: "state",
  reorder: "state",
  delay: "state",
  capacity: "state",
  corrupt: "state",
  clog: "state",
  hold: "state",
  refuse: "state",
  hang: "state",
  diskSlow: "state",
  diskStall: "state",
  diskError: "state",
  diskFull: "state",
  bitRot: "state",
  misdirectedWrite: "state",
  clockOffset: "state",
  clockJump: "state",
  clockFreeze: "state",
  clockDrift: "state",
  monotonicDrift: "state",
  transferLeader: "own test",
  split: "own test",
};

test("every breakage has a case here", () => {
  const having = (kind: string) =>
    Object.keys(kinds).filter((one) => Reflect.get(kinds, one) === kind);
  expect(new Set(rows.map(([{ kind }]) => kind))).toEqual(new Set(having("state")));
  expect(new Set(events.map(([{ kind }]) => kind))).toEqual(new Set(having("event")));
});
