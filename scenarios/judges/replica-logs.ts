/** Every replica's log as its events tell it: what is in memory, and what is durable. */

/** One store's log of one region. Terms by index; undefined where nothing is known. */
export class ReplicaLog {
  /** In memory. */
  readonly terms: (number | undefined)[] = [];
  /** On disk, synced. */
  readonly durable: (number | undefined)[] = [];
  lastIndex = 0;
  durableIndex = 0;
  /** All up to here was compacted, or came by snapshot. */
  truncatedIndex = 0;
  isLeader = false;

  /** An entry stands at `index` now, and what was there and after it is gone. */
  append(index: number, term: number): void {
    this.terms[index] = term;
    if (this.terms.length > index + 1) this.terms.length = index + 1;
    this.lastIndex = index;
    if (this.durableIndex >= index && this.durable[index] !== term) this.durableIndex = index - 1;
  }

  /** Memory and disk agree up to `index`. */
  persist(index: number): void {
    for (let at = index; at > this.truncatedIndex; at--) {
      if (at <= this.durableIndex && this.durable[at] === this.terms[at]) break;
      this.durable[at] = this.terms[at];
    }
    this.durableIndex = index;
  }

  /**
   * Back after a stop, with a log up to `lastIndex`, all of which recovery made durable: what was
   * durable before, and writes that survived without a sync.
   */
  recover(lastIndex: number): void {
    for (let at = this.durableIndex + 1; at <= lastIndex; at++) this.durable[at] = this.terms[at];
    this.durable.length = lastIndex + 1;
    this.terms.length = 0;
    for (let at = 0; at <= lastIndex; at++) this.terms[at] = this.durable[at];
    this.lastIndex = lastIndex;
    this.durableIndex = lastIndex;
    this.isLeader = false;
  }

  /** A snapshot took the log's place. */
  restore(index: number): void {
    this.terms.length = 0;
    this.durable.length = 0;
    this.lastIndex = index;
    this.durableIndex = index;
    this.truncatedIndex = index;
  }

  /** True if the entry is there, or below what the log still shows. */
  holds(index: number, term: number): boolean {
    if (index <= this.truncatedIndex) return true;
    if (index > this.lastIndex) return false;
    const known = this.terms[index];
    return known === undefined || known === term;
  }

  /** The same of the disk. */
  holdsDurably(index: number, term: number): boolean {
    if (index <= this.truncatedIndex) return true;
    if (index > this.durableIndex) return false;
    const known = this.durable[index];
    return known === undefined || known === term;
  }
}
