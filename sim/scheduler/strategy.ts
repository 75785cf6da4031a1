/**
 * Schedules: who goes first among events that are due at about the same time, and which delay of
 * a declared range an event gets. Everything else about order is fixed by the times themselves.
 */
import { assert, unreachable } from "../assert.ts";
import type { Randomness, Stream } from "../random.ts";
import { tieLimit } from "../slot.ts";

/** A schedule as data, part of a plan. */
export type StrategyChoice =
  /** Equal times in order of scheduling; delays even over their range. */
  | { readonly kind: "fifo" }
  /** Any order inside the slack window; delays even over their range. */
  | { readonly kind: "random" }
  /**
   * Priorities on processes and pools (Burckhardt et al., ASPLOS 2010): the higher goes first
   * inside the slack window and gets the shorter half of a range. At `changePoints` moments, drawn
   * over the first `eventsExpected` events, whoever runs falls below all others.
   */
  | { readonly kind: "pct"; readonly changePoints: number; readonly eventsExpected: number };

/** What a schedule decides. */
export interface Strategy {
  /** The tie of an event for `pool` of `process`: 0 to `tieLimit` - 1, the smallest goes first. */
  tie(process: number, pool: number): number;
  /** A delay for `process` from `min` to `max`. A range of one value takes no draw. */
  delay(min: number, max: number, process: number, stream: Stream): number;
  /** The `count`th event is about to run. Returns the count at which it wants to be told next. */
  changePoint(count: number, process: number, pool: number): number;
}

/** The strategy of a choice. */
export function strategyOf(choice: StrategyChoice, random: Randomness): Strategy {
  switch (choice.kind) {
    case "fifo":
      return new Even(null);
    case "random":
      return new Even(random.stream("schedule"));
    case "pct":
      return new Priorities(choice.changePoints, choice.eventsExpected, random.stream("schedule"));
    default:
      return unreachable(choice);
  }
}

class Even implements Strategy {
  readonly #stream: Stream | null;

  constructor(stream: Stream | null) {
    this.#stream = stream;
  }

  tie(): number {
    return this.#stream === null ? 0 : this.#stream.below(tieLimit);
  }

  delay(min: number, max: number, _process: number, stream: Stream): number {
    return min === max ? min : min + stream.below(max - min + 1);
  }

  changePoint(): number {
    return Number.POSITIVE_INFINITY;
  }
}

/** Pools of a process that have a priority of their own; higher pool numbers share the last. */
const poolsMax = 16;

class Priorities implements Strategy {
  readonly #stream: Stream;
  readonly #points: number[];
  /** Ties by process and pool, drawn at first sight; the lower the tie, the higher the priority. */
  readonly #ties: number[] = [];
  #passed = 0;

  constructor(changePoints: number, eventsExpected: number, stream: Stream) {
    assert(changePoints >= 0 && eventsExpected >= 1, "a pct schedule spans some events");
    this.#stream = stream;
    this.#points = Array.from({ length: changePoints }, () => 1 + stream.below(eventsExpected));
    this.#points.sort((a, b) => a - b);
  }

  tie(process: number, pool: number): number {
    const at = process * poolsMax + Math.min(pool, poolsMax - 1);
    while (this.#ties.length <= at) this.#ties.push(this.#stream.below(tieLimit / 2));
    return this.#ties[at]!;
  }

  delay(min: number, max: number, process: number, stream: Stream): number {
    if (min === max) return min;
    const middle = min + Math.floor((max - min) / 2);
    const quick = this.tie(process, 0) < tieLimit / 4;
    return quick ? stream.between(min, middle) : stream.between(middle, max);
  }

  changePoint(count: number, process: number, pool: number): number {
    while (this.#passed < this.#points.length && this.#points[this.#passed]! <= count) {
      // Each fall is below the one before: drawn priorities use the lower half of the ties only.
      this.tie(process, pool);
      const at = process * poolsMax + Math.min(pool, poolsMax - 1);
      this.#ties[at] = tieLimit / 2 + this.#passed;
      this.#passed += 1;
    }
    return this.#points[this.#passed] ?? Number.POSITIVE_INFINITY;
  }
}
