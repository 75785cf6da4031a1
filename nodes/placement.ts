/**
 * What stands for the placement driver: it knows the regions that leaders tell it of, and gives out
 * ids. It moves and splits nothing by itself. Its news are never lost and never late, as they would
 * be of a process of its own. Source: tikv/pd pkg/core/region.go (a region of a lower version is
 * stale), server/grpc_service.go (AskBatchSplit).
 */
import { assert } from "../sim/assert.ts";
import type { Locator } from "./client/region-cache.ts";
import { containsKey, type Region } from "./region.ts";
import type { Placement } from "./store/store.ts";

export class PlacementDriver implements Placement, Locator {
  /** By id, as of the highest version heard of. */
  readonly #regions = new Map<number, Region>();
  /** What they were before: the answer for keys of a new region until it is heard of. */
  readonly #stale: Region[] = [];
  readonly #layout: readonly Region[];
  #lastRegion = 0;
  #hasChanged = false;

  /** `layout`: what the cluster begins with, in key order. */
  constructor(layout: readonly Region[]) {
    this.#layout = layout;
    for (const region of layout) this.#learn(region);
  }

  /** All regions that are known, in order of their ids. */
  get regions(): readonly Region[] {
    return [...this.#regions.values()];
  }

  heartbeat(region: Region): void {
    const known = this.#regions.get(region.id);
    if (known !== undefined && known.version >= region.version) return;
    this.#hasChanged = true;
    this.#learn(region);
  }

  askSplit(region: Region): { readonly newRegion: number; readonly newPeers: readonly number[] } {
    const newRegion = ++this.#lastRegion;
    const newPeers = region.peers.map(({ store }) => newRegion * 100 + store);
    return { newRegion, newPeers };
  }

  locate(key: string): Region {
    if (!this.#hasChanged) return this.#locateFirst(key);
    let found: Region | undefined;
    for (const region of this.#regions.values()) found = newer(found, region, key);
    for (const region of this.#stale) found = newer(found, region, key);
    assert(found !== undefined, "the regions cover the key space");
    return found;
  }

  /** While nothing was split, the layout is right: a search, because retries ask often. */
  #locateFirst(key: string): Region {
    const layout = this.#layout;
    let [low, high] = [0, layout.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((layout[middle] as Region).start <= key) low = middle + 1;
      else high = middle;
    }
    const found = layout[low - 1];
    assert(found !== undefined && containsKey(found, key), "the regions cover the key space");
    return found;
  }

  #learn(region: Region): void {
    const before = this.#regions.get(region.id);
    if (before !== undefined) this.#stale.push(before);
    this.#regions.set(region.id, region);
    this.#lastRegion = Math.max(this.#lastRegion, region.id);
  }
}

/** The later one of two regions that held a key. */
function newer(found: Region | undefined, region: Region, key: string): Region | undefined {
  if (found !== undefined && region.version <= found.version) return found;
  return containsKey(region, key) ? region : found;
}
