/**
 * A hazard of TiKV's coprocessor (tikv-semantics.md 2.4) as a story that is played in both
 * fidelities, and what tells of it: lines, to be compared. What the stories share is here.
 */
import type { DirectoryOperation, PreparedPlugin } from "../../../plugins/index.ts";
import { latin1Bytes, latin1Text } from "../../../sim/bytes.ts";
import type { EnginePool, Fidelity, Outcome } from "../../index.ts";
import { operations, type Response } from "../../wire.ts";
import { type BenchOptions, ClusterBench, type RequestFields } from "../cluster-bench.ts";
import { scriptPlugin } from "../script-plugin.ts";

export type Hazard = {
  /** `H1` to `H28`. */
  readonly id: string;
  readonly what: string;
  /** What happened, a line each. */
  readonly play: (stage: HazardStage) => readonly string[];
  readonly tikv: readonly string[];
  /** "same": no host can do otherwise, or none does here; FIDELITY.md says why. */
  readonly contract: readonly string[] | "same";
};

/** Versions of one plugin that does what it is asked (`script-plugin.ts`). */
export const v1: PreparedPlugin = scriptPlugin({ name: "script", version: "1.0.0" });
export const v2: PreparedPlugin = scriptPlugin({ name: "script", version: "2.0.0" });

/** Where the stories play: benches of one fidelity, one after another. */
export class HazardStage {
  readonly fidelity: Fidelity;
  readonly #engines: EnginePool;

  constructor(fidelity: Fidelity, engines: EnginePool) {
    this.fidelity = fidelity;
    this.#engines = engines;
  }

  /** One store with `v1` as `plugin0.so` where nothing else is said; store 1 leads all regions. */
  bench(options: Partial<BenchOptions> = {}): ClusterBench {
    const bench = new ClusterBench({
      engines: this.#engines,
      stores: 1,
      plugins: [v1],
      artefacts: { v1, v2 },
      directoryOrder: "asCreated",
      ...options,
      fidelity: this.fidelity,
    });
    for (let region = 1; region <= bench.cluster.regions.length; region++) bench.lead(1, region);
    return bench;
  }
}

/** A request that has `script` do what its lines say. */
export function call(script: string, fields: RequestFields = {}): RequestFields {
  const base = { op: operations.coprocessor, coprName: "script", coprVersionReq: "*" };
  return { ...base, value: latin1Bytes(script), ...fields };
}

/** What was answered: data, error, or the kind of a region error. */
export function said({ regionError, error, data }: Response): string {
  if (regionError !== null) return `region error ${regionError.kind}`;
  return error === "" ? `data ${latin1Text(data)}` : `error ${error}`;
}

/** The same of a request that may not have been answered. */
export function answered(bench: ClusterBench, rpc: number): string {
  const answer = bench.answer(rpc);
  return answer === undefined || answer === "refused" ? "no answer" : said(answer);
}

export function ended(outcome: Outcome): string {
  if (outcome.kind !== "ok") return `${outcome.kind} ${outcome.text}`;
  const { result } = outcome;
  return result.kind === "shards" ? `ok, ${result.shards.length} shards` : "ok";
}

/** Which versions a store serves in a region that it leads. */
export function serves(bench: ClusterBench, store = 1, regionId = 1): string {
  const versions = ["1.0.0", "2.0.0"].filter((version) => {
    const request = call("hi", { coprVersionReq: `=${version}`, regionId });
    return said(bench.ask(store, request)).startsWith("data ");
  });
  return `serves ${versions.join(" and ") || "nothing"}`;
}

export function state(bench: ClusterBench, store = 1): string {
  return bench.world.isUp(bench.process(store)) ? "up" : "down";
}

/** What a key holds, by a raw read of its leader's store. */
export function stored(bench: ClusterBench, key: string, store = 1): string {
  const answer = bench.ask(store, { op: operations.get, key });
  if (answer.regionError !== null || answer.error !== "") return said(answer);
  const { value } = answer;
  return `${key}=${value === null ? "absent" : latin1Text(value)}`;
}

export function put(bench: ClusterBench, key: string, value: string, regionId = 1): void {
  bench.ask(1, { op: operations.put, key, value: latin1Bytes(value), regionId });
}

/** Longer than the watcher waits. */
const settledUs = 4_000_000;

/** Does something to a directory, and waits until nobody has more to say of it. */
export function changed(bench: ClusterBench, operation: DirectoryOperation, store = 1): void {
  bench.changeDirectory(store, operation);
  bench.run(settledUs);
}

/** A quick and complete `cp`. */
export const copy = (
  file: string,
  artefact: string,
): Extract<DirectoryOperation, { kind: "copy" }> => ({
  kind: "copy",
  file,
  artefact,
  forUs: 0,
  chunks: 1,
  perMille: 1_000,
});

export function restarted(bench: ClusterBench, store = 1): void {
  bench.world.crash(bench.process(store), "test");
  bench.world.restart(bench.process(store));
  bench.run(100_000); // It has said that it follows.
  bench.lead(store);
}
