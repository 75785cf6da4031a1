/** Reads that wait for a quorum (ReadIndex) and then for the apply of their index. */
import type { Waiter } from "./waiter.ts";

/** A read that went out under its context; `index` -1 until the quorum answered. */
type Round = {
  readonly context: number;
  readonly stampUs: number;
  readonly waiter: Waiter;
  index: number;
  ticks: number;
};

export class Reads {
  #rounds: Round[] = [];

  get count(): number {
    return this.#rounds.length;
  }

  /** A new round. `stampUs` is the monotonic clock before it is sent. */
  add(context: number, stampUs: number, waiter: Waiter): void {
    this.#rounds.push({ context, stampUs, waiter, index: -1, ticks: 0 });
  }

  /** The quorum answered: returns the round's stamp, or null for a round that is gone. */
  confirm(context: number, index: number): number | null {
    const round = this.#rounds.find((one) => one.context === context);
    if (round === undefined || round.index >= 0) return null;
    round.index = index;
    return round.stampUs;
  }

  /** Takes out what may be answered with the state at `appliedIndex`. */
  takeReady(appliedIndex: number): readonly Waiter[] {
    const ready: Waiter[] = [];
    const waiting: Round[] = [];
    for (const round of this.#rounds) {
      if (round.index >= 0 && round.index <= appliedIndex) ready.push(round.waiter);
      else waiting.push(round);
    }
    this.#rounds = waiting;
    return ready;
  }

  /** True if anything may be answered with the state at `appliedIndex`: mostly not. */
  hasReady(appliedIndex: number): boolean {
    const rounds = this.#rounds;
    for (let at = 0; at < rounds.length; at++) {
      const { index } = rounds[at] as Round;
      if (index >= 0 && index <= appliedIndex) return true;
    }
    return false;
  }

  /** Takes out what was not confirmed: the peer does not lead any more. */
  takeUnconfirmed(): readonly Waiter[] {
    if (this.#rounds.length === 0) return none;
    const lost = this.#rounds.filter(({ index }) => index < 0);
    this.#rounds = this.#rounds.filter(({ index }) => index >= 0);
    return lost.map(({ waiter }) => waiter);
  }

  /** Counts a tick; returns the contexts whose answer is overdue, to be asked again. */
  overdue(ticks: number): readonly number[] {
    const contexts: number[] = [];
    for (const round of this.#rounds) {
      if (round.index >= 0 || ++round.ticks < ticks) continue;
      round.ticks = 0;
      contexts.push(round.context);
    }
    return contexts;
  }
}

const none: readonly Waiter[] = [];
