/**
 * Draws the faults of a plan. Each family draws from a stream of its own and takes as many draws
 * for each of its faults, whatever comes out.
 */
import { assert } from "../../sim/assert.ts";
import type { Randomness, Stream } from "../../sim/index.ts";
import { type MomentName, moments } from "../moments/index.ts";
import type { PlannedFault, Trigger } from "../plan.ts";
import type { Strategy } from "../scenario.ts";
import { type FaultCounts, type FaultFamily, faultFamilies } from "../spec.ts";
import { families } from "./families.ts";
import type { Drawn, FaultWorld } from "./family.ts";

/** In how many of 8 faults of a family with moments the trigger is one. */
const momentEighths: Readonly<Record<Exclude<Strategy, "portfolio">, number>> = {
  random: 0,
  "all-on": 1,
  swarm: 2,
  moments: 7,
  pct: 2,
};

/** Faults begin a little after the start, when something can break. */
const firstUs = 300_000;

/** The faults of one plan. */
export class PlannedFaults {
  readonly #world: FaultWorld;
  readonly #random: Randomness;
  /** The one store whose disk this plan may damage: a minority whatever the number of stores. */
  readonly #damaged: number;

  constructor(world: FaultWorld, random: Randomness) {
    assert(world.breakUs > firstUs, "there is time to break something");
    this.#world = world;
    this.#random = random;
    this.#damaged = random.stream("plan/damage").between(1, world.stores);
  }

  /** Faults with ids from 1, family by family. */
  draw(counts: FaultCounts, strategy: Exclude<Strategy, "portfolio">): readonly PlannedFault[] {
    const wanted = this.#counts(counts, strategy);
    const faults: PlannedFault[] = [];
    for (const family of faultFamilies) {
      const count = wanted.get(family) ?? 0;
      if (count === 0) continue;
      const stream = this.#random.stream(`plan/faults/${family}`);
      for (let drawn = 0; drawn < count; drawn++) {
        for (const fault of this.#fault(family, stream, momentEighths[strategy])) {
          faults.push({ id: faults.length + 1, ...fault });
        }
      }
    }
    return faults;
  }

  /** How many of each family. */
  #counts(
    counts: FaultCounts,
    strategy: Exclude<Strategy, "portfolio">,
  ): ReadonlyMap<FaultFamily, number> {
    const offered = faultFamilies.filter((family) => (counts[family]?.max ?? 0) > 0);
    const wanted = new Map<FaultFamily, number>();
    if (offered.length === 0) return wanted;
    const stream = this.#random.stream("plan/swarm");
    for (const family of faultFamilies) {
      const { min, max } = counts[family] ?? { min: 0, max: 0 };
      // Two draws for each family, also for those that are not offered.
      const isOn = stream.chance(1, 2);
      const count = stream.between(Math.max(1, min), Math.max(1, min, max));
      if (max > 0 && (isOn || strategy === "all-on")) wanted.set(family, count);
    }
    if (strategy !== "random") return wanted;
    const sum = offered.reduce((total, family) => total + (counts[family]?.max ?? 0), 0);
    const some = new Map<FaultFamily, number>();
    for (let left = stream.between(1, Math.max(1, Math.floor(sum / 3))); left > 0; left--) {
      const family = stream.pick(offered);
      some.set(family, (some.get(family) ?? 0) + 1);
    }
    return some;
  }

  #fault(family: FaultFamily, stream: Stream, eighths: number): readonly NewFault[] {
    const { breakUs, stores } = this.#world;
    const { draw, moments: fitting } = families[family];
    const atUs = stream.between(firstUs, breakUs - 1);
    const isMoment = stream.chance(eighths, 8) && fitting.length > 0;
    const moment = fitting[stream.below(Math.max(1, fitting.length))];
    const occurrence = stream.uint32();
    const store = stream.between(1, stores);
    const anyStore = stream.chance(1, 2);
    const numbers = [stream.uint32(), stream.uint32(), stream.uint32(), stream.uint32()] as const;
    const parts = { world: this.#world, damaged: this.#damaged, store, atUs, numbers };
    if (!isMoment || moment === undefined) return draw({ ...parts, atMoment: false }).map(timed);
    const trigger: Trigger = {
      kind: "moment",
      moment,
      store: anyStore ? 0 : store,
      occurrence: occurrenceOf(moment, occurrence),
      fromUs: 0,
    };
    return draw({ ...parts, atMoment: true }).map((drawn, at) =>
      at === 0 ? { ...faultOf(drawn), trigger } : timed(drawn),
    );
  }
}

type NewFault = Omit<PlannedFault, "id">;

const faultOf = ({ store, forUs, breakage }: Drawn): Omit<NewFault, "trigger"> => ({
  store,
  forUs,
  breakage,
});

function timed(drawn: Drawn): NewFault {
  return { ...faultOf(drawn), trigger: drawn.trigger ?? { kind: "at", us: drawn.atUs } };
}

/** Half of them early: what comes first matters more than what comes last. */
function occurrenceOf(moment: MomentName, drawn: number): number {
  const { typical } = moments[moment];
  const span = drawn % 2 === 0 ? Math.max(1, Math.ceil(typical / 8)) : typical;
  return 1 + ((drawn >>> 1) % span);
}
