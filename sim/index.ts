/**
 * The world that everything runs in: virtual time, chance, processes, network, disk, clocks, and
 * the hash by which two runs are compared. Knows nothing of Raft or TiKV.
 */
export { eventKindsFrom, kernelEvents, noProcess, type Observer } from "./events.ts";
export type * from "./process.ts";
export { type Draw, DrawRecord, Randomness, Stream } from "./random.ts";
export type { StrategyChoice } from "./scheduler/strategy.ts";
export { type Difference, firstDifference, Trace, type TraceRow } from "./trace.ts";
export {
  type Death,
  type Failure,
  type Limits,
  type Stop,
  World,
  type WorldOptions,
} from "./world.ts";
