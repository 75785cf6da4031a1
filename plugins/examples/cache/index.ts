/** The example plugin `cache` for its clients: wire format, merge and reference. */
export { type CacheResult, cacheRanges, mergeResponses, modelAnswer } from "./model.ts";
export { encodeRecord, recordKey } from "./script/records.ts";
export {
  type CacheEntry,
  type CacheItem,
  type CacheRequest,
  type CacheResponse,
  decodeRequest,
  decodeResponse,
  encodeRequest,
  type RecordName,
} from "./script/wire.ts";
