/**
 * The keys of tikv.toml that the model takes, with what they set. To model another one, add a row
 * that says what it does; `list config`, plans and `--config` follow. Source: TiKV
 * components/raftstore/src/store/config.rs, src/server/config.rs, src/storage/config.rs,
 * src/coprocessor_v2/config.rs.
 */
import { formatDuration, formatSize } from "./readable.ts";
import type { Settings } from "./settings.ts";

/** A key of TiKV's configuration. */
export type ModelledKey = {
  /** With its table, such as `raftstore.raft-heartbeat-ticks`. */
  readonly name: string;
  /** A duration is read to microseconds, a size to bytes. */
  readonly unit: "duration" | "size" | "count" | "path";
  readonly min: number;
  readonly max: number;
  readonly about: string;
  readonly set: (settings: Settings, value: number | string) => Settings;
  /** What a profile has, as tikv.toml would say it. */
  readonly shown: (settings: Settings) => string;
};

const hourUs = 3_600_000_000;

type TimingKey = keyof Settings["timing"];

/** A key that is one figure of the timing. */
function count(name: string, field: TimingKey, about: string, min = 1): ModelledKey {
  return {
    name: `raftstore.${name}`,
    unit: "count",
    min,
    max: 1_000_000,
    about,
    set: (settings, value) => withTiming(settings, { [field]: Number(value) }),
    shown: ({ timing }) => String(timing[field]),
  };
}

/** A time that stores count in base ticks: rounded to the nearest, one at least. */
function interval(name: string, field: TimingKey, about: string, min = 1): ModelledKey {
  return {
    name: `raftstore.${name}`,
    unit: "duration",
    min,
    max: 24 * hourUs,
    about,
    set: (settings, value) => {
      const ticks = Math.max(1, Math.round(Number(value) / settings.timing.tickUs));
      return withTiming(settings, { [field]: Number(value) === 0 ? 0 : ticks });
    },
    shown: ({ timing }) => formatDuration(timing[field] * timing.tickUs),
  };
}

function withTiming(settings: Settings, change: Partial<Settings["timing"]>): Settings {
  return { ...settings, timing: { ...settings.timing, ...change } };
}

/** In the order in which they are set: the base tick first, the others count in it. */
export const modelledKeys: readonly ModelledKey[] = [
  {
    name: "raftstore.raft-base-tick-interval",
    unit: "duration",
    min: 1_000,
    max: 60_000_000,
    about: "the tick in which Raft and the store count",
    set: (settings, value) => withTiming(settings, { tickUs: Number(value) }),
    shown: ({ timing }) => formatDuration(timing.tickUs),
  },
  count("raft-heartbeat-ticks", "heartbeatTicks", "ticks between two heartbeats of a leader"),
  count(
    "raft-election-timeout-ticks",
    "electionTicks",
    "ticks without a leader until an election; drawn from here to twice as many",
    2,
  ),
  {
    name: "raftstore.raft-store-max-leader-lease",
    unit: "duration",
    min: 1_000,
    max: hourUs,
    about: "how long a leader serves reads without asking a quorum again",
    set: (settings, value) =>
      withTiming(settings, {
        leaseUs: Number(value),
        // Two clocks of 200 ppm, one slow and one fast.
        leaseMarginUs: Math.ceil((Number(value) * 5) / 10_000),
      }),
    shown: ({ timing }) => formatDuration(timing.leaseUs),
  },
  count(
    "raft-read-index-retry-interval-ticks",
    "readRetryTicks",
    "ticks until a read that no quorum confirmed is asked for again",
  ),
  interval("raft-log-gc-tick-interval", "logGcTicks", "time between two looks at the log's length"),
  count("raft-log-gc-threshold", "logGcThreshold", "applied entries that may wait in the log"),
  count(
    "raft-log-gc-count-limit",
    "logGcCountLimit",
    "entries above which lagging peers are forced onto snapshots",
  ),
  count(
    "raft-log-reserve-max-ticks",
    "logReserveRounds",
    "rounds of log GC that the threshold may hold up",
  ),
  interval(
    "consistency-check-interval",
    "checksumTicks",
    "time between two checksums; 0s = never",
    0,
  ),
  {
    name: "raftstore.raft-entry-max-size",
    unit: "size",
    min: 1 << 10,
    max: 1 << 30,
    about: "the largest proposal; a larger one gets RaftEntryTooLarge",
    set: (settings, value) => ({ ...settings, entryBytesMax: Number(value) }),
    shown: ({ entryBytesMax }) => formatSize(entryBytesMax),
  },
  {
    name: "storage.max-key-size",
    unit: "count",
    min: 1,
    max: 1 << 20,
    about: "the longest key of a plain write, in bytes",
    set: (settings, value) => ({ ...settings, keyBytesMax: Number(value) }),
    shown: ({ keyBytesMax }) => String(keyBytesMax),
  },
  {
    name: "server.grpc-concurrency",
    unit: "count",
    min: 1,
    max: 64,
    about: "threads that take requests and Raft messages, and run plugins",
    set: (settings, value) => ({ ...settings, grpcThreads: Number(value) }),
    shown: ({ grpcThreads }) => String(grpcThreads),
  },
  {
    name: "coprocessor-v2.coprocessor-plugin-directory",
    unit: "path",
    min: 0,
    max: 0,
    about: 'where plugins lie; "" = not set: the coprocessor is disabled',
    set: (settings, value) => ({
      ...settings,
      pluginDirectory: value === "" ? null : String(value),
    }),
    shown: ({ pluginDirectory }) => JSON.stringify(pluginDirectory ?? ""),
  },
];
