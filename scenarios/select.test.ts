/**
 * Scenarios by what people type, those that they define, and traces as text. To add a case, add a
 * row: the words or the definition, and what comes of it.
 */
import { expect, test } from "vitest";
import { UserError } from "../sim/errors.ts";
import { defineScenario, isScenario, type ScenarioDefinition, scenarioOfPlan } from "./define.ts";
import { PreparedEnvironment } from "./environment.ts";
import { runPlan } from "./runner.ts";
import { selectScenarios } from "./select.ts";
import { formatTrace } from "./trace-text.ts";

const choices = { fidelity: "contract", timing: "tikv", strategy: "random" } as const;
const quick = { breakUs: 1_000_000, healUs: 5_000_000, regions: { min: 1, max: 1 } } as const;
const one = defineScenario({ name: "one", suites: ["all"], spec: quick });
const two = defineScenario({ name: "two", suites: ["all", "some"] });

test.each([
  [["one"], [one]],
  [["all"], [one, two]],
  [
    ["two", "one"],
    [two, one],
  ],
  [
    ["some", "all"],
    [two, one],
  ],
  [[], []],
])("%j", (words, expected) => {
  expect(selectScenarios(words, [one, two])).toEqual(expected);
});

test("an unknown word names its neighbours", () => {
  expect(mistakeOf(() => selectScenarios(["som"], [one, two]))).toMatch(/som \| .*some/);
});

const plan = one.plan("1/0", 0, { ...choices, timing: "fast" });

const allStories = {
  stories: ["upgrade"],
  count: { min: 1, max: 1 },
  artefacts: ["aggregate"],
  outages: { min: 0, max: 0 },
  rollingRestart: false,
} as const;

test.each<[definition: ScenarioDefinition, expected: RegExp]>([
  [{ name: "Not A Name" }, /this is no name/],
  [{ name: "x", gates: [{ gate: "nosuch" as "crashed", minSeeds: 1 }] }, /no such gate: nosuch/],
  [{ name: "x", spec: {}, plan }, /both a spec and a plan/],
  [{ name: "x", spec: { stores: [] } }, /found \[\] \| expected at least 1 of them/],
  [{ name: "x", spec: { mix: { put: 0 } } }, /expected a weight above 0/],
  [{ name: "x", spec: { mix: { coprocessor: 1 } } }, /expected calls, because the mix has/],
  [{ name: "x", spec: { keys: { min: 3, max: 2 } } }, /"min":3.*expected a min that is not above/],
  [{ name: "x", spec: Object({ sotres: [3] }) }, /expected no "sotres" here/],
  [
    { name: "x", spec: Object({ plugins: [{ file: "a.wasm", artefact: "a", stores: "every" }] }) },
    /found nothing \| expected an array/,
  ],
  [{ name: "x", spec: { directories: allStories, breakUs: 11_999_999 } }, /12000000 at least/],
])("refused: a definition", (definition, expected) => {
  expect(mistakeOf(() => defineScenario(definition))).toMatch(expected);
});

test("a plan serves every seed, with the choices of the run or as it is", () => {
  const chosen = defineScenario({ name: "three", plan }).plan("1/5", 5, choices);
  expect(chosen).toEqual({ ...plan, scenario: "three", fidelity: "contract", timing: "tikv" });
  expect(scenarioOfPlan("four", plan).plan("1/5", 5, choices)).toBe(plan);
  expect([isScenario(one), isScenario({ ...one }), isScenario(null)]).toEqual([true, false, false]);
});

test("a trace is told event by event, up to a time", async () => {
  const prepared = new PreparedEnvironment({
    system: null,
    onFailure: (error) => expect.fail(String(error)),
  });
  await prepared.prepareFor(plan);
  const { trace } = runPlan(prepared.environment, { plan, seed: "1/0", keepTrace: true });
  const all = formatTrace(trace, Number.POSITIVE_INFINITY);
  const early = formatTrace(trace, 1_500_000);
  expect(early.length).toBeGreaterThan(0);
  expect(all.slice(0, early.length)).toEqual(early);
  expect(all.length).toBeGreaterThan(early.length);
  expect(all.join("\n")).toMatch(/^ +\d+\.\d{3} ms {2}p\d+ {2}roleChanged \w+=\d+/m);
});

function mistakeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof UserError) return `${error.message} | ${error.hint}`;
    throw error;
  }
  return "";
}
