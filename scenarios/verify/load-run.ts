/**
 * Plain gets and puts of others in the simulated cluster, with and without requests of the plugin
 * beside them: same plan, same seed. So many requests at a time, wave after wave.
 */
import { timings } from "../../nodes/index.ts";
import type { HistoryRequest } from "../history.ts";
import { budgetViolation, type RaftCost, RaftCostMeter } from "../judges/budget.ts";
import type { Plan, PlannedOperation } from "../plan.ts";
import type { VerifyCase } from "./case.ts";
import type { Subject } from "./check.ts";
import { callId, planOf, runInCluster } from "./cluster-run.ts";

/** When the waves come, microseconds, and how far apart they are at least. */
const fromUs = 4_000_000;
const toUs = 6_500_000;
const apartUs = 100_000;
/** Plain gets and puts of others come so often. */
const getEveryUs = 10_000;
const putEveryUs = 50_000;

/** What a run amounted to for everybody else. */
export type LoadCost = {
  readonly raft: RaftCost;
  /** How long plain gets took, ascending, microseconds; those that failed took until then. */
  readonly getsUs: readonly number[];
};

export type PairedLoad = {
  readonly without: LoadCost;
  readonly withCalls: LoadCost;
  /** Requests of the plugin that were answered. */
  readonly answered: number;
  /** Time between two waves, microseconds. */
  readonly everyUs: number;
};

export type LoadOptions = {
  readonly concurrent: number;
  readonly fidelity: Plan["fidelity"];
};

/** Both runs of a case. */
export function pairedLoad(
  subject: Subject,
  one: VerifyCase,
  { concurrent, fidelity }: LoadOptions,
): PairedLoad {
  return loadsOf(subject, one, fidelity)(concurrent);
}

/** Pairs for any number of requests at a time, whose run without requests is one and the same. */
export function loadsOf(
  subject: Subject,
  one: VerifyCase,
  fidelity: Plan["fidelity"],
): (concurrent: number) => PairedLoad {
  const known = runsOf(subject);
  const { rows, ranges, request } = one;
  const key = formatKey({ fidelity, rows, ranges, request });
  const lone = known(key, () => {
    const everyUs = Math.min(1_000_000, Math.max(apartUs, loneRun(subject, one, fidelity)));
    const { cost } = run(subject, one, { concurrent: 0, everyUs, fidelity });
    return { without: cost, withCalls: cost, answered: 0, everyUs };
  });
  return (concurrent) =>
    known(`${concurrent} ${key}`, () => {
      const { without, everyUs } = lone;
      const { cost, answered } = run(subject, one, { concurrent, everyUs, fidelity });
      return { without, withCalls: cost, answered, everyUs };
    });
}

/** Runs are pure and dear: shrinking, the story and the origin ask for the same ones again. */
const memory = new WeakMap<Subject, Map<string, PairedLoad>>();

function runsOf(subject: Subject): (key: string, make: () => PairedLoad) => PairedLoad {
  const known = memory.get(subject) ?? new Map<string, PairedLoad>();
  memory.set(subject, known);
  return (key, make) => {
    const made = known.get(key) ?? make();
    known.set(key, made);
    return made;
  };
}

const formatKey = (parts: object): string =>
  JSON.stringify(parts, (_, value: unknown) =>
    value instanceof Uint8Array ? value.join() : value,
  );

/** How long one request takes when nobody else is there, microseconds. */
function loneRun(subject: Subject, one: VerifyCase, fidelity: Plan["fidelity"]): number {
  const { result } = runInCluster(subject, { ...planOf(subject, one), fidelity }, []);
  const call = result.history.find(({ id }) => id === callId);
  return call === undefined || call.returnUs === null ? 1_000_000 : call.returnUs - call.callUs;
}

type Waves = LoadOptions & { readonly everyUs: number };

const getId = 100_000;
const askId = 1_000_000;

function run(
  subject: Subject,
  one: VerifyCase,
  { concurrent, everyUs, fidelity }: Waves,
): { readonly cost: LoadCost; readonly answered: number } {
  const rows = planOf(subject, one).operations.filter(({ request }) => request.kind === "put");
  const plan: Plan = {
    ...planOf(subject, one),
    fidelity,
    clients: 1 + concurrent,
    breakUs: toUs + 5_000_000,
    healUs: 1_000_000,
    operations: [...rows, ...others(one), ...waves(subject, one, { concurrent, everyUs })],
  };
  const meter = new RaftCostMeter();
  const { result, events } = runInCluster(subject, plan, meter.kinds);
  for (const { kind, store, a, b, c, d, timeUs } of events) {
    meter.event(kind, store, a, b, c, d, timeUs);
  }
  const gets = result.history.filter(({ id }) => id >= getId && id < askId);
  const getsUs = gets
    .map(({ callUs, returnUs }) => (returnUs ?? plan.breakUs) - callUs)
    .sort((a, b) => a - b);
  const asked = result.history.filter(({ id }) => id >= askId);
  const answered = asked.filter(({ outcome }) => outcome?.kind === "ok").length;
  return { cost: { raft: meter.cost(), getsUs }, answered };
}

/** Somebody else's gets, and puts that change nothing. */
function others({ rows }: VerifyCase): readonly PlannedOperation[] {
  const [first] = rows;
  const operations: PlannedOperation[] = [];
  const get: HistoryRequest = { kind: "get", key: first?.key ?? "k" };
  for (let atUs = fromUs; atUs < toUs + 1_000_000; atUs += getEveryUs) {
    operations.push({ id: getId + operations.length, atUs, client: 0, request: get });
  }
  let id = getId / 2;
  for (let atUs = fromUs; atUs < toUs + 1_000_000; atUs += putEveryUs) {
    const request: HistoryRequest = { kind: "put", key: "\xff others", value: "1" };
    operations.push({ id: id++, atUs, client: 0, request });
  }
  return operations;
}

/** Every client has one request under way, unless the last one took longer than a wave. */
function waves(
  { plugin }: Subject,
  { ranges, request }: VerifyCase,
  { concurrent, everyUs }: Pick<Waves, "concurrent" | "everyUs">,
): readonly PlannedOperation[] {
  const { name } = plugin.info;
  const data = String.fromCharCode(...request);
  const call: HistoryRequest = { kind: "coprocessor", name, versionReq: "", ranges, data };
  const operations: PlannedOperation[] = [];
  for (let atUs = fromUs; atUs < toUs; atUs += everyUs) {
    for (let client = 1; client <= concurrent; client++) {
      operations.push({ id: askId + operations.length, atUs, client, request: call });
    }
  }
  return operations;
}

/** The `share`-th of all gets took at most so long, microseconds. */
export function percentile({ getsUs }: LoadCost, share: number): number {
  return getsUs[Math.min(getsUs.length - 1, Math.floor(getsUs.length * share))] ?? 0;
}

/** Plain gets may take ten times as long, and always this long, microseconds. */
const getFactor = 10;
const getFloorUs = 50_000;

/** What the plugin's requests cost the others beyond the bounds, as a sentence; or null. */
export function harmOf({
  without,
  withCalls,
}: PairedLoad): { readonly kind: "raft" | "gets"; readonly text: string } | null {
  const { tickUs, electionTicks } = timings.fast;
  const electionTimeoutUs = tickUs * electionTicks;
  const violation = budgetViolation({
    withCalls: withCalls.raft,
    without: without.raft,
    electionTimeoutUs,
  });
  if (violation !== null) return { kind: "raft", text: violation.message };
  const [left, right] = [percentile(without, 0.99), percentile(withCalls, 0.99)];
  if (right <= Math.max(getFloorUs, left * getFactor)) return null;
  const text = `99 of 100 plain gets take up to ${msText(right)} instead of ${msText(left)}`;
  return { kind: "gets", text };
}

/** Microseconds as milliseconds. */
export const msText = (us: number): string => `${(us / 1_000).toFixed(1)} ms`;
