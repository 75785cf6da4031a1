/** The present time and everything that is due later: where the parts of the world schedule. */
import { assert } from "../assert.ts";
import { EventQueue } from "../queue.ts";
import type { Strategy } from "./strategy.ts";

/** Keeps the order of what passes along one lane (a link, a file) whatever the strategy does. */
export class Lane {
  /** The last scheduled time on the lane. Later ones are at or after it. */
  timeUs = 0;
  rank = -1;
  tie = 0;

  /** What is scheduled here from now on comes behind what is scheduled on the other lane too. */
  joinBehind(other: Lane): void {
    if (other.timeUs > this.timeUs) this.timeUs = other.timeUs;
    if (other.rank > this.rank) {
      this.rank = other.rank;
      this.tie = other.tie;
    } else if (other.rank === this.rank && other.tie > this.tie) this.tie = other.tie;
  }
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
    if (timeUs < lane.timeUs) timeUs = lane.timeUs;
    const rank = this.#rank(timeUs);
    let tie = this.strategy.tie(process, 0);
    // Inside one window the tie alone orders, so on one lane it must not fall.
    if (rank === lane.rank && tie < lane.tie) tie = lane.tie;
    lane.timeUs = timeUs;
    lane.rank = rank;
    lane.tie = tie;
    this.queue.push(slot, timeUs, rank, tie);
  }

  /** Schedules a slot for now, before all that waits and after what was put first earlier. */
  scheduleFirst(slot: number): void {
    this.queue.push(slot, this.nowUs, this.#rank(this.nowUs), -1);
  }

  #rank(timeUs: number): number {
    return this.#slackUs === 0 ? timeUs : timeUs - (timeUs % (this.#slackUs + 1));
  }
}
