/**
 * The failpoints of one simulation. fail-rs keeps one registry for the process; here each
 * simulation has its own, so runs never disturb each other, and all stores of it share the points,
 * as the nodes of a TiKV test cluster do.
 */
import { assert } from "../sim/assert.ts";
import { type FailpointSetting, requireActions, requireKnown, sortByName } from "./environment.ts";
import { arm, armCallback, Failpoint } from "./failpoint.ts";
import type { FailpointCatalogue, Place } from "./points.ts";

export type FailpointsOptions<Name extends string> = {
  readonly catalogue: FailpointCatalogue<Name>;
  /** Integers from 0 to 2^32 - 1 out of the seed's stream; asked for chances below 100% alone. */
  readonly draw: () => number;
};

/** The registry: configure, remove, list, teardown, and handles for the code. */
export class Failpoints<Name extends string> {
  readonly #catalogue: FailpointCatalogue<Name>;
  readonly #draw: () => number;
  readonly #points = new Map<string, Failpoint>();
  /** The action string of each set point, as written. */
  readonly #written = new Map<string, string>();

  constructor({ catalogue, draw }: FailpointsOptions<Name>) {
    this.#catalogue = catalogue;
    this.#draw = draw;
  }

  /**
   * The point of a name, to be resolved once, when a store or peer is built. Where the point
   * concerns one store, region or peer only, and `place` is another, it is one that is never set.
   */
  handle(name: Name, place: Place = {}): Failpoint {
    const { only } = this.#catalogue[name];
    return only === null || isAt(name, only, place) ? this.#point(name) : this.#make(name);
  }

  /**
   * Sets the actions of a point, in place of those it has; counts begin anew, and whoever is paused
   * there goes on. Throws UserError "bad-failpoint" for an unknown name or actions that do not
   * parse; then nothing has changed.
   */
  configure(name: string, actions: string): void {
    const where = `failpoint ${name}`;
    requireKnown({ name, where, catalogue: this.#catalogue });
    const parsed = requireActions({ name, actions, where });
    this.#written.set(name, actions);
    this.#point(name).change(parsed.map((action) => arm(action, name)));
  }

  /** Runs `callback` whenever the code comes to the point, which then continues. */
  configureCallback(name: Name, callback: () => void): void {
    this.#written.set(name, "callback");
    this.#point(name).change([armCallback(callback)]);
  }

  /**
   * Unsets a point and lets go whoever is paused there; nothing happens if it is not set. Throws
   * UserError "bad-failpoint" for an unknown name.
   */
  remove(name: string): void {
    requireKnown({ name, where: `failpoint ${name}`, catalogue: this.#catalogue });
    if (this.#written.delete(name)) this.#point(name).change(null);
  }

  /** The set points with their actions as written, sorted by name. */
  list(): readonly FailpointSetting[] {
    return sortByName([...this.#written].map(([name, actions]) => ({ name, actions })));
  }

  /** Unsets every point, in order of names: the simulation ends or begins to heal. */
  teardown(): void {
    for (const { name } of this.list()) this.remove(name);
  }

  #point(name: string): Failpoint {
    const known = this.#points.get(name);
    if (known !== undefined) return known;
    const made = this.#make(name);
    this.#points.set(name, made);
    return made;
  }

  #make(name: string): Failpoint {
    const catalogue: FailpointCatalogue = this.#catalogue;
    const mayReturn = (catalogue[name]?.returns ?? null) !== null;
    return new Failpoint({ name, mayReturn, draw: this.#draw });
  }
}

/** True if a point that concerns `only` this store, region or peer is asked for in its place. */
function isAt(name: string, only: Place, place: Place): boolean {
  for (const key of ["storeId", "regionId", "peerId"] as const) {
    if (only[key] === undefined) continue;
    assert(place[key] !== undefined, `the handle of ${name} is asked for with a ${key}`);
    if (only[key] !== place[key]) return false;
  }
  return true;
}
