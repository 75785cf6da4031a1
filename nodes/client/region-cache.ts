/**
 * What a client believes about regions and their leaders. Source: client-rust src/region_cache.rs;
 * the leader rules are those of src/request/plan.rs.
 */
import { assert } from "../../sim/assert.ts";
import { containsKey, overlaps, type Region } from "../region.ts";

/** Tells where regions are: stands where the placement driver will be. */
export interface Locator {
  /** The region that holds `key`. */
  locate(key: string): Region;
}

/** A locator of a layout that never changes. `regions` cover the key space in order. */
export function fixedLocator(regions: readonly Region[]): Locator {
  return {
    locate: (key) => {
      const found = regions.find((region) => containsKey(region, key));
      assert(found !== undefined, "the layout covers the key space");
      return found;
    },
  };
}

/** A region as cached, with the store to ask: the leader if known, else the next guess. */
export class CachedRegion {
  readonly region: Region;
  /** The known leader's store, 0 = unknown. */
  leaderStore = 0;
  #guess = 0;

  constructor(region: Region) {
    this.region = region;
  }

  /** The store that the next request goes to. */
  target(): number {
    if (this.leaderStore !== 0) return this.leaderStore;
    const peer = this.region.peers[this.#guess % this.region.peers.length];
    assert(peer !== undefined, "a region has peers");
    return peer.store;
  }

  /** The store asked does not lead and does not know who does. */
  tryNext(): void {
    this.leaderStore = 0;
    this.#guess++;
  }
}

/** Cached regions, found by key. */
export class RegionCache {
  readonly #locator: Locator;
  readonly #byId = new Map<number, CachedRegion>();

  constructor(locator: Locator) {
    this.#locator = locator;
  }

  /** The cached region of a key, loaded from the locator when there is none. */
  find(key: string): CachedRegion {
    for (const cached of this.#byId.values()) {
      if (containsKey(cached.region, key)) return cached;
    }
    const located = this.#locator.locate(key);
    const known = this.#byId.get(located.id);
    // Older news of a region than what a store reported: good for one question, not to keep.
    if (known !== undefined && known.region.version > located.version) {
      return new CachedRegion(located);
    }
    return this.#insert(located);
  }

  /** Takes over what a store reported, dropping what overlaps it. */
  install(regions: readonly Region[]): void {
    for (const region of regions) {
      const known = this.#byId.get(region.id);
      if (known !== undefined && known.region.version > region.version) continue;
      for (const [id, cached] of this.#byId) {
        if (overlaps(cached.region, region)) this.#byId.delete(id);
      }
      this.#insert(region);
    }
  }

  /** Forgets a region: the next use asks the locator again, but keeps on guessing leaders. */
  drop(cached: CachedRegion): void {
    if (this.#byId.get(cached.region.id) !== cached) return;
    const fresh = this.#locator.locate(cached.region.start);
    if (fresh.id === cached.region.id && fresh.version === cached.region.version) cached.tryNext();
    else this.#byId.delete(cached.region.id);
  }

  #insert(region: Region): CachedRegion {
    const cached = new CachedRegion(region);
    this.#byId.set(region.id, cached);
    return cached;
  }
}
