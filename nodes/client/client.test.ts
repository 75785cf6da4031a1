/**
 * What a client does with what it hears: retries, back-off, hints, and how it tells its caller. To
 * add a rule, add a row to `rules`: the error that the first request gets, what the client does,
 * and the outcome. Source: client-rust src/request/plan.rs; tikv-semantics.md section 4.
 */
import { describe, expect, test } from "vitest";
import { latin1Bytes, latin1Text } from "../../sim/bytes.ts";
import type { RegionError } from "../errors.ts";
import type { Operation, Outcome } from "../index.ts";
import { fixedLayout, fixedLocator } from "../index.ts";
import { benchEngines, ClusterBench } from "../testing/cluster-bench.ts";
import { scriptPlugin } from "../testing/script-plugin.ts";
import { runScripted, type Script } from "../testing/scripted-stores.ts";
import { statuses } from "../wire.ts";
import { Backoff } from "./backoff.ts";

const engines = await benchEngines();
const get: Operation = { kind: "get", key: "k" };
const put: Operation = { kind: "put", key: "k", value: latin1Bytes("1") };
const found = { value: latin1Bytes("v") };

/** Answers the first requests as listed, all others with success. */
const first =
  (...answers: readonly ReturnType<Script>[]): Script =>
  (_, count) =>
    count < answers.length ? (answers[count] ?? null) : found;
const refusing = (regionError: RegionError): ReturnType<Script> => ({ regionError });
const notLeader = (leaderStore: number): ReturnType<Script> =>
  refusing({ kind: "notLeader", regionId: 1, leaderStore });

function shown(outcome: Outcome): string {
  return outcome.kind === "ok" ? "ok" : `${outcome.kind}: ${outcome.text}`;
}

test("back-off: 2 ms doubling to 500 ms, ten times", () => {
  const backoff = new Backoff();
  const delays = Array.from({ length: 11 }, () => backoff.next());
  const ms = [2, 4, 8, 16, 32, 64, 128, 256, 500, 500].map((one) => one * 1000);
  expect(delays).toEqual([...ms, null]);
});

test("the schedule on the wire: eleven attempts in all, the stores in turns", () => {
  const { outcome, log } = runScripted({ script: () => notLeader(0) }, get);
  expect(log.map((line) => line.split(" get")[0])).toEqual([
    "0ms store 1",
    "3ms store 2",
    "8ms store 3",
    "17ms store 1",
    "34ms store 2",
    "67ms store 3",
    "132ms store 1",
    "261ms store 2",
    "518ms store 3",
    "1019ms store 1",
    "1520ms store 2",
  ]);
  expect(shown(outcome)).toBe("error: peer is not leader for region 1, leader may None");
});

describe("one refusal, then success", () => {
  const epoch = (version: number): RegionError => ({
    kind: "epochNotMatch",
    currentRegions: fixedLayout([1, 2, 3], []).map((region) => ({ ...region, version })),
  });
  /** The second request's time and store, or "none". */
  const rules: readonly (readonly [RegionError, string])[] = [
    [{ kind: "notLeader", regionId: 1, leaderStore: 3 }, "1ms store 3 get region 1 v1"],
    [{ kind: "notLeader", regionId: 1, leaderStore: 0 }, "3ms store 2 get region 1 v1"],
    [{ kind: "regionNotFound", regionId: 1 }, "3ms store 2 get region 1 v1"],
    [
      { kind: "keyNotInRegion", key: "k", regionId: 1, start: "", end: "a" },
      "3ms store 2 get region 1 v1",
    ],
    [epoch(2), "3ms store 1 get region 1 v2"],
    [epoch(0), "3ms store 1 get region 1 v1"],
    [{ kind: "epochNotMatch", currentRegions: [] }, "3ms store 2 get region 1 v1"],
    [{ kind: "staleCommand" }, "3ms store 2 get region 1 v1"],
    [{ kind: "storeNotMatch", requestStore: 1, actualStore: 2 }, "3ms store 2 get region 1 v1"],
    [{ kind: "readIndexNotReady", regionId: 1, reason: "r" }, "3ms store 2 get region 1 v1"],
    [{ kind: "regionNotInitialized", regionId: 1 }, "3ms store 2 get region 1 v1"],
    [{ kind: "mismatchPeerId", requestPeer: 1, storePeer: 2 }, "3ms store 2 get region 1 v1"],
    [{ kind: "diskFull", stores: [1], reason: "full" }, "3ms store 2 get region 1 v1"],
    [{ kind: "messageOnly", text: "1 peer is applying snapshot" }, "3ms store 2 get region 1 v1"],
    [{ kind: "serverIsBusy", reason: "scheduler is busy" }, "none"],
    [{ kind: "raftEntryTooLarge", regionId: 1, entrySize: 9 }, "none"],
    [{ kind: "flashbackInProgress", regionId: 1, startTs: 9 }, "none"],
  ];

  test.each(rules)("%j", (error, expected) => {
    const { outcome, log } = runScripted({ script: first(refusing(error)) }, get);
    expect(log[1] ?? "none").toBe(expected);
    expect(outcome.kind).toBe(expected === "none" ? "error" : "ok");
  });
});

test("a leader's hint is kept for the next operation; a hint in circles ends", () => {
  const { log } = runScripted({ script: first(notLeader(3)) }, get, get);
  expect(log.map((line) => line.split(" ")[2])).toEqual(["1", "3", "3"]);
  const circle: Script = ({ context }) => notLeader(context.storeId === 1 ? 2 : 1);
  const { outcome, log: rounds } = runScripted({ script: circle }, get);
  expect(rounds.length).toBe(64);
  expect(shown(outcome)).toContain("deadline exceeded, last: peer is not leader");
});

describe("an honest outcome", () => {
  const silent: Script = first(null);
  const broken: Script = first({ status: statuses.unavailable });
  const always: Script = () => null;
  const tooLong = "max key size exceeded, size: 9000, limit: 8192";

  test.each<readonly [string, Operation, Script, number, string]>([
    ["a read in silence is asked again", get, silent, 2, "ok"],
    ["a read at an unready store is asked again", get, broken, 2, "ok"],
    ["a write in silence is not", put, silent, 1, "unknown: deadline exceeded"],
    ["a write at an unready store is not", put, broken, 1, "unknown: unavailable"],
    ["a coprocessor call runs again", cop([["a", "b"]]), silent, 2, "ok"],
    [
      "reads end at the deadline",
      get,
      always,
      4,
      "error: deadline exceeded, last: deadline exceeded",
    ],
    ["an error text is the end", put, first({ error: tooLong }), 1, `error: ${tooLong}`],
  ])("%s", (_, operation, script, attempts, expected) => {
    const { outcome, log } = runScripted({ script }, operation);
    expect([log.length, shown(outcome)]).toEqual([attempts, expected]);
  });

  test("client-rust's way: a write is sent again, and no failure afterwards denies it", () => {
    const options = { retriesUndetermined: true };
    expect(runScripted({ script: silent, options }, put)).toMatchObject({
      outcome: { kind: "ok" },
    });
    const failures: readonly ReturnType<Script>[] = [
      { error: "refused" },
      refusing({ kind: "serverIsBusy", reason: "scheduler is busy" }),
    ];
    for (const failure of failures) {
      const { outcome, log } = runScripted({ script: first(null, failure), options }, put);
      expect([outcome.kind, log.length]).toEqual(["unknown", 2]);
    }
    expect(runScripted({ script: always, options }, put).outcome.kind).toBe("unknown");
    // Without a loss the same failure is an error.
    expect(runScripted({ script: first(failures[0] ?? null), options }, put).outcome.kind).toBe(
      "error",
    );
  });

  test("a write over two regions: half done is unknown, a read is an error", () => {
    const script: Script = ({ context }) => (context.regionId === 2 ? { error: "no" } : found);
    const pairs = ["a", "x"].map((key) => ({ key, value: latin1Bytes("1") }));
    const over = (operation: Operation) =>
      runScripted({ script, cuts: ["m"] }, operation).outcome.kind;
    expect(over({ kind: "batchPut", pairs })).toBe("unknown");
    expect(over({ kind: "batchDelete", keys: ["a", "x"] })).toBe("unknown");
    expect(over({ kind: "deleteRange", start: "a", end: "" })).toBe("unknown");
    expect(over({ kind: "batchGet", keys: ["a", "x"] })).toBe("error");
    expect(over({ kind: "batchPut", pairs: pairs.slice(1) })).toBe("error");
    expect(over(cop([["a", "z"]]))).toBe("error");
  });

  test("a pair's error fails the batch", () => {
    const script: Script = () => ({ keys: ["a"], values: [latin1Bytes("")], errors: ["oops"] });
    const { outcome } = runScripted({ script }, { kind: "batchGet", keys: ["a"] });
    expect(shown(outcome)).toBe("error: oops");
  });

  test("responses beyond 4 MiB cannot be decoded: asked again, a write is unknown", () => {
    const half = new Uint8Array(2 << 20);
    const large: Script = () => ({ keys: ["a", "b"], values: [half, half] });
    const { outcome, log } = runScripted({ script: large }, cop([["a", "b"]]));
    expect(log.length).toBe(11);
    expect(shown(outcome)).toBe("error: message length too large: found 4194386 bytes");
    const before: Script = () => ({ value: new Uint8Array(5 << 20) });
    const swap: Operation = { kind: "compareAndSwap", key: "k", previous: null, value: half };
    expect(runScripted({ script: before }, swap).outcome.kind).toBe("unknown");
    const fits: Script = () => ({ data: new Uint8Array((4 << 20) - 48) });
    expect(runScripted({ script: fits }, cop([["a", "b"]])).outcome.kind).toBe("ok");
  });
});

test("a coprocessor call that is sent once ends where others are sent again", () => {
  const call: Operation = { ...cop([["a", "b"]]), once: true } as Operation;
  const lost: Script = () => null;
  const moved: Script = () => refusing({ kind: "notLeader", regionId: 1, leaderStore: 2 });
  for (const script of [lost, moved]) {
    const once = runScripted({ script }, call);
    expect(once.outcome.kind).toBe("unknown");
    expect(once.log.length).toBe(1);
    expect(runScripted({ script }, cop([["a", "b"]])).log.length).toBeGreaterThan(1);
  }
});

function cop(
  ranges: readonly (readonly [string, string])[],
  script = "ranges",
  versionReq = "*",
): Operation {
  return {
    kind: "coprocessor",
    name: "script",
    versionReq,
    ranges: ranges.map(([start, end]) => ({ start, end })),
    buildRequest: () => latin1Bytes(script),
  };
}

test("client-rust refuses by itself what semver 1.x does not read; other clients send it", () => {
  const odd = cop([["a", "b"]], "ranges", "1.2.3 || 2.0.0");
  const options = { checksVersions: true };
  const checked = runScripted({ script: () => found, options }, odd);
  expect(checked.log).toEqual([]);
  expect(shown(checked.outcome)).toMatch(/^error: Invalid Semver string: Error\("/);
  expect(runScripted({ script: () => found }, odd).log.length).toBe(1);
  // What it reads goes out as it stands, even if the server will refuse it.
  const text = ">=1.2.3,<2.0.0";
  const sent = runScripted({ script: () => found, options }, cop([["a", "b"]], "ranges", text));
  expect(sent.requests.map(({ body }) => body.coprVersionReq)).toEqual([text]);
});

test("a region that the cache knows newer than the store is waited for, not forgotten", () => {
  const [known] = fixedLayout([1, 2, 3], []);
  const own = fixedLayout([1, 2, 3], []);
  const locator = fixedLocator(known === undefined ? [] : [{ ...known, version: 3 }]);
  const script: Script = ({ context }, count) =>
    context.version === 1 || count > 2
      ? found
      : refusing({ kind: "epochNotMatch", currentRegions: own });
  const { log } = runScripted({ script, locator }, get);
  expect(log.map((line) => line.split(" ").at(-1))).toEqual(["v3", "v3", "v3", "v3"]);
});

test("a split that the store reports: the operation is cut anew, as the regions now are", () => {
  const [whole] = fixedLayout([1, 2, 3], []);
  const halves = fixedLayout([1, 2, 3], ["m"]).map((region) => ({ ...region, version: 2 }));
  const locator = fixedLocator(whole === undefined ? [] : [whole]);
  const script: Script = ({ context }) =>
    context.version === 1
      ? refusing({ kind: "epochNotMatch", currentRegions: halves })
      : { data: latin1Bytes(`region ${context.regionId}`) };
  const { outcome, log, requests } = runScripted({ script, locator }, cop([["a", "z"]]));
  expect(log.map((line) => line.split("coprocessor ")[1])).toEqual([
    "region 1 v1",
    "region 1 v2",
    "region 2 v2",
  ]);
  expect(requests.map(({ body }) => [body.keys[0], body.endKeys[0]])).toEqual([
    ["a", "z"],
    ["a", "m"],
    ["m", "z"],
  ]);
  expect(
    outcome.kind === "ok" && outcome.result.kind === "shards" && outcome.result.shards,
  ).toEqual([
    { ranges: [{ start: "a", end: "m" }], data: latin1Bytes("region 1") },
    { ranges: [{ start: "m", end: "z" }], data: latin1Bytes("region 2") },
  ]);
});

test("on a cluster: shards of a coprocessor call, scans over regions, a leader that dies", () => {
  const plugin = scriptPlugin({ name: "script", version: "1.0.0" });
  const bench = new ClusterBench({ engines, cuts: ["c", "m"], plugins: [plugin] });
  for (const region of [1, 2, 3]) bench.lead(region, region);
  const call = bench.call(
    cop([
      ["d", "z"],
      ["", "b"],
      ["e", "f"],
    ]),
  );
  const shards = call.kind === "ok" && call.result.kind === "shards" ? call.result.shards : [];
  expect(shards.map(({ data }) => latin1Text(data))).toEqual(["[d, m) [e, f)", "[m, z)", "[, b)"]);
  const pairs = ["a", "b", "c", "d", "m", "n"].map((key) => ({ key, value: latin1Bytes(key) }));
  expect(bench.call({ kind: "batchPut", pairs }).kind).toBe("ok");
  const scan = (start: string, end: string, limit: number, reverse: boolean): string => {
    const outcome = bench.call({ kind: "scan", start, end, limit, reverse });
    const rows =
      outcome.kind === "ok" && outcome.result.kind === "pairs" ? outcome.result.pairs : [];
    return rows.map(({ key }) => key).join("");
  };
  expect(scan("b", "n", 9, false)).toBe("bcdm");
  expect(scan("", "", 5, true)).toBe("nmdcb");
  bench.world.crash(bench.process(2), "test");
  // Ten times of back-off are shorter than an election: a client of that time gives up.
  bench.run(3_000_000);
  expect(scan("c", "d", 9, false)).toBe("c");
  expect(bench.call({ kind: "put", key: "d", value: latin1Bytes("2") }).kind).toBe("ok");
});
