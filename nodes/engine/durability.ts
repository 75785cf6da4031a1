/**
 * What is known durable of a store's two logs. Each log's frames carry the other's number as a
 * claim, so that damage to the last synced frames of one is contradicted by the other.
 */
import type { RegionId } from "../ids.ts";

/** Shared by the two engines of one store. Sequence numbers are frames, from 1; 0 is none. */
export class Durability {
  /** The Raft log's last durable frame. */
  log = 0;
  /** The key-value log's last durable frame. */
  wal = 0;
  readonly #applied = new Map<RegionId, number>();

  /** The applied index that a region cannot fall behind any more, whatever happens. */
  appliedIndex(region: RegionId): number {
    return this.#applied.get(region) ?? 0;
  }

  /** Records the applied indexes of a key-value state that has become durable. */
  setApplied(applied: ReadonlyMap<RegionId, number>): void {
    for (const [region, index] of applied) this.#applied.set(region, index);
  }
}

/** How many disk tokens a store's engines and their recovery use, from the first one given. */
export const engineTokens = 16;
