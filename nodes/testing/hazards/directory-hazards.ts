/** Hazards of plugin directories, watcher and registry. */
import type { PreparedPlugin } from "../../../plugins/index.ts";
import { operations } from "../../wire.ts";
import type { ClusterBench } from "../cluster-bench.ts";
import { scriptPlugin } from "../script-plugin.ts";
import {
  answered,
  call,
  changed,
  copy,
  type Hazard,
  type HazardStage,
  restarted,
  said,
  serves,
  state,
  v1,
  v2,
} from "./hazard.ts";

const nobody = "error No registered coprocessor with name 'script'";
const panics: PreparedPlugin = {
  ...v2,
  instantiate: () => ({ kind: "panic", text: "no" }),
};
const hangs: PreparedPlugin = {
  ...v2,
  instantiate: () => ({ kind: "trap", reason: "fuel", text: "out of fuel" }),
};

export const directoryHazards: readonly Hazard[] = [
  {
    id: "H2",
    what: "a copy stalls for longer than the watcher waits",
    play: (stage) => {
      const bench = stage.bench({ plugins: [] });
      bench.changeDirectory(1, { ...copy("a.so", "v1"), forUs: 8_000_000, chunks: 2 });
      bench.run(16_000_000);
      const stalled = said(bench.ask(1, call("hi")));
      changed(bench, { kind: "delete", file: "a.so" });
      changed(bench, copy("a.so", "v1"));
      return [stalled, said(bench.ask(1, call("hi")))];
    },
    tikv: [nobody, "data hi"],
    contract: ["data hi", "data hi"],
  },
  {
    id: "H3",
    what: "a file gets its right name late, soon, or on its way in",
    play: (stage) => {
      const late = stage.bench({ plugins: [] });
      changed(late, copy("a.so.tmp", "v1"));
      changed(late, { kind: "rename", from: "a.so.tmp", to: "a.so" });
      const lateText = serves(late);
      const soon = stage.bench({ plugins: [] });
      soon.changeDirectory(1, copy("a.so.tmp", "v1"));
      soon.run(1_000_000);
      changed(soon, { kind: "rename", from: "a.so.tmp", to: "a.so" });
      const soonText = serves(soon);
      const moved = stage.bench({ plugins: [] });
      changed(moved, { kind: "moveIn", file: "a.so", artefact: "v1" });
      return [lateText, soonText, serves(moved)];
    },
    tikv: ["serves nothing", "serves 1.0.0", "serves 1.0.0"],
    contract: ["serves 1.0.0", "serves 1.0.0", "serves 1.0.0"],
  },
  {
    id: "H4",
    what: "a file is deleted",
    play: (stage) => {
      const bench = stage.bench();
      changed(bench, { kind: "delete", file: "plugin0.so" });
      const before = serves(bench);
      restarted(bench);
      return [before, serves(bench)];
    },
    tikv: ["serves 1.0.0", "serves nothing"],
    contract: ["serves nothing", "serves nothing"],
  },
  {
    id: "H5",
    what: "a file is overwritten in place, then cut to nothing",
    play: (stage) => {
      const bench = stage.bench();
      changed(bench, { ...copy("plugin0.so", "v2"), kind: "overwrite" });
      const overwritten = serves(bench);
      changed(bench, { kind: "truncate", file: "plugin0.so" });
      return [overwritten, serves(bench), state(bench)];
    },
    tikv: ["serves 1.0.0", "serves 1.0.0", "up"],
    contract: ["serves 2.0.0", "serves 2.0.0", "up"],
  },
  {
    id: "H6",
    what: "an upgrade under the same path, and once more after a deletion",
    play: (stage) => {
      const bench = stage.bench();
      const upgrade = { kind: "moveIn", file: "plugin0.so", artefact: "v2" } as const;
      changed(bench, upgrade);
      const first = serves(bench);
      changed(bench, { kind: "delete", file: "plugin0.so" });
      changed(bench, upgrade);
      const second = serves(bench);
      restarted(bench);
      return [first, second, serves(bench)];
    },
    tikv: ["serves 1.0.0", "serves 1.0.0", "serves 2.0.0"],
    contract: ["serves 2.0.0", "serves 2.0.0", "serves 2.0.0"],
  },
  {
    id: "H7",
    what: "two files of one plugin arrive in another order on each of two stores",
    play: (stage) => {
      const bench = stage.bench({ stores: 2, cuts: ["m"], plugins: [] });
      bench.lead(2, 2);
      changed(bench, copy("a.so", "v1"), 1);
      changed(bench, copy("b.so", "v2"), 1);
      changed(bench, copy("b.so", "v2"), 2);
      changed(bench, copy("a.so", "v1"), 2);
      return [serves(bench, 1, 1), serves(bench, 2, 2)];
    },
    tikv: ["serves 2.0.0", "serves 1.0.0"],
    contract: ["serves 1.0.0 and 2.0.0", "serves 1.0.0 and 2.0.0"],
  },
  {
    id: "H8",
    what: "a restart finds an old file behind the new one in the directory's order",
    play: (stage) => {
      const bench = stage.bench({ plugins: [] });
      // Half a file loads nowhere, but gives its name the first place in the directory.
      changed(bench, { ...copy("b.so", "v2"), chunks: 2, perMille: 500 });
      changed(bench, { kind: "delete", file: "b.so" });
      changed(bench, copy("a.so", "v1"));
      changed(bench, copy("b.so", "v2"));
      const before = serves(bench);
      restarted(bench);
      return [before, serves(bench)];
    },
    tikv: ["serves 2.0.0", "serves 1.0.0"],
    contract: ["serves 1.0.0 and 2.0.0", "serves 1.0.0 and 2.0.0"],
  },
  {
    id: "H9",
    what: "the plugin directory is set as a relative path, then as an absolute one",
    play: (stage) => ["./coprocessors", "/coprocessors"].flatMap((path) => spelled(stage, path)),
    tikv: ["renames followed: 0", "serves 2.0.0", "renames followed: 1", "serves 1.0.0"],
    contract: ["renames followed: 1", "serves 2.0.0", "renames followed: 1", "serves 2.0.0"],
  },
  {
    id: "H13",
    what: "a plugin panics, then a constructor, then that one again at the start",
    play: (stage) => {
      const bench = stage.bench({ artefacts: { panics } });
      const rpc = bench.send(1, call("panic oh"));
      bench.run(50_000);
      const request = [answered(bench, rpc), state(bench)];
      if (state(bench) === "down") bench.world.restart(bench.process(1));
      bench.lead(1);
      changed(bench, copy("bad.so", "panics"));
      const loaded = state(bench);
      if (state(bench) === "down") bench.world.restart(bench.process(1));
      bench.run(1_000_000);
      return [...request, loaded, state(bench)];
    },
    tikv: ["no answer", "down", "down", "down"],
    contract: ["error plugin 'script' panicked: oh", "up", "up", "up"],
  },
  {
    id: "H15",
    what: "a constructor hangs: calls, plain reads, and the next start",
    play: (stage) => {
      const bench = stage.bench({ artefacts: { hangs }, grpcThreads: 2 });
      changed(bench, copy("bad.so", "hangs"));
      const calls = [bench.send(1, call("hi")), bench.send(1, call("hi"))];
      bench.run(1_000_000);
      const get = bench.send(1, { op: operations.get, key: "c" });
      bench.run(1_000_000);
      const before = [...calls, get].map((rpc) => answered(bench, rpc));
      bench.world.crash(bench.process(1), "test");
      bench.world.restart(bench.process(1));
      const from = bench.events.length;
      bench.run(1_000_000);
      return [...before, `started: ${bench.of("storeReady", from).length}`];
    },
    tikv: ["no answer", "no answer", "no answer", "started: 0"],
    contract: ["data hi", "data hi", "data ", "started: 1"],
  },
  {
    id: "H24",
    what: "a file of another host's build: nothing in it runs, its constructor neither",
    play: (stage) => {
      let runs = 0;
      const foreign: PreparedPlugin = {
        ...v2,
        build: { ...v2.build, rustc: "rustc 1.0.0" },
        instantiate: (limits) => {
          runs++;
          return v2.instantiate(limits);
        },
      };
      const bench = stage.bench({ artefacts: { foreign } });
      changed(bench, copy("foreign.so", "foreign"));
      return [`${bench.of("pluginRefused").length} refused`, `run ${runs} times`, serves(bench)];
    },
    tikv: ["1 refused", "run 0 times", "serves 1.0.0"],
    contract: "same",
  },
  {
    id: "H25",
    what: "other code of the same compiler, target and API version passes every check",
    play: (stage) => {
      const other = { ...scriptPlugin({ name: "other", version: "1.0.0" }), build: v1.build };
      const bench = stage.bench({ artefacts: { other } });
      changed(bench, copy("other.so", "other"));
      return [said(bench.ask(1, call("hi", { coprName: "other" }))), state(bench)];
    },
    tikv: ["data hi", "up"],
    contract: "same",
  },
];

/** A file of the start is renamed; another one of its old name comes. */
function spelled(stage: HazardStage, directoryPath: string): readonly string[] {
  const bench: ClusterBench = stage.bench({ directoryPath });
  changed(bench, { kind: "rename", from: "plugin0.so", to: "b.so" });
  const followed = bench.of("pluginMoved").length;
  changed(bench, { kind: "delete", file: "b.so" });
  changed(bench, { kind: "moveIn", file: "plugin0.so", artefact: "v2" });
  return [`renames followed: ${followed}`, serves(bench)];
}
