/** A bad twin of the cache: it keeps what it served in memory. */
import type { Handler, PluginIdentity } from "../../../sdk/typescript/plugin.d.ts";
import { cacheHandler, soundActions } from "../script/cache.ts";
import type { CacheItem } from "../script/wire.ts";

/** Who it is. */
export const plugin: PluginIdentity = { name: "cache", version: "1.0.0" };

type Hit = Extract<CacheItem, { readonly state: "hit" }>;

/**
 * The bug: a node that no longer leads the region goes on serving what another node has replaced
 * or removed since.
 */
const hits = new Map<string, Hit>();

/** Answers a request. */
export const handle: Handler = cacheHandler({
  ...soundActions,
  async get(request, ranges, storage) {
    const { space, keys, now } = request;
    const known = keys.map((key) => hits.get(`${space}/${key}`));
    const fresh = known.filter((hit) => hit !== undefined && now < hit.expiresAt);
    if (fresh.length === keys.length) {
      return { kind: "found", items: fresh.filter((hit) => hit !== undefined) };
    }
    const response = await soundActions.get(request, ranges, storage);
    if (response.kind !== "found") return response;
    response.items.forEach((item, at) => {
      if (item.state === "hit") hits.set(`${space}/${keys[at]}`, item);
    });
    return response;
  },
});
