/** How long something takes. The caller brings the clocks. */
import { assert } from "../../sim/assert.ts";

/** Both in milliseconds since some moment. */
export type Clocks = {
  /** What this process spent on processors, all its threads together. */
  readonly cpuMs: () => number;
  readonly wallMs: () => number;
};

/** How long something took. */
export type Lap = { readonly cpuMs: number; readonly wallMs: number };

/** Runs from its making. */
export class Stopwatch {
  readonly #clocks: Clocks;
  readonly #began: Lap;

  constructor(clocks: Clocks) {
    this.#clocks = clocks;
    this.#began = { cpuMs: clocks.cpuMs(), wallMs: clocks.wallMs() };
  }

  /** How long it has run so far. */
  lap(): Lap {
    const { cpuMs, wallMs } = this.#began;
    return { cpuMs: this.#clocks.cpuMs() - cpuMs, wallMs: this.#clocks.wallMs() - wallMs };
  }
}

/** Runs something and says how long it took. */
export function timed(clocks: Clocks, work: () => void): Lap {
  const watch = new Stopwatch(clocks);
  work();
  return watch.lap();
}

/** The share of a processor that a lap got; above 1 where helper threads (GC, JIT) ran beside. */
export function cpuShare({ cpuMs, wallMs }: Lap): number {
  return wallMs === 0 ? 1 : cpuMs / wallMs;
}

/** The median; of an even number the lower of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  assert(middle !== undefined, "a median needs a value");
  return middle;
}
