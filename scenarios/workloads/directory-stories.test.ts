/**
 * Stories of file operations: each draws valid plans, ends in time, and means what its name says. A
 * new story needs nothing here but a line in `shapes`.
 */
import { expect, test } from "vitest";
import { generate } from "../generate.ts";
import type { Plan } from "../plan.ts";
import { parsePlan } from "../plan-schema.ts";
import type { PlanChoices } from "../scenario.ts";
import { baseSpec, type DirectoryStory, directoryStories, type Spec } from "../spec.ts";

const choices: PlanChoices = { fidelity: "tikv", timing: "fast", strategy: "portfolio" };
const seeds = 20;

const spec = (story: DirectoryStory, rollingRestart = false): Spec => ({
  ...baseSpec,
  scenario: `story-${story}`,
  mix: { put: 1 },
  operationsPerSecond: { min: 1, max: 1 },
  breakUs: 16_000_000,
  plugins: [{ file: "counter.so", artefacts: ["probe:counter@1.2.3"], stores: "every" }],
  directories: {
    stories: [story],
    count: { min: 1, max: 1 },
    artefacts: ["probe:counter@1.4.0"],
    outages: { min: 2, max: 2 },
    rollingRestart,
  },
});

const plansOf = (story: DirectoryStory): readonly Plan[] =>
  Array.from({ length: seeds }, (_, at) => generate(spec(story), `S/${at}`, at, choices));

/** Operations of store 1, in the order of their times, by kind. */
const kindsOn = (plan: Plan, store: number): string =>
  plan.pluginFiles
    .filter((one) => one.store === store)
    .map(({ operation }) => operation.kind)
    .join(" ");

/** What one directory goes through, in every form that a story has. */
const shapes: Readonly<Record<DirectoryStory, readonly string[]>> = {
  upgrade: ["copy", "copy delete"],
  upgradeInPlace: ["copy"],
  slowCopy: ["copy"],
  partialCopy: ["copy", "copy copy"],
  renameSoon: ["copy rename"],
  renameLate: ["copy rename"],
  renameServed: ["rename"],
  moveIn: ["moveIn"],
  moveOver: ["moveIn"],
  remove: ["delete"],
  moveOut: ["moveOut"],
  removeAndBack: ["delete moveIn"],
  flutter: ["moveIn delete"],
  overwrite: ["overwrite"],
  truncate: ["truncate"],
  touch: ["chmod"],
  overflow: ["copy overflow"],
};

test.each(directoryStories)("%s", (story) => {
  const seen = new Set<string>();
  let widest = 0;
  for (const plan of plansOf(story)) {
    parsePlan(plan, story);
    const stores = [...new Set(plan.pluginFiles.map(({ store }) => store))];
    widest = Math.max(widest, stores.length);
    for (const store of stores) seen.add(kindsOn(plan, store));
  }
  expect([...seen].sort()).toEqual([...shapes[story]].sort());
  expect(widest).toBe(3);
});

test("the watcher has come to rest before stores restart one after another", () => {
  let restarted = 0;
  for (const story of directoryStories) {
    for (let at = 0; at < seeds; at++) {
      const plan = generate(spec(story, true), `R/${at}`, at, choices);
      const restarts = plan.faults.filter(({ trigger }) => trigger.kind === "at");
      if (restarts.length === 0) continue;
      restarted++;
      expect(restarts.map(({ store }) => store)).toEqual([1, 2, 3]);
      const firstUs = Math.min(...restarts.map(({ trigger }) => usOf(trigger)));
      for (const { trigger, operation } of plan.pluginFiles) {
        const us = trigger.kind === "at" ? trigger.us : 0;
        const forUs = "forUs" in operation ? operation.forUs : 0;
        expect(us + forUs + 3_000_000, `${story} ${at}`).toBeLessThanOrEqual(firstUs);
      }
    }
  }
  expect(restarted).toBeGreaterThan(directoryStories.length * seeds * 0.3);
});

const usOf = (trigger: Plan["faults"][number]["trigger"]): number =>
  trigger.kind === "at" ? trigger.us : trigger.fromUs;

test("outages are aimed at what happens to directories", () => {
  const moments = new Set<string>();
  for (const plan of plansOf("upgrade")) {
    expect(plan.faults.map(({ breakage }) => breakage.kind)).toHaveLength(2);
    for (const { trigger } of plan.faults) {
      if (trigger.kind === "moment") moments.add(trigger.moment);
    }
  }
  expect([...moments].sort()).toEqual(["directory-changed", "plugin-loaded", "plugin-opened"]);
});
