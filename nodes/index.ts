/** The system under test: a cluster of stores with Raft, RawKV and copr_v2, and its clients. */
export type { Operation, Outcome, Result } from "./client/operation.ts";
export { fixedLocator, RegionCache } from "./client/region-cache.ts";
export { shardsOf } from "./client/shards.ts";
export { Cluster, type ClusterOptions } from "./cluster.ts";
export { type ModelledKey, modelledKeys } from "./config/modelled-keys.ts";
export {
  type ConfigProblem,
  isConfigProblem,
  readSettings,
  settingsOf,
} from "./config/read-settings.ts";
export {
  type Config,
  type ConfigValue,
  defaultSettings,
  type Settings,
} from "./config/settings.ts";
export { knownTables, topKeys, unmodelledTables } from "./config/tikv-keys.ts";
export type { Fidelity } from "./copr/fidelity.ts";
export type { DirectoryOrder, InitialFile } from "./copr/plugin-directories.ts";
export { codeDigest } from "./copr/plugin-report.ts";
export { answerOfResponse, bodyOfCall, ErrorBox } from "./copr/raw-storage.ts";
export { EnginePool } from "./engine/index.ts";
export { type RegionError, regionErrorMessage } from "./errors.ts";
export { type RawReader, readInto } from "./raw/read.ts";
export { keyBytesDefault, keySizeError, mutationsOf, refusalOf } from "./raw/write.ts";
export { fixedLayout, type Region } from "./region.ts";
export { type FailpointSource, passedFailpoints } from "./store/points.ts";
export { type Timing, timings } from "./store/timing.ts";
export { isWrite, Request, RequestBody, RequestContext, Response } from "./wire.ts";
export { wireCodec } from "./wire-codec.ts";
