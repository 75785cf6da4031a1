/** Every replica's log as its events tell it: what is in memory, and what is durable. */

/** One store's log of one region. Terms by index; undefined where nothing is known. */
export class ReplicaLog {
  /** In memory. */
  readonly terms: (number | undefined)[] = [];
  /** On disk, synced. */
  readonly durable: (number | undefined)[] = [];
  readonly isVoter: boolean;
  lastIndex = 0;
  durableIndex = 0;
  /** All up to here came by snapshot. What a compaction took is known as it was. */
  truncatedIndex = 0;
  isLeader = false;
  /** When it was a leader last; -1: never. */
  ledUntilUs = -1;
  /** The last index that was applied, where any was. */
  applied: number | undefined = undefined;

  constructor(isVoter: boolean) {
    this.isVoter = isVoter;
  }

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
   * Back after a stop with a log up to `lastIndex`, all of it durable: recovery syncs what it
   * found, which may be more than was reported, and of terms that nobody told.
   */
  recover(lastIndex: number): void {
    const known = Math.min(lastIndex, this.durableIndex);
    this.terms.length = 0;
    this.durable.length = known + 1;
    for (let at = this.truncatedIndex + 1; at <= known; at++) this.terms[at] = this.durable[at];
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

  /** The term at an index, where it is known. */
  termAt(index: number): number | undefined {
    return index > this.truncatedIndex && index <= this.lastIndex ? this.terms[index] : undefined;
  }

  /** True if the entry is there, or came by snapshot, or nobody knows what is. */
  holds(index: number, term: number): boolean {
    if (index <= this.truncatedIndex) return true;
    return index <= this.lastIndex && (this.terms[index] ?? term) === term;
  }

  /** The same of the disk. */
  holdsDurably(index: number, term: number): boolean {
    if (index <= this.truncatedIndex) return true;
    return index <= this.durableIndex && (this.durable[index] ?? term) === term;
  }
}
