/** The system under test: a cluster of stores with Raft, RawKV and copr_v2, and its clients. */
export type { Operation, Outcome, Result } from "./client/operation.ts";
export { Cluster, type ClusterOptions } from "./cluster.ts";
export { codeDigest, type PluginFile } from "./copr/registry.ts";
export { EnginePool } from "./engine/index.ts";
export { fixedLayout, type Region } from "./region.ts";
export { type Timing, timings } from "./store/timing.ts";
