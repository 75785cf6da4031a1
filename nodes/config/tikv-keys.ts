/**
 * The keys of tikv.toml that TiKV knows, so that a misspelt one is told from one that this model
 * leaves out. Source: the configuration structs of TiKV at 8e96471 (src/config/mod.rs,
 * components/raftstore/src/store/config.rs, src/server/config.rs, src/coprocessor_v2/config.rs).
 */

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Keys outside of any table. */
export const topKeys: ReadonlySet<string> = words(`
  log-level log-file log-format log-rotation-timespan log-rotation-size slow-log-file
  slow-log-threshold panic-when-unexpected-key-or-data enable-io-snoop abort-on-panic
  memory-usage-limit memory-usage-high-water
`);

/** Tables of which nothing is modelled: their keys are not looked at. */
export const unmodelledTables: ReadonlySet<string> = words(`
  log memory quota readpool pd metric coprocessor rocksdb raftdb raft-engine security
  import backup log-backup pessimistic-txn gc split cdc resolved-ts resource-metering causal-ts
  resource-control in-memory-engine
`);

/** Tables of which something is modelled, with all their keys. */
export const knownTables: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  [
    "storage",
    words(`
      api-version background-error-recovery-window block-cache data-dir enable-async-apply-prewrite
      enable-ttl engine flow-control gc-ratio-threshold io-rate-limit max-key-size max-ts
      memory-quota reserve-raft-space reserve-space scheduler-concurrency
      scheduler-pending-write-threshold scheduler-worker-pool-size ttl-check-poll-interval
      txn-status-cache-capacity
    `),
  ],
  [
    "raftstore",
    words(`
      abnormal-leader-missing-duration adaptive-batch-enabled adaptive-high-qps-threshold
      allow-remove-leader allow-unsafe-vote-after-start apply-batch-system apply-yield-duration
      apply-yield-write-size capacity check-leader-lease-interval check-long-uncommitted-interval
      check-peers-availability-interval check-request-snapshot-interval
      check-then-compact-force-bottommost-level check-then-compact-top-n clean-stale-peer-delay
      clean-stale-ranges-tick cleanup-import-sst-interval cmd-batch
      cmd-batch-concurrent-ready-max-count compaction-filter-enabled consistency-check-interval
      dev-assert disk-hang-timeout enable-v2-compatible-learner evict-cache-on-memory-ratio
      follower-read-max-log-gap future-poll-size gc-peer-check-interval hibernate-regions
      inspect-cpu-util-thd inspect-interval inspect-kvdb-interval inspect-network-interval
      io-reschedule-concurrent-max-count io-reschedule-hotpot-duration
      leader-transfer-max-log-lag local-read-batch-size lock-cf-compact-bytes-threshold
      lock-cf-compact-interval long-uncommitted-base-threshold max-apply-unpersisted-log-limit
      max-entry-cache-warmup-duration max-leader-missing-duration max-manual-flush-rate
      max-peer-down-duration max-snapshot-file-raw-size merge-check-tick-interval
      merge-max-log-gap messages-per-tick min-pending-apply-region-count notify-capacity
      pd-heartbeat-tick-interval pd-report-min-resolved-ts-interval
      pd-store-heartbeat-tick-interval peer-stale-state-check-interval perf-level
      periodic-full-compact-start-max-cpu periodic-full-compact-start-times prevote
      raft-base-tick-interval raft-election-timeout-ticks raft-engine-purge-interval
      raft-entry-cache-life-time raft-entry-max-size raft-heartbeat-ticks
      raft-log-compact-sync-interval raft-log-gc-count-limit raft-log-gc-size-limit
      raft-log-gc-threshold raft-log-gc-tick-interval raft-log-reserve-max-ticks
      raft-max-election-timeout-ticks raft-max-inflight-msgs raft-max-size-per-msg
      raft-min-election-timeout-ticks raft-msg-flush-interval
      raft-read-index-retry-interval-ticks raft-reject-transfer-leader-duration
      raft-store-max-leader-lease raft-write-batch-size-hint raft-write-size-limit
      raft-write-wait-duration raftdb-path reactive-memory-lock-tick-interval
      reactive-memory-lock-timeout-tick region-compact-check-interval region-compact-check-step
      region-compact-min-redundant-rows region-compact-min-tombstones
      region-compact-redundant-rows-percent region-compact-tombstones-percent region-max-size
      region-split-check-diff region-split-size region-worker-tick-interval
      renew-leader-lease-advance-duration report-region-buckets-tick-interval
      report-region-flow-interval request-voter-replicated-index-interval right-derive-when-split
      slow-trend-network-io-factor slow-trend-unsensitive-cause slow-trend-unsensitive-result
      snap-apply-batch-size snap-apply-copy-symlink snap-gc-timeout snap-generator-pool-size
      snap-mgr-gc-tick-interval snap-wait-split-duration split-region-check-tick-interval
      store-batch-system store-io-notify-capacity store-io-pool-size unreachable-backoff
      unsafe-disable-check-quorum use-delete-range waterfall-metrics
    `),
  ],
  [
    "server",
    words(`
      addr advertise-addr advertise-status-addr background-thread-count cluster-id
      concurrent-recv-snap-limit concurrent-send-snap-limit enable-request-batch
      end-point-batch-row-limit end-point-concurrency end-point-enable-batch-if-possible
      end-point-max-bg-concurrency end-point-max-concurrency end-point-max-tasks
      end-point-memory-quota end-point-perf-level end-point-recursion-limit
      end-point-request-max-handle-duration end-point-slow-log-threshold end-point-stack-size
      end-point-stream-batch-row-limit end-point-stream-channel-size
      forward-max-connections-per-address graceful-shutdown-timeout grpc-compression-type
      grpc-concurrency grpc-concurrent-stream grpc-gzip-compression-level grpc-keepalive-time
      grpc-keepalive-timeout grpc-memory-pool-quota grpc-min-message-size-to-compress
      grpc-raft-conn-num grpc-stream-initial-window-size health-feedback-interval
      heavy-load-threshold heavy-load-wait-duration inspect-network-interval labels
      max-grpc-send-msg-len raft-client-grpc-send-msg-buffer
      raft-client-initial-reconnect-backoff raft-client-max-backoff raft-client-queue-size
      raft-msg-max-batch-size reject-messages-on-memory-ratio simplify-metrics
      snap-io-max-bytes-per-sec snap-max-total-size snap-min-ingest-size stats-concurrency
      status-addr status-thread-pool-size
    `),
  ],
  [
    "coprocessor-v2",
    words(`
      coprocessor-plugin-directory
    `),
  ],
]);
