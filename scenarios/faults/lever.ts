/**
 * A lever: one thing that can be out of order in one place. Faults that pull the same lever at the
 * same time stack: the latest holds, and when it ends, the one before it holds again.
 */
import { assert } from "../../sim/assert.ts";

/** Ends what one fault began. Called once. */
export type Undo = () => void;

/** How a lever is pulled, and how everything is put right. */
export type Pull = { readonly apply: () => void; readonly clear: () => void };

/** All levers of a run, by name. */
export class Levers {
  readonly #pulls = new Map<string, Pull[]>();

  /** Pulls the lever of a name. */
  pull(name: string, pull: Pull): Undo {
    const pulls = this.#pulls.get(name) ?? [];
    this.#pulls.set(name, pulls);
    pulls.push(pull);
    pull.apply();
    return () => {
      const at = pulls.indexOf(pull);
      assert(at >= 0, "a fault is undone once");
      pulls.splice(at, 1);
      pull.clear();
      pulls.at(-1)?.apply();
    };
  }
}
