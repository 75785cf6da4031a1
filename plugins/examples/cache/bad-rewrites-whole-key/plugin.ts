/** A bad twin of the cache: it writes back what it has read. */
import type { Handler, PluginIdentity } from "../../../sdk/typescript/plugin.d.ts";
import { cacheHandler, recordsOf, soundActions } from "../script/cache.ts";
import { clip, encodeRecord, isInside, keySpan, recordKey } from "../script/records.ts";

/** Who it is. */
export const plugin: PluginIdentity = { name: "cache", version: "1.0.0" };

/** Answers a request. */
export const handle: Handler = cacheHandler({
  ...soundActions,
  async set({ space, entries }, ranges, storage) {
    const own = entries.filter((entry) => isInside(ranges, recordKey(space, entry)));
    for (const entry of own) {
      const span = keySpan(space, entry.key);
      const known = (await recordsOf(space, span, ranges, storage)).flat();
      const others = known.filter(({ version }) => version !== entry.version);
      const all = [...others, entry].map((record) => ({
        key: recordKey(space, record),
        value: encodeRecord(record),
      }));
      // The bug: a version that another request has put since the scan is gone.
      for (const range of ranges) {
        const place = clip(span, range);
        if (place !== null) await storage.deleteRange(place);
      }
      await storage.batchPut(all);
    }
    return { kind: "written", applied: own.length };
  },
});
