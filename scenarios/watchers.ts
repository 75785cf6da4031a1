/** How what happens in a run reaches those who watch it: each hears the kinds that it names. */
import type { Observer } from "../sim/index.ts";
import type { Watcher } from "./judge.ts";

/** Those who watch one run. */
export class Watchers implements Observer {
  readonly #clock: { readonly nowUs: number };
  /** Who hears a kind stands in `#hearing` from `#starts[kind]` on, before `#starts[kind + 1]`. */
  readonly #starts: Uint16Array;
  readonly #hearing: readonly Watcher[];
  /** Their methods: one look-up less for each event. */
  readonly #methods: readonly Watcher["event"][];

  constructor(clock: { readonly nowUs: number }, watchers: readonly Watcher[]) {
    this.#clock = clock;
    const ears = watchers.map((watcher) => ({ watcher, kinds: watcher.kinds }));
    const kinds = ears.flatMap((one) => one.kinds);
    const starts = new Uint16Array(Math.max(-1, ...kinds) + 2);
    for (const kind of kinds) starts[kind + 1] = (starts[kind + 1] as number) + 1;
    for (let kind = 1; kind < starts.length; kind++) {
      starts[kind] = (starts[kind] as number) + (starts[kind - 1] as number);
    }
    this.#starts = starts;
    // Filled in the order of the watchers, each kind from its start on.
    const next = starts.slice();
    const hearing = new Array<Watcher>(kinds.length);
    for (const { watcher, kinds: own } of ears) {
      for (const kind of own) {
        const at = next[kind] as number;
        hearing[at] = watcher;
        next[kind] = at + 1;
      }
    }
    this.#hearing = hearing;
    this.#methods = hearing.map(({ event }) => event);
  }

  /** Tells everybody who wants to hear of it, in order. */
  event(kind: number, process: number, a: number, b: number, c: number, d: number): void {
    const { nowUs } = this.#clock;
    const end = this.#starts[kind + 1] ?? 0;
    for (let at = this.#starts[kind] ?? 0; at < end; at++) {
      const method = this.#methods[at] as Watcher["event"];
      method.call(this.#hearing[at] as Watcher, kind, process, a, b, c, d, nowUs);
    }
  }
}
