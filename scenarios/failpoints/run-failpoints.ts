/**
 * The failpoints of one run: what its plan sets from the start, until healing begins. One registry
 * for the cluster, so that counts are shared as in a TiKV test cluster, and one for each store that
 * the plan names.
 */
import {
  type Failpoint,
  type FailpointName,
  Failpoints,
  failpointCatalogue,
  type Place,
} from "../../failpoints/index.ts";
import type { FailpointSource } from "../../nodes/index.ts";
import type { PlannedFailpoint } from "../plan.ts";

export type RunFailpointsOptions = {
  readonly settings: readonly PlannedFailpoint[];
  /** Integers from 0 to 2^32 - 1 out of a stream of the run's own. */
  readonly draw: () => number;
};

/** Gives stores their handles. What a plan says of one store goes before what it says of all. */
export class RunFailpoints implements FailpointSource {
  readonly #shared: Failpoints<FailpointName>;
  readonly #ofStores = new Map<number, Failpoints<FailpointName>>();
  /** The names set for each of those stores. */
  readonly #ownNames = new Map<number, Set<string>>();

  /** Throws UserError "bad-failpoint" for an unknown name or actions that do not parse. */
  constructor({ settings, draw }: RunFailpointsOptions) {
    const catalogue = failpointCatalogue;
    this.#shared = new Failpoints({ catalogue, draw });
    for (const { name, actions, store } of settings) {
      if (store === 0) {
        this.#shared.configure(name, actions);
        continue;
      }
      const own = this.#ofStores.get(store) ?? new Failpoints({ catalogue, draw });
      this.#ofStores.set(store, own);
      own.configure(name, actions);
      const names = this.#ownNames.get(store) ?? new Set();
      this.#ownNames.set(store, names.add(name));
    }
  }

  handle(name: FailpointName, place: Place): Failpoint {
    const { storeId = 0 } = place;
    const own = this.#ofStores.get(storeId);
    const isOwn = own !== undefined && this.#ownNames.get(storeId)?.has(name) === true;
    return (isOwn ? own : this.#shared).handle(name, place);
  }

  /** Healing begins: nothing is set any more, and whoever is held goes on. */
  teardown(): void {
    this.#shared.teardown();
    for (const own of this.#ofStores.values()) own.teardown();
  }
}
