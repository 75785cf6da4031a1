/**
 * Shrinking: delta debugging over a plan. A smaller plan is kept when the same property is still
 * violated under the same seed. Passes go from what makes a story long (faults, operations) to what
 * makes it wide (stores, regions, clients, time), and are repeated until none helps.
 * Source of ddmin: Zeller and Hildebrandt, IEEE TSE 28(2), 2002.
 */
import type { Plan, PlannedFault, PlannedOperation } from "./plan.ts";
import { sizeOf } from "./repro.ts";

/** One try: true if the property is still violated. Each costs one run. */
export type StillFails = (plan: Plan) => boolean;

export type ShrinkOptions = {
  readonly plan: Plan;
  readonly stillFails: StillFails;
  /** The time to heal is part of what the property promises: it must not be cut. */
  readonly keepsHealing: boolean;
  /** No new try once this says so. */
  readonly expired: () => boolean;
};

export type Shrunk = { readonly plan: Plan; readonly tries: number };

/** The smallest plan found. It fails, because `plan` does. */
export function shrinkPlan(options: ShrinkOptions): Shrunk {
  const { plan, stillFails, keepsHealing, expired } = options;
  const passes = keepsHealing ? plainPasses : [...plainPasses, shortenHealing];
  let best = plan;
  let tries = 0;
  const attempt = (candidate: Plan): boolean => {
    if (expired()) return false;
    tries++;
    if (!stillFails(candidate)) return false;
    best = candidate;
    return true;
  };
  for (let round = 0; round < roundsMax; round++) {
    const before = weight(best);
    for (const pass of passes) pass(() => best, attempt);
    if (weight(best) >= before || expired()) break;
  }
  return { plan: best, tries };
}

const roundsMax = 4;

type Pass = (current: () => Plan, attempt: (candidate: Plan) => boolean) => void;

const plainPasses: readonly Pass[] = [
  cutTail,
  dropFaults,
  dropOperations,
  dropFailpoints,
  dropPlugins,
  mergeRegions,
  mergeClients,
  simplifySchedule,
  shortenFaults,
  shortenTimes,
];

/** What there is to read in a plan, as one number. */
function weight(plan: Plan): number {
  const { faults, operations } = sizeOf(plan);
  const times = (plan.breakUs + plan.healUs) / 1e6;
  return faults * 100 + operations * 10 + plan.cuts.length * 5 + plan.clients + times;
}

/** Removes parts of a list as long as it still fails: halves first, then ever smaller parts. */
function minimise<Item>(
  items: readonly Item[],
  attempt: (rest: readonly Item[]) => boolean,
): void {
  let kept = items;
  if (kept.length > 0 && attempt([])) return;
  for (let part = Math.ceil(kept.length / 2); part >= 1; part = Math.floor(part / 2)) {
    // From the end: what came last is the least likely to be a cause.
    for (let end = kept.length; end > 0; end -= part) {
      const start = Math.max(0, end - part);
      const rest = [...kept.slice(0, start), ...kept.slice(end)];
      if (rest.length < kept.length && attempt(rest)) kept = rest;
    }
  }
}

/** Everything after the violation is no part of its cause: the first half of a plan, a third... */
function cutTail(current: () => Plan, attempt: (candidate: Plan) => boolean): void {
  for (const share of [0.25, 0.5, 0.75]) {
    const plan = current();
    const untilUs = Math.floor(plan.breakUs * share);
    const operations = plan.operations.filter(({ atUs }) => atUs < untilUs);
    const faults = plan.faults.filter(
      ({ trigger }) => trigger.kind === "moment" || trigger.us < untilUs,
    );
    if (attempt({ ...plan, breakUs: untilUs, operations, faults })) return;
  }
}

function dropFaults(current: () => Plan, attempt: (candidate: Plan) => boolean): void {
  minimise<PlannedFault>(current().faults, (faults) => attempt({ ...current(), faults }));
}

function dropOperations(current: () => Plan, attempt: (candidate: Plan) => boolean): void {
  minimise<PlannedOperation>(current().operations, (operations) =>
    attempt({ ...current(), operations }),
  );
}

function dropFailpoints(current: () => Plan, attempt: (candidate: Plan) => boolean): void {
  minimise(current().failpoints, (failpoints) => attempt({ ...current(), failpoints }));
}

function dropPlugins(current: () => Plan, attempt: (candidate: Plan) => boolean): void {
  minimise(current().plugins, (plugins) => attempt({ ...current(), plugins }));
}

function mergeRegions(current: () => Plan, attempt: (candidate: Plan) => boolean): void {
  minimise(current().cuts, (cuts) => attempt({ ...current(), cuts }));
}

function mergeClients(current: () => Plan, attempt: (candidate: Plan) => boolean): void {
  for (const clients of [1, 2]) {
    const plan = current();
    if (clients >= plan.clients) return;
    const operations = plan.operations.map((one) => ({ ...one, client: one.client % clients }));
    if (attempt({ ...plan, clients, operations })) return;
  }
}

function simplifySchedule(current: () => Plan, attempt: (candidate: Plan) => boolean): void {
  if (current().schedule.kind !== "fifo") attempt({ ...current(), schedule: { kind: "fifo" } });
}

function shortenFaults(current: () => Plan, attempt: (candidate: Plan) => boolean): void {
  current().faults.forEach((_, at) => {
    for (const share of [0.25, 0.5]) {
      const faults = current().faults.map((fault, index) =>
        index === at ? { ...fault, forUs: Math.floor(fault.forUs * share) } : fault,
      );
      if (attempt({ ...current(), faults })) return;
    }
  });
}

function shortenTimes(current: () => Plan, attempt: (candidate: Plan) => boolean): void {
  const { breakUs } = current();
  const lastUs = lastStartUs(current());
  if (lastUs < breakUs * 0.8) attempt({ ...current(), breakUs: lastUs + 1_000_000 });
}

function shortenHealing(current: () => Plan, attempt: (candidate: Plan) => boolean): void {
  const { healUs } = current();
  for (const share of [0.25, 0.5]) {
    if (attempt({ ...current(), healUs: Math.floor(healUs * share) })) return;
  }
}

function lastStartUs({ operations, faults }: Plan): number {
  let lastUs = 0;
  for (const { atUs } of operations) lastUs = Math.max(lastUs, atUs);
  for (const { trigger, forUs } of faults) {
    if (trigger.kind === "at") lastUs = Math.max(lastUs, trigger.us + forUs);
  }
  return lastUs;
}
