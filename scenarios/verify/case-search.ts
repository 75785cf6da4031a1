/** The search of one check for a case that fails: it can rest and go on, case after case. */
import type { VerifyCase } from "./case.ts";
import type { Check, Complaint, DrawOptions, Seen, Subject } from "./check.ts";

/** A case that fails, as it was found. */
export type FoundCase = { readonly one: VerifyCase; readonly complaint: Complaint };

export type CaseSearchOptions = {
  readonly subject: Subject;
  readonly check: Check;
  readonly draws: DrawOptions;
  readonly seen: Seen;
  /** Milliseconds since some moment. */
  readonly clockMs: () => number;
  /** Gives the event loop a turn. */
  readonly turn: () => Promise<void>;
  /** The user wants an end. */
  readonly stops: () => boolean;
};

export class CaseSearch {
  readonly #options: CaseSearchOptions;
  #cases: Iterator<VerifyCase> | null = null;
  #count = 0;
  #isComplete = false;
  #found: FoundCase | null = null;
  #foundAtMs: number | null = null;

  constructor(options: CaseSearchOptions) {
    this.#options = options;
  }

  /** Cases that were judged. */
  get count(): number {
    return this.#count;
  }

  /** Nothing is left to judge: all cases, or one that fails where that is enough. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** The first case that fails. */
  get found(): FoundCase | null {
    return this.#found;
  }

  /** When it was found, by the clock. */
  get foundAtMs(): number | null {
    return this.#foundAtMs;
  }

  /** Goes on until a time, or an end that the user wants. */
  async goOnUntil(endMs: number): Promise<void> {
    const { check, subject, draws, seen, clockMs, turn, stops } = this.#options;
    this.#cases ??= check.cases(subject, draws)[Symbol.iterator]();
    let turnedMs = clockMs();
    while (!this.#isComplete) {
      const nowMs = clockMs();
      if (nowMs - turnedMs > 50) {
        await turn();
        turnedMs = nowMs;
      }
      if (stops() || nowMs > endMs) return;
      const next = this.#cases.next();
      if (next.done === true) {
        this.#isComplete = true;
        return;
      }
      const complaint = check.judge(subject, next.value, seen);
      subject.release();
      this.#count++;
      if (complaint === null || this.#found !== null) continue;
      this.#found = { one: next.value, complaint };
      this.#foundAtMs = clockMs();
      if (!check.exhaustive) this.#isComplete = true;
    }
  }
}
