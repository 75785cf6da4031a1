/** client-rust's region back-off: no jitter, 2 ms doubling to 500 ms, 10 attempts. */
export class Backoff {
  #attempts = 0;
  #nextUs = 2_000;

  /** The time to wait before the next attempt, or null when the attempts are used up. */
  next(): number | null {
    if (this.#attempts >= 10) return null;
    this.#attempts++;
    const delayUs = this.#nextUs;
    this.#nextUs = Math.min(this.#nextUs * 2, 500_000);
    return delayUs;
  }
}
