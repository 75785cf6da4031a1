/** A bad twin of the cache: it looks at the node's clock. */
import type { Handler, PluginIdentity } from "../../../sdk/typescript/plugin.d.ts";
import { cacheHandler, soundActions } from "../script/cache.ts";

/** Who it is. */
export const plugin: PluginIdentity = { name: "cache", version: "1.0.0" };

/** Answers a request. */
export const handle: Handler = cacheHandler({
  ...soundActions,
  async get(request, ranges, storage) {
    // The bug: two nodes, or one retry, see two times. A sandbox has no clock at all, so it panics.
    const now = BigInt(Date.now());
    return soundActions.get({ ...request, now }, ranges, storage);
  },
});
