/** The two clocks of a machine: what its process reads, and how far that is from virtual time. */
export class MachineClock {
  /** The monotonic clock's reading at a virtual time. */
  monotonicUs(nowUs: number): number {
    return nowUs;
  }

  /** The wall clock's reading at a virtual time. */
  wallUs(nowUs: number): number {
    return nowUs;
  }

  /** The virtual time in which the monotonic clock advances by `monotonicUs`. */
  delayUs(monotonicUs: number): number {
    return monotonicUs;
  }
}
