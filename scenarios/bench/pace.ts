/**
 * How fast the machine is just now. A neighbour on the same core takes a third or a half of what
 * an event loop gets, for seconds or minutes, and no share of a processor shows it. A fixed piece
 * of work does: measured between seeds of W on a shared host, where it took at most 1.1 times its
 * best a seed took 21 ms, else 26 to 35.
 */

/** Slower than this against the fastest: somebody else was there. */
export const paceMax = 1.15;

const entries = 64;
const steps = 20_000;
const warmUps = 60;

/** Times the same piece of work again and again, about a millisecond each time. */
export class Pace {
  /** Milliseconds; infinite before the first. */
  fastestMs: number = Number.POSITIVE_INFINITY;
  readonly #wallMs: () => number;
  readonly #work: () => void;

  constructor(wallMs: () => number, work: () => void = heapWork()) {
    this.#wallMs = wallMs;
    this.#work = work;
    // Until it is compiled it says nothing.
    for (let at = 0; at < warmUps; at++) work();
  }

  /** Does the work; how long it took, in milliseconds. */
  measure(): number {
    const beganMs = this.#wallMs();
    this.#work();
    const tookMs = this.#wallMs() - beganMs;
    this.fastestMs = Math.min(this.fastestMs, tookMs);
    return tookMs;
  }

  /** Whether a time that was measured is nearly the best so far. */
  isFull(tookMs: number): boolean {
    return tookMs <= this.fastestMs * paceMax;
  }
}

/**
 * The smallest number of a heap is taken and put back greater, as an event queue does: branches
 * that no processor predicts suffer first when a core is shared. Its own code, so that it stays the
 * same while the product's changes.
 */
function heapWork(): () => void {
  const heap = Float64Array.from({ length: entries }, (_, at) => at);
  let chance = 12_345;
  return () => {
    for (let step = 0; step < steps; step++) {
      chance = (Math.imul(chance, 1_103_515_245) + 12_345) | 0;
      const value = heap[0]! + 200 + ((chance >>> 8) % 800);
      let at = 0;
      for (;;) {
        let child = 2 * at + 1;
        if (child >= entries) break;
        if (child + 1 < entries && heap[child + 1]! < heap[child]!) child += 1;
        if (heap[child]! >= value) break;
        heap[at] = heap[child]!;
        at = child;
      }
      heap[at] = value;
    }
  };
}
