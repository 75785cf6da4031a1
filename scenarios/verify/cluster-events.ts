/** Listening to a run in the simulated cluster: the events of some kinds, by store. */
import type { JudgeFactory } from "../judge.ts";

/** One event. `store` 0: a client, or nobody. */
export type ClusterEvent = {
  readonly kind: number;
  readonly store: number;
  readonly timeUs: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
};

/** A judge that never convicts: it keeps what it hears, in order. */
export function listener(kinds: readonly number[]): {
  readonly factory: JudgeFactory;
  readonly events: readonly ClusterEvent[];
} {
  const events: ClusterEvent[] = [];
  const factory: JudgeFactory = ({ stores }) => {
    const storeOf = new Map(stores.map(({ store, process }) => [process, store]));
    return {
      property: "verify",
      sentence: "keeps what it hears",
      kinds,
      event: (kind, process, a, b, c, d, timeUs) => {
        events.push({ kind, store: storeOf.get(process) ?? 0, timeUs, a, b, c, d });
      },
      finish: () => {},
      violation: null,
      checks: 0,
    };
  };
  return { factory, events };
}
