/**
 * Three promises over generated plans, each checked on the history by a few lines of its own that
 * share nothing with the judges: acknowledged writes survive, the right plugin answers, a wrong
 * version is refused in TiKV's words. To add one, write a check and a property over
 * `planArbitrary`.
 */
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { PreparedEnvironment } from "./environment.ts";
import type { History, HistoryOperation } from "./history.ts";
import { planArbitrary, type SeededPlan } from "./plan-arbitrary.ts";
import { runPlan } from "./runner.ts";
import { baseSpec, type FaultCounts, type Spec } from "./spec.ts";
import { counterProbe, echoCall } from "./workloads/plugin-calls.ts";

const prepared = new PreparedEnvironment({
  system: null,
  onFailure: (error) => {
    throw error;
  },
});
/** No judges: what is said here is checked here. */
const environment = { ...prepared.environment, judges: [] };

const faults: FaultCounts = {
  partition: { min: 1, max: 5 },
  crash: { min: 1, max: 4 },
  powerLoss: { min: 1, max: 3 },
  transfer: { min: 1, max: 3 },
};

function historyOf({ plan, seed }: SeededPlan): History {
  const { history, violations } = runPlan(environment, { plan, seed, keepTrace: false });
  expect(violations).toEqual([]);
  return history;
}

/** How many runs each property has: a few seconds on a busy machine. */
const numRuns = 12;

beforeAll(async () => {
  for (const spec of [writes, siblings, versions]) {
    const [sample] = fc.sample(planArbitrary(spec), 1);
    if (sample !== undefined) await prepared.prepareFor(sample.plan);
  }
}, 30_000);

// Acknowledged writes survive ----------------------------------------------------------------

/** Each key has one writer and no deletes, so its last acknowledged put is known. */
const writes: Spec = {
  ...baseSpec,
  scenario: "property-writes",
  clients: { min: 1, max: 1 },
  keys: { min: 4, max: 8 },
  mix: { put: 100 },
  operationsPerSecond: { min: 15, max: 25 },
  faults,
};

const written = ({ request }: HistoryOperation): string =>
  request.kind === "put" ? request.value : "";

/** The values that a key may have at the end: the last acknowledged, or one whose fate is open. */
function possible(puts: readonly HistoryOperation[]): ReadonlySet<string | null> {
  const acknowledged = puts.filter(({ outcome }) => outcome?.kind === "ok");
  const values = new Set<string | null>();
  const open = puts.filter(({ outcome }) => outcome === null || outcome.kind === "unknown");
  for (const one of open) values.add(written(one));
  // Puts overlap; one is superseded if another was called after it had been acknowledged.
  for (const one of acknowledged) {
    const superseded = acknowledged.some((other) => other.callUs > (one.returnUs ?? 0));
    if (!superseded) values.add(written(one));
  }
  if (acknowledged.length === 0) values.add(null);
  return values;
}

test("acknowledged writes survive partitions, crashes and power losses", () => {
  let acknowledged = 0;
  const property = fc.property(planArbitrary(writes), (drawn) => {
    const history = historyOf(drawn);
    for (const { request, outcome, callUs } of history) {
      // The reads after healing, which come after every put.
      if (request.kind !== "get" || outcome?.kind !== "ok") continue;
      const puts = history.filter(
        (one) => one.request.kind === "put" && one.request.key === request.key,
      );
      acknowledged += puts.filter(({ outcome }) => outcome?.kind === "ok").length;
      // Puts still under way then are open, whatever became of them.
      const before = puts.map((put) =>
        (put.returnUs ?? Number.POSITIVE_INFINITY) < callUs ? put : { ...put, outcome: null },
      );
      if (outcome.result.kind !== "value") throw new Error("a get gives a value");
      expect([...possible(before)]).toContain(outcome.result.value);
    }
  });
  fc.assert(property, { numRuns });
  expect(acknowledged).toBeGreaterThan(100 * numRuns);
});

// The right plugin answers -------------------------------------------------------------------

const names = ["count", "counter", "Counter", "counter-top"] as const;
const siblings: Spec = {
  ...baseSpec,
  scenario: "property-names",
  mix: { put: 10, coprocessor: 90 },
  plugins: names.map(
    (name) =>
      ({ file: `${name}.wasm`, artefacts: [`probe:${name}@1.2.3`], stores: "every" }) as const,
  ),
  calls: [
    { ...echoCall, names, requirements: ["*", "^1.2"], weight: 5 },
    { ...echoCall, names: ["coun", "counters", "COUNTER", ""] },
  ],
  faults,
};

test("the plugin that answers is the one that was named, with the request it was sent", () => {
  let answered = 0;
  let unknown = 0;
  const property = fc.property(planArbitrary(siblings), (drawn) => {
    for (const { id, request, outcome } of historyOf(drawn)) {
      if (request.kind !== "coprocessor" || outcome === null) continue;
      const isKnown = names.some((name) => name === request.name);
      if (outcome.kind === "ok") {
        expect(isKnown, request.name).toBe(true);
        if (outcome.result.kind !== "shards") throw new Error("a call gives shards");
        for (const { data } of outcome.result.shards) {
          expect(data).toMatch(new RegExp(`^probe ${request.name} 1\\.2\\.3 \\d+\n${id}$`));
          answered++;
        }
      } else if (!isKnown && outcome.text.startsWith("No registered")) {
        expect(outcome.text).toBe(`No registered coprocessor with name '${request.name}'`);
        unknown++;
      } else if (isKnown) expect(outcome.text).not.toMatch(/^No registered/);
    }
  });
  fc.assert(property, { numRuns });
  expect(answered).toBeGreaterThan(50 * numRuns);
  expect(unknown).toBeGreaterThan(5 * numRuns);
});

// A wrong version is refused -----------------------------------------------------------------

/** Requirements that 1.4.0 meets, and those it does not, with what TiKV makes of them. */
const met = ["*", "", "^1.2", "1.2.3", ">=1.4.0, <2.0.0", "~1.4", "1.4.x"] as const;
const unmet: ReadonlyMap<string, string> = new Map([
  ["1.2", ">=1.2.0, <1.3.0"],
  ["^2", ">=2.0.0, <3.0.0"],
  ["=1.2.3", "=1.2.3"],
  ["~1.2.3", ">=1.2.3, <1.3.0"],
  ["0.2", ">=0.2.0, <0.3.0"],
]);
const versions: Spec = {
  ...baseSpec,
  scenario: "property-versions",
  mix: { put: 10, coprocessor: 90 },
  plugins: [counterProbe("probe:counter@1.4.0")],
  calls: [
    { ...echoCall, names: ["counter"], requirements: met },
    { ...echoCall, names: ["counter"], requirements: [...unmet.keys()] },
    { ...echoCall, names: ["counter"], requirements: [">=1.2.3,<2.0.0", "v1", "latest"] },
  ],
  faults,
};

test("a version that does not suit is refused with TiKV's text, one that does never is", () => {
  let served = 0;
  let refused = 0;
  let unparsed = 0;
  const property = fc.property(planArbitrary(versions), (drawn) => {
    for (const { request, outcome } of historyOf(drawn)) {
      if (request.kind !== "coprocessor" || outcome === null) continue;
      const { versionReq } = request;
      const shown = unmet.get(versionReq);
      const isMet = met.some((one) => one === versionReq);
      if (outcome.kind === "ok") {
        expect(isMet, versionReq).toBe(true);
        served++;
      } else if (/version/.test(outcome.text)) {
        expect(isMet, versionReq).toBe(false);
        if (shown === undefined) {
          expect(outcome.text).toBe("the given version requirement is invalid");
          unparsed++;
        } else {
          expect(outcome.text).toBe(
            "The plugin 'counter' with version '1.4.0' does not satisfy the version constraint " +
              `'${shown}'`,
          );
          refused++;
        }
      }
    }
  });
  fc.assert(property, { numRuns });
  for (const count of [served, refused, unparsed]) expect(count).toBeGreaterThan(20 * numRuns);
});
