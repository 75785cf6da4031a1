/**
 * Feeds judges by hand: events as rows of their fields' names, and histories of short operations.
 * Store n is process n - 1; the clients' process is 99.
 */
import { type EventName, eventFields, eventKinds } from "../../../nodes/events.ts";
import { digestText } from "../../../sim/bytes.ts";
import { kernelEvents } from "../../../sim/events.ts";
import type { History, HistoryOperation, HistoryOutcome, HistoryRequest } from "../../history.ts";
import type { Judge, JudgeFactory, RunEnd, RunFacts } from "../../judge.ts";
import { Watchers } from "../../watchers.ts";

type KernelName = "boot" | "crash" | "powerLoss" | "death" | "pause";

/** An event: its name, the store that reports it (0 = a client), its fields; 0 where left out. */
export type EventRow = readonly [
  name: EventName | KernelName,
  store: number,
  fields?: Readonly<Record<string, number | string>>,
];

/** The ways in which a process stops. Whatever a stop means to a judge, each of them means it. */
export const stops = ["crash", "powerLoss", "death"] as const;

const noFields = ["incarnation", "how", "", ""] as const;

/** Three stores, region 1 of voters 101 to 103, and plugins as given. */
export function factsOf(changes: Partial<RunFacts> = {}): RunFacts {
  return {
    stores: [1, 2, 3].map((store) => ({ store, process: store - 1 })),
    regions: [region(1, "", "")],
    splitKeys: [],
    plugins: [],
    fidelity: "tikv",
    files: [],
    directories: [],
    healUs: 10_000_000,
    endUs: 20_000_000,
    deadlineUs: 4_000_000,
    unrestricted: false,
    ...changes,
  };
}

/** A region with a voter on each of the three stores. */
export function region(id: number, start: string, end: string): RunFacts["regions"][number] {
  const peers = [1, 2, 3].map((store) => ({ id: id * 100 + store, store, role: "voter" as const }));
  return { id, start, end, peers };
}

/** A plugin file; its code is the digest of name and version. */
export function pluginFact(
  name: string,
  version: string,
  changes: Partial<RunFacts["plugins"][number]> = {},
): RunFacts["plugins"][number] {
  const code = digestText(`${name}@${version}`);
  const digest = digestText(name);
  return { name, version, code, digest, mismatches: [], staysInRanges: true, ...changes };
}

export type Case = {
  readonly facts?: Partial<RunFacts>;
  /** In order, a millisecond apart, from 1 ms. */
  readonly events?: readonly EventRow[];
  readonly history?: History;
  readonly stops?: RunEnd["stops"];
  readonly healthyStores?: readonly number[];
};

/** What a judge, or each of a family, says of a case: its violation's message, and its checks. */
export function judged(make: JudgeFactory, one: Case): ReadonlyMap<string, Judge> {
  const made = make(factsOf(one.facts));
  const judges: readonly Judge[] = "property" in made ? [made] : made;
  const clock = { nowUs: 0 };
  // As in a run: what a judge does not ask for never reaches it.
  const watchers = new Watchers(clock, judges);
  let nowUs = 0;
  for (const [name, store, fields = {}] of one.events ?? []) {
    nowUs += 1_000;
    const kind = name in eventKinds ? eventKinds[name as EventName] : kernelKind(name);
    const [a, b, c, d] = valuesOf(name, fields);
    const process = store === 0 ? 99 : store - 1;
    clock.nowUs = typeof fields["atUs"] === "number" ? fields["atUs"] : nowUs;
    watchers.event(kind, process, a, b, c, d);
  }
  const { history = [], stops = [], healthyStores = [1, 2, 3] } = one;
  for (const judge of judges) judge.finish({ history, stops, healthyStores });
  return new Map(judges.map((judge) => [judge.property, judge]));
}

/** Texts stand for their digests. */
function valuesOf(
  name: EventRow[0],
  fields: Readonly<Record<string, number | string>>,
): readonly [number, number, number, number] {
  const names = name in eventFields ? eventFields[name as EventName] : noFields;
  for (const field of Object.keys(fields)) {
    if (field !== "atUs" && !names.includes(field)) throw new Error(`${name} has no ${field}`);
  }
  const numberOf = (field: string): number => {
    const value = fields[field] ?? 0;
    return typeof value === "string" ? digestText(value) : value;
  };
  return [numberOf(names[0]), numberOf(names[1]), numberOf(names[2]), numberOf(names[3])];
}

function kernelKind(name: string): number {
  return kernelEvents[name as KernelName].kind;
}

/** Operations with ids from 1: request, call, return (null = never) in ms, and the answer. */
export function historyOf(
  ...rows: readonly (readonly [
    request: HistoryRequest,
    callMs: number,
    returnMs: number | null,
    answer: HistoryOutcome | HistoryResultOf | null,
  ])[]
): History {
  return rows.map(([request, callMs, returnMs, answer], at): HistoryOperation => {
    const outcome: HistoryOutcome | null =
      answer === null || isOutcome(answer) ? answer : { kind: "ok", result: answer };
    const returnUs = returnMs === null ? null : returnMs * 1_000;
    return { id: at + 1, client: at % 3, request, callUs: callMs * 1_000, returnUs, outcome };
  });
}

type HistoryResultOf = Extract<HistoryOutcome, { kind: "ok" }>["result"];

function isOutcome(answer: HistoryOutcome | HistoryResultOf): answer is HistoryOutcome {
  return answer.kind === "ok" || answer.kind === "error" || answer.kind === "unknown";
}

/** Requests and answers in short. */
export const put = (key: string, value: string): HistoryRequest => ({ kind: "put", key, value });
export const get = (key: string): HistoryRequest => ({ kind: "get", key });
export const remove = (key: string): HistoryRequest => ({ kind: "delete", key });
export const scan = (start: string, end: string, limit = 10, reverse = false): HistoryRequest => ({
  kind: "scan",
  start,
  end,
  limit,
  reverse,
});
export const swap = (key: string, previous: string | null, value: string): HistoryRequest => ({
  kind: "compareAndSwap",
  key,
  previous,
  value,
});
type CallParts = {
  readonly versionReq?: string;
  readonly ranges?: readonly { readonly start: string; readonly end: string }[];
};

/** A coprocessor call; any version and the range from a to m where nothing else is said. */
export const call = (
  name: string,
  data: string,
  { versionReq = "*", ranges = [{ start: "a", end: "m" }] }: CallParts = {},
): HistoryRequest => ({ kind: "coprocessor", name, versionReq, ranges, data });

export const done = { kind: "done" } as const;
export const value = (text: string | null): HistoryResultOf => ({ kind: "value", value: text });
export const pairs = (...of: readonly (readonly [string, string])[]): HistoryResultOf => ({
  kind: "pairs",
  pairs: of,
});
export const swapped = (succeeded: boolean, previous: string | null): HistoryResultOf => ({
  kind: "swapped",
  succeeded,
  previous,
});
export const shards = (...data: readonly string[]): HistoryResultOf => ({
  kind: "shards",
  shards: data.map((one) => ({ ranges: [{ start: "a", end: "m" }], data: one })),
});
export const failed = (text: string): HistoryOutcome => ({ kind: "error", text });
export const unknown: HistoryOutcome = { kind: "unknown", text: "deadline exceeded" };
