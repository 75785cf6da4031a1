/**
 * The world that everything runs in: virtual time, chance, processes, network, disks, clocks, and
 * the hash by which two runs are compared. Knows nothing of Raft or TiKV.
 */
export { type ClockFault, clockFaults, type MachineClock, monotonicDriftMaxPpm } from "./clock.ts";
export type { Codec } from "./codec.ts";
export type { Decision, DecisionMode } from "./decisions.ts";
export type { DiskDefaults } from "./disk/disk.ts";
export { type DiskFault, type DiskFaults, type DiskWork, diskFaults } from "./disk/faults.ts";
export type { Failure, Limits, Stop } from "./dispatcher.ts";
export {
  eventKindsFrom,
  type KernelEvent,
  kernelEvents,
  noProcess,
  type Observer,
} from "./events.ts";
export { DeterminismError, guarded, unguarded } from "./guard.ts";
export type { ProcessSetup } from "./host.ts";
export type { Death } from "./lifecycle.ts";
export type { NetworkFaults, Spread } from "./network/faults.ts";
export type { NetworkDefaults, NetworkTotals } from "./network/network.ts";
export {
  type CutId,
  type Latency,
  type NetworkFault,
  networkFaults,
  type Scope,
  type Where,
} from "./network/rules.ts";
export * as operations from "./operation.ts";
export type * from "./process.ts";
export {
  type Draw,
  type DrawDifference,
  DrawRecord,
  firstDrawDifference,
  Randomness,
  Stream,
} from "./random.ts";
export type { StrategyChoice } from "./scheduler/strategy.ts";
export {
  type Checkpoint,
  type Difference,
  firstDifference,
  Trace,
  type TraceRow,
} from "./trace.ts";
export { World, type WorldOptions } from "./world.ts";
