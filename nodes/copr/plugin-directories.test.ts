/**
 * Plugin directories as durable state of machines: what crashes, power losses and restarts make of
 * file operations. To add a case, change a directory of a `ClusterBench` and look at the events.
 */
import { expect, test } from "vitest";
import type { DirectoryOperation } from "../../plugins/index.ts";
import { digestText } from "../../sim/bytes.ts";
import { directoryChanges, loadRefusals } from "../events.ts";
import { type BenchOptions, benchEngines, ClusterBench } from "../testing/cluster-bench.ts";
import { scriptPlugin } from "../testing/script-plugin.ts";
import { codeDigest } from "./plugin-report.ts";

const engines = await benchEngines();
const v1 = scriptPlugin({ name: "script", version: "1.0.0" });
const v2 = scriptPlugin({ name: "script", version: "2.0.0" });
const bench = (options: Partial<BenchOptions> = {}): ClusterBench =>
  new ClusterBench({ engines, stores: 1, plugins: [], artefacts: { v1, v2 }, ...options });

const copy = (fields: Partial<DirectoryOperation & { kind: "copy" }> = {}): DirectoryOperation => ({
  kind: "copy",
  file: "liba.so",
  artefact: "v1",
  forUs: 1_000_000,
  chunks: 4,
  perMille: 1_000,
  ...fields,
});

function changes(of: ClusterBench): readonly string[] {
  const names = new Map<number, string>();
  for (const [name, kind] of Object.entries(directoryChanges)) names.set(kind, name);
  return of.of("directoryChanged").map(({ at, what }) => {
    const content = what["content"] === 0 ? "" : " whole";
    return `${Math.floor(at / 1_000)} ${names.get(what["change"] ?? 0)}${content}`;
  });
}

test("a copy goes on while its store is down; the next start finds what is there", () => {
  const one = bench();
  one.run(100_000);
  one.changeDirectory(1, copy());
  one.run(300_000);
  one.world.crash(one.process(1), "test");
  one.run(500_000);
  one.world.restart(one.process(1));
  one.run(50_000);
  const { notALibrary } = loadRefusals;
  const file = digestText("liba.so");
  expect(one.of("pluginRefused").map(({ what }) => what)).toEqual([
    { plugin: 0, reason: notALibrary, file, content: 0 },
  ]);
  one.run(300_000);
  expect(changes(one)).toEqual([
    "100 created",
    "350 written",
    "600 written",
    "850 written",
    "1100 written whole",
    "1100 closed whole",
  ]);
  one.world.crash(one.process(1), "test");
  one.world.restart(one.process(1));
  one.run(50_000);
  const code = codeDigest(v1);
  expect(one.of("directoryListed").map(({ what }) => what)).toEqual([
    { file, position: 0, content: 0, of: 1 },
    { file, position: 0, content: code, of: 1 },
  ]);
  expect(one.of("pluginOpened").map(({ what }) => what)).toEqual([
    { file, generation: 1, cause: 0, code },
  ]);
});

test("a power loss ends a copy; what begins without power waits for the next start", () => {
  const one = bench();
  one.run(100_000);
  one.changeDirectory(1, copy({ chunks: 2 }));
  one.run(600_000);
  one.world.powerLoss(one.process(1));
  one.changeDirectory(1, { kind: "moveIn", file: "libb.so", artefact: "v2" });
  one.run(1_000_000);
  expect(changes(one).slice(0, 2)).toEqual(["100 created", "600 written"]);
  for (const change of changes(one).slice(2)) expect(change).toMatch(/^700 (lost|damaged)$/);
  one.world.restart(one.process(1));
  one.run(50_000);
  expect(changes(one).at(-1)).toBe("1700 movedIn whole");
});

test("what a power loss leaves of an unsynced copy is by seed: nothing, a part, all of it", () => {
  const seen = new Set<string>();
  for (let seed = 0; seed < 24 && seen.size < 3; seed++) {
    const one = bench({ seed: `${seed}` });
    one.run(50_000);
    one.changeDirectory(1, copy({ forUs: 0 }));
    one.run(50_000);
    one.world.powerLoss(one.process(1));
    one.world.restart(one.process(1));
    one.run(50_000);
    const listed = one.of("directoryListed").map(({ what }) => what["content"] !== 0);
    seen.add(listed.length === 0 ? "nothing" : listed[0] ? "all" : "part");
  }
  expect([...seen].sort()).toEqual(["all", "nothing", "part"]);
});

test("disks that keep everything keep names and bytes too", () => {
  for (let seed = 0; seed < 8; seed++) {
    const one = bench({ seed: `${seed}` });
    one.world.disk(one.process(1)).keep();
    one.run(50_000);
    one.changeDirectory(1, copy({ forUs: 0 }));
    one.run(50_000);
    one.world.powerLoss(one.process(1));
    one.world.restart(one.process(1));
    one.run(50_000);
    expect(one.of("pluginOpened")).toHaveLength(1);
  }
});

test("read_dir has an order of its own on every machine, the same at every start", () => {
  const orders = new Set<string>();
  const plugins = ["a", "b", "c"].map((name) => scriptPlugin({ name, version: "1.0.0" }));
  const one = bench({ plugins, stores: 3, directoryOrder: "arbitrary" });
  one.run(50_000);
  const listed = (store: number, from: number): string =>
    one
      .of("directoryListed", from)
      .filter((event) => event.store === store)
      .map(({ what }) => what["file"])
      .join();
  for (const store of [1, 2, 3]) orders.add(listed(store, 0));
  expect(orders.size).toBeGreaterThan(1);
  const from = one.events.length;
  one.world.crash(one.process(2), "test");
  one.world.restart(one.process(2));
  one.run(50_000);
  expect(listed(2, from)).toBe(listed(2, 0).split(",").slice(0, 3).join());
});
