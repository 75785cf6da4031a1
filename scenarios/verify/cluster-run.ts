/**
 * A case in the simulated cluster: its rows written, its request sent by a client with its real
 * retry policy. It confirms what the emulator found, and counts the stores that a request kills.
 */
import type { KeyRange, KvPair } from "../../plugins/index.ts";
import { latin1Bytes, latin1Text } from "../../sim/bytes.ts";
import type { Plan, PlannedOperation } from "../plan.ts";
import { planSchema } from "../plan.ts";
import { type Environment, type RunResult, runPlan } from "../runner.ts";
import type { VerifyCase } from "./case.ts";
import type { Subject } from "./check.ts";
import { type ClusterEvent, listener } from "./cluster-events.ts";
import { Rows } from "./emulator.ts";
import { layoutPair } from "./layout-pair.ts";
import type { LayoutPart, LayoutRun } from "./layout-run.ts";

/** Stores of the cluster that cases are confirmed in. */
export const confirmingStores = 3;

/** When the request of a case is sent. */
export const callUs = 3_000_000;
const breakUs = 20_000_000;

/** What the cluster said of a finding: one sentence, and whether it agrees with the emulator. */
export type Confirmation = { readonly agrees: boolean; readonly text: string };

/** The same comparison in the cluster. */
export function confirmLayout(subject: Subject, one: VerifyCase): Confirmation {
  const { contract } = subject;
  const pair =
    contract === null
      ? null
      : layoutPair(contract, one, (cuts, ranges) => clusterRun(subject, { ...one, cuts, ranges }));
  if (pair === null) return { agrees: false, text: "nothing to compare in the cluster" };
  const { left, right, sameRows } = pair;
  const regions = `${confirmingStores} stores, ${one.cuts.length + 1} regions`;
  const same =
    left.kind === "merged" && right.kind === "merged"
      ? left.merged.equals(right.merged)
      : left.kind === right.kind;
  if (!same || !sameRows || left.kind === "undecodable") {
    return { agrees: true, text: `confirmed in the simulated cluster: ${regions}` };
  }
  return { agrees: false, text: `the simulated cluster does not show it: ${regions}` };
}

/** The case's request in the cluster: its parts, and the rows at the end. */
export function clusterRun(subject: Subject, one: VerifyCase): LayoutRun {
  return outcomeIn(runCase(subject, one), one.ranges);
}

/** What came of the request of a plan of `planOf`: its parts, and the rows at the end. */
export function outcomeIn({ history }: RunResult, ranges: readonly KeyRange[]): LayoutRun {
  const outcomeOf = (id: number) => history.find((operation) => operation.id === id)?.outcome;
  const call = outcomeOf(callId);
  const rows = outcomeOf(scanId);
  const after =
    rows?.kind === "ok" && rows.result.kind === "pairs"
      ? rows.result.pairs.map(([key, value]): KvPair => ({ key, value: latin1Bytes(value) }))
      : [];
  return { parts: partsOf(call, ranges), rows: new Rows(after) };
}

function partsOf(
  outcome: RunResult["history"][number]["outcome"] | undefined,
  ranges: readonly KeyRange[],
): readonly LayoutPart[] {
  if (outcome?.kind === "ok" && outcome.result.kind === "shards") {
    return outcome.result.shards.map((shard) => ({
      ranges: shard.ranges,
      end: { kind: "response", data: latin1Bytes(shard.data) },
    }));
  }
  const text =
    outcome?.kind === "error" || outcome?.kind === "unknown" ? outcome.text : "no answer";
  return [{ ranges, end: { kind: "error", error: { kind: "other", text, handle: 0 } } }];
}

/** How many stores one request stops, by the client's retries. */
export function blastRadius(subject: Subject, one: VerifyCase): Confirmation {
  const { stops } = runCase(subject, one);
  const killed = stops.filter(({ planned, atUs }) => !planned && atUs < breakUs);
  const stores = new Set(killed.map(({ store }) => store)).size;
  if (stores === 0) return { agrees: false, text: "in the simulated cluster no store died of it" };
  const lastUs = Math.max(...killed.map(({ atUs }) => atUs));
  const seconds = ((lastUs - callUs) / 1e6).toFixed(1);
  const quorum = stores * 2 > confirmingStores ? ", the quorum is lost" : "";
  const killing = `1 request killed ${stores} of ${confirmingStores} stores`;
  const text = `${killing} in ${seconds} s (simulated)${quorum}`;
  return { agrees: true, text };
}

/** The operation that a case's request is. */
export const callId = 1_000_000;
const scanId = 1_000_001;

function runCase(subject: Subject, one: VerifyCase): RunResult {
  return runInCluster(subject, planOf(subject, one), []).result;
}

/** What came of a plan, and the events of some kinds. */
export type ClusterRun = {
  readonly result: RunResult;
  readonly events: readonly ClusterEvent[];
};

/** Runs a plan whose plugin "subject" is the one under verification. No judge looks at it. */
export function runInCluster(
  { plugin, environment }: Subject,
  plan: Plan,
  kinds: readonly number[],
): ClusterRun {
  const plugins = new Map([["subject", plugin]]);
  const { factory, events } = listener(kinds);
  const own: Environment = { ...environment, plugins, judges: [factory] };
  return { result: runPlan(own, { plan, seed: "verify/0", keepTrace: false }), events };
}

/** A plan that writes the case's rows, sends its request and reads all rows at the end. */
export function planOf(subject: Subject, one: VerifyCase): Plan {
  const puts = one.rows.map(({ key, value }, at): PlannedOperation => {
    const request = { kind: "put", key, value: latin1Text(value) } as const;
    return { id: at + 1, atUs: 1_000_000 + at * 1_000, client: 0, request };
  });
  const { name } = subject.plugin.info;
  const data = latin1Text(one.request);
  const call = { kind: "coprocessor", name, versionReq: "", ranges: one.ranges, data } as const;
  const scan = { kind: "scan", start: "", end: "", limit: 100_000, reverse: false } as const;
  return {
    schema: planSchema,
    scenario: "verify",
    fidelity: subject.fidelity,
    timing: "fast",
    schedule: { kind: "fifo" },
    unrestricted: false,
    encodesMessages: false,
    stores: confirmingStores,
    cuts: one.cuts,
    zones: [],
    clients: 1,
    breakUs,
    healUs: 2_000_000,
    plugins: [{ file: "libsubject.so", artefact: "subject", stores: [1, 2, 3] }],
    operations: [
      ...puts,
      { id: callId, atUs: callUs, client: 0, request: call },
      { id: scanId, atUs: breakUs - 3_000_000, client: 0, request: scan },
    ],
    faults: [],
    failpoints: [],
    clientsCheckVersions: false,
    paired: false,
    pluginFiles: [],
  };
}
