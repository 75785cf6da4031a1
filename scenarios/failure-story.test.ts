/**
 * What a failure's smallest story keeps of what chance did. To add a case, give a judge that
 * convicts something harmless, and a plan in which chance brings it about.
 */
import { beforeAll, expect, test } from "vitest";
import { eventKinds } from "../nodes/events.ts";
import { PreparedEnvironment } from "./environment.ts";
import { storyOf } from "./failure-story.ts";
import { judgeOf } from "./judges/verdicts.ts";
import type { Plan } from "./plan.ts";
import { decisionsOf, formatRepro, parseRepro } from "./repro.ts";
import { type Environment, runPlan } from "./runner.ts";
import { calmPlan } from "./testing/small-plan.ts";

const property = "every put is answered";

/** Convicts an unknown outcome: somebody's message was lost. */
const answered = () =>
  judgeOf({ property, sentence: property }, (findings) => ({
    kinds: [eventKinds.clientFinished],
    event: (kind, _process, operation, outcome, _c, _d, nowUs) => {
      if (kind !== eventKinds.clientFinished) return;
      findings.check();
      if (outcome === 2) findings.convict(`operation ${operation} was never answered`, nowUs);
    },
  }));

let environment: Environment;

beforeAll(async () => {
  const prepared = new PreparedEnvironment({
    system: null,
    onFailure: (error) => {
      throw error;
    },
  });
  await prepared.prepareFor(calmPlan);
  environment = { ...prepared.environment, judges: [answered] };
});

const lossy: Plan = {
  ...calmPlan,
  breakUs: 9_000_000,
  healUs: 3_000_000,
  operations: Array.from({ length: 40 }, (_, at) => ({
    id: at + 1,
    atUs: 3_000_000 + at * 100_000,
    client: 0,
    request: { kind: "put", key: `k${at % 4}`, value: `v${at}` },
  })),
  faults: [
    {
      id: 1,
      trigger: { kind: "at", us: 2_800_000 },
      store: 0,
      forUs: 6_000_000,
      breakage: { kind: "drop", scope: { kind: "all" }, perMille: 150 },
    },
  ],
};

/** The first seed in which an answer is lost for good: which one it is hangs on every delay. */
function firstLoss() {
  for (let number = 0; number < 50; number++) {
    const seed = `decisions/${number}`;
    const found = runPlan(environment, { plan: lossy, seed, keepTrace: false });
    const [violation] = found.violations;
    if (violation?.property === property) return { seed, found, violation };
  }
  throw new Error("no seed of 50 lost an answer");
}

test("a story of lost messages names the few that count, and replays from their names", () => {
  const { seed, found, violation } = firstLoss();
  const repro = storyOf({
    environment,
    failure: { scenario: "lossy", seed, plan: lossy, violation, hash: found.hash },
    mutant: null,
    toolVersion: "0.0.0",
    expired: () => false,
  });
  expect(repro.decisions?.length).toBeGreaterThan(0);
  expect(repro.decisions?.length).toBeLessThanOrEqual(4);
  expect(repro.decisions?.every(({ label }) => /^net\/\d+->\d+\/drop/.test(label))).toBe(true);

  const read = parseRepro(formatRepro(repro), "story.repro.json");
  const again = { plan: read.plan, seed: read.seed, keepTrace: false };
  const replayed = runPlan(environment, { ...again, decisions: decisionsOf(read) });
  expect(replayed.hash).toBe(repro.hash);
  expect(replayed.violations[0]?.property).toBe(property);
  const without = runPlan(environment, { ...again, decisions: { kind: "replay", decisions: [] } });
  expect(without.violations).toEqual([]);
});
