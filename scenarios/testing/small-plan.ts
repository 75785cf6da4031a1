/** A small plan for tests, in which nothing breaks unless the test says so. */
import type { HistoryRequest } from "../history.ts";
import { type Plan, type PlannedFault, planSchema } from "../plan.ts";

/** Three stores, two regions, ten seconds of which six may break; two clients, no plugins. */
export const calmPlan: Plan = {
  schema: planSchema,
  scenario: "test",
  fidelity: "tikv",
  timing: "fast",
  schedule: { kind: "fifo" },
  unrestricted: false,
  encodesMessages: false,
  clientsCheckVersions: false,
  paired: false,
  stores: 3,
  cuts: ["m"],
  zones: [],
  clients: 2,
  breakUs: 6_000_000,
  healUs: 4_000_000,
  plugins: [],
  pluginFiles: [],
  operations: [],
  faults: [],
  failpoints: [],
};

/** One fault at a time, by id 1. */
export function faultAt(
  us: number,
  { store, forUs, breakage }: Pick<PlannedFault, "store" | "forUs" | "breakage">,
): PlannedFault {
  return { id: 1, trigger: { kind: "at", us }, store, forUs, breakage };
}

/** A put of a value of its own and a get by turns, every so often, on key "a" by client 0. */
export function steadyLoad(fromUs: number, toUs: number, everyUs: number): Plan["operations"] {
  const operations: Plan["operations"][number][] = [];
  for (let atUs = fromUs; atUs < toUs; atUs += everyUs) {
    const id = operations.length + 1;
    const put: HistoryRequest = { kind: "put", key: "a", value: `v${id}` };
    const request: HistoryRequest = id % 2 === 1 ? put : { kind: "get", key: "a" };
    operations.push({ id, atUs, client: 0, request });
  }
  return operations;
}
