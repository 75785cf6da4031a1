/**
 * The endpoint in fidelity `contract`: what it checks before a plugin runs, how it ends one, and in
 * what class errors reach a client. To add a case, add a row to a table, or a request to a store of
 * three (region 2 is [c, m), store 1 leads) whose plugin does what the request's lines say
 * (`nodes/testing/script-plugin.ts`).
 */
import { describe, expect, test } from "vitest";
import type { DirectoryOperation } from "../../plugins/index.ts";
import { latin1Bytes, latin1Text } from "../../sim/bytes.ts";
import { coprocessorAnswers, pluginOutcomes, rejections } from "../events.ts";
import {
  type BenchOptions,
  benchEngines,
  ClusterBench,
  type RequestFields,
} from "../testing/cluster-bench.ts";
import { scriptPlugin } from "../testing/script-plugin.ts";
import { errorClasses, operations, type Response } from "../wire.ts";

const engines = await benchEngines();
/** For benches that serve several tests while others come and go. */
const ownEngines = [await benchEngines(), await benchEngines(), await benchEngines()] as const;
const plugin = scriptPlugin({ name: "script", version: "1.2.3" });

function call(script: string, fields: RequestFields = {}): RequestFields {
  const base = { op: operations.coprocessor, coprName: "script", coprVersionReq: "" };
  return { ...base, regionId: 2, value: latin1Bytes(script), ...fields };
}

function led(options: Partial<BenchOptions> = {}): ClusterBench {
  const bench = new ClusterBench({
    engines,
    cuts: ["c", "m"],
    plugins: [plugin],
    fidelity: "contract",
    ...options,
  });
  for (const region of [1, 2, 3]) bench.lead(1, region);
  const values = ["1", "2"].map(latin1Bytes);
  bench.ask(1, { op: operations.batchPut, regionId: 2, keys: ["c", "d"], values });
  return bench;
}

function shown({ regionError, error, errorClass, data }: Response): string {
  if (regionError !== null) return `region error ${regionError.kind}`;
  if (error === "") return `data ${latin1Text(data)}`;
  const [name] = Object.entries(errorClasses).find(([, one]) => one === errorClass) ?? [];
  return `${name}: ${error}`;
}

describe("before any plugin runs", () => {
  const bench = led({ engines: ownEngines[0] });
  test.each<[what: string, store: number, fields: RequestFields, expected: string]>([
    ["the leader", 1, {}, "data hi"],
    ["another store (H16)", 2, {}, "region error notLeader"],
    ["a stale epoch (H16)", 1, { version: 7 }, "region error epochNotMatch"],
    ["a region it has not", 1, { regionId: 9 }, "region error regionNotFound"],
    ["a name it has not", 1, { coprName: "x" }, "none: No registered coprocessor with name 'x'"],
    ["ranges inside", 1, { keys: ["c", "d"], endKeys: ["d", "m"] }, "data hi"],
    ["an empty range", 1, { keys: ["c"], endKeys: ["b"] }, "data hi"],
    [
      "a range before its region (H17)",
      1,
      { keys: ["b"], endKeys: ["d"] },
      'none: range ["b", "d") is not inside region 2 ["c", "m")',
    ],
    [
      "a range beyond its region (H17)",
      1,
      { keys: ["c", "d"], endKeys: ["d", ""] },
      'none: range ["d", end) is not inside region 2 ["c", "m")',
    ],
    [
      "a number beyond 64 bits (H1)",
      1,
      { coprVersionReq: "18446744073709551616" },
      "none: the given version requirement is invalid",
    ],
  ])("%s", (_, store, fields, expected) => {
    const from = bench.events.length;
    const answer = bench.ask(store, call("hi", fields));
    expect(shown(answer)).toBe(expected);
    expect(bench.of("pluginStarted", from)).toHaveLength(expected === "data hi" ? 1 : 0);
    expect(bench.of("coprocessorRejected", from)).toHaveLength(expected === "data hi" ? 0 : 1);
    expect(bench.world.deaths).toEqual([]);
  });

  test("the region comes before the plugin's name", () => {
    const from = bench.events.length;
    expect(shown(bench.ask(2, call("hi", { coprName: "x" })))).toBe("region error notLeader");
    const [rejected] = bench.of("coprocessorRejected", from);
    expect(rejected?.what["reason"]).toBe(rejections.regionError);
  });

  test("the feature is off", () => {
    const off = led({ plugins: null, stores: 1 });
    expect(shown(off.ask(1, call("hi")))).toBe("none: Coprocessor plugin is disabled!");
  });
});

describe("versions side by side", () => {
  const versions = ["1.2.3", "2.0.0", "1.4.0", "2.1.0-rc.1"];
  const plugins = versions.map((version) => scriptPlugin({ name: "script", version }));
  const lines: readonly (readonly [requirement: string, generation: number])[] = [
    ["*", 2],
    ["", 2],
    ["^1", 3],
    ["=1.2.3", 1],
    ["<1.3.0", 1],
    [">=2.1.0-rc.1", 4],
  ];
  const bench = led({ engines: ownEngines[1], plugins, stores: 1 });
  test.each(lines)("'%s' is served by generation %i", (coprVersionReq, generation) => {
    expect(shown(bench.ask(1, call("hi", { coprVersionReq })))).toBe("data hi");
    expect(bench.of("pluginStarted").at(-1)?.what["generation"]).toBe(generation);
  });

  test("a requirement that excludes all of them names the highest", () => {
    expect(shown(bench.ask(1, call("hi", { coprVersionReq: "^3" })))).toBe(
      "none: The plugin 'script' with version '2.1.0-rc.1' does not " +
        "satisfy the version constraint '>=3.0.0, <4.0.0'",
    );
  });
});

describe("how a run ends", () => {
  test("a panic is an error of its request (H13): the store lives on", () => {
    const bench = led({ grpcThreads: 1, stores: 1 });
    const answer = bench.ask(1, call("put e 3\npanic oh"));
    expect(shown(answer)).toBe("panic: plugin 'script' panicked: oh");
    expect(bench.of("pluginFinished").at(-1)?.what["outcome"]).toBe(pluginOutcomes.panic);
    expect(bench.of("coprocessorAnswered").at(-1)?.what["answer"]).toBe(coprocessorAnswers.text);
    expect(shown(bench.ask(1, call("get e")))).toBe("data 3");
    expect(bench.world.deaths).toEqual([]);
  });

  test.each([
    ["fuel", { fuel: 100_000 }],
    ["storageCalls", { storageCalls: 50 }],
    ["scannedBytes", { scannedBytes: 100 }],
    ["responseBytes", { responseBytes: 1 }],
  ])("a limit (%s) is an error too, and takes no thread along (H14)", (reason, limits) => {
    const bench = led({ limits, grpcThreads: 1, stores: 1 });
    const script = reason === "responseBytes" ? "long" : "loop c";
    const answer = shown(bench.ask(1, call(script)));
    expect(answer).toContain(`limit: plugin 'script' was stopped: ${reason}: `);
    expect(bench.ask(1, { op: operations.get, regionId: 2, key: "c" }).error).toBe("");
  });

  test("what its time does not allow is ended at nine tenths of it", () => {
    const bench = led();
    bench.cut([1], [2, 3]);
    const startUs = bench.world.nowUs;
    const answer = bench.ask(1, call("put e 3", { timeoutUs: 200_000 }));
    expect(shown(answer)).toBe("deadline: plugin 'script' was stopped: the request's time is over");
    const finished = bench.of("pluginFinished").at(-1);
    expect(finished?.what["outcome"]).toBe(pluginOutcomes.deadline);
    expect((finished?.at ?? 0) - startUs).toBeGreaterThanOrEqual(180_000);
    expect((finished?.at ?? 0) - startUs).toBeLessThan(182_000);
    bench.send(1, call("put e 4", { timeoutUs: 200_000 }));
    expect(bench.ask(1, call("hi")).error).toBe("");
    bench.run(300_000);
    // The answer to its storage call comes after its end, and finds nobody.
    bench.world.network.heal();
    bench.run(3_000_000);
    expect(bench.of("pluginFinished").filter(({ what }) => what["outcome"] === 4)).toHaveLength(2);
  });

  test("who is out of time lets go of what it held: a withdrawn plugin is unloaded then", () => {
    const bench = led();
    bench.cut([1], [2, 3]);
    bench.changeDirectory(1, { kind: "delete", file: "plugin0.so" });
    bench.run(500_000);
    const rpc = bench.send(1, call("put e 3", { timeoutUs: 5_000_000 }));
    bench.run(3_000_000);
    expect(bench.of("pluginWithdrawn")).toHaveLength(1);
    expect(bench.of("pluginUnloaded")).toEqual([]);
    bench.until(() => bench.answer(rpc) !== undefined);
    const [finished] = bench.of("pluginFinished");
    expect(finished?.what["outcome"]).toBe(pluginOutcomes.deadline);
    expect(bench.of("pluginUnloaded").map(({ at }) => at)).toEqual([finished?.at]);
  });

  test("plugins that wait for Raft do not keep it waiting: they have their own threads", () => {
    const bench = led({ grpcThreads: 1 });
    const rpcs = Array.from({ length: 5 }, (_, at) => bench.send(1, call(`put e ${at}`)));
    bench.until(() => rpcs.every((rpc) => bench.answer(rpc) !== undefined), { maxUs: 100_000 });
    expect(shown(bench.ask(1, call("get e")))).toMatch(/^data \d$/);
    // As TiKV has it, the one thread waits for what only it could take in.
    const tikv = led({ grpcThreads: 1, fidelity: "tikv" });
    const rpc = tikv.send(1, call("put e 1"));
    tikv.run(2_000_000);
    expect(tikv.answer(rpc)).toBeUndefined();
  });

  test("a request that says nothing has the RPC's time; one that computes is ended too", () => {
    const bench = led();
    bench.cut([1], [2, 3]);
    const startUs = bench.world.nowUs;
    bench.ask(1, call("put e 3"));
    expect(bench.world.nowUs - startUs).toBeGreaterThan(900_000);
    expect(bench.world.nowUs - startUs).toBeLessThan(902_000);
    const busy = led({ limits: { storageCalls: 100_000 } });
    const answer = busy.ask(1, call("loop c", { timeoutUs: 5_000 }));
    expect(shown(answer)).toContain("deadline: ");
    expect(busy.of("pluginCalled").length).toBeGreaterThan(10);
  });

  test("a file that another one replaced for a moment is gone all the same", () => {
    const bench = led({ stores: 1, artefacts: { other: plugin } });
    bench.changeDirectory(1, { kind: "moveIn", file: "plugin0.so", artefact: "other" });
    bench.run(1_000_000);
    bench.changeDirectory(1, { kind: "delete", file: "plugin0.so" });
    bench.run(4_000_000);
    expect(shown(bench.ask(1, call("hi")))).toContain("No registered coprocessor");
  });

  test("a plugin that is withdrawn while it runs ends in peace and is unloaded then", () => {
    const bench = led({ stores: 1 });
    bench.changeDirectory(1, { kind: "delete", file: "plugin0.so" });
    bench.run(2_998_500);
    const writes = Array.from({ length: 8 }, (_, at) => `put e ${at}`).join("\n");
    const rpc = bench.send(1, call(writes));
    bench.until(() => bench.answer(rpc) !== undefined);
    const at = (name: "pluginWithdrawn" | "pluginUnloaded" | "pluginFinished"): number =>
      bench.of(name)[0]?.at ?? 0;
    expect(at("pluginWithdrawn")).toBeGreaterThan(0);
    expect(at("pluginFinished")).toBeGreaterThan(at("pluginWithdrawn"));
    expect(at("pluginUnloaded")).toBe(at("pluginFinished"));
    expect(shown(bench.ask(1, call("hi")))).toContain("No registered coprocessor");
  });
});

describe("error classes", () => {
  const shared = led({ engines: ownEngines[2], stores: 1 });
  test.each([
    ["get z", "region error keyNotInRegion"],
    ["put z 1", "region error keyNotInRegion"],
    ["batchGet c z", "region error keyNotInRegion"],
    ["scan c z", "region error keyNotInRegion"],
    ["scan c -", "region error keyNotInRegion"],
    ["deleteRange a c", "region error keyNotInRegion"],
    ["scan c m", "data c=1 d=2"],
    ["scan d c", "data "],
    ["try get z", "data swallowed"],
    ["timeout 1000000", "timeout: timeout after 1s"],
    ["canceled", "canceled: request canceled"],
    ["fail no", "none: no"],
  ])("%s", (script, expected) => {
    expect(shown(shared.ask(1, call(script)))).toBe(expected);
  });

  test("nothing of a call that leaves the region is carried out", () => {
    shared.ask(1, call("try batchPut e 1 z 1"));
    expect(shown(shared.ask(1, call("get e")))).toBe("data absent");
  });

  test("a write whose fate is not known says so, and its client does not call it an error", () => {
    const bench = led();
    bench.cut([1], [2, 3]);
    const id = bench.start({
      kind: "coprocessor",
      name: "script",
      versionReq: "*",
      ranges: [{ start: "c", end: "d" }],
      buildRequest: () => latin1Bytes("put c 3"),
    });
    bench.until(() => bench.outcome(id) !== undefined, { stepUs: 10_000 });
    expect(bench.outcome(id)).toEqual({
      kind: "unknown",
      text: "plugin 'script' was stopped: the request's time is over",
    });
  });
});

test("H7, H8: which of two files serves hangs on the files alone", () => {
  const copy = (file: string, artefact: string): DirectoryOperation => ({
    kind: "copy",
    file,
    artefact,
    forUs: 0,
    chunks: 1,
    perMille: 1_000,
  });
  const v1 = scriptPlugin({ name: "script", version: "1.0.0" });
  const v2 = scriptPlugin({ name: "script", version: "2.0.0" });
  for (const files of [
    ["v1", "v2"],
    ["v2", "v1"],
  ]) {
    const bench = led({ stores: 1, plugins: [], artefacts: { v1, v2 } });
    for (const name of files) {
      bench.changeDirectory(1, copy(`${name}.so`, name));
      bench.run(4_000_000);
    }
    for (let start = 0; start < 2; start++) {
      expect(shown(bench.ask(1, call("hi", { coprVersionReq: "=2.0.0" })))).toBe("data hi");
      bench.world.crash(bench.process(1), "test");
      bench.world.restart(bench.process(1));
      bench.lead(1, 2);
    }
  }
});
