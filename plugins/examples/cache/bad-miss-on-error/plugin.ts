/** A bad twin of the cache: what it cannot read counts as a miss. */
import type { Handler, PluginIdentity } from "../../../sdk/typescript/plugin.d.ts";
import { cacheHandler, soundActions } from "../script/cache.ts";

/** Who it is. */
export const plugin: PluginIdentity = { name: "cache", version: "1.0.0" };

/** Answers a request. */
export const handle: Handler = cacheHandler({
  ...soundActions,
  async get(request, ranges, storage) {
    try {
      return await soundActions.get(request, ranges, storage);
    } catch {
      // The bug: "a miss is only slower". But a split or a new leader looks like an empty cache,
      // and every client loads from the source at once instead of retrying.
      return { kind: "found", items: request.keys.map(() => ({ state: "absent" })) };
    }
  },
});
