/**
 * What every drawn plan must be: valid, inside its budget, the same for the same seed, and made of
 * streams that leave each other alone. A new property goes over `plans()`; a new stream needs a row
 * in the last test.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { generate } from "./generate.ts";
import type { Plan } from "./plan.ts";
import { planArbitrary } from "./plan-arbitrary.ts";
import { parsePlan } from "./plan-schema.ts";
import { type PlanChoices, strategies } from "./scenario.ts";
import { baseSpec, type FaultCounts, faultFamilies, type Spec } from "./spec.ts";
import { builtInScenarios } from "./suites/index.ts";
import { everyFault } from "./workloads/fault-mixes.ts";
import { workloadW } from "./workloads/w.ts";

const choices: PlanChoices = { fidelity: "tikv", timing: "fast", strategy: "portfolio" };
const spec: Spec = { ...baseSpec, scenario: "generated", stores: [3, 4, 5], faults: everyFault };

/** Plans of every built-in scenario under every strategy, some in TiKV's own timing. */
const drawnPlans: readonly Plan[] = builtInScenarios.flatMap((scenario) =>
  strategies.map((strategy, at) => {
    const timing = at === 2 ? "tikv" : "fast";
    return scenario.plan(`P/${at}`, at, { ...choices, strategy, timing });
  }),
);
const plans = (): readonly Plan[] => drawnPlans;

test("drawn plans are valid", () => {
  for (const plan of plans()) {
    expect(parsePlan(plan, "drawn").operations).toHaveLength(plan.operations.length);
  }
  const valid = ({ plan }: { readonly plan: Plan }) => void parsePlan(plan, "drawn");
  fc.assert(fc.property(planArbitrary(spec), valid), { numRuns: 100 });
});

test("the same seed gives the same plan, another seed another", () => {
  const text = (seed: string) => JSON.stringify(generate(spec, seed, 3, choices));
  expect(text("S/3")).toBe(text("S/3"));
  expect(text("S/3")).not.toBe(text("S/4"));
  // Scenarios of one campaign share seeds, not stories.
  const times = (scenario: string) =>
    generate({ ...spec, scenario }, "S/3", 3, choices).operations.map(({ atUs }) => atUs);
  expect(times("one")).not.toEqual(times("other"));
});

test("no two writes write the same value, and swaps keep to keys of their own", () => {
  for (const plan of plans()) {
    const values: string[] = [];
    const swapped = new Set<string>();
    const written = new Set<string>();
    for (const { request } of plan.operations) {
      if (request.kind === "put" || request.kind === "compareAndSwap") values.push(request.value);
      if (request.kind === "batchPut") values.push(...request.pairs.map(([, value]) => value));
      if (request.kind === "compareAndSwap") swapped.add(request.key);
      if (request.kind === "put" || request.kind === "delete") written.add(request.key);
      if (request.kind === "batchPut") for (const [key] of request.pairs) written.add(key);
    }
    expect(new Set(values).size).toBe(values.length);
    expect([...swapped].filter((key) => written.has(key))).toEqual([]);
  }
});

test("operations come in order, at about the rate asked for, and end before the quiet", () => {
  for (const plan of plans()) {
    const times = plan.operations.map(({ atUs }) => atUs);
    expect(times.every((time, at) => at === 0 || time >= (times[at - 1] ?? 0))).toBe(true);
    expect(plan.operations.every(({ id }, at) => id === at + 1)).toBe(true);
  }
  const counts = Array.from(
    { length: 20 },
    (_, at) => generate(workloadW, `W/${at}`, at, choices).operations.length,
  );
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  // 15 s at 50 operations a second, less the first 0.2 s.
  expect(mean).toBeGreaterThan(720);
  expect(mean).toBeLessThan(760);
});

test("workload W has the mix of its definition", () => {
  const counts = new Map<string, number>();
  for (let at = 0; at < 20; at++) {
    for (const { request } of generate(workloadW, `W/${at}`, at, choices).operations) {
      const kind = request.kind === "coprocessor" ? `coprocessor ${request.name}` : request.kind;
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
  }
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const percent = (kind: string) => Math.round((100 * (counts.get(kind) ?? 0)) / total);
  expect(percent("put")).toBe(45);
  expect(percent("get")).toBe(40);
  expect(percent("scan")).toBe(5);
  expect(percent("coprocessor aggregate")).toBe(5);
  expect(percent("coprocessor counter")).toBe(5);
});

test("damage stays on one store, and every fault ends by healing at the latest", () => {
  const damages: FaultCounts = { diskDamage: { min: 3, max: 3 }, succession: { min: 3, max: 3 } };
  const damaging = Array.from({ length: 20 }, (_, at) =>
    generate({ ...spec, faults: damages }, `S/${at}`, at, { ...choices, strategy: "all-on" }),
  );
  for (const plan of [...plans(), ...damaging]) {
    const damaged = plan.faults
      .filter(({ breakage: { kind } }) => kind === "bitRot" || kind === "misdirectedWrite")
      .map(({ store }) => store);
    expect(new Set(damaged).size).toBeLessThanOrEqual(1);
    for (const { trigger } of plan.faults) {
      if (trigger.kind === "at") expect(trigger.us).toBeLessThan(plan.breakUs);
    }
  }
});

test("strategies differ in how many faults there are and when they come", () => {
  const drawn = (strategy: PlanChoices["strategy"]) =>
    Array.from({ length: 60 }, (_, at) => generate(spec, `S/${at}`, at, { ...choices, strategy }));
  const mean = (some: readonly Plan[]) =>
    some.reduce((sum, { faults }) => sum + faults.length, 0) / some.length;
  const moments = (some: readonly Plan[]) =>
    some.flatMap(({ faults }) => faults).filter(({ trigger }) => trigger.kind === "moment").length;
  expect(mean(drawn("all-on"))).toBeGreaterThan(1.5 * mean(drawn("swarm")));
  expect(mean(drawn("swarm"))).toBeGreaterThan(mean(drawn("random")));
  expect(moments(drawn("moments"))).toBeGreaterThan(2 * moments(drawn("swarm")));
  expect(drawn("pct").every(({ schedule }) => schedule.kind === "pct")).toBe(true);
  const kinds = drawn("portfolio").map(({ schedule }) => schedule.kind);
  expect(new Set(kinds)).toEqual(new Set(["fifo", "random", "pct"]));
});

test("every family draws, and swarm leaves each out about half of the time", () => {
  for (const family of faultFamilies) {
    const only: FaultCounts = { [family]: { min: 1, max: 1 } };
    const with1 = Array.from(
      { length: 60 },
      (_, at) =>
        generate({ ...spec, faults: only }, `S/${at}`, at, { ...choices, strategy: "swarm" }).faults
          .length,
    ).filter((count) => count > 0).length;
    expect(with1, family).toBeGreaterThan(15);
    expect(with1, family).toBeLessThan(45);
  }
});

/** A change of the spec, and the parts of the plan that must not notice it. */
const independent: readonly (readonly [string, Partial<Spec>, readonly (keyof Plan)[]])[] = [
  [
    "faults",
    { faults: { crash: { min: 2, max: 2 } } },
    ["operations", "cuts", "clients", "plugins"],
  ],
  ["values", { valueBytes: { min: 100, max: 200 } }, ["faults", "schedule", "cuts"]],
  ["operations", { mix: { get: 1 } }, ["faults", "schedule", "cuts", "plugins"]],
  [
    "plugins",
    { plugins: [{ file: "a", artefacts: ["x", "y"], stores: "some" }] },
    ["faults", "operations", "schedule"],
  ],
];

test.each(independent)("a change of %s leaves the rest alone", (_name, change, untouched) => {
  for (let at = 0; at < 10; at++) {
    const before = generate(spec, `S/${at}`, at, choices);
    const after = generate({ ...spec, ...change }, `S/${at}`, at, choices);
    for (const part of untouched) expect(after[part]).toEqual(before[part]);
  }
});

test("one fault more of a family adds to that family and changes no other fault", () => {
  const all: PlanChoices = { ...choices, strategy: "all-on" };
  const without = (plan: Plan) =>
    plan.faults.map(({ trigger, store, breakage }) => JSON.stringify({ trigger, store, breakage }));
  for (let at = 0; at < 20; at++) {
    const less = { ...everyFault, transfer: { min: 3, max: 3 } };
    const more = { ...everyFault, transfer: { min: 4, max: 4 } };
    const before = without(generate({ ...spec, faults: less }, `S/${at}`, at, all));
    const after = without(generate({ ...spec, faults: more }, `S/${at}`, at, all));
    expect(after).toEqual(expect.arrayContaining(before));
    expect(after.length).toBeGreaterThan(before.length);
  }
});

test("a plan of 750 operations is drawn in about a millisecond", () => {
  for (let at = 0; at < 300; at++) generate(workloadW, `warm/${at}`, at, choices);
  const times = Array.from({ length: 9 }, (_, round) => {
    const begin = performance.now();
    for (let at = 0; at < 50; at++) generate(workloadW, `${round}/${at}`, at, choices);
    return (performance.now() - begin) / 50;
  });
  // The best of nine: a busy machine makes any single one slow. Its order of size is what counts.
  expect(Math.min(...times)).toBeLessThan(3);
});
