/** The passes of shrinking: each proposes smaller plans, most promising first. */
import { assert } from "../sim/assert.ts";
import type { Plan, PlannedFault } from "./plan.ts";
import { planProblem } from "./plan-rules.ts";
import { keysOf, rewritten, single } from "./shrink-requests.ts";

/** The search as passes see it. */
export interface Search {
  /** The smallest plan so far that fails. */
  readonly plan: Plan;
  /** When it fails, virtual time. */
  readonly violatedAtUs: number;
  readonly keepsHealing: boolean;
  /** Tries a plan: true if it fails, too; then it is `plan`. */
  attempt(candidate: Plan): boolean;
}

type Pass = (search: Search) => void;

/** What moves later when something before it is gone must still find room. */
const slackUs = 2_000_000;

/** All passes of one round, in their order. */
export const passes: readonly Pass[] = [
  (search) => cutAfterViolation(search, [slackUs]),
  keepOneKey,
  dropFaultKinds,
  dropFaults,
  surerFailpoints,
  dropOperationKinds,
  dropOperations,
  dropFailpoints,
  dropFileOperations,
  dropPlugins,
  fewerStores,
  mergeRegions,
  mergeClients,
  oneZone,
  simplifySchedule,
  earlierMoments,
  shortenFaults,
  quickenCopies,
  splitBatches,
  mergeKeys,
  shortenValues,
];

/** Ends the run where it fails. Last: with no room at its end nothing else could move any more. */
export function cutTightly(search: Search): void {
  cutAfterViolation(search, [0, 100_000, 500_000]);
}

/** Removes parts of a list as long as it still fails: halves first, then ever smaller parts. */
export function minimise<Item>(
  items: readonly Item[],
  attempt: (rest: readonly Item[]) => boolean,
): void {
  let kept = items;
  if (kept.length === 0 || attempt([])) return;
  let part = Math.ceil(kept.length / 2);
  for (;;) {
    let removed = 0;
    // From the end: what came last is the least likely to be a cause.
    for (let end = kept.length; end > 0; end -= part) {
      const start = Math.max(0, end - part);
      const rest = [...kept.slice(0, start), ...kept.slice(end)];
      if (rest.length === 0 || !attempt(rest)) continue;
      removed += end - start;
      kept = rest;
    }
    if (part > 1) part = Math.floor(part / 2);
    else if (removed === 0) return; // One-minimal: nothing can go alone.
  }
}

/** Everything after the violation is no part of its cause. */
function cutAfterViolation(search: Search, slacks: readonly number[]): void {
  const { plan, violatedAtUs, keepsHealing } = search;
  if (keepsHealing) return;
  for (const slack of slacks) {
    const endUs = violatedAtUs + slack + 1;
    if (endUs >= plan.breakUs + plan.healUs) continue;
    const breakUs = Math.min(plan.breakUs, endUs);
    const healUs = Math.max(1, endUs - breakUs);
    const operations = plan.operations.filter(({ atUs }) => atUs < endUs);
    const faults = plan.faults.filter(
      ({ trigger }) => trigger.kind === "moment" || trigger.us < breakUs,
    );
    const pluginFiles = plan.pluginFiles.filter(
      ({ trigger }) => trigger.kind === "moment" || trigger.us < breakUs,
    );
    if (search.attempt({ ...plan, breakUs, healUs, operations, faults, pluginFiles })) return;
  }
}

/** Most properties of data are about one key, and most operations about another one. */
function keepOneKey(search: Search): void {
  const all = search.plan.operations;
  const keys = [...new Set(all.flatMap(({ request }) => keysOf(request)))];
  if (keys.length < 2) return;
  for (const key of keys) {
    const operations = all.filter(({ request }) => {
      const own = keysOf(request);
      return own.length === 0 || own.includes(key);
    });
    if (search.attempt({ ...search.plan, operations })) return;
  }
}

function dropFaultKinds(search: Search): void {
  const kinds = new Set(search.plan.faults.map(({ breakage }) => breakage.kind));
  if (kinds.size < 2) return;
  for (const kind of kinds) {
    const faults = search.plan.faults.filter(({ breakage }) => breakage.kind !== kind);
    search.attempt({ ...search.plan, faults });
  }
}

function dropFaults(search: Search): void {
  minimise(search.plan.faults, (faults) => search.attempt({ ...search.plan, faults }));
}

function dropOperationKinds(search: Search): void {
  const kinds = new Set(search.plan.operations.map(({ request }) => request.kind));
  if (kinds.size < 2) return;
  for (const kind of kinds) {
    const operations = search.plan.operations.filter(({ request }) => request.kind !== kind);
    search.attempt({ ...search.plan, operations });
  }
}

function dropOperations(search: Search): void {
  minimise(search.plan.operations, (operations) => search.attempt({ ...search.plan, operations }));
}

function dropFailpoints(search: Search): void {
  minimise(search.plan.failpoints, (failpoints) => search.attempt({ ...search.plan, failpoints }));
}

/**
 * A failpoint that always acts, or just once: which of many passings it hits by chance depends on
 * every operation before, and nothing could go.
 */
function surerFailpoints(search: Search): void {
  for (const { actions: chancy, name, store } of search.plan.failpoints) {
    const sure = chancy.replaceAll(/\d+(?:\.\d+)?%/g, "");
    if (sure === chancy) continue;
    for (const actions of [sure, `1*${sure}`]) {
      const failpoints = search.plan.failpoints.map((one) =>
        one.name === name && one.store === store ? { ...one, actions } : one,
      );
      if (search.attempt({ ...search.plan, failpoints })) break;
    }
  }
}

function dropFileOperations(search: Search): void {
  minimise(search.plan.pluginFiles, (pluginFiles) =>
    search.attempt({ ...search.plan, pluginFiles }),
  );
}

/** A copy in one write, as quick as can be: how it came does not matter to most failures. */
function quickenCopies(search: Search): void {
  for (const { id, operation } of search.plan.pluginFiles) {
    if (operation.kind !== "copy" && operation.kind !== "overwrite") continue;
    if (operation.chunks === 1 && operation.forUs === 0) continue;
    const quick = { ...operation, chunks: 1, forUs: 0, perMille: 1_000 };
    const pluginFiles = search.plan.pluginFiles.map((one) =>
      one.id === id ? { ...one, operation: quick } : one,
    );
    search.attempt({ ...search.plan, pluginFiles });
  }
}

function dropPlugins(search: Search): void {
  minimise(search.plan.plugins, (plugins) => search.attempt({ ...search.plan, plugins }));
}

/** Three stores are the fewest that can lose one; faults of the others go with them. */
function fewerStores(search: Search): void {
  for (let stores = 3; stores < search.plan.stores; stores++) {
    const { plan } = search;
    const narrow: Plan = {
      ...plan,
      stores,
      zones: plan.zones.slice(0, stores),
      plugins: plan.plugins
        .map((plugin) => ({ ...plugin, stores: plugin.stores.filter((one) => one <= stores) }))
        .filter((plugin) => plugin.stores.length > 0),
      failpoints: plan.failpoints.filter(({ store }) => store <= stores),
      pluginFiles: plan.pluginFiles.filter(
        ({ store, trigger }) =>
          store <= stores && (trigger.kind === "at" || trigger.store <= stores),
      ),
      faults: [],
    };
    const faults = plan.faults
      .map((fault) => withSideWithin(fault, stores))
      .filter((fault) => planProblem({ ...narrow, faults: [fault] }) === null);
    if (search.attempt({ ...narrow, faults })) return;
  }
}

function withSideWithin(fault: PlannedFault, stores: number): PlannedFault {
  const { breakage } = fault;
  if (breakage.kind !== "partition") return fault;
  const side = breakage.side.filter((store) => store <= stores);
  return { ...fault, breakage: { ...breakage, side } };
}

function mergeRegions(search: Search): void {
  minimise(search.plan.cuts, (cuts) => {
    const splits = search.plan.faults.filter(({ breakage }) => breakage.kind === "split").length;
    const regions = cuts.length + 1 + splits;
    const faults = search.plan.faults.map((fault) => withRegionWithin(fault, regions));
    return search.attempt({ ...search.plan, cuts, faults });
  });
}

function withRegionWithin(fault: PlannedFault, regions: number): PlannedFault {
  const { breakage } = fault;
  if (breakage.kind !== "transferLeader" || breakage.region <= regions) return fault;
  return { ...fault, breakage: { ...breakage, region: regions } };
}

function mergeClients(search: Search): void {
  for (let clients = 1; clients < search.plan.clients; clients++) {
    const operations = search.plan.operations.map((one) => ({
      ...one,
      client: one.client % clients,
    }));
    if (search.attempt({ ...search.plan, clients, operations })) return;
  }
}

function oneZone(search: Search): void {
  if (search.plan.zones.length > 0) search.attempt({ ...search.plan, zones: [] });
}

function simplifySchedule(search: Search): void {
  if (search.plan.schedule.kind === "fifo") return;
  search.attempt({ ...search.plan, schedule: { kind: "fifo" } });
}

/** "The first time that..." reads better than "the seventeenth time that...". */
function earlierMoments(search: Search): void {
  for (const { id, trigger } of search.plan.faults) {
    if (trigger.kind !== "moment" || trigger.occurrence === 1) continue;
    for (const occurrence of [1, Math.ceil(trigger.occurrence / 2)]) {
      const earlier = { ...trigger, occurrence };
      if (replaceFault(search, id, (fault) => ({ ...fault, trigger: earlier }))) break;
    }
  }
}

function shortenFaults(search: Search): void {
  for (const { id } of search.plan.faults) {
    for (const share of [0.25, 0.5]) {
      const shorter = (fault: PlannedFault) => ({
        ...fault,
        forUs: Math.floor(fault.forUs * share),
      });
      if (replaceFault(search, id, shorter)) break;
    }
  }
}

function replaceFault(
  search: Search,
  id: number,
  change: (fault: PlannedFault) => PlannedFault,
): boolean {
  const faults = search.plan.faults.map((fault) => (fault.id === id ? change(fault) : fault));
  assert(faults.length === search.plan.faults.length, "a fault is replaced, not removed");
  return search.attempt({ ...search.plan, faults });
}

/** A batch of one is a plain operation. */
function splitBatches(search: Search): void {
  for (const { id, request } of search.plan.operations) {
    for (const key of keysOf(request)) {
      const plain = single(request, key);
      if (plain === null) break;
      const operations = search.plan.operations.map((one) =>
        one.id === id ? { ...one, request: plain } : one,
      );
      if (search.attempt({ ...search.plan, operations })) break;
    }
  }
}

function mergeKeys(search: Search): void {
  const keys = [...new Set(search.plan.operations.flatMap(({ request }) => keysOf(request)))];
  const [first, ...others] = keys.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  if (first === undefined) return;
  for (const key of others) {
    const rename = (one: string) => (one === key ? first : one);
    const operations = search.plan.operations.map((one) => ({
      ...one,
      request: rewritten(one.request, { key: rename, value: (text) => text }),
    }));
    search.attempt({ ...search.plan, operations });
  }
}

/** Values by the order of their first use; equal ones stay equal. */
function shortenValues(search: Search): void {
  const names = new Map<string, string>();
  const value = (text: string): string => {
    const known = names.get(text) ?? `v${names.size + 1}`;
    names.set(text, known);
    return known.length < text.length ? known : text;
  };
  const operations = search.plan.operations.map((one) => ({
    ...one,
    request: rewritten(one.request, { key: (key) => key, value }),
  }));
  search.attempt({ ...search.plan, operations });
}
