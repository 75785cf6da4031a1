/**
 * The deadlines of a store's running plugins. One timer serves all of them: most requests are over
 * long before.
 */
import type { Machine, TaskToken } from "../../sim/process.ts";

/** Who can be told that its time is over. */
export type Timed = {
  /** Where its task waits now. */
  readonly token: TaskToken | null;
  isOutOfTime: boolean;
};

export class Deadlines {
  readonly #machine: Machine;
  readonly #timer: number;
  /** When each one's time is over, by the monotonic clock. */
  readonly #dueUs = new Map<Timed, number>();
  #watchUs = Number.POSITIVE_INFINITY;

  /** `timer` is the kind of timer by which `look` is called. */
  constructor(machine: Machine, timer: number) {
    this.#machine = machine;
    this.#timer = timer;
  }

  add(one: Timed, timeUs: number): void {
    const nowUs = this.#machine.monotonicUs();
    this.#dueUs.set(one, nowUs + timeUs);
    this.#watch(nowUs + timeUs, nowUs);
  }

  delete(one: Timed): void {
    this.#dueUs.delete(one);
  }

  /** Some time may be over: those tasks go on at once, and find out. */
  look(): void {
    const nowUs = this.#machine.monotonicUs();
    let nextUs = Number.POSITIVE_INFINITY;
    for (const [one, dueUs] of this.#dueUs) {
      if (dueUs > nowUs) nextUs = Math.min(nextUs, dueUs);
      else {
        this.#dueUs.delete(one);
        one.isOutOfTime = true;
        if (one.token !== null) this.#machine.wake(one.token, undefined);
      }
    }
    this.#watchUs = Number.POSITIVE_INFINITY;
    if (nextUs < Number.POSITIVE_INFINITY) this.#watch(nextUs, nowUs);
  }

  #watch(dueUs: number, nowUs: number): void {
    if (dueUs >= this.#watchUs) return;
    this.#watchUs = dueUs;
    this.#machine.arm(dueUs - nowUs, this.#timer, 0);
  }
}
