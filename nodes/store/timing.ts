/**
 * Timing profiles. `fast` keeps TiKV's proportions at a tenth of its times, so that 15 simulated
 * seconds hold elections, leases and log GC; `tikv` has TiKV's own figures.
 * Source: TiKV components/raftstore/src/store/config.rs; tikv-semantics.md section 5.
 */
export type Timing = {
  readonly tickUs: number;
  readonly electionTicks: number;
  readonly heartbeatTicks: number;
  /** raft-store-max-leader-lease. At most the election timeout less one tick. */
  readonly leaseUs: number;
  /** What clocks of 200 ppm drift, one slow and one fast, can steal from a lease. */
  readonly leaseMarginUs: number;
  /** raft-read-index-retry-interval-ticks. */
  readonly readRetryTicks: number;
  readonly logGcTicks: number;
  /** raft-log-gc-threshold: fewer entries than this may wait. */
  readonly logGcThreshold: number;
  /** raft-log-gc-count-limit: above it lagging peers are forced onto snapshots. */
  readonly logGcCountLimit: number;
  /** raft-log-reserve-max-ticks: how many log GC rounds the threshold may hold up. */
  readonly logReserveRounds: number;
  /** Ticks between two checkpoints of the key-value engine. */
  readonly checkpointTicks: number;
  /** Ticks between two replica checksums proposed by a leader, 0 = never. */
  readonly checksumTicks: number;
  /** A client's RPC deadline (client-rust: 2 s) and the deadline of an operation. */
  readonly rpcTimeoutUs: number;
  readonly deadlineUs: number;
  /** The delay of the plugin directory's watcher, fixed in TiKV. */
  readonly watcherDelayUs: number;
};

export const timings: Readonly<Record<"fast" | "tikv", Timing>> = {
  fast: {
    tickUs: 100_000,
    electionTicks: 10,
    heartbeatTicks: 2,
    leaseUs: 900_000,
    leaseMarginUs: 400,
    readRetryTicks: 4,
    logGcTicks: 10,
    logGcThreshold: 20,
    logGcCountLimit: 60,
    logReserveRounds: 3,
    checkpointTicks: 40,
    checksumTicks: 20,
    rpcTimeoutUs: 1_000_000,
    deadlineUs: 4_000_000,
    watcherDelayUs: 3_000_000,
  },
  tikv: {
    tickUs: 1_000_000,
    electionTicks: 10,
    heartbeatTicks: 2,
    leaseUs: 9_000_000,
    leaseMarginUs: 4_000,
    readRetryTicks: 4,
    logGcTicks: 3,
    logGcThreshold: 50,
    logGcCountLimit: 196_608,
    logReserveRounds: 6,
    checkpointTicks: 60,
    checksumTicks: 60,
    rpcTimeoutUs: 2_000_000,
    deadlineUs: 30_000_000,
    watcherDelayUs: 3_000_000,
  },
};
