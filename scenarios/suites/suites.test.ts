/**
 * The built-in scenarios: well-formed, passing on the real code, exercising what their gates say.
 * A new scenario needs nothing here; a new gate appears in some scenario or fails the second test.
 */
import { beforeAll, expect, test } from "vitest";
import { PreparedEnvironment } from "../environment.ts";
import { type Gate, gateSentences } from "../gates.ts";
import { generate } from "../generate.ts";
import { runPlan } from "../runner.ts";
import type { PlanChoices, Scenario } from "../scenario.ts";
import { artefactSources } from "../workloads/artefacts.ts";
import { workloadW } from "../workloads/w.ts";
import { builtInScenarios } from "./index.ts";

const choices: PlanChoices = { fidelity: "tikv", timing: "fast", strategy: "portfolio" };
const seeds = 3;

const prepared = new PreparedEnvironment({
  system: null,
  onFailure: (error) => {
    throw error;
  },
});

const planOf = (scenario: Scenario, number: number) =>
  scenario.plan(`suite/${number}`, number, choices);

beforeAll(async () => {
  for (const scenario of builtInScenarios) await prepared.prepareFor(planOf(scenario, 0));
}, 30_000);

test("names are unique, suites have two to six scenarios, sentences say what holds", () => {
  const names = builtInScenarios.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  const suites = new Map<string, number>();
  for (const { name, sentence, suites: in1 } of builtInScenarios) {
    expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(sentence.length).toBeGreaterThan(30);
    for (const suite of in1) suites.set(suite, (suites.get(suite) ?? 0) + 1);
  }
  expect([...suites.keys()].sort()).toEqual([
    "dispatch",
    "failpoints",
    "partitions",
    "raft",
    "registers",
    "reload",
    "smoke",
    "splits",
    "versions",
  ]);
  for (const count of suites.values()) {
    expect(count).toBeGreaterThanOrEqual(2);
    expect(count).toBeLessThanOrEqual(6);
  }
});

test("every gate is some scenario's, but for those that only tell", () => {
  const used = new Set<Gate>(
    builtInScenarios.flatMap(({ gates }) => gates.map(({ gate }) => gate)),
  );
  const telling: readonly Gate[] = ["paused", "pluginErred"];
  const unused = Object.keys(gateSentences).filter((gate) => !used.has(gate as Gate));
  expect(unused.sort()).toEqual([...telling].sort());
});

test("every artefact that a plan may name can be had", () => {
  const known = artefactSources();
  for (const scenario of builtInScenarios) {
    for (let number = 0; number < seeds; number++) {
      for (const { artefact } of planOf(scenario, number).plugins) {
        expect(known.has(artefact), artefact).toBe(true);
      }
    }
  }
});

test.each(builtInScenarios)("$name holds on the real code", async (scenario) => {
  for (let number = 0; number < seeds; number++) {
    const plan = planOf(scenario, number);
    await prepared.prepareFor(plan);
    const seed = `suite/${number}`;
    const { violations, stop } = runPlan(prepared.environment, { plan, seed, keepTrace: false });
    expect(violations, seed).toEqual([]);
    expect(stop.kind, seed).toBe("time");
  }
});

test("a plan without faults passes no gate that a fault opens", async () => {
  const plan = generate({ ...workloadW, faults: {} }, "calm", 0, choices);
  await prepared.prepareFor(plan);
  const { gates } = runPlan(prepared.environment, { plan, seed: "calm", keepTrace: false });
  const faulty: readonly Gate[] = [
    "crashed",
    "powerLost",
    "selfStopped",
    "recoveryInterrupted",
    "allDown",
    "corruptionFound",
    "paused",
    "diskFailed",
    "clockWrong",
    "networkCut",
    "messagesLost",
    "leaderLostQuorum",
    "crashedMidPlugin",
    "pluginPanicked",
  ];
  expect(faulty.filter((gate) => gates[gate] > 0)).toEqual([]);
  expect(gates.pluginAnswered).toBeGreaterThan(0);
  expect(gates.readByLease).toBeGreaterThan(0);
});

test("the same plan and seed give the same hash", async () => {
  const [, scenario] = builtInScenarios;
  if (scenario === undefined) throw new Error("there are scenarios");
  const plan = planOf(scenario, 1);
  await prepared.prepareFor(plan);
  const run = (seed: string) =>
    runPlan(prepared.environment, { plan, seed, keepTrace: false }).hash;
  expect(run("one")).toBe(run("one"));
  expect(run("one")).not.toBe(run("two"));
});
