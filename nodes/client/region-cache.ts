/**
 * What a client believes about regions and their leaders. Source: client-rust src/region_cache.rs;
 * the leader rules are those of src/request/plan.rs.
 */
import { assert } from "../../sim/assert.ts";
import { containsKey, overlaps, peerOnStore, type Region } from "../region.ts";
import { RequestContext } from "../wire.ts";

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
  /** Whether a cache has it, and finds it for every key of the region. */
  isCached = false;
  #guess = 0;
  /** One for each store that was asked. */
  readonly #contexts: RequestContext[] = [];

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

  /** What a request to `store` says of the region. */
  contextFor(store: number): RequestContext {
    const contexts = this.#contexts;
    for (let at = 0; at < contexts.length; at++) {
      const known = contexts[at] as RequestContext;
      if (known.storeId === store) return known;
    }
    const { region } = this;
    const { id, version, confVer } = region;
    const peer = peerOnStore(region, store)?.id ?? 0;
    const made = new RequestContext(id, version, confVer, peer, store, 0, false);
    contexts.push(made);
    return made;
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
  /** In order of their starts; no two overlap (client-rust: RegionCache::add_region). */
  readonly #regions: CachedRegion[] = [];

  constructor(locator: Locator) {
    this.#locator = locator;
  }

  /** The cached region of a key, loaded from the locator when there is none. */
  find(key: string): CachedRegion {
    const cached = this.#regions[this.#lastFrom(key)];
    if (cached !== undefined && (cached.region.end === "" || key < cached.region.end)) {
      return cached;
    }
    const located = this.#locator.locate(key);
    const known = this.#regions.find(({ region }) => region.id === located.id);
    // Older news of a region than what a store reported: good for one question, not to keep.
    if (known !== undefined && known.region.version > located.version) {
      return new CachedRegion(located);
    }
    return this.#insert(located);
  }

  /** Takes over what a store reported, dropping what overlaps it. */
  install(regions: readonly Region[]): void {
    for (const region of regions) {
      const known = this.#regions.find((one) => one.region.id === region.id);
      if (known !== undefined && known.region.version > region.version) continue;
      this.#insert(region);
    }
  }

  /** Forgets a region: the next use asks the locator again, but keeps on guessing leaders. */
  drop(cached: CachedRegion): void {
    if (!cached.isCached) return;
    const fresh = this.#locator.locate(cached.region.start);
    if (fresh.id === cached.region.id && fresh.version === cached.region.version) cached.tryNext();
    else this.#remove(this.#regions.indexOf(cached));
  }

  #insert(region: Region): CachedRegion {
    const regions = this.#regions;
    for (let at = regions.length - 1; at >= 0; at--) {
      const one = (regions[at] as CachedRegion).region;
      if (one.id === region.id || overlaps(one, region)) this.#remove(at);
    }
    const cached = new CachedRegion(region);
    cached.isCached = true;
    regions.splice(this.#lastFrom(region.start) + 1, 0, cached);
    return cached;
  }

  #remove(at: number): void {
    const [cached] = this.#regions.splice(at, 1);
    assert(cached !== undefined, "a cached region is removed");
    cached.isCached = false;
  }

  /** The position of the last region that starts at or before a key, or -1. */
  #lastFrom(key: string): number {
    const regions = this.#regions;
    let [low, high] = [0, regions.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((regions[middle] as CachedRegion).region.start <= key) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
