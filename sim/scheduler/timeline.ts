/** The present time and everything that is due later: where the parts of the world schedule. */
import { assert } from "../assert.ts";
import { EventQueue } from "../queue.ts";
import type { Strategy } from "./strategy.ts";

/** Keeps the order of what passes along one lane (a link, a file) whatever the strategy does. */
export class Lane {
  /** The last scheduled time on the lane. Later ones are at or after it. */
  timeUs = 0;
  /** The tie of the last one. */
  tie = 0;
}

/** The present time and the queue of what is due. */
export class Timeline {
  /** The present, in microseconds since the start of the run. */
  nowUs = 0;
  readonly queue: EventQueue = new EventQueue();
  readonly strategy: Strategy;
  readonly #slackUs: number;

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

  /** Schedules a slot not before anything that was scheduled on the lane earlier. */
  scheduleInLane(slot: number, timeUs: number, process: number, lane: Lane): void {
    const lastUs = lane.timeUs;
    if (timeUs < lastUs) timeUs = lastUs;
    else lane.timeUs = timeUs;
    const rank = this.#rank(timeUs);
    let tie = this.strategy.tie(process, 0);
    // Inside one window the tie alone orders, so on one lane it must not fall.
    if (tie < lane.tie && rank === this.#rank(lastUs)) tie = lane.tie;
    else lane.tie = tie;
    this.queue.push(slot, timeUs, rank, tie);
  }

  /** Puts a lane behind another one too: what comes on it now follows what is on both. */
  joinLanes(lane: Lane, other: Lane): void {
    if (lane === other) return;
    const rank = this.#rank(lane.timeUs);
    const otherRank = this.#rank(other.timeUs);
    if (otherRank > rank || (otherRank === rank && other.tie > lane.tie)) lane.tie = other.tie;
    if (other.timeUs > lane.timeUs) lane.timeUs = other.timeUs;
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
