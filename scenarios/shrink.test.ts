/**
 * Shrinking, with predicates made up here in place of runs. To add a case, say of which parts of
 * the plan a failure is made: what is left must be those and nothing else.
 */
import { expect, test } from "vitest";
import { generate } from "./generate.ts";
import type { Plan } from "./plan.ts";
import { planProblem } from "./plan-rules.ts";
import { sizeOf } from "./repro.ts";
import { shrinkPlan, type Trial } from "./shrink.ts";
import { minimise } from "./shrink-passes.ts";
import { baseSpec } from "./spec.ts";
import { everyFault } from "./workloads/fault-mixes.ts";

const choices = { fidelity: "tikv", timing: "fast", strategy: "all-on" } as const;
const spec = { ...baseSpec, scenario: "shrinks", stores: [5], faults: everyFault } as const;
const plan = generate({ ...spec, unrestricted: true }, "1/0", 0, choices);

const shrink = (trial: Trial, keepsHealing = false, start: Plan = plan) => {
  let runs = 0;
  const shrunk = shrinkPlan({
    plan: start,
    violatedAtUs: 9_000_000,
    trial: (candidate) => {
      runs++;
      // What was found is written to a file, and must be readable there.
      expect(planProblem(candidate)).toBeNull();
      return trial(candidate);
    },
    keepsHealing,
    expired: () => false,
  });
  expect(shrunk.tries).toBe(runs);
  return shrunk;
};

const when = (holds: boolean) => (holds ? { atUs: 9_000_000 } : null);

test("the drawn plan is a big one", () => {
  const { faults, operations } = sizeOf(plan);
  expect(faults).toBeGreaterThan(15);
  expect(operations).toBeGreaterThan(150);
});

test("exactly the faults and operations that matter are left", () => {
  const early = plan.operations.filter(({ atUs }) => atUs < 8_000_000);
  const needed = [early[3], early[40], early[77]].map((one) => one?.id ?? 0);
  const fault = plan.faults.find(({ trigger }) => trigger.kind === "at" && trigger.us < 8e6)?.id;
  const { plan: smallest, tries } = shrink(({ operations, faults }) =>
    when(
      needed.every((id) => operations.some((one) => one.id === id)) &&
        faults.some(({ id }) => id === fault),
    ),
  );
  expect(smallest.operations.map(({ id }) => id)).toEqual(needed);
  expect(smallest.faults.map(({ id }) => id)).toEqual([fault]);
  expect(smallest).toMatchObject({ cuts: [], clients: 1, zones: [] });
  expect(smallest.stores).toBeLessThan(5);
  expect(smallest.schedule).toEqual({ kind: "fifo" });
  expect(tries).toBeLessThan(400);
});

test("where the plan itself is not needed, nothing is left", () => {
  const { plan: smallest, tries } = shrink(() => when(true));
  expect(sizeOf(smallest)).toEqual({ faults: 0, operations: 0 });
  expect(smallest.breakUs + smallest.healUs).toBe(9_000_002);
  expect(tries).toBeLessThan(30);
});

test("a plan that only fails as it is stays as it is", () => {
  const text = JSON.stringify(plan);
  expect(shrink((candidate) => when(JSON.stringify(candidate) === text)).plan).toEqual(plan);
});

test("the time to heal is kept where the property is about it", () => {
  const { plan: smallest } = shrink(() => when(true), true);
  expect([smallest.breakUs, smallest.healUs]).toEqual([plan.breakUs, plan.healUs]);
});

test("after its time nothing is tried, and what was found by then counts", () => {
  let left = 5;
  const shrunk = shrinkPlan({
    plan,
    violatedAtUs: 9_000_000,
    trial: () => when(left-- > 0),
    keepsHealing: false,
    expired: () => left <= 0,
  });
  expect(shrunk.tries).toBe(5);
  expect(shrunk.plan.operations.length).toBeLessThan(plan.operations.length);
});

test("batches become single, keys few, values short", () => {
  const operations = [
    ["a", "b"],
    ["b", "c"],
  ].map((keys, at) => ({
    id: at + 1,
    atUs: 1_000 + at,
    client: 0,
    request: {
      kind: "batchPut",
      pairs: keys.map((key) => [key, `${key}${"-".repeat(20)}${at}`] as const),
    } as const,
  }));
  const start = { ...plan, operations, faults: [] };
  const { plan: smallest } = shrink(
    (candidate) => when(candidate.operations.length === 2),
    false,
    start,
  );
  expect(smallest.operations.map(({ request }) => request)).toEqual([
    { kind: "put", key: "a", value: "v1" },
    { kind: "put", key: "a", value: "v2" },
  ]);
});

test.each([
  ["20%return", ["return", "1*return", "20%return"], "return"],
  ["3*20%return->0.5%panic", ["1*3*return->panic", "3*return->panic"], "3*return->panic"],
  ["20%return", ["1*return", "20%return"], "1*return"],
  ["20%return", ["20%return"], "20%return"],
  ["return", ["return"], "return"],
])("the failpoint %s, which fails as %j, becomes %s", (actions, failing, expected) => {
  const setting = (text: string) => ({ name: "raft_propose", actions: text, store: 0 });
  const start = { ...plan, failpoints: [setting(actions)] };
  const { plan: smallest } = shrink(
    ({ failpoints }) => when(failing.includes(failpoints[0]?.actions ?? "")),
    false,
    start,
  );
  expect(smallest.failpoints).toEqual([setting(expected)]);
});

test.each([[[2, 9]], [[0]], [[31]], [[0, 15, 16, 31]], [[]]])(
  "minimise leaves %j of 32",
  (needed) => {
    let kept: readonly number[] = Array.from({ length: 32 }, (_, at) => at);
    minimise(kept, (rest) => {
      const fails = needed.every((one) => rest.includes(one));
      if (fails) kept = rest;
      return fails;
    });
    expect(kept).toEqual(needed);
  },
);
