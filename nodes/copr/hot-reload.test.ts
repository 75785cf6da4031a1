/**
 * Hot reload in running stores: directory, watcher, registry and endpoint together. To add a case,
 * change a directory of a `ClusterBench` and ask, or look at the events. What each policy makes of
 * each change is in plugins/registry/testdata/registry.txt.
 */
import { describe, expect, test } from "vitest";
import type { DirectoryOperation, PreparedPlugin } from "../../plugins/index.ts";
import { latin1Bytes, latin1Text } from "../../sim/bytes.ts";
import { debouncedKinds, loadCauses, loadRefusals } from "../events.ts";
import { type BenchOptions, benchEngines, ClusterBench } from "../testing/cluster-bench.ts";
import { scriptPlugin } from "../testing/script-plugin.ts";
import { operations } from "../wire.ts";

const engines = await benchEngines();
const v1 = scriptPlugin({ name: "script", version: "1.0.0" });
const v2 = scriptPlugin({ name: "script", version: "2.0.0" });
const hangs: PreparedPlugin = {
  ...scriptPlugin({ name: "script", version: "4.0.0" }),
  instantiate: () => ({ kind: "trap", reason: "fuel", text: "out of fuel" }),
};

function started(options: Partial<BenchOptions> = {}): ClusterBench {
  const artefacts = { v1, v2, hangs };
  const bench = new ClusterBench({ engines, stores: 1, plugins: [v1], artefacts, ...options });
  bench.lead(1);
  return bench;
}

const copy = (file: string, artefact: string): DirectoryOperation => ({
  kind: "copy",
  file,
  artefact,
  forUs: 0,
  chunks: 1,
  perMille: 1_000,
});

const call = (script: string, coprVersionReq = "*") => ({
  op: operations.coprocessor,
  coprName: "script",
  coprVersionReq,
  value: latin1Bytes(script),
});

function asked(bench: ClusterBench, script: string, requirement = "*"): string {
  const { error, data } = bench.ask(1, call(script, requirement));
  return error === "" ? latin1Text(data) : error;
}

const generations = (bench: ClusterBench): readonly unknown[] =>
  bench.of("pluginStarted").map(({ what }) => what["generation"]);

describe.each(["tikv", "contract"] as const)("fidelity %s", (fidelity) => {
  test("a new file serves from the watcher's delay on", () => {
    const bench = started({ fidelity });
    const startUs = bench.world.nowUs;
    bench.changeDirectory(1, copy("libnew.so", "v2"));
    bench.run(2_999_000);
    expect(asked(bench, "hi")).toBe("hi");
    bench.run(2_000);
    expect(asked(bench, "hi")).toBe("hi");
    expect(generations(bench)).toEqual([1, 2]);
    const opened = bench.of("pluginOpened").at(-1);
    expect(opened?.what["cause"]).toBe(loadCauses.watcher);
    expect((opened?.at ?? 0) - startUs).toBe(3_000_000);
    const said = bench.of("watcherDelivered").map(({ what }) => what["event"]);
    expect(said).toEqual([debouncedKinds.create]);
  });

  test("a paused store hears of its directory when it goes on", () => {
    const bench = started({ fidelity });
    bench.world.pause(bench.process(1));
    bench.changeDirectory(1, copy("libnew.so", "v2"));
    bench.run(5_000_000);
    bench.world.resume(bench.process(1));
    const resumedUs = bench.world.nowUs;
    bench.run(4_000_000);
    expect((bench.of("pluginOpened").at(-1)?.at ?? 0) - resumedUs).toBe(3_000_000);
  });

  test("a request ends on the plugin that it began on; then that one is retired", () => {
    const bench = started({ fidelity });
    bench.changeDirectory(1, copy("libnew.so", "v2"));
    bench.run(2_998_500);
    const rpc = bench.send(1, call("put c 1\nput c 2\nput c 3\nput c 4\nput c 5\nget c"));
    bench.until(() => bench.answer(rpc) !== undefined);
    const from = bench.of("pluginStarted")[0]?.at ?? 0;
    const ended = bench.of("pluginFinished")[0];
    const loaded = bench.of("pluginLoaded").at(-1)?.at ?? 0;
    expect([from < loaded, loaded < (ended?.at ?? 0)]).toEqual([true, true]);
    expect(ended?.what["generation"]).toBe(1);
    const retired = bench.of("pluginRetired").map(({ at, what }) => [at, what["generation"]]);
    expect(retired).toEqual(fidelity === "tikv" ? [[ended?.at, 1]] : []);
  });

  test("a quiet directory arms no timer", () => {
    const bench = started({ fidelity });
    const quiet = bench.world.events;
    bench.run(10_000_000);
    const perSecond = (bench.world.events - quiet) / 10;
    const other = started({ fidelity, plugins: null });
    const before = other.world.events;
    other.run(10_000_000);
    expect((other.world.events - before) / 10).toBe(perSecond);
  });
});

describe("fidelity tikv", () => {
  test("no directory is set: whatever comes, the feature is off", () => {
    const bench = started({ plugins: null });
    expect(asked(bench, "hi")).toBe("Coprocessor plugin is disabled!");
    bench.changeDirectory(1, copy("liba.so", "v1"));
    bench.run(4_000_000);
    expect(bench.of("directoryChanged")).toEqual([]);
    expect(asked(bench, "hi")).toBe("Coprocessor plugin is disabled!");
  });

  test("H6: the same path is refused for ever, until a restart", () => {
    const bench = started();
    bench.changeDirectory(1, { kind: "moveIn", file: "plugin0.so", artefact: "v2" });
    bench.run(4_000_000);
    expect(bench.of("pluginRefused").at(-1)?.what["reason"]).toBe(loadRefusals.reload);
    expect(asked(bench, "hi", "=1.0.0")).toBe("hi");
    bench.world.crash(bench.process(1), "test");
    bench.world.restart(bench.process(1));
    bench.lead(1);
    expect(asked(bench, "hi", "=2.0.0")).toBe("hi");
  });

  test("H15: a constructor that hangs takes the thread of each call; at a start, that", () => {
    const bench = started({ grpcThreads: 2 });
    bench.changeDirectory(1, copy("libbad.so", "hangs"));
    bench.run(4_000_000);
    const first = bench.send(1, call("hi"));
    bench.run(100_000);
    expect(bench.ask(1, { op: operations.get, key: "c" }).error).toBe("");
    const second = bench.send(1, call("hi"));
    bench.run(100_000);
    const get = bench.send(1, { op: operations.get, key: "c" });
    bench.run(100_000);
    expect([first, second, get].map((rpc) => bench.answer(rpc))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    bench.world.crash(bench.process(1), "test");
    bench.world.restart(bench.process(1));
    const from = bench.events.length;
    bench.run(5_000_000);
    expect(bench.of("storeReady", from)).toEqual([]);
  });
});
