/**
 * What chance did to a run, by meaning: which message of a kind on a link was lost, which write of
 * a disk failed. Only what deviates from the default (nothing happens) is written down, so a
 * recorded run can be told again, and shrunk, without its draws.
 */
import { assert } from "./assert.ts";
import type { Stream } from "./random.ts";

/** One deviation: at the `n`th occurrence (from 0) of what `label` names, `value` came out. */
export type Decision = { readonly label: string; readonly n: number; readonly value: number };

/** "record" draws and notes; "replay" draws nothing and does exactly what the list says. */
export type DecisionMode =
  | { readonly kind: "record" }
  | { readonly kind: "replay"; readonly decisions: readonly Decision[] };

/** What is asked for: with which probability, and out of how many values. */
export type Odds = { readonly perMillion: number; readonly values: number };

/** The decisions of one run. */
export class Decisions {
  /** The deviations so far, in the order in which they were taken. */
  readonly taken: Decision[] = [];
  readonly #wanted: Map<string, Map<number, number>> | null;

  constructor(mode: DecisionMode) {
    this.#wanted = mode.kind === "replay" ? byLabel(mode.decisions) : null;
  }

  /** 0, the default, or a value from 1 to `odds.values`. Not called for odds of 0 in a record. */
  decide(label: string, n: number, stream: Stream, odds: Odds): number {
    const value =
      this.#wanted === null ? draw(stream, odds) : (this.#wanted.get(label)?.get(n) ?? 0);
    if (value > 0) this.taken.push({ label, n, value });
    return value;
  }

  /** Whether decisions come from a list instead of from chance. */
  get isReplay(): boolean {
    return this.#wanted !== null;
  }
}

/** The same without a record: one draw whether it happens, and one more for which value. */
export function draw(stream: Stream, { perMillion, values }: Odds): number {
  assert(perMillion >= 0 && perMillion <= 1_000_000, "odds are 0 to 1,000,000 in a million");
  if (!stream.chance(perMillion, 1_000_000)) return 0;
  return values === 1 ? 1 : stream.between(1, values);
}

function byLabel(decisions: readonly Decision[]): Map<string, Map<number, number>> {
  const wanted = new Map<string, Map<number, number>>();
  for (const { label, n, value } of decisions) {
    const known = wanted.get(label);
    if (known === undefined) wanted.set(label, new Map([[n, value]]));
    else known.set(n, value);
  }
  return wanted;
}
