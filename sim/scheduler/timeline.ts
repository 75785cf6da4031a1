/** The present time and everything that is due later: where the parts of the world schedule. */
import { assert } from "../assert.ts";
import { EventQueue } from "../queue.ts";
import type { Strategy } from "./strategy.ts";

declare const brand: unique symbol;
/** Names a lane: what passes along it (a link, a file) keeps its order under any strategy. */
export type Lane = number & { readonly [brand]: "Lane" };

/** The present time and the queue of what is due. */
export class Timeline {
  /** The present, in microseconds since the start of the run. */
  nowUs = 0;
  readonly queue: EventQueue = new EventQueue();
  readonly strategy: Strategy;
  readonly #slackUs: number;
  /** Four for each lane: the last scheduled time, its rank and its tie, and room for alignment. */
  #lanes: Float64Array = new Float64Array(64 * 4);
  #laneCount = 0;

  constructor(strategy: Strategy, slackUs: number) {
    assert(Number.isSafeInteger(slackUs) && slackUs >= 0, "the slack is a whole number, 0 or more");
    this.strategy = strategy;
    this.#slackUs = slackUs;
  }

  /**
   * Schedules a slot of `process` for `timeUs`. Events of one slack window have the same rank, so
   * the strategy's tie decides between them; a window is `slackUs` + 1 long.
   */
  schedule(slot: number, timeUs: number, process: number, pool: number): void {
    this.queue.push(slot, timeUs, this.#rank(timeUs), this.strategy.tie(process, pool));
  }

  /** A new lane, on which nothing was scheduled. */
  lane(): Lane {
    const lane = this.#laneCount++;
    if (this.#laneCount * 4 > this.#lanes.length) {
      const before = this.#lanes;
      this.#lanes = new Float64Array(before.length * 2);
      this.#lanes.set(before);
    }
    return lane as Lane;
  }

  /** Schedules a slot not before anything that was scheduled on the lane earlier. */
  scheduleInLane(slot: number, timeUs: number, process: number, lane: Lane): void {
    const lanes = this.#lanes;
    const last = lane << 2;
    const lastRank = lanes[last + 1]!;
    let dueUs = lanes[last]!;
    let rank = lastRank;
    if (timeUs >= dueUs) {
      dueUs = timeUs;
      rank = this.#rank(timeUs);
      lanes[last] = timeUs;
      lanes[last + 1] = rank;
    }
    let tie = this.strategy.tie(process, 0);
    // Inside one window the tie alone orders, so on one lane it must not fall.
    if (rank === lastRank && tie < lanes[last + 2]!) tie = lanes[last + 2]!;
    else lanes[last + 2] = tie;
    this.queue.push(slot, dueUs, rank, tie);
  }

  /** Puts a lane behind another one too: what comes on it now follows what is on both. */
  joinLanes(lane: Lane, other: Lane): void {
    if (lane === other) return;
    const lanes = this.#lanes;
    const to = lane << 2;
    const from = other << 2;
    const rank = lanes[to + 1]!;
    const otherRank = lanes[from + 1]!;
    const otherTie = lanes[from + 2]!;
    if (otherRank > rank || (otherRank === rank && otherTie > lanes[to + 2]!)) {
      lanes[to + 2] = otherTie;
    }
    if (lanes[from]! > lanes[to]!) {
      lanes[to] = lanes[from]!;
      lanes[to + 1] = otherRank;
    }
  }

  /** Schedules a slot for now, before all that waits and after what was put first earlier. */
  scheduleFirst(slot: number): void {
    this.queue.push(slot, this.nowUs, this.#rank(this.nowUs), -1);
  }

  /** Exact for times under 2^46; the remainder of doubles would be a slow division (x87's). */
  #rank(timeUs: number): number {
    const windowUs = this.#slackUs + 1;
    return windowUs === 1 ? timeUs : Math.floor(timeUs / windowUs) * windowUs;
  }
}
