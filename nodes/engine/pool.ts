/**
 * Opened memory-level instances, made before a run and used again by later ones: opening takes
 * promises, of which a run has none, and the constructor costs 55 us (prototypes.md A).
 */
import { assert } from "../../sim/assert.ts";
import { LiveStore } from "./live-store.ts";

/** A pool for the worlds that one thread runs one after another. */
export class EnginePool {
  readonly #onFailure: (error: unknown) => void;
  readonly #free: LiveStore[] = [];
  readonly #owned = new Map<number, LiveStore>();

  /** `onFailure` must stop the test bed: it hears of a memory-level batch that failed. */
  constructor({ onFailure }: { readonly onFailure: (error: unknown) => void }) {
    this.#onFailure = onFailure;
  }

  /** Makes sure that `count` owners can be served. Before a run, never inside. */
  async prepare(count: number): Promise<void> {
    for (let have = this.#free.length + this.#owned.size; have < count; have++) {
      const store = new LiveStore(this.#onFailure);
      await store.open();
      this.#free.push(store);
    }
  }

  /**
   * An empty instance for `owner` (a process id). What the owner held before it crashed is given
   * back and wiped on the way. Throws when the pool was not prepared for so many owners.
   */
  take(owner: number): LiveStore {
    this.giveBack(owner);
    const store = this.#free.pop();
    assert(store !== undefined, "the pool was prepared for as many owners as there are");
    store.wipe();
    this.#owned.set(owner, store);
    return store;
  }

  /** Takes back what `owner` holds, if anything. Its former holder must not use it any more. */
  giveBack(owner: number): void {
    const store = this.#owned.get(owner);
    if (store === undefined) return;
    this.#owned.delete(owner);
    this.#free.push(store);
  }

  /** Takes everything back: after a run. */
  giveBackAll(): void {
    for (const owner of [...this.#owned.keys()]) this.giveBack(owner);
  }
}
