/** What a store is told: the timing profile and, above it, the keys of TiKV's configuration. */
import { keyBytesDefault } from "../raw/write.ts";
import { type Timing, timings } from "../store/timing.ts";

/** A value as TOML has it. Durations and sizes are texts, `1s500ms` and `8MB`. */
export type ConfigValue = string | number | boolean;
/** Values by TiKV's key, such as `raftstore.raft-base-tick-interval`. */
export type Config = Readonly<Record<string, ConfigValue>>;

/** Everything that configuration decides. */
export type Settings = {
  readonly timing: Timing;
  /** server.grpc-concurrency */
  readonly grpcThreads: number;
  /** raftstore.raft-entry-max-size, bytes */
  readonly entryBytesMax: number;
  /** storage.max-key-size, bytes */
  readonly keyBytesMax: number;
  /** coprocessor-v2.coprocessor-plugin-directory; null = unset: the coprocessor is disabled. */
  readonly pluginDirectory: string | null;
};

/** A profile's name. */
export type TimingProfile = keyof typeof timings;

/** A profile without any configuration; unlike TiKV's default, there is a plugin directory. */
export function defaultSettings(profile: TimingProfile): Settings {
  return {
    timing: timings[profile],
    grpcThreads: 5,
    entryBytesMax: 8 << 20,
    keyBytesMax: keyBytesDefault,
    pluginDirectory: "/coprocessors",
  };
}
