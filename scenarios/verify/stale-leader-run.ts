/**
 * A leader that is cut off from its peers while clients still reach it, in the simulated cluster.
 * Store 1 leads and serves a client; it is cut off; another store is elected; another client
 * changes something there; the first client goes on asking the store that it knows.
 */
import { eventKinds, roles } from "../../nodes/events.ts";
import { fixedLayout } from "../../nodes/index.ts";
import { latin1Bytes, latin1Text } from "../../sim/bytes.ts";
import type { HistoryOperation, HistoryRequest } from "../history.ts";
import type { Plan, PlannedFault, PlannedOperation } from "../plan.ts";
import type { VerifyCase } from "./case.ts";
import type { Subject } from "./check.ts";
import type { ClusterEvent } from "./cluster-events.ts";
import { planOf, runInCluster } from "./cluster-run.ts";
import type { Merged } from "./contract.ts";
import type { Rival } from "./disturbance.ts";

/** The store that leads at first and is cut off. */
export const oldLeader = 1;
/** When it is cut off, and when it is whole again, microseconds. */
export const cutUs = 4_000_000;
const healUs = 11_000_000;
const changeUs = 7_500_000;

/** Who changes what, where: on the new leader, or (`acknowledged`) on the one that is cut off. */
export const staleRelations = ["overtaken", "acknowledged"] as const;
export type StaleRelation = (typeof staleRelations)[number];

/** One request of the plugin and its answer. */
export type Asked = {
  readonly callUs: number;
  /** null: it never came back. */
  readonly returnUs: number | null;
  /** The store that it was last sent to. */
  readonly store: number;
  /** What the client makes of it; null for an error, or bytes that are no answer. */
  readonly merged: Merged | null;
};

export type StaleRun = {
  readonly asked: readonly Asked[];
  /** The change: when it was called, and when it was acknowledged; null: it was not. */
  readonly change: {
    readonly callUs: number;
    readonly ackUs: number | null;
    readonly sent: number;
  };
  /** Leaders in the order in which they came into office. */
  readonly leaders: readonly {
    readonly store: number;
    readonly timeUs: number;
    readonly term: number;
  }[];
};

const changeId = 500_000;
const firstAskId = 600_000;

/** Runs a case in a fidelity. */
export function staleRun(
  subject: Subject,
  one: VerifyCase,
  { rival, fidelity }: { readonly rival: Rival; readonly fidelity: Plan["fidelity"] },
): StaleRun {
  const relation = one.relation as StaleRelation;
  const plan: Plan = {
    ...planOf(subject, one),
    fidelity,
    clients: 2,
    breakUs: healUs,
    healUs: 4_000_000,
    operations: operationsOf(subject, one, { rival, relation }),
    faults,
  };
  const kinds = [eventKinds.clientSent, eventKinds.roleChanged];
  const { result, events } = runInCluster(subject, plan, kinds);
  const sent = events.filter(({ kind }) => kind === eventKinds.clientSent);
  const change = result.history.find(({ id }) => id === changeId);
  const isDone = change?.outcome?.kind === "ok";
  return {
    asked: result.history
      .filter(({ id }) => id >= firstAskId)
      .map((operation) => askedOf(subject, one, operation, sent)),
    change: {
      callUs: change?.callUs ?? 0,
      ackUs: isDone ? (change?.returnUs ?? null) : null,
      sent: sent.filter(({ a }) => a === changeId).length,
    },
    leaders: events
      .filter(({ kind, c }) => kind === eventKinds.roleChanged && c === roles.leader)
      .map(({ store, timeUs, d: term }) => ({ store, timeUs, term })),
  };
}

const region = fixedLayout([1], [])[0]?.id ?? 0;

const faults: readonly PlannedFault[] = [
  {
    id: 1,
    trigger: { kind: "at", us: 2_400_000 },
    store: 0,
    forUs: 0,
    breakage: { kind: "transferLeader", region, to: oldLeader },
  },
  {
    id: 2,
    trigger: { kind: "at", us: cutUs },
    store: 0,
    forUs: healUs - cutUs,
    breakage: { kind: "partition", side: [oldLeader], oneWay: false },
  },
];

type Change = { readonly rival: Rival; readonly relation: StaleRelation };

function operationsOf(
  subject: Subject,
  one: VerifyCase,
  { rival, relation }: Change,
): readonly PlannedOperation[] {
  const puts = planOf(subject, one).operations.filter(({ request }) => request.kind === "put");
  const ask = coprocessorCall(subject, one);
  const get: HistoryRequest = { kind: "get", key: "" };
  const onOld = relation === "acknowledged";
  // The second client looks for the new leader before it changes anything.
  const looks = [6_000_000, 6_500_000, 7_000_000].map((atUs, at) => ({
    id: 400_000 + at,
    atUs,
    client: 1,
    request: get,
  }));
  const change = {
    id: changeId,
    atUs: onOld ? cutUs + 200_000 : changeUs,
    client: onOld ? 0 : 1,
    request: changeOf(subject, rival),
  };
  const before = [3_000_000, 3_400_000, 3_800_000];
  const during = Array.from({ length: 6 }, (_, at) => changeUs + 700_000 + at * 300_000);
  const asks = [...before, ...(onOld ? [] : during), healUs + 1_500_000].map((atUs, at) => ({
    id: firstAskId + at,
    atUs,
    client: atUs > healUs && onOld ? 1 : 0,
    request: ask,
  }));
  return [...puts, ...looks, change, ...asks];
}

function changeOf(subject: Subject, rival: Rival): HistoryRequest {
  if (rival.kind === "request") return coprocessorCall(subject, rival);
  return { kind: "put", key: rival.key, value: latin1Text(rival.value) };
}

function coprocessorCall(
  { plugin }: Subject,
  { ranges, request }: Pick<VerifyCase, "ranges" | "request">,
): HistoryRequest {
  const { name } = plugin.info;
  return { kind: "coprocessor", name, versionReq: "", ranges, data: latin1Text(request) };
}

function askedOf(
  { contract }: Subject,
  { ranges }: VerifyCase,
  { id, callUs, returnUs, outcome }: HistoryOperation,
  sent: readonly ClusterEvent[],
): Asked {
  const last = sent.findLast(({ a }) => a === id);
  const shards =
    outcome?.kind === "ok" && outcome.result.kind === "shards" ? outcome.result.shards : [];
  const parts = shards.map(({ data }) => ({ ranges, data: latin1Bytes(data) }));
  const merged = parts.length === 0 ? null : (contract?.merge(parts) ?? null);
  return { callUs, returnUs, store: last?.d ?? 0, merged };
}
