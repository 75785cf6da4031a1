/**
 * The two clocks of a machine: what its process reads, and how far that is from virtual time. They
 * are the machine's: a crash does not set them.
 */
import { assert } from "./assert.ts";

/** The clock faults and their numbers in kernel events. */
export const clockFaults = {
  skew: 1,
  drift: 2,
  freeze: 3,
  driftMonotonic: 4,
  jumpMonotonic: 5,
  freezeMonotonic: 6,
} as const;

export type ClockFault = keyof typeof clockFaults;

/** The most a monotonic clock drifts, except in an unrestricted world. */
export const monotonicDriftMaxPpm: number = 200;

/** A clock that runs at a rate of its own from some moment on. Whole microseconds. */
class Dial {
  #fromUs = 0;
  #readingUs = 0;
  #ppm = 0;
  #isFrozen = false;

  get ppm(): number {
    return this.#isFrozen ? -1_000_000 : this.#ppm;
  }

  /** What it shows at a virtual time, which is not before that of the last change. */
  at(nowUs: number): number {
    const passedUs = nowUs - this.#fromUs;
    if (this.ppm === 0) return this.#readingUs + passedUs;
    return this.#readingUs + passedUs + Math.floor((passedUs * this.ppm) / 1_000_000);
  }

  /** Goes on from what it shows, at another rate. */
  drift(nowUs: number, ppm: number): void {
    this.#settle(nowUs);
    this.#ppm = ppm;
  }

  freeze(nowUs: number, isFrozen: boolean): void {
    this.#settle(nowUs);
    this.#isFrozen = isFrozen;
  }

  jump(nowUs: number, byUs: number): void {
    this.#settle(nowUs);
    this.#readingUs += byUs;
  }

  #settle(nowUs: number): void {
    this.#readingUs = this.at(nowUs);
    this.#fromUs = nowUs;
  }
}

/** Told of each change: the fault, and whether it began or ended. */
export type ClockFaultListener = (fault: ClockFault, began: boolean) => void;

type Parts = {
  /** Shows virtual time. */
  readonly timeline: { readonly nowUs: number };
  /** Whether the monotonic clock may break its promises. */
  readonly isUnrestricted: boolean;
  readonly listen: ClockFaultListener;
};

/** A machine's clocks and the verbs that spoil and mend them. */
export class MachineClock {
  readonly #timeline: { readonly nowUs: number };
  readonly #isUnrestricted: boolean;
  readonly #listen: ClockFaultListener;
  readonly #wall = new Dial();
  readonly #monotonic = new Dial();
  /** How far the wall clock was when it froze, to catch up when it thaws. */
  #frozenUs: number | null = null;

  constructor({ timeline, isUnrestricted, listen }: Parts) {
    this.#timeline = timeline;
    this.#isUnrestricted = isUnrestricted;
    this.#listen = listen;
  }

  /** The monotonic clock's reading. */
  monotonicUs(): number {
    return this.#monotonic.at(this.#timeline.nowUs);
  }

  /** The wall clock's reading: microseconds since the start of the run, more or less. */
  wallUs(): number {
    return this.#wall.at(this.#timeline.nowUs);
  }

  /** The virtual time after which the monotonic clock has advanced by `monotonicUs` or more. */
  delayUs(monotonicUs: number): number {
    const ppm = this.#monotonic.ppm;
    if (ppm === 0) return monotonicUs;
    // A timer of a frozen clock still fires: the hardware that counts it down is another one.
    if (ppm <= -1_000_000) return monotonicUs;
    return Math.ceil((monotonicUs * 1_000_000) / (1_000_000 + ppm)) + 1;
  }

  /** Moves the wall clock by so much, at once: an offset or a jump, forwards or back. */
  skew(byUs: number): void {
    this.#wall.jump(this.#timeline.nowUs, byUs);
    this.#listen("skew", true);
  }

  /** Sets the wall clock right. Its drift and a freeze stay. */
  align(): void {
    const now = this.#timeline.nowUs;
    this.#wall.jump(now, now - this.#wall.at(now));
    this.#listen("skew", false);
  }

  /** The wall clock runs so many parts in a million too fast; negative: too slow. */
  drift(ppm: number): void {
    assert(ppm > -1_000_000, "a drifting clock still goes forwards");
    this.#wall.drift(this.#timeline.nowUs, ppm);
    this.#listen("drift", true);
  }

  /** The wall clock runs at the right rate again, from what it shows. */
  steady(): void {
    this.#wall.drift(this.#timeline.nowUs, 0);
    this.#listen("drift", false);
  }

  /** The wall clock stands still. */
  freeze(): void {
    const now = this.#timeline.nowUs;
    this.#frozenUs ??= now;
    this.#wall.freeze(now, true);
    this.#listen("freeze", true);
  }

  /** The wall clock jumps over the time in which it stood, and goes on. */
  thaw(): void {
    const now = this.#timeline.nowUs;
    this.#wall.freeze(now, false);
    if (this.#frozenUs !== null) this.#wall.jump(now, now - this.#frozenUs);
    this.#frozenUs = null;
    this.#listen("freeze", false);
  }

  /** The monotonic clock's rate: at most 200 ppm off, unless the world is unrestricted. */
  driftMonotonic(ppm: number): void {
    const isMild = Math.abs(ppm) <= monotonicDriftMaxPpm;
    assert(isMild || this.#isUnrestricted, "a monotonic clock drifts at most 200 ppm");
    assert(ppm > -1_000_000, "a drifting clock still goes forwards");
    this.#monotonic.drift(this.#timeline.nowUs, ppm);
    this.#listen("driftMonotonic", true);
  }

  /** Undoes `driftMonotonic`, from what the clock shows. */
  steadyMonotonic(): void {
    this.#monotonic.drift(this.#timeline.nowUs, 0);
    this.#listen("driftMonotonic", false);
  }

  /** The monotonic clock leaps forwards: in an unrestricted world only. Cannot be undone. */
  jumpMonotonic(byUs: number): void {
    assert(this.#isUnrestricted, "a monotonic clock jumps in an unrestricted world only");
    assert(byUs >= 0, "a monotonic clock never goes back");
    this.#monotonic.jump(this.#timeline.nowUs, byUs);
    this.#listen("jumpMonotonic", true);
  }

  /** The monotonic clock stands still: in an unrestricted world only. */
  freezeMonotonic(): void {
    assert(this.#isUnrestricted, "a monotonic clock freezes in an unrestricted world only");
    this.#monotonic.freeze(this.#timeline.nowUs, true);
    this.#listen("freezeMonotonic", true);
  }

  /** The monotonic clock goes on from where it stood. */
  thawMonotonic(): void {
    this.#monotonic.freeze(this.#timeline.nowUs, false);
    this.#listen("freezeMonotonic", false);
  }
}
