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
    const byKind: Watcher[][] = [];
    for (const watcher of watchers) {
      for (const kind of watcher.kinds) {
        while (byKind.length <= kind) byKind.push([]);
        byKind[kind]?.push(watcher);
      }
    }
    this.#hearing = byKind.flat();
    this.#methods = this.#hearing.map(({ event }) => event);
    this.#starts = new Uint16Array(byKind.length + 1);
    for (const [kind, { length }] of byKind.entries()) {
      this.#starts[kind + 1] = (this.#starts[kind] ?? 0) + length;
    }
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
