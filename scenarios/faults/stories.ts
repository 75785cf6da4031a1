/**
 * Stories: faults that hurt only together and in order, which single ones hardly ever meet. Each
 * ends well for the real code, and badly where a promise was broken that few faults put to the
 * test.
 */
import type { Breakage, Trigger } from "../plan.ts";
import { type Drawn, type FaultParts, lasting, regionsOf, within } from "./family.ts";

/** The stores of a story: one, a minority of the others, and who is left. */
type Cast = {
  readonly one: number;
  readonly minority: readonly number[];
  readonly rest: readonly number[];
};

/** Null where there are too few stores for a story. */
function castOf({ world, store, numbers }: FaultParts): Cast | null {
  const { stores } = world;
  if (stores < 3) return null;
  const step = numbers[3] % 2 === 0 ? 1 : stores - 1;
  const others = Array.from(
    { length: stores - 1 },
    (_, at) => ((store - 1 + (at + 1) * step) % stores) + 1,
  );
  const size = Math.floor((stores - 1) / 2);
  return { one: store, minority: others.slice(0, size), rest: others.slice(size) };
}

const side = (stores: readonly number[]): Breakage => ({
  kind: "partition",
  side: [...stores].sort((a, b) => a - b),
  oneWay: false,
});

/** The last moment at which something can begin. */
const inBreak = (us: number, { world }: FaultParts): number => Math.min(us, world.breakUs - 1);

/**
 * A minority lags behind; one store fails in a way that tempts it to forget what it acknowledged;
 * then those who remember go down, and the one and the laggards must elect a leader. What was
 * acknowledged survives only if the one still has it, or says that it has not.
 */
export function succession(parts: FaultParts): readonly Drawn[] {
  const cast = castOf(parts);
  if (cast === null) return [];
  const { world, atUs, numbers } = parts;
  const [which, lag, delay] = numbers;
  const lagUs = within(lag, 600, 2_500) * 1_000 * world.times;
  const failUs = atUs + within(delay, 200, 500) * 1_000 * world.times;
  const handUs = inBreak(atUs + lagUs, parts);
  const failures = failuresOf(parts, cast.one, inBreak(failUs, parts), which);
  const downUs = 3_000_000 * world.times;
  return [
    { atUs, store: 0, forUs: handUs - atUs, breakage: side(cast.minority) },
    ...failures,
    ...cast.rest.map(
      (store): Drawn => ({ atUs: handUs, store, forUs: downUs, breakage: { kind: "crash" } }),
    ),
  ];
}

/** Ways to fail that end with a restart. Damage only where the plan may damage a disk. */
function failuresOf(
  { world, damaged }: FaultParts,
  store: number,
  atUs: number,
  which: number,
): readonly Drawn[] {
  const shortUs = within(which >>> 8, 5, 60) * 1_000 * world.times;
  const restart = (kind: "crash" | "powerLoss", us: number): Drawn => ({
    atUs: Math.min(us, world.breakUs - 1),
    store,
    forUs: shortUs,
    breakage: { kind },
  });
  switch (which % 4) {
    case 0:
      return [restart("powerLoss", atUs)];
    case 1: {
      // A sync fails and the next ones work: who tried again believes what is gone.
      const breakage: Breakage = { kind: "diskError", operation: "sync" };
      return [{ atUs, store, forUs: shortUs, breakage }, restart("crash", atUs + 4 * shortUs)];
    }
    case 2: {
      if (store !== damaged) return [restart("crash", atUs)];
      const rot: Breakage = { kind: "bitRot", perMille: 1_000 };
      return [
        { atUs, store, forUs: 400_000 * world.times, breakage: rot },
        restart("crash", atUs + 150_000 * world.times),
      ];
    }
    default:
      return [restart("powerLoss", atUs), restart("powerLoss", atUs + 2 * shortUs)];
  }
}

/**
 * A leader's messages from and to the other stores stand still until its lease is over, and come in
 * together: answers to questions of long ago first, the news of another leader behind them.
 */
export function heldBack(parts: FaultParts): readonly Drawn[] {
  const cast = castOf(parts);
  if (cast === null) return [];
  const { world, atUs, numbers } = parts;
  const [hold, place] = numbers;
  const heldUs = inBreak(atUs + 400_000 * world.times, parts);
  return [
    lead(parts, cast.one, place, atUs),
    {
      atUs: heldUs,
      store: 0,
      forUs: within(hold, 900, 2_600) * 1_000 * world.times,
      breakage: { kind: "hold", scope: { kind: "peers", store: cast.one } },
    },
  ];
}

/**
 * A store that does not hear its leader campaigns among those who do; the leader is cut off the
 * moment that the campaign begins, with its lease still running and its clients still asking.
 */
export function coup(parts: FaultParts): readonly Drawn[] {
  const cast = castOf(parts);
  if (cast === null) return [];
  const { world, atUs, numbers } = parts;
  const [duration, place] = numbers;
  const [rival = 1] = cast.minority;
  const deafUs = inBreak(atUs + 400_000 * world.times, parts);
  const scope = { kind: "link", from: cast.one, to: rival } as const;
  return [
    lead(parts, cast.one, place, atUs),
    { atUs: deafUs, store: 0, forUs: 4_000_000 * world.times, breakage: { kind: "hang", scope } },
    {
      atUs,
      trigger: campaignOf(rival, deafUs),
      store: 0,
      forUs: lasting(world, duration, 500, 3_000),
      breakage: side([cast.one]),
    },
  ];
}

/**
 * A leader takes over and gives back at once, so that some clients never heard of it; and is cut
 * off the moment that its successor campaigns, with its lease still running and its clients asking.
 */
export function abdication(parts: FaultParts): readonly Drawn[] {
  const cast = castOf(parts);
  if (cast === null) return [];
  const { world, atUs, numbers } = parts;
  const [duration, place, gap] = numbers;
  const [successor = 1] = cast.minority;
  const takesUs = inBreak(atUs + 600_000 * world.times, parts);
  const givesUs = inBreak(takesUs + within(gap, 20, 200) * 1_000 * world.times, parts);
  return [
    lead(parts, successor, place, atUs),
    lead(parts, cast.one, place, takesUs),
    lead(parts, successor, place, givesUs),
    {
      atUs,
      trigger: campaignOf(successor, givesUs),
      store: 0,
      forUs: lasting(world, duration, 500, 3_000),
      breakage: side([cast.one]),
    },
  ];
}

/** The next time that a store becomes a candidate. */
function campaignOf(store: number, fromUs: number): Trigger {
  return { kind: "moment", moment: "candidacy", store, occurrence: 1, fromUs };
}

/** Who leads a region must be known for a story about leaders. */
function lead({ world }: FaultParts, to: number, place: number, atUs: number): Drawn {
  const region = within(place, 1, regionsOf(world));
  return { atUs, store: 0, forUs: 0, breakage: { kind: "transferLeader", region, to } };
}
