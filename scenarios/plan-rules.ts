/** What must hold of a plan beyond its shape: names that exist, orders, the budget of damage. */
import { checkFailpoint, failpointCatalogue } from "../failpoints/index.ts";
import { isConfigProblem, passedFailpoints, readSettings } from "../nodes/index.ts";
import { unreachable } from "../sim/assert.ts";
import { UserError } from "../sim/errors.ts";
import { momentNames, momentOf } from "./moments/index.ts";
import type {
  Breakage,
  Plan,
  PlannedFailpoint,
  PlannedFault,
  PlannedFileOperation,
  Scope,
} from "./plan.ts";

/** What is wrong with a plan, and where. */
export type PlanProblem = {
  readonly path: string;
  readonly found: string;
  readonly expected: string;
};

/** The first rule that a plan of the right shape breaks, or null. */
export function planProblem(plan: Plan): PlanProblem | null {
  return (
    layoutProblem(plan) ??
    pluginProblem(plan) ??
    fileProblem(plan) ??
    operationProblem(plan) ??
    faultProblem(plan) ??
    damageProblem(plan) ??
    failpointProblem(plan) ??
    configProblem(plan)
  );
}

const problem = (path: string, found: string, expected: string): PlanProblem => ({
  path,
  found,
  expected,
});

const quoted = (text: string): string => JSON.stringify(text);

function layoutProblem({ cuts, zones, stores }: Plan): PlanProblem | null {
  for (const [at, cut] of cuts.entries()) {
    const before = at === 0 ? "" : (cuts[at - 1] ?? "");
    if (cut > before) continue;
    return problem(`cuts[${at}]`, quoted(cut), `a key above ${quoted(before)}: cuts ascend`);
  }
  if (zones.length === 0 || zones.length === stores) return null;
  return problem("zones", `${zones.length} zones`, `none, or one for each of ${stores} stores`);
}

function pluginProblem({ plugins, stores }: Plan): PlanProblem | null {
  for (const [at, { file, stores: on }] of plugins.entries()) {
    const bad = on.find((store) => store > stores);
    if (bad !== undefined) return problem(`plugins[${at}].stores`, `store ${bad}`, upTo(stores));
    if (new Set(on).size < on.length) {
      return problem(`plugins[${at}].stores`, "a store twice", "each store once");
    }
    for (const [other, earlier] of plugins.slice(0, at).entries()) {
      if (earlier.file !== file || !on.some((store) => earlier.stores.includes(store))) continue;
      const expected = `another name than plugins[${other}] on the same store`;
      return problem(`plugins[${at}].file`, quoted(file), expected);
    }
  }
  return null;
}

/** File operations are of the break phase, as faults are: what heals comes to rest. */
function fileProblem(plan: Plan): PlanProblem | null {
  const known = new Set<number>();
  for (const [at, one] of plan.pluginFiles.entries()) {
    const path = `pluginFiles[${at}]`;
    if (known.has(one.id))
      return problem(`${path}.id`, `${one.id} for the second time`, "unique ids");
    known.add(one.id);
    const found = triggerProblem(plan, one) ?? nameProblem(one);
    if (found !== null) return { ...found, path: `${path}.${found.path}` };
  }
  const bad = plan.plugins.findIndex(({ file }) => !isFileName(file));
  if (bad < 0) return null;
  return problem(`plugins[${bad}].file`, quoted(plan.plugins[bad]?.file ?? ""), bareName);
}

const bareName = "a bare file name, without a folder";
const isFileName = (name: string): boolean => !/[/\0]/.test(name) && name !== "." && name !== "..";

function nameProblem({ operation }: PlannedFileOperation): PlanProblem | null {
  switch (operation.kind) {
    case "sync":
    case "overflow":
      return null;
    case "rename": {
      const { from, to } = operation;
      if (!isFileName(from)) return problem("operation.from", quoted(from), bareName);
      if (!isFileName(to)) return problem("operation.to", quoted(to), bareName);
      return from === to ? problem("operation.to", quoted(to), "another name than `from`") : null;
    }
    case "copy":
    case "overwrite":
    case "moveIn":
    case "moveOut":
    case "delete":
    case "truncate":
    case "chmod":
      return isFileName(operation.file)
        ? null
        : problem("operation.file", quoted(operation.file), bareName);
    default:
      return unreachable(operation);
  }
}

const upTo = (stores: number): string =>
  stores === 1 ? "store 1: there is no other" : `a store from 1 to ${stores}`;

function operationProblem(plan: Plan): PlanProblem | null {
  const { operations, clients, breakUs, healUs } = plan;
  const known = new Set<number>();
  for (const [at, { id, atUs, client }] of operations.entries()) {
    const path = `operations[${at}]`;
    if (known.has(id)) return problem(`${path}.id`, `${id} for the second time`, "unique ids");
    known.add(id);
    if (client >= clients) {
      return problem(`${path}.client`, `${client}`, `a client from 0 to ${clients - 1}`);
    }
    if (atUs >= breakUs + healUs) {
      const expected = `a time before the end at ${breakUs + healUs}`;
      return problem(`${path}.atUs`, `${atUs}`, expected);
    }
  }
  return null;
}

function faultProblem(plan: Plan): PlanProblem | null {
  const known = new Set<number>();
  for (const [at, fault] of plan.faults.entries()) {
    const path = `faults[${at}]`;
    if (known.has(fault.id)) {
      return problem(`${path}.id`, `${fault.id} for the second time`, "unique ids");
    }
    known.add(fault.id);
    const found = triggerProblem(plan, fault) ?? breakageProblem(plan, fault);
    if (found !== null) return { ...found, path: `${path}.${found.path}` };
  }
  return null;
}

function triggerProblem(
  plan: Plan,
  { trigger, store }: Pick<PlannedFault, "trigger" | "store">,
): PlanProblem | null {
  if (store > plan.stores) return problem("store", `store ${store}`, upTo(plan.stores));
  if (trigger.kind === "at") {
    if (trigger.us < plan.breakUs) return null;
    const expected = `a time before healing begins at ${plan.breakUs}`;
    return problem("trigger.us", `${trigger.us}`, expected);
  }
  if (momentOf(trigger.moment) === null) {
    const expected = `a moment: ${momentNames.join(", ")}`;
    return problem("trigger.moment", quoted(trigger.moment), expected);
  }
  if (trigger.store <= plan.stores) return null;
  return problem("trigger.store", `store ${trigger.store}`, `0 or ${upTo(plan.stores)}`);
}

/** What a breakage of one store needs when no moment says which store it is. */
function placeProblem(fault: PlannedFault, path: string, store: number): PlanProblem | null {
  if (store > 0 || fault.trigger.kind === "moment") return null;
  return problem(path, "store 0", "a store: 0 is the store of a moment");
}

function breakageProblem(plan: Plan, fault: PlannedFault): PlanProblem | null {
  const { breakage, store } = fault;
  const { stores } = plan;
  switch (breakage.kind) {
    case "isolate":
      return placeProblem(fault, "store", store);
    case "partition":
      return sideProblem(plan, fault, breakage.side);
    case "bridge":
      if (breakage.bridge > 1 && breakage.bridge < stores) return null;
      return problem("breakage.bridge", `store ${breakage.bridge}`, "a store between two others");
    case "majorityRing":
      return stores >= 5 ? null : problem("breakage", `a ring of ${stores}`, "five stores or more");
    case "transferLeader": {
      const regions = regionsMax(plan);
      if (breakage.region > regions) {
        const expected = `a region from 1 to ${regions}`;
        return problem("breakage.region", `region ${breakage.region}`, expected);
      }
      return breakage.to <= stores
        ? null
        : problem("breakage.to", `store ${breakage.to}`, upTo(stores));
    }
    case "split":
      if (breakage.key !== "" && !plan.cuts.includes(breakage.key)) return null;
      return problem("breakage.key", quoted(breakage.key), "a key at which no region begins");
    case "monotonicDrift":
      if (plan.unrestricted || Math.abs(breakage.ppm) <= 200) return null;
      return problem("breakage.ppm", `${breakage.ppm}`, "at most 200, or an unrestricted plan");
    case "delay":
    case "diskSlow": {
      const { minUs, maxUs } = breakage;
      if (minUs > maxUs) {
        return problem("breakage.maxUs", `${maxUs}`, `at least minUs, ${minUs}`);
      }
      return breakage.kind === "delay" ? scopeProblem(plan, fault, breakage.scope) : null;
    }
    case "drop":
    case "duplicate":
    case "reorder":
    case "corrupt":
    case "capacity":
    case "clog":
    case "hold":
    case "refuse":
    case "hang":
      return scopeProblem(plan, fault, breakage.scope);
    default:
      return null; // One machine, or all of them: nothing to be wrong about.
  }
}

/** As many regions as there can be once every split was carried out. */
function regionsMax({ cuts, faults }: Plan): number {
  return cuts.length + 1 + faults.filter(({ breakage }) => breakage.kind === "split").length;
}

function sideProblem(
  { stores }: Plan,
  fault: PlannedFault,
  side: readonly number[],
): PlanProblem | null {
  const path = "breakage.side";
  const bad = side.find((store) => store > stores);
  if (bad !== undefined) return problem(path, `store ${bad}`, upTo(stores));
  if (new Set(side).size < side.length) return problem(path, "a store twice", "each store once");
  if (side.length >= stores) return problem(path, "every store", "some of the stores");
  return side.includes(0) ? placeProblem(fault, path, 0) : null;
}

function scopeProblem({ stores }: Plan, fault: PlannedFault, scope: Scope): PlanProblem | null {
  const path = "breakage.scope";
  switch (scope.kind) {
    case "all":
    case "stores":
    case "clients":
      return null;
    case "peers":
    case "store":
      if (scope.store > stores) {
        return problem(`${path}.store`, `store ${scope.store}`, upTo(stores));
      }
      return placeProblem(fault, `${path}.store`, scope.store || fault.store);
    case "link": {
      const bad = [scope.from, scope.to].find((store) => store > stores);
      if (bad !== undefined) return problem(path, `store ${bad}`, upTo(stores));
      if (scope.from !== scope.to) return null;
      return problem(path, `a link of store ${scope.from} to itself`, "two different stores");
    }
    default:
      return unreachable(scope);
  }
}

const damaging: readonly Breakage["kind"][] = ["bitRot", "misdirectedWrite"];

/** A cluster whose majority lost its disks cannot be repaired: nothing it does then is a bug. */
function damageProblem({ faults, stores, unrestricted }: Plan): PlanProblem | null {
  if (unrestricted) return null;
  const damaged = new Set<number>();
  for (const [at, { store, breakage }] of faults.entries()) {
    if (!damaging.includes(breakage.kind)) continue;
    const path = `faults[${at}].store`;
    if (store === 0) return problem(path, "store 0", "the store whose disk is damaged");
    damaged.add(store);
    if (damaged.size * 2 < stores) continue;
    const found = `damage on ${damaged.size} of ${stores} stores`;
    return problem(path, found, "damage on a minority, or an unrestricted plan");
  }
  return null;
}

function failpointProblem({ failpoints, stores }: Plan): PlanProblem | null {
  for (const [at, setting] of failpoints.entries()) {
    const { name, store } = setting;
    const path = `failpoints[${at}]`;
    const wrong = settingProblem(setting, path);
    if (wrong !== null) return wrong;
    if (store > stores) return problem(`${path}.store`, `store ${store}`, `0 or ${upTo(stores)}`);
    if (!isPassed(name)) {
      const expected = "one that this version passes (coprsim list failpoints)";
      return problem(`${path}.name`, `${quoted(name)}, which nothing passes yet`, expected);
    }
    const first = failpoints.findIndex((one) => one.name === name && one.store === store);
    if (first === at) continue;
    const expected = `one setting a store: failpoints[${first}] is another`;
    return problem(`${path}.name`, `${quoted(name)} for the second time`, expected);
  }
  return null;
}

function configProblem({ timing, config = {}, pluginFiles = [] }: Plan): PlanProblem | null {
  const settings = readSettings(timing, config);
  if (isConfigProblem(settings)) {
    return problem(`config["${settings.key}"]`, quoted(settings.found), settings.expected);
  }
  if (settings.pluginDirectory !== null || pluginFiles.length === 0) return null;
  const expected = "none where coprocessor-plugin-directory is not set";
  return problem("pluginFiles[0]", "a file operation", expected);
}

/** A run in which nothing can come to a failpoint would be green for no reason. */
const isPassed = (name: string): boolean => (passedFailpoints as ReadonlySet<string>).has(name);

/** What the catalogue and the grammar say of one setting. */
function settingProblem({ name, actions }: PlannedFailpoint, path: string): PlanProblem | null {
  try {
    checkFailpoint({ name, actions, where: path, catalogue: failpointCatalogue });
    return null;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { message, hint } = error;
    if (!Object.hasOwn(failpointCatalogue, name)) {
      return problem(`${path}.name`, quoted(name), `a failpoint: ${hint}`);
    }
    return problem(`${path}.actions`, quoted(actions), `actions that fit (${message}): ${hint}`);
  }
}
