/** What a fault of each family can be, how long it lasts, and which moments suit it. */
import type { MomentName } from "../moments/index.ts";
import type { Breakage, Scope, Trigger } from "../plan.ts";
import { type FaultFamily, keyOf } from "../spec.ts";
import { type Drawn, type Family, type FaultParts, lasting, regionsOf, within } from "./family.ts";
import { abdication, coup, heldBack, succession } from "./stories.ts";

const outageMoments: readonly MomentName[] = [
  "write-ack-about-to-leave",
  "write-acknowledged",
  "vote-about-to-leave",
  "vote-granted",
  "candidacy",
  "leader-elected",
  "leader-transfer",
  "entry-appended",
  "log-persisted",
  "log-persisted-told",
  "commit-advanced",
  "entry-applied",
  "snapshot-sent",
  "snapshot-installed",
  "snapshot-installed-told",
  "log-compaction",
  "log-compacted",
  "recovery",
  "region-recovered",
  "store-ready",
  "plugin-started",
  "plugin-storage-call",
  "plugin-write-call",
  "plugin-between-calls",
  "plugin-response-about-to-leave",
];

const separationMoments: readonly MomentName[] = [
  "leader-elected",
  "leader-transfer",
  "candidacy",
  "write-acknowledged",
  "entry-appended",
  "vote-granted",
  "lease-read",
  "quorum-read",
  "request-refused",
  "snapshot-sent",
  "plugin-started",
  "plugin-storage-call",
  "plugin-write-call",
  "plugin-between-calls",
  "plugin-responded",
];

/** The store of a fault: that of the moment, or the drawn one. */
const storeOf = ({ atMoment, store }: FaultParts): number => (atMoment ? 0 : store);

const outage =
  (kind: "crash" | "powerLoss") =>
  (parts: FaultParts): readonly Drawn[] => {
    const { world, atUs, atMoment, numbers } = parts;
    const [duration, everywhere, again] = numbers;
    const forUs = lasting(world, duration, 20, 3_000);
    // A whole room without power, now and then: store 0 at a time is every store.
    const all = kind === "powerLoss" && !atMoment && everywhere % 8 === 0;
    const store = all ? 0 : storeOf(parts);
    const first: Drawn = { atUs, store, forUs, breakage: { kind } };
    // Again while it recovers, now and then.
    if (again % 6 !== 0 || atMoment || all) return [first];
    const recovery = { kind: "moment", moment: "recovery", store, occurrence: 1 } as const;
    const trigger: Trigger = { ...recovery, fromUs: atUs };
    return [first, { atUs, trigger, store, forUs, breakage: { kind } }];
  };

function partition(parts: FaultParts): readonly Drawn[] {
  const { world, atUs, atMoment, numbers } = parts;
  const [duration, shape, members, direction] = numbers;
  const forUs = lasting(world, duration, 100, 5_000);
  const store = storeOf(parts);
  const one = (breakage: Breakage, of = 0): readonly Drawn[] => [
    { atUs, store: of, forUs, breakage },
  ];
  const pick = shape % 8;
  if (pick === 0 && world.stores > 1) return one({ kind: "isolate" }, store);
  if (pick === 1 && !atMoment && world.stores >= 3) {
    return one({ kind: "bridge", bridge: within(members, 2, world.stores - 1) });
  }
  if (pick === 2 && !atMoment && world.stores >= 5) return one({ kind: "majorityRing" });
  const oneWay = direction % 3 === 0;
  if (atMoment) return one({ kind: "partition", side: [0], oneWay });
  const size = within(members, 1, world.stores - 1);
  const start = (members >>> 8) % world.stores;
  const side = Array.from({ length: size }, (_, at) => ((start + at) % world.stores) + 1);
  return one({ kind: "partition", side: side.sort((a, b) => a - b), oneWay });
}

/** Links: everything, the stores', the clients', one store's, one direction between two stores. */
function scopeOf({ world, store }: FaultParts, drawn: number): Scope {
  switch (drawn % 5) {
    case 0:
      return { kind: "all" };
    case 1:
      return { kind: "stores" };
    case 2:
      return { kind: "clients" };
    case 3:
      return { kind: "store", store };
    default: {
      if (world.stores < 2) return { kind: "all" };
      const to = ((store - 1 + within(drawn >>> 8, 1, world.stores - 1)) % world.stores) + 1;
      return { kind: "link", from: store, to };
    }
  }
}

function loss(parts: FaultParts): readonly Drawn[] {
  const { world, atUs, numbers } = parts;
  const [duration, place, rate, which] = numbers;
  const perMille = [10, 50, 200, 500][rate % 4] ?? 10;
  const kind = (["drop", "drop", "duplicate", "reorder", "corrupt"] as const)[which % 5] ?? "drop";
  const scope = scopeOf(parts, place);
  const forUs = lasting(world, duration, 200, 5_000);
  return [{ atUs, store: 0, forUs, breakage: { kind, scope, perMille } }];
}

function latency(parts: FaultParts): readonly Drawn[] {
  const { world, atUs, numbers } = parts;
  const [duration, place, amount, which] = numbers;
  const scope = scopeOf(parts, place);
  const breakages: readonly Breakage[] = [
    {
      kind: "delay",
      scope,
      minUs: within(amount, 500, 20_000),
      maxUs: 20_000 * (1 + (amount % 9)),
    },
    { kind: "capacity", scope, messages: within(amount, 1, 12) },
    { kind: "clog", scope },
    { kind: "hold", scope },
  ];
  const breakage = breakages[which % breakages.length];
  const forUs = lasting(world, duration, 50, 3_000);
  return breakage === undefined ? [] : [{ atUs, store: 0, forUs, breakage }];
}

function connection(parts: FaultParts): readonly Drawn[] {
  const { world, atUs, numbers } = parts;
  const [duration, place, which] = numbers;
  const scope = scopeOf(parts, place);
  const forUs = lasting(world, duration, 50, 2_500);
  return [
    { atUs, store: 0, forUs, breakage: { kind: which % 2 === 0 ? "refuse" : "hang", scope } },
  ];
}

/** Slow disks, stalled disks. */
function diskLatency(parts: FaultParts): readonly Drawn[] {
  const { world, atUs, atMoment, numbers } = parts;
  const [duration, amount, which, everywhere] = numbers;
  // Everywhere, now and then: what waits for disks is slow, what does not is as quick as ever.
  const store = everywhere % 3 === 0 && !atMoment ? 0 : storeOf(parts);
  const forUs = lasting(world, duration, 100, 4_000);
  const minUs = within(amount, 1_000, 30_000);
  const breakage: Breakage =
    which % 3 === 0 ? { kind: "diskStall" } : { kind: "diskSlow", minUs, maxUs: 3 * minUs };
  return [{ atUs, store, forUs, breakage }];
}

function diskError(parts: FaultParts): readonly Drawn[] {
  const { world, atUs, numbers } = parts;
  const [duration, which] = numbers;
  const store = storeOf(parts);
  const forUs = lasting(world, duration, 50, 1_500);
  const operation = (["write", "sync", "read"] as const)[which % 4];
  const breakage: Breakage =
    operation === undefined ? { kind: "diskFull" } : { kind: "diskError", operation };
  return [{ atUs, store, forUs, breakage }];
}

/** Damage, and the crash that makes the store read what was damaged. */
function diskDamage({ world, damaged, atUs, numbers }: FaultParts): readonly Drawn[] {
  const [delay, which, rate, duration] = numbers;
  const store = damaged;
  const afterUs = within(delay, 400, 1_500) * 1_000 * world.times;
  const crashUs = Math.min(atUs + afterUs, world.breakUs - 1);
  const crash: Drawn = {
    atUs: crashUs,
    store,
    forUs: lasting(world, duration, 20, 300),
    breakage: { kind: "crash" },
  };
  const breakage: Breakage =
    which % 2 === 0
      ? { kind: "bitRot", perMille: within(rate, 100, 1_000) }
      : { kind: "misdirectedWrite" };
  return [{ atUs, store, forUs: afterUs + 1_000_000 * world.times, breakage }, crash];
}

function wallClock(parts: FaultParts): readonly Drawn[] {
  const { world, atUs, numbers } = parts;
  const [duration, amount, which] = numbers;
  const us = within(amount, -30_000, 30_000) * 1_000;
  const breakages: readonly Breakage[] = [
    { kind: "clockOffset", us },
    { kind: "clockJump", us },
    { kind: "clockFreeze" },
    { kind: "clockDrift", ppm: within(amount, -50_000, 50_000) },
  ];
  const breakage = breakages[which % breakages.length];
  const forUs = lasting(world, duration, 200, 5_000);
  return breakage === undefined ? [] : [{ atUs, store: storeOf(parts), forUs, breakage }];
}

/** A transfer, and now and then the old leader cut off while it lasts. */
function transfer(parts: FaultParts): readonly Drawn[] {
  const { world, store, atUs, atMoment, numbers } = parts;
  const [place, partner, duration] = numbers;
  const region = within(place, 1, regionsOf(world));
  const moved: Drawn = {
    atUs,
    store: 0,
    forUs: 0,
    breakage: { kind: "transferLeader", region, to: store },
  };
  if (partner % 2 === 0) return [moved];
  const handing = { kind: "moment", moment: "leader-transfer", store: 0, occurrence: 1 } as const;
  const trigger: Trigger = { ...handing, fromUs: atMoment ? 0 : atUs };
  const forUs = lasting(world, duration, 100, 3_000);
  const breakage: Breakage = { kind: "partition", side: [0], oneWay: partner % 3 === 0 };
  return [moved, { atUs, trigger, store: 0, forUs, breakage }];
}

/**
 * A split at a key of the workload; and now and then something happens to a store in the middle of
 * it, or to the new region's leadership.
 */
function split(parts: FaultParts): readonly Drawn[] {
  const { world, store, atUs, atMoment, numbers } = parts;
  const [place, partner, duration, which] = numbers;
  const keys = Array.from({ length: world.keys - 1 }, (_, at) => keyOf(at + 1));
  const free = keys.filter((key) => !world.cuts.includes(key));
  const key = free[place % Math.max(1, free.length)];
  if (key === undefined) return [];
  const asked: Drawn = { atUs, store: 0, forUs: 0, breakage: { kind: "split", key } };
  if (partner % 4 === 0) return [asked];
  const moment = splitMoments[which % splitMoments.length] ?? "region-split";
  const trigger: Trigger = {
    kind: "moment",
    moment,
    store: partner % 2 === 0 ? 0 : store,
    occurrence: within(which >>> 8, 1, 3),
    fromUs: atMoment ? 0 : atUs,
  };
  const breakages: readonly Breakage[] = [
    { kind: "crash" },
    { kind: "powerLoss" },
    { kind: "partition", side: [0], oneWay: false },
    { kind: "pause" },
    { kind: "transferLeader", region: regionsOf(world) + 1, to: store },
  ];
  const breakage = breakages[(which >>> 16) % breakages.length] ?? { kind: "crash" };
  const forUs = lasting(world, duration, 20, 3_000);
  return [asked, { atUs, trigger, store: 0, forUs, breakage }];
}

const splitMoments: readonly MomentName[] = [
  "split-written",
  "region-split",
  "region-split-told",
  "commit-advanced",
];

/** Every family. Stories come at their own times. */
export const families: Readonly<Record<FaultFamily, Family>> = {
  crash: { draw: outage("crash"), moments: outageMoments },
  powerLoss: { draw: outage("powerLoss"), moments: outageMoments },
  pause: {
    draw: (parts) => {
      const { world, atUs, numbers } = parts;
      const forUs = lasting(world, numbers[0], 20, 3_000);
      return [{ atUs, store: storeOf(parts), forUs, breakage: { kind: "pause" } }];
    },
    moments: separationMoments,
  },
  slow: {
    draw: (parts) => {
      const { world, atUs, numbers } = parts;
      const [duration, factor] = numbers;
      const forUs = lasting(world, duration, 200, 5_000);
      const breakage = { kind: "slow", factor: within(factor, 2, 50) } as const;
      return [{ atUs, store: storeOf(parts), forUs, breakage }];
    },
    moments: [],
  },
  partition: { draw: partition, moments: separationMoments },
  loss: { draw: loss, moments: [] },
  latency: { draw: latency, moments: separationMoments },
  connection: { draw: connection, moments: separationMoments },
  diskLatency: { draw: diskLatency, moments: ["vote-granted", "entry-appended", "candidacy"] },
  diskError: { draw: diskError, moments: ["entry-appended", "snapshot-sent", "recovery"] },
  diskDamage: { draw: diskDamage, moments: [] },
  wallClock: { draw: wallClock, moments: [] },
  monotonicDrift: {
    draw: ({ atUs, store, world, numbers }) => {
      const ppm = within(numbers[0], -200, 200);
      const breakage = { kind: "monotonicDrift", ppm } as const;
      return [{ atUs, store, forUs: world.breakUs, breakage }];
    },
    moments: [],
  },
  transfer: {
    draw: transfer,
    moments: [
      "leader-elected",
      "write-acknowledged",
      "entry-appended",
      "lease-read",
      "plugin-started",
      "plugin-storage-call",
      "plugin-between-calls",
    ],
  },
  succession: { draw: succession, moments: [] },
  heldBack: { draw: heldBack, moments: [] },
  coup: { draw: coup, moments: [] },
  abdication: { draw: abdication, moments: [] },
  split: {
    draw: split,
    moments: [
      "leader-elected",
      "leader-transfer",
      "write-acknowledged",
      "entry-appended",
      "lease-read",
      "quorum-read",
      "snapshot-sent",
      "plugin-started",
      "plugin-storage-call",
      "plugin-between-calls",
    ],
  },
};
