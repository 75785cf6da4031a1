/**
 * A case under a change of plugin directories in the simulated cluster, held against the same run
 * without the change. The judges of suite `reload` look at it, too.
 */
import { eventKinds, loadCauses } from "../../nodes/events.ts";
import { digestText, latin1Bytes } from "../../sim/bytes.ts";
import { kernelEvents } from "../../sim/index.ts";
import type { HistoryOperation } from "../history.ts";
import { hotReloadJudge } from "../judges/hot-reload.ts";
import { reloadRequestJudges } from "../judges/reload-requests.ts";
import type { Plan } from "../plan.ts";
import { type Environment, type RunResult, runPlan } from "../runner.ts";
import type { VerifyCase } from "./case.ts";
import type { Subject } from "./check.ts";
import { type ClusterEvent, listener } from "./cluster-events.ts";
import type { Merged } from "./contract.ts";
import { artefacts, directoryPlan, isAsk, newerBuild, restartUs } from "./directory-plan.ts";
import type { DirectoryStory } from "./disturbance.ts";

/** One request and what came of it. */
export type AskedUnder = {
  readonly id: number;
  readonly callUs: number;
  /** "ok", or the error's text. */
  readonly ended: string;
  readonly merged: Merged | null;
};

/** What a store serves: versions, the one that is tried first at the end. */
export type Inventory = readonly { readonly store: number; readonly versions: readonly string[] }[];

export type DirectoryRun = {
  readonly asked: readonly AskedUnder[];
  /** Loads while the stores were up. */
  readonly loads: readonly { readonly store: number; readonly timeUs: number }[];
  /** Requests that ran while their store loaded the plugin anew. */
  readonly inFlight: number;
  /** Requests by the number of the load that they ran on, 1 the first of an incarnation. */
  readonly served: ReadonlyMap<number, number>;
  readonly before: Inventory;
  readonly after: Inventory;
  /** What the judges say, or null. */
  readonly verdict: string | null;
};

const kinds = [
  kernelEvents.boot.kind,
  kernelEvents.crash.kind,
  eventKinds.pluginOpened,
  eventKinds.pluginLoaded,
  eventKinds.pluginReplaced,
  eventKinds.pluginWithdrawn,
  eventKinds.pluginStarted,
  eventKinds.pluginFinished,
] as const;

type Options = {
  readonly story: DirectoryStory;
  readonly fidelity: Plan["fidelity"];
  readonly calm: CalmRun;
};

/** Runs a case to see when loads come, and again with requests that are aimed at them. */
export function directoryRun(
  subject: Subject,
  one: VerifyCase,
  { story, fidelity, calm }: Options,
): DirectoryRun {
  const probe = run(subject, directoryPlan(subject, one, { story, fidelity, aimsUs: null }));
  const aimsUs = loadsIn(probe.events)
    .filter(({ store }) => store === calm.store)
    .flatMap(({ timeUs }) =>
      [2, 4].map((part) => timeUs - calm.onTheWayUs - Math.floor(calm.lastsUs / part)),
    );
  const aimed = run(subject, directoryPlan(subject, one, { story, fidelity, aimsUs }));
  const { events, result } = aimed;
  const [violation] = result.violations;
  return {
    asked: askedIn(subject, one, result),
    loads: loadsIn(events),
    ...servedIn(events),
    before: inventory(
      subject,
      events.filter(({ timeUs }) => timeUs < restartUs),
    ),
    after: inventory(subject, events),
    verdict: violation === undefined ? null : `${violation.property}: ${violation.message}`,
  };
}

/** The run where nothing happens to the directories. */
export type CalmRun = {
  readonly asked: readonly AskedUnder[];
  /** The store that serves before the restart. */
  readonly store: number;
  /** Typically, from the client to the plugin, and from there to its end, microseconds. */
  readonly onTheWayUs: number;
  readonly lastsUs: number;
};

export function calmRun(subject: Subject, one: VerifyCase, fidelity: Plan["fidelity"]): CalmRun {
  const plan = directoryPlan(subject, one, { story: null, fidelity, aimsUs: [] });
  const { result, events } = run(subject, plan);
  const asked = askedIn(subject, one, result);
  const calls = new Map(asked.map(({ id, callUs }) => [id, callUs]));
  const starts = events.filter(({ kind, timeUs }) => {
    return kind === eventKinds.pluginStarted && timeUs < restartUs;
  });
  const ends = new Map(
    events
      .filter(({ kind }) => kind === eventKinds.pluginFinished)
      .map(({ store, d, timeUs }) => [`${store}/${d}`, timeUs]),
  );
  const onTheWay = starts.map(({ a, timeUs }) => timeUs - (calls.get(a) ?? timeUs));
  const lasts = starts.map(
    ({ store, d, timeUs }) => (ends.get(`${store}/${d}`) ?? timeUs) - timeUs,
  );
  const [onTheWayUs, lastsUs] = [median(onTheWay), median(lasts)];
  return { asked, store: starts.at(-1)?.store ?? 0, onTheWayUs, lastsUs };
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0;
}

type Ran = { readonly result: RunResult; readonly events: readonly ClusterEvent[] };

function run({ plugin, environment }: Subject, plan: Plan): Ran {
  const plugins = new Map([
    [artefacts.old, plugin],
    [artefacts.newer, newerBuild(plugin)],
  ]);
  const { factory, events } = listener(kinds);
  const judges = [factory, hotReloadJudge, reloadRequestJudges];
  const own: Environment = { ...environment, plugins, judges };
  return { result: runPlan(own, { plan, seed: "verify/0", keepTrace: false }), events };
}

function loadsIn(events: readonly ClusterEvent[]): DirectoryRun["loads"] {
  return events
    .filter(({ kind, c }) => kind === eventKinds.pluginOpened && c === loadCauses.watcher)
    .map(({ store, timeUs }) => ({ store, timeUs }));
}

function servedIn(events: readonly ClusterEvent[]): Pick<DirectoryRun, "inFlight" | "served"> {
  const running = new Map<number, Set<number>>();
  const served = new Map<number, number>();
  const met = new Set<string>();
  for (const { kind, store, b, c, d } of events) {
    const runs = running.get(store) ?? new Set<number>();
    running.set(store, runs);
    if (kind === kernelEvents.boot.kind || kind === kernelEvents.crash.kind) runs.clear();
    else if (kind === eventKinds.pluginStarted) {
      runs.add(d);
      served.set(b, (served.get(b) ?? 0) + 1);
    } else if (kind === eventKinds.pluginFinished) runs.delete(d);
    else if (kind === eventKinds.pluginOpened && c === loadCauses.watcher) {
      for (const one of runs) met.add(`${store}/${one}`);
    }
  }
  return { inFlight: met.size, served };
}

function inventory({ plugin }: Subject, events: readonly ClusterEvent[]): Inventory {
  const versions = new Map(
    [plugin, newerBuild(plugin)].map(({ info }) => [digestText(info.version), info.version]),
  );
  const stores = new Map<number, Map<number, string>>();
  for (const { kind, store, a, d } of events) {
    const own = stores.get(store) ?? new Map<number, string>();
    if (store > 0) stores.set(store, own);
    if (kind === kernelEvents.boot.kind || kind === kernelEvents.crash.kind) own.clear();
    else if (kind === eventKinds.pluginLoaded) own.set(a, versions.get(d) ?? "?");
    else if (kind === eventKinds.pluginReplaced || kind === eventKinds.pluginWithdrawn) {
      own.delete(a);
    }
  }
  return [...stores]
    .sort(([a], [b]) => a - b)
    .map(([store, own]) => ({ store, versions: [...own.values()] }));
}

function askedIn(subject: Subject, one: VerifyCase, { history }: RunResult): readonly AskedUnder[] {
  return history.filter(({ id }) => isAsk(id)).map((operation) => askedOf(subject, one, operation));
}

function askedOf(
  { contract }: Subject,
  { ranges }: VerifyCase,
  { id, callUs, outcome }: HistoryOperation,
): AskedUnder {
  if (outcome?.kind !== "ok" || outcome.result.kind !== "shards") {
    const text = outcome === null || outcome.kind === "ok" ? "no answer" : outcome.text;
    return { id, callUs, ended: text, merged: null };
  }
  const parts = outcome.result.shards.map(({ data }) => ({ ranges, data: latin1Bytes(data) }));
  return { id, callUs, ended: "ok", merged: contract?.merge(parts) ?? null };
}

/** "n1 1.0.0, n2 1.0.1": what stores serve. */
export function inventoryText(all: Inventory): string {
  const words = all.map(
    ({ versions }) => versions.toSorted((a, b) => (a < b ? -1 : 1)).join(" and ") || "nothing",
  );
  if (new Set(words).size === 1) return `every node ${words[0]}`;
  return all.map(({ store }, at) => `n${store} ${words[at]}`).join(", ");
}
