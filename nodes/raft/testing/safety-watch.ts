/**
 * Raft's claims (thesis figure 3.2), checked from outside on what peers show: their role, term,
 * log and commit index. Written against the claims alone: nothing here is shared with the core.
 */

/** What the watch needs to see of a peer. */
export interface Visible {
  readonly id: number;
  readonly role: string;
  readonly term: number;
  readonly vote: number;
  readonly commit: number;
  readonly applied: number;
  readonly firstIndex: number;
  readonly lastIndex: number;
  entry(index: number): { readonly term: number; readonly data: unknown; readonly change: unknown };
}

type Seen = { readonly data: unknown; readonly change: unknown; readonly before: number };

/** A claim that did not hold. */
export class Unsafe extends Error {
  override readonly name = "Unsafe";
}

export class SafetyWatch {
  /** The highest index known to be committed anywhere. */
  committedIndex = 0;
  readonly #leaders = new Map<number, number>();
  readonly #entries = new Map<string, Seen>();
  // By index: the term of the committed entry, and the lowest term in which a peer knew it.
  readonly #committed: { readonly term: number; readonly knownIn: number }[] = [];
  readonly #lines: string[] = [];
  readonly #last = new Map<number, { readonly term: number; readonly commit: number }>();

  /** Checks all claims on one peer. */
  look(peer: Visible): void {
    this.#monotone(peer);
    this.#logMatching(peer);
    this.#commits(peer);
    if (peer.role === "leader") this.#leader(peer);
  }

  /** A restart may forget how far it was committed, never its term. */
  restarted(id: number): void {
    const last = this.#last.get(id);
    if (last !== undefined) this.#last.set(id, { term: 0, commit: 0 });
  }

  /** State machine safety: one index, one command, on every peer. */
  applied(id: number, index: number, line: string): void {
    const before = this.#lines[index];
    if (before === undefined) this.#lines[index] = line;
    else if (before !== line) {
      throw new Unsafe(
        `state machine safety: peer ${id} applied ${line} at ${index}, not ${before}`,
      );
    }
  }

  /** A read sees what was committed anywhere when it was asked. */
  readAnswered(index: number, committedWhenAsked: number): void {
    if (index < committedWhenAsked) {
      throw new Unsafe(
        `linearizable reads: index ${index}, but ${committedWhenAsked} was committed`,
      );
    }
  }

  #monotone({ id, term, commit, applied, lastIndex }: Visible): void {
    const last = this.#last.get(id);
    if (last !== undefined && (term < last.term || commit < last.commit)) {
      throw new Unsafe(`peer ${id}: term or commit went back`);
    }
    if (applied > commit || commit > lastIndex) {
      throw new Unsafe(`peer ${id}: applied ${applied}, commit ${commit}, last ${lastIndex}`);
    }
    this.#last.set(id, { term, commit });
  }

  // One (index, term) has one content and one predecessor: by induction, whole prefixes agree.
  #logMatching(peer: Visible): void {
    let before = -1;
    for (let index = peer.firstIndex; index <= peer.lastIndex; index += 1) {
      const { term, data, change } = peer.entry(index);
      if (term > peer.term || term < before) {
        throw new Unsafe(`peer ${peer.id}: term ${term} at ${index} after ${before}`);
      }
      const key = `${index} ${term}`;
      const seen = this.#entries.get(key);
      if (seen === undefined) this.#entries.set(key, { data, change, before });
      else {
        const differs = seen.data !== data || seen.change !== change;
        const known = before >= 0 && seen.before >= 0;
        if (differs || (known && seen.before !== before)) {
          throw new Unsafe(`log matching: peer ${peer.id} differs at ${key}`);
        }
        if (seen.before < 0 && before >= 0) this.#entries.set(key, { data, change, before });
      }
      before = term;
    }
  }

  #commits(peer: Visible): void {
    for (let index = peer.firstIndex; index <= peer.commit; index += 1) {
      const { term } = peer.entry(index);
      const known = this.#committed[index];
      if (known === undefined) {
        this.#committed[index] = { term, knownIn: peer.term };
        this.committedIndex = Math.max(this.committedIndex, index);
      } else if (known.term !== term) {
        throw new Unsafe(`peer ${peer.id} committed term ${term} at ${index}, not ${known.term}`);
      } else if (peer.term < known.knownIn) {
        this.#committed[index] = { term, knownIn: peer.term };
      }
    }
  }

  #leader(peer: Visible): void {
    const known = this.#leaders.get(peer.term);
    if (known !== undefined && known !== peer.id) {
      throw new Unsafe(`election safety: ${known} and ${peer.id} lead term ${peer.term}`);
    }
    this.#leaders.set(peer.term, peer.id);
    // Leader completeness: what was committed in earlier terms is in the log of later leaders.
    for (let index = peer.firstIndex; index < this.#committed.length; index += 1) {
      const committed = this.#committed[index];
      if (committed === undefined || committed.knownIn >= peer.term) continue;
      if (index > peer.lastIndex || peer.entry(index).term !== committed.term) {
        throw new Unsafe(`leader completeness: ${peer.id} in term ${peer.term} lacks ${index}`);
      }
    }
  }
}
