/** Hazards of what plugins do to data, and of what they get of it. */
import { latin1Bytes } from "../../../sim/bytes.ts";
import type { ClusterBench } from "../cluster-bench.ts";
import { answered, call, ended, type Hazard, put, restarted, said, stored } from "./hazard.ts";

const scripted = (script: string) =>
  ({
    kind: "coprocessor",
    name: "script",
    versionReq: "*",
    ranges: [{ start: "a", end: "z" }],
    buildRequest: () => latin1Bytes(script),
  }) as const;

const answeredCalls = (bench: ClusterBench): number => bench.of("pluginAnswered").length;

export const storageHazards: readonly Hazard[] = [
  {
    id: "H18",
    what: "the leader changes between two writes of a plugin, and its client tries again",
    play: (stage) => {
      const bench = stage.bench({ stores: 3 });
      const writes = Array.from({ length: 100 }, (_, at) => `put d ${at}`);
      const id = bench.start(scripted(["increment c", ...writes].join("\n")));
      bench.until(() => answeredCalls(bench) > 5);
      bench.transfer(1, 2);
      bench.until(() => bench.outcome(id) !== undefined, { stepUs: 10_000 });
      const outcome = bench.outcome(id);
      return [outcome === undefined ? "" : ended(outcome), stored(bench, "c", 2)];
    },
    tikv: ["ok, 1 shards", "c=2"],
    contract: "same",
  },
  {
    id: "H19",
    what: "a store stops between two writes of a plugin",
    play: (stage) => {
      const bench = stage.bench();
      const rpc = bench.send(1, call("put c new\nput d new"));
      bench.until(() => answeredCalls(bench) > 0, { stepUs: 10 });
      restarted(bench);
      return [answered(bench, rpc), stored(bench, "c"), stored(bench, "d")];
    },
    tikv: ["no answer", "c=new", "d=absent"],
    contract: "same",
  },
  {
    id: "H20",
    what: "two plugins read a key and write one more, at once",
    play: (stage) => {
      const bench = stage.bench();
      const rpcs = [bench.send(1, call("increment c")), bench.send(1, call("increment c"))];
      bench.run(1_000_000);
      return [...rpcs.map((rpc) => answered(bench, rpc)), stored(bench, "c")];
    },
    tikv: ["data done", "data done", "c=1"],
    contract: "same",
  },
  {
    id: "H21",
    what: "a scan of a whole region: beyond what a client takes, then beyond the host's limit",
    play: (stage) => {
      const bench = stage.bench();
      for (const key of ["a", "b", "c", "d", "e"]) put(bench, key, "x".repeat(1 << 20));
      const outcome = bench.call(scripted("scan a -"));
      const limited = stage.bench({ limits: { scannedBytes: 1_000 }, grpcThreads: 2 });
      put(limited, "a", "x".repeat(2_000));
      const rpc = limited.send(1, call("scan a -"));
      limited.run(2_000_000);
      const runs = bench.of("pluginStarted").length;
      return [ended(outcome), runs > 1 ? "runs again" : "runs once", answered(limited, rpc)];
    },
    tikv: ["error message length too large: found 5242942 bytes", "runs again", "no answer"],
    contract: [
      "error message length too large: found 5242942 bytes",
      "runs again",
      "error plugin 'script' was stopped: scannedBytes: storage answered with more than 1000 bytes",
    ],
  },
  {
    id: "H22",
    what: "one key of a batch get lies outside of the region",
    play: (stage) => {
      const bench = stage.bench({ cuts: ["m"] });
      put(bench, "c", "1");
      return [said(bench.ask(1, call("batchGet c z")))];
    },
    tikv: ["data c=1 ="],
    contract: ["region error keyNotInRegion"],
  },
];
