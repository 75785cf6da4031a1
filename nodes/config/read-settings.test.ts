/** What keys do to a profile. To add a key, add a row to `modelled-keys.ts` and here. */
import { expect, test } from "vitest";
import { modelledKeys } from "./modelled-keys.ts";
import { isConfigProblem, readSettings, settingsOf } from "./read-settings.ts";
import { type Config, defaultSettings } from "./settings.ts";
import { knownTables } from "./tikv-keys.ts";

test.each<[config: Config, changed: Readonly<Record<string, unknown>>]>([
  [{}, {}],
  [{ "raftstore.raft-base-tick-interval": "200ms" }, { tickUs: 200_000 }],
  [{ "raftstore.raft-heartbeat-ticks": 3 }, { heartbeatTicks: 3 }],
  [{ "raftstore.raft-election-timeout-ticks": 20 }, { electionTicks: 20 }],
  [{ "raftstore.raft-store-max-leader-lease": "500ms" }, { leaseUs: 500_000, leaseMarginUs: 250 }],
  [{ "raftstore.raft-read-index-retry-interval-ticks": 5 }, { readRetryTicks: 5 }],
  [{ "raftstore.raft-log-gc-tick-interval": "3s" }, { logGcTicks: 30 }],
  // Counted in the tick of the same file, whatever their order in it.
  [
    {
      "raftstore.raft-log-gc-tick-interval": "3s",
      "raftstore.raft-base-tick-interval": "500ms",
    },
    { tickUs: 500_000, logGcTicks: 6 },
  ],
  [{ "raftstore.raft-log-gc-threshold": 7 }, { logGcThreshold: 7 }],
  [{ "raftstore.raft-log-gc-count-limit": 70 }, { logGcCountLimit: 70 }],
  [{ "raftstore.raft-log-reserve-max-ticks": 2 }, { logReserveRounds: 2 }],
  [{ "raftstore.consistency-check-interval": "0s" }, { checksumTicks: 0 }],
])("%j", (config, changed) => {
  const settings = defaultSettings("fast");
  const timing = { ...settings.timing, ...changed };
  expect(settingsOf("fast", config)).toEqual({ ...settings, timing });
});

test("keys beside the timing", () => {
  expect(
    settingsOf("tikv", {
      "raftstore.raft-entry-max-size": "2MB",
      "storage.max-key-size": 100,
      "server.grpc-concurrency": 2,
      "coprocessor-v2.coprocessor-plugin-directory": "",
    }),
  ).toMatchObject({
    entryBytesMax: 2 << 20,
    keyBytesMax: 100,
    grpcThreads: 2,
    pluginDirectory: null,
  });
});

test("each profile holds, shows itself, and TiKV knows every key", () => {
  for (const profile of ["fast", "tikv"] as const) {
    const settings = defaultSettings(profile);
    expect(isConfigProblem(readSettings(profile, {}))).toBe(false);
    for (const { shown } of modelledKeys) expect(shown(settings)).not.toBe("");
  }
  for (const { name } of modelledKeys) {
    const [table = "", key = ""] = name.split(".");
    expect(knownTables.get(table)?.has(key), name).toBe(true);
  }
});

test("a key that is not modelled is a problem of a plan", () => {
  expect(readSettings("fast", { "raftstore.prevote": false })).toMatchObject({
    key: "raftstore.prevote",
  });
});
