/**
 * The endpoint in fidelity `tikv`: which field a failure comes in, with what text, and what a
 * plugin does to the store that runs it. Conversations are in `testdata/endpoint.txt`: `call` sends
 * a request to a store of three (region 2 is [c, m), store 1 leads) whose plugin does what the
 * lines below it say (`nodes/testing/script-plugin.ts`). To add a case, add one there and run with
 * REWRITE=1, or a row to a table here. Source: tikv-semantics.md section 1.
 */
import { describe, expect, test } from "vitest";
import { latin1Bytes, latin1Text } from "../../sim/bytes.ts";
import { runGolden } from "../../sim/testing/datadriven.ts";
import { type RegionError, regionErrorMessage } from "../errors.ts";
import { pluginOutcomes, rejections } from "../events.ts";
import {
  type BenchOptions,
  benchEngines,
  ClusterBench,
  type RequestFields,
} from "../testing/cluster-bench.ts";
import { scriptPlugin } from "../testing/script-plugin.ts";
import { operations, type Response } from "../wire.ts";

const engines = await benchEngines();
const plugin = scriptPlugin({ name: "script", version: "1.2.3" });

function call(script: string, fields: RequestFields = {}): RequestFields {
  const base = { op: operations.coprocessor, coprName: "script", coprVersionReq: "" };
  return { ...base, regionId: 2, value: latin1Bytes(script), ...fields };
}

function led(options: Partial<BenchOptions> = {}): ClusterBench {
  const bench = new ClusterBench({ engines, cuts: ["c", "m"], plugins: [plugin], ...options });
  for (const region of [1, 2, 3]) bench.lead(1, region);
  bench.ask(1, {
    op: operations.batchPut,
    regionId: 2,
    keys: ["c", "d"],
    values: ["1", "2"].map(latin1Bytes),
  });
  return bench;
}

function shown({ regionError, error, data }: Response): string {
  if (regionError !== null) return `region_error ${fields(regionError)}`;
  return error !== "" ? `error ${error}` : `data ${latin1Text(data)}`;
}

function fields(error: RegionError): string {
  const { kind, ...rest } = error;
  const short = { ...rest, ...("currentRegions" in rest ? { currentRegions: "..." } : {}) };
  return `${kind} ${JSON.stringify(short)}\n  ${regionErrorMessage(error)}`;
}

test("conversations", () => {
  const bench = led();
  runGolden(new URL("testdata/endpoint.txt", import.meta.url), (one) => {
    const number = (key: string, other: number) => (one.has(key) ? one.number(key) : other);
    const change: RequestFields = {};
    if (one.has("version")) change.version = one.number("version");
    if (one.has("term")) change.term = one.number("term");
    if (one.has("name")) change.coprName = one.text("name");
    if (one.has("ranges")) {
      const ranges = one
        .text("ranges")
        .split(",")
        .map((range) => range.split(".."));
      change.keys = ranges.map(([start = ""]) => start);
      change.endKeys = ranges.map(([, end = ""]) => end);
    }
    const regionId = number("region", 2);
    const request = call(one.input.join("\n"), { regionId, ...change });
    return shown(bench.ask(number("store", 1), request));
  });
});

describe("before any plugin runs", () => {
  test("the feature is off", () => {
    const bench = led({ plugins: null });
    expect(shown(bench.ask(1, call("hello")))).toBe("error Coprocessor plugin is disabled!");
    expect(bench.of("coprocessorRejected")[0]?.what["reason"]).toBe(rejections.disabled);
  });

  test.each([
    ["script", "1.2", "data hi"],
    ["script", ">=1.2.3, <2", "data hi"],
    ["script", "*", "data hi"],
    ["Script", "", "error No registered coprocessor with name 'Script'"],
    ["", "not even this", "error No registered coprocessor with name ''"],
    ["script", ">=1.2.3,<2", "error the given version requirement is invalid"],
    ["script", "0.2*", "error This requirement is deprecated"],
    [
      "script",
      "2.0.0",
      "error The plugin 'script' with version '1.2.3' does not " +
        "satisfy the version constraint '>=2.0.0, <3.0.0'",
    ],
    [
      "script",
      "^1.3",
      "error The plugin 'script' with version '1.2.3' does not " +
        "satisfy the version constraint '>=1.3.0, <2.0.0'",
    ],
  ])("name '%s', requirement '%s'", (coprName, coprVersionReq, expected) => {
    const bench = led();
    expect(shown(bench.ask(1, call("hi", { coprName, coprVersionReq })))).toBe(expected);
    expect(bench.of("pluginStarted").length).toBe(expected.startsWith("data") ? 1 : 0);
  });

  test("H1: a number beyond 64 bits stops the store, without an answer", () => {
    const bench = led();
    const coprVersionReq = "18446744073709551616";
    const rpc = bench.send(1, call("hi", { coprVersionReq }));
    bench.run(20_000);
    expect(bench.world.isUp(bench.process(1))).toBe(false);
    expect(bench.world.deaths.at(-1)?.kind).toBe("panic");
    expect(bench.answer(rpc)).toBeUndefined();
    // To a name that is not loaded it is harmless: the look-up comes first.
    const other = call("hi", { coprVersionReq, coprName: "none" });
    expect(shown(bench.ask(2, other))).toBe("error No registered coprocessor with name 'none'");
  });
});

describe("registry", () => {
  test("the last file of a name wins; refused files change nothing", () => {
    const newer = scriptPlugin({ name: "script", version: "2.0.0" });
    const badVersion = scriptPlugin({ name: "script", version: "3.0" });
    const otherRustc = { ...newer, build: { ...newer.build, rustc: "rustc 1.0.0" } };
    const bench = led({ plugins: [plugin, newer, badVersion, otherRustc] });
    expect(shown(bench.ask(1, call("hi", { coprVersionReq: "=2.0.0" })))).toBe("data hi");
    expect(bench.ask(1, call("hi", { coprVersionReq: "1" })).error).toContain("'2.0.0'");
    const onStore1 = bench.of("pluginRefused").filter(({ store }) => store === 1);
    expect(onStore1.map(({ what }) => what["reason"])).toEqual([3, 1]);
  });

  test("a constructor that panics takes the store down, again at every start", () => {
    const bench = new ClusterBench({ engines, stores: 1 });
    const panics = { ...plugin, instantiate: () => ({ kind: "panic", text: "no" }) as const };
    const broken = new ClusterBench({ engines, stores: 1, plugins: [panics] });
    broken.run(20_000);
    expect(broken.world.isUp(broken.process(1))).toBe(false);
    broken.world.restart(broken.process(1));
    broken.run(20_000);
    expect(broken.world.deaths.map(({ kind }) => kind)).toEqual(["panic", "panic"]);
    expect(bench.world.deaths).toEqual([]);
  });
});

describe("what a plugin does to its store", () => {
  test("it runs on a store that does not lead, and its effects before the failure stay", () => {
    const bench = led();
    const answer = bench.ask(1, call("put e 3\nput z 4"));
    expect(shown(answer)).toBe("error Key [122] not found in region 2");
    expect(shown(bench.ask(1, call("get e")))).toBe("data 3");
    const from = bench.events.length;
    expect(bench.ask(2, call("hi\nget c")).regionError?.kind).toBe("notLeader");
    expect(bench.of("pluginStarted", from).map(({ store }) => store)).toEqual([2]);
  });

  test("a panic ends the process; nobody is answered, what was written stays", () => {
    const bench = led();
    const rpc = bench.send(1, call("put e 3\npanic oh"));
    bench.run(50_000);
    expect(bench.world.isUp(bench.process(1))).toBe(false);
    expect(bench.world.deaths.at(-1)).toMatchObject({ kind: "panic" });
    expect(bench.of("pluginFinished").at(-1)?.what["outcome"]).toBe(pluginOutcomes.panic);
    bench.until(() => [2, 3].includes(bench.leaderOf(2)), { stepUs: 10_000 });
    bench.run(100_000);
    expect(bench.answer(rpc)).toBeUndefined();
    expect(shown(bench.ask(bench.leaderOf(2), call("get e")))).toBe("data 3");
  });

  test.each([
    ["fuel", { fuel: 100_000 }],
    ["storage calls", { storageCalls: 50 }],
    ["scanned bytes", { scannedBytes: 100 }],
  ])("out of %s: no answer, the store lives on", (_, limits) => {
    const bench = led({ limits });
    const rpc = bench.send(1, call("loop c"));
    bench.run(2_000_000);
    expect(bench.answer(rpc)).toBeUndefined();
    expect(bench.of("pluginFinished").at(-1)?.what["outcome"]).toBe(pluginOutcomes.trap);
    expect(bench.world.isUp(bench.process(1))).toBe(true);
    expect(shown(bench.ask(1, call("get c")))).toBe("data 1");
  });

  test("five plugins without end take all gRPC threads: requests and Raft stand still", () => {
    const bench = led({ limits: { storageCalls: 5 } });
    for (let at = 0; at < 4; at++) bench.send(1, call("loop c"));
    bench.run(100_000);
    expect(shown(bench.ask(1, call("get c")))).toBe("data 1");
    bench.send(1, call("loop c"));
    bench.run(100_000);
    const from = bench.events.length;
    const rpc = bench.send(1, { op: operations.get, regionId: 2, key: "c" });
    bench.run(4_000_000);
    expect(bench.answer(rpc)).toBeUndefined();
    // No acknowledgement is heard any more: the leader loses its quorum, others take over.
    expect([2, 3]).toContain(bench.leaderOf(2));
    expect(bench.of("roleChanged", from).some(({ store }) => store === 1)).toBe(true);
  });

  test("no deadline ends it: it waits, keeps its thread, and writes for a client that left", () => {
    const bench = led();
    bench.cut([1], [2, 3]);
    const rpc = bench.send(1, call("put e 3\nput f 4", { timeoutUs: 200_000 }));
    bench.run(500_000);
    expect(bench.of("pluginFinished")).toEqual([]);
    expect(bench.answer(rpc)).toBeUndefined();
    bench.world.network.heal();
    bench.until(() => bench.of("pluginFinished").length > 0);
    const [started] = bench.of("pluginStarted");
    const [finished] = bench.of("pluginFinished");
    expect((finished?.at ?? 0) - (started?.at ?? 0)).toBeGreaterThan(500_000);
    expect(finished?.what["outcome"]).toBe(pluginOutcomes.response);
    expect(shown(bench.ask(1, call("get f")))).toBe("data 4");
  });

  test("while a plugin waits for its storage call, its thread is taken and others serve", () => {
    const bench = led({ grpcThreads: 1, stores: 1 });
    // One thread: the write of the plugin needs no further one, the next request has to wait.
    const slow = bench.send(1, call("put e 3"));
    const next = bench.send(1, { op: operations.get, regionId: 2, key: "c" });
    bench.until(() => bench.answer(next) !== undefined);
    expect(bench.answer(slow)).toBeDefined();
    const two = led({ grpcThreads: 2, stores: 1 });
    const busy = two.send(1, call("put e 3"));
    const free = two.send(1, { op: operations.get, regionId: 2, key: "c" });
    two.until(() => two.answer(free) !== undefined);
    expect(two.answer(busy)).toBeUndefined();
  });

  test("two calls of one plugin are two commands: a write of somebody else falls between", () => {
    const bench = led();
    const rpc = bench.send(1, call("get c\nput k 0\nput k 1\nget c"));
    bench.run(800);
    bench.send(1, { op: operations.put, regionId: 2, key: "c", value: latin1Bytes("9") });
    bench.until(() => bench.answer(rpc) !== undefined);
    const answer = bench.answer(rpc);
    expect(answer === undefined || answer === "refused" ? "" : shown(answer)).toMatch(
      /^data 1; .*; 9$/,
    );
  });

  test("a write whose callback is dropped: the plugin gets TiKV's text", () => {
    const bench = led();
    bench.cut([1], [2, 3]);
    const rpc = bench.send(1, call("put e 3"));
    bench.until(() => [2, 3].includes(bench.leaderOf(2)), { stepUs: 10_000 });
    const leader = bench.leaderOf(2);
    bench.run(300_000);
    for (let at = 0; at < 100; at++) {
      bench.ask(leader, { op: operations.put, regionId: 2, key: "d", value: latin1Bytes("x") });
    }
    bench.run(4_000_000);
    bench.world.network.heal();
    bench.until(() => bench.answer(rpc) !== undefined, { maxUs: 5_000_000 });
    expect(bench.of("snapshotInstalled").some(({ store }) => store === 1)).toBe(true);
    const answer = bench.answer(rpc);
    expect(answer === undefined || answer === "refused" ? "" : shown(answer)).toBe(
      'error undetermined write result "async write on_applied callback is dropped"',
    );
  });
});
