/** Hazards of requests: which store runs a plugin, what it may do to it, what a client sees. */
import { operations } from "../../wire.ts";
import type { ClusterBench } from "../cluster-bench.ts";
import { answered, call, changed, copy, ended, type Hazard, said, state } from "./hazard.ts";

/** A client's call of `script` with one range. */
function calls(bench: ClusterBench, script: string, versionReq = "*", end = "z"): string {
  const from = bench.of("clientSent").length;
  const outcome = bench.call({
    kind: "coprocessor",
    name: "script",
    versionReq,
    ranges: [{ start: "a", end }],
    buildRequest: () => new TextEncoder().encode(script),
  });
  const sent = bench.of("clientSent").length - from;
  return `${ended(outcome)}; ${sent} sent`;
}

const runs = (bench: ClusterBench): string => `${bench.of("pluginStarted").length} runs`;

export const requestHazards: readonly Hazard[] = [
  {
    id: "H1",
    what: "a version requirement has a number beyond 64 bits",
    play: (stage) => {
      const bench = stage.bench();
      const rpc = bench.send(1, call("hi", { coprVersionReq: "18446744073709551616" }));
      bench.run(50_000);
      return [answered(bench, rpc), state(bench)];
    },
    tikv: ["no answer", "down"],
    contract: ["error the given version requirement is invalid", "up"],
  },
  {
    id: "H10",
    what: "one store has the new version, the other has not: a call over regions of both",
    play: (stage) => {
      const bench = stage.bench({ stores: 2, cuts: ["m"] });
      bench.lead(2, 2);
      changed(bench, copy("new.so", "v2"), 1);
      bench.call({ kind: "get", key: "y" }); // Now the client knows who leads.
      return [calls(bench, "hi", "^1"), calls(bench, "hi", "^2"), calls(bench, "hi", "*")];
    },
    tikv: [
      "error The plugin 'script' with version '2.0.0' does not satisfy the version constraint " +
        "'>=1.0.0, <2.0.0'; 2 sent",
      "error The plugin 'script' with version '1.0.0' does not satisfy the version constraint " +
        "'>=2.0.0, <3.0.0'; 2 sent",
      "ok, 2 shards; 2 sent",
    ],
    contract: [
      "ok, 2 shards; 2 sent",
      "error The plugin 'script' with version '1.0.0' does not satisfy the version constraint " +
        "'>=2.0.0, <3.0.0'; 2 sent",
      "ok, 2 shards; 2 sent",
    ],
  },
  {
    id: "H11",
    what: "a storage call leaves the region",
    play: (stage) => {
      const bench = stage.bench({ cuts: ["m"] });
      const raw = said(bench.ask(1, call("put z 1")));
      const [outcome = "", sent = ""] = calls(bench, "put z 1", "*", "b").split("; ");
      return [raw, outcome, sent === "1 sent" ? "sent once" : "sent again"];
    },
    tikv: [
      "error Key [122] not found in region 1",
      "error Key [122] not found in region 1",
      "sent once",
    ],
    contract: [
      "region error keyNotInRegion",
      "error key 7A is not in region key range [, 6D) for region 1",
      "sent again",
    ],
  },
  {
    id: "H12",
    what: "a plugin makes an error of its own of NotLeader, under a client that is behind",
    play: (stage) => {
      const bench = stage.bench({ stores: 3 });
      calls(bench, "get c");
      bench.transfer(1, 2);
      bench.run(500_000);
      return [calls(bench, "recreate get c").replace(/Some\(.*\)/, "Some(..)")];
    },
    tikv: ["error peer is not leader for region 1, leader may Some(..); 1 sent"],
    contract: ["ok, 1 shards; 2 sent"],
  },
  {
    id: "H14",
    what: "as many plugins as there are gRPC threads never return",
    play: (stage) => {
      const limits = { storageCalls: 50 };
      const bench = stage.bench({ stores: 3, grpcThreads: 2, limits });
      const loops = [bench.send(1, call("loop c")), bench.send(1, call("loop c"))];
      bench.run(200_000);
      const get = bench.send(1, { op: operations.get, key: "c" });
      bench.run(6_000_000);
      const leader = bench.leaderOf(1);
      return [
        ...loops.map((rpc) => answered(bench, rpc).split(":")[0] ?? ""),
        answered(bench, get),
        leader === 1 ? "leads on" : "lost its leadership",
      ];
    },
    tikv: ["no answer", "no answer", "no answer", "lost its leadership"],
    contract: [
      "error plugin 'script' was stopped",
      "error plugin 'script' was stopped",
      "data ",
      "leads on",
    ],
  },
  {
    id: "H16",
    what: "requests to a store that does not lead, of a stale epoch, and of no region it has",
    play: (stage) => {
      const bench = stage.bench({ stores: 3 });
      return [
        said(bench.ask(2, call("hi"))),
        said(bench.ask(1, call("hi", { version: 7 }))),
        said(bench.ask(1, call("hi", { regionId: 9, version: 1, confVer: 1, peerId: 1 }))),
        said(bench.ask(2, call("hi\nget c"))),
        runs(bench),
      ];
    },
    tikv: ["data hi", "data hi", "data hi", "region error notLeader", "4 runs"],
    contract: [
      "region error notLeader",
      "region error epochNotMatch",
      "region error regionNotFound",
      "region error notLeader",
      "0 runs",
    ],
  },
  {
    id: "H17",
    what: "ranges reach beyond the region",
    play: (stage) => {
      const bench = stage.bench({ cuts: ["m"] });
      const range = { keys: ["a"], endKeys: ["z"] };
      return [said(bench.ask(1, call("ranges", range))), runs(bench)];
    },
    tikv: ["data [a, z)", "1 runs"],
    contract: ['error range ["a", "z") is not inside region 1 ["", "m")', "0 runs"],
  },
  {
    id: "H23",
    what: "a process that is neither store nor client of the cluster calls a plugin",
    play: (stage) => [said(stage.bench().ask(1, call("hi")))],
    tikv: ["data hi"],
    contract: "same",
  },
  {
    id: "H27",
    what: "a request for the leader's store arrives at a proxy",
    play: (stage) => {
      const bench = stage.bench({ stores: 3 });
      const peerId = bench.region(1).peers.find(({ store }) => store === 1)?.id ?? 0;
      const forwarded = { storeId: 1, peerId };
      return [
        said(bench.ask(2, call("hi", forwarded))),
        said(bench.ask(2, call("get c", forwarded))),
        `on the proxy: ${bench.of("pluginStarted").filter(({ store }) => store === 2).length} runs`,
      ];
    },
    tikv: ["data hi", "region error storeNotMatch", "on the proxy: 2 runs"],
    contract: ["region error storeNotMatch", "region error storeNotMatch", "on the proxy: 0 runs"],
  },
];
