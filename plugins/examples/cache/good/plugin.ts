/** The cache plugin, as it should be. */
import type { Handler, PluginIdentity } from "../../../sdk/typescript/plugin.d.ts";
import { cacheHandler, soundActions } from "../script/cache.ts";

/** Who it is. */
export const plugin: PluginIdentity = { name: "cache", version: "1.0.0" };

/** Answers a request. */
export const handle: Handler = cacheHandler(soundActions);
