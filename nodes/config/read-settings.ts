/** From values by key to settings, refusing what TiKV's own validation refuses. */
import { assert, unreachable } from "../../sim/assert.ts";
import { type ModelledKey, modelledKeys } from "./modelled-keys.ts";
import { readDurationUs, readSizeBytes } from "./readable.ts";
import {
  type Config,
  type ConfigValue,
  defaultSettings,
  type Settings,
  type TimingProfile,
} from "./settings.ts";

/** What does not hold about a configuration: the key, what was found, what is expected. */
export type ConfigProblem = {
  readonly key: string;
  readonly found: string;
  readonly expected: string;
};

/** The settings of a profile under a configuration, or what is wrong with it. */
export function readSettings(profile: TimingProfile, config: Config): Settings | ConfigProblem {
  let settings = defaultSettings(profile);
  // Ticks are counted in the base tick, so that one is set first.
  for (const key of modelledKeys) {
    const value = config[key.name];
    if (value === undefined) continue;
    const read = readValue(key, value);
    if (read === null) return { key: key.name, found: String(value), expected: expectation(key) };
    settings = key.set(settings, read);
  }
  const unknown = Object.keys(config).find(
    (name) => !modelledKeys.some((key) => key.name === name),
  );
  if (unknown !== undefined) {
    return { key: unknown, found: "a key that is not modelled", expected: "one of `list config`" };
  }
  return inconsistency(settings) ?? settings;
}

/** True for what `readSettings` gives where a configuration does not hold. */
export function isConfigProblem(read: Settings | ConfigProblem): read is ConfigProblem {
  return "key" in read;
}

/** The settings of a configuration that was checked before. */
export function settingsOf(profile: TimingProfile, config: Config): Settings {
  const read = readSettings(profile, config);
  assert(!isConfigProblem(read), "a plan's configuration is checked before its run");
  return read;
}

function readValue(key: ModelledKey, value: ConfigValue): number | string | null {
  const number = numberOf(key, value);
  if (key.unit === "path") return typeof value === "string" ? value : null;
  return number === null || number < key.min || number > key.max ? null : number;
}

function numberOf({ unit }: ModelledKey, value: ConfigValue): number | null {
  if (unit === "duration") return typeof value === "string" ? readDurationUs(value) : null;
  if (unit === "size") {
    return typeof value === "number" ? value : readSizeBytes(String(value));
  }
  return typeof value === "number" && Number.isSafeInteger(value) ? value : null;
}

/** What TiKV's own validation demands of keys together (raftstore `Config::validate`). */
function inconsistency({ timing }: Settings): ConfigProblem | null {
  const { tickUs, electionTicks, heartbeatTicks, leaseUs } = timing;
  if (heartbeatTicks >= electionTicks) {
    return {
      key: "raftstore.raft-election-timeout-ticks",
      found: `${electionTicks} with ${heartbeatTicks} raft-heartbeat-ticks`,
      expected: "more than raft-heartbeat-ticks",
    };
  }
  if (leaseUs > (electionTicks - 1) * tickUs) {
    return {
      key: "raftstore.raft-store-max-leader-lease",
      found: `${leaseUs} us`,
      expected: `at most the election timeout less one tick, ${(electionTicks - 1) * tickUs} us`,
    };
  }
  return null;
}

function expectation({ unit, min, max }: ModelledKey): string {
  switch (unit) {
    case "duration":
      return `a duration such as "1s500ms", from ${min} us to ${max} us`;
    case "size":
      return `a size such as "8MB", from ${min} to ${max} bytes`;
    case "count":
      return `a whole number from ${min} to ${max}`;
    case "path":
      return 'a path as text, "" = not set';
    default:
      return unreachable(unit);
  }
}
