/**
 * The trait surface of `coprocessor_plugin_api`, as text and as a hash. TiKV compares version
 * strings only, and 0.1.0 has named two surfaces: `RawStorage::scan` gave values until tikv#15247
 * (2023-08) and gives pairs since. A plugin of the one on a TiKV of the other loads, and is lost.
 * Source: TiKV components/coprocessor_plugin_api/src/{plugin_api,storage_api}.rs.
 */
import { digestText } from "../../sim/bytes.ts";

const methods = (scanned: string): readonly string[] => [
  "CoprocessorPlugin::on_raw_coprocessor_request(Vec<Range<Key>>, RawRequest, &dyn RawStorage)" +
    " -> PluginResult<RawResponse>",
  "RawStorage::get(Key) -> PluginResult<Option<Value>>",
  "RawStorage::batch_get(Vec<Key>) -> PluginResult<Vec<KvPair>>",
  `RawStorage::scan(Range<Key>) -> PluginResult<Vec<${scanned}>>`,
  "RawStorage::put(Key, Value) -> PluginResult<()>",
  "RawStorage::batch_put(Vec<KvPair>) -> PluginResult<()>",
  "RawStorage::delete(Key) -> PluginResult<()>",
  "RawStorage::batch_delete(Vec<Key>) -> PluginResult<()>",
  "RawStorage::delete_range(Range<Key>) -> PluginResult<()>",
];

/** 32 bits of a surface's lines as eight hexadecimal digits: to tell them apart, no signature. */
export function surfaceHash(lines: readonly string[]): string {
  return (digestText(lines.join("\n")) >>> 0).toString(16).padStart(8, "0");
}

/** The surface that the hosts of this project offer: api 0.1.0 since tikv#15247. */
export const hostSurface: string = surfaceHash(methods("KvPair"));
/** The surface of the same version number before tikv#15247. */
export const oldSurface: string = surfaceHash(methods("Value"));
