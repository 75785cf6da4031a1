/** What an operator does to plugin directories under load, as plans for the simulated cluster. */
import type { PreparedPlugin } from "../../plugins/index.ts";
import { unreachable } from "../../sim/assert.ts";
import { latin1Text } from "../../sim/bytes.ts";
import type { Plan, PlannedFileOperation, PlannedOperation } from "../plan.ts";
import type { VerifyCase } from "./case.ts";
import type { Subject } from "./check.ts";
import { planOf } from "./cluster-run.ts";
import type { DirectoryStory } from "./disturbance.ts";

/** The file that holds the plugin from the start, and the artefacts that plans name. */
export const firstFile = "libsubject.so";
export const artefacts = { old: "subject", newer: "newer" } as const;

/** When a story begins, when it is over, and when every store restarts, microseconds. */
const storyUs = 4_000_000;
const overUs = 12_500_000;
export const restartUs = 13_000_000;
const breakUs = 19_000_000;
/** Requests come so often, before and while the directories change; and again at the end. */
const everyUs = 200_000;
const firstUs = 3_000_000;
const againUs = 17_000_000;
const endUs = 18_000_000;
/** They know the leader after their first requests. */
const clients = 8;
const firstId = 1_000_000;

export type DirectoryPlanOptions = {
  /** null: nothing happens to the directories. */
  readonly story: DirectoryStory | null;
  readonly fidelity: Plan["fidelity"];
  /** More requests, so that a load falls into them. null: nobody asks anything. */
  readonly aimsUs: readonly number[] | null;
};

/** The plan of a case; its requests have the ids from `firstId` on. */
export function directoryPlan(
  subject: Subject,
  one: VerifyCase,
  { story, fidelity, aimsUs }: DirectoryPlanOptions,
): Plan {
  const base = planOf(subject, one);
  const rows = base.operations.filter(({ request }) => request.kind === "put");
  const asks = aimsUs === null ? [] : asksOf(subject, one, aimsUs);
  return {
    ...base,
    fidelity,
    clients,
    breakUs,
    healUs: 1_000_000,
    operations: [...rows, ...asks],
    pluginFiles: story === null ? [] : operationsOf(story),
    faults:
      base.plugins[0]?.stores.map((store, at) => ({
        id: at + 1,
        trigger: { kind: "at", us: restartUs + at * 700_000 },
        store,
        forUs: 300_000,
        breakage: { kind: "crash" },
      })) ?? [],
  };
}

/** Whether an operation of the plan is a request of the plugin. */
export const isAsk = (id: number): boolean => id >= firstId;

function asksOf(
  { plugin }: Subject,
  { ranges, request }: VerifyCase,
  aimsUs: readonly number[],
): readonly PlannedOperation[] {
  const data = latin1Text(request);
  const call = {
    kind: "coprocessor",
    name: plugin.info.name,
    versionReq: "",
    ranges,
    data,
  } as const;
  const times: number[] = [];
  for (let atUs = firstUs; atUs < overUs; atUs += everyUs) times.push(atUs);
  for (let atUs = againUs; atUs < endUs; atUs += everyUs) times.push(atUs);
  times.push(...aimsUs);
  return times.map((atUs, at) => {
    return { id: firstId + at, atUs, client: at % clients, request: call };
  });
}

function operationsOf(story: DirectoryStory): readonly PlannedFileOperation[] {
  return stepsOf(story).map(({ afterUs, operation }, at) => ({
    id: at + 1,
    trigger: { kind: "at", us: storyUs + afterUs },
    store: 0, // Every store.
    operation,
  }));
}

type Step = { readonly afterUs: number; readonly operation: PlannedFileOperation["operation"] };

const stalls = { chunks: 1, forUs: 4_000_000 } as const;
const copied = { kind: "copy", forUs: 200_000, chunks: 4, perMille: 1_000 } as const;

function stepsOf(story: DirectoryStory): readonly Step[] {
  const now = (operation: Step["operation"]): Step => ({ afterUs: 0, operation });
  const { old, newer } = artefacts;
  switch (story) {
    case "newPath":
      return [
        now({ ...copied, file: "libnewer.so", artefact: newer }),
        { afterUs: 5_000_000, operation: { kind: "delete", file: firstFile } },
      ];
    case "slowCopy": // The watcher waits for less: it finds an empty file.
      return [now({ ...copied, file: "libnewer.so", artefact: newer, ...stalls })];
    case "samePath":
      return [now({ ...copied, file: firstFile, artefact: newer })];
    case "rename":
      return [now({ kind: "rename", from: firstFile, to: "libmoved.so" })];
    case "twice":
      return [now({ ...copied, file: "libtwice.so", artefact: old })];
    default:
      return unreachable(story);
  }
}

/** The same plugin under the next version: what a new build that changes nothing would be. */
export function newerBuild(plugin: PreparedPlugin): PreparedPlugin {
  const { info, hash } = plugin;
  return {
    ...plugin,
    hash: `${hash.slice(0, -1)}${hash.endsWith("0") ? "1" : "0"}`,
    info: { ...info, version: nextVersion(info.version) },
    instantiate: (limits) => plugin.instantiate(limits),
  };
}

/** A release above it: the patch level one higher, without what follows. */
function nextVersion(version: string): string {
  const [, head, patch] = /^(\d+\.\d+\.)(\d+)/.exec(version) ?? [];
  return head === undefined || patch === undefined ? version : `${head}${BigInt(patch) + 1n}`;
}
