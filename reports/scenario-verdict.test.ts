/**
 * Tests of what a failed scenario tells: the real code, with a client that lies. To add a case,
 * make it lie in another way.
 */
import { expect, test } from "vitest";
import { defineScenario, realSystem, type System } from "../scenarios/index.ts";
import { judgeScenario } from "./scenario-verdict.ts";

const scenario = defineScenario({
  name: "quiet",
  spec: { breakUs: 1_000_000, healUs: 6_000_000, regions: { min: 1, max: 1 } },
});

/** Every read finds nothing. */
const forgetful: System = {
  ...realSystem,
  start: (options) =>
    realSystem.start({
      ...options,
      finished: (id, outcome) => {
        const isRead = outcome.kind === "ok" && outcome.result.kind === "value";
        const nothing = { kind: "ok", result: { kind: "value", value: null } } as const;
        options.finished(id, isRead ? nothing : outcome);
      },
    }),
};

test("a failure is told by its property and its smallest story", async () => {
  const { pass, text } = await judgeScenario({
    artefact: null,
    scenario,
    system: forgetful,
    seeds: 2,
  });
  expect(pass).toBe(false);
  expect(text).toMatch(/^quiet, seed 1\/[01]: "[^"]+"\s+does\s+not\s+hold\n {2}\S/);
  const [, story = ""] = text.split("the smallest story found (3 stores):\n");
  expect(story).toMatch(/at \d+\.\d ms: client \d \{"kind":"get"/);
  expect(story.split("\n").length).toBeLessThanOrEqual(4);
  expect(Math.max(...text.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(100);
}, 20_000);

test("the real code passes, and says what would not have been expected of it", async () => {
  const question = { artefact: null, scenario, seeds: 2 };
  expect(await judgeScenario(question)).toEqual({
    pass: true,
    text: "expected quiet, 2 seeds, not to pass",
  });
});
