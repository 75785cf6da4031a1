/**
 * Whose finding is it? Judges of our own say what they find by the fidelity that they are told of,
 * on runs of a small plan. To add a case, add a row: where it is found, and the label.
 */
import { beforeAll, expect, test } from "vitest";
import { type Attribution, attributionOf, isPluginFinding } from "./attribution.ts";
import { PreparedEnvironment } from "./environment.ts";
import type { Judge, RunFacts, Violation } from "./judge.ts";
import type { Plan } from "./plan.ts";
import { runPlan } from "./runner.ts";
import { calmPlan, faultAt } from "./testing/small-plan.ts";

const prepared = new PreparedEnvironment({
  system: null,
  onFailure: (error) => {
    throw error;
  },
});
beforeAll(() => prepared.prepareFor(calmPlan));

const violation = (property: string, message = "it is so"): Violation => ({
  property,
  message,
  atUs: 1,
  details: [],
});

/** Finds it in some fidelities, whatever happens. */
const finds =
  (property: string, where: readonly Plan["fidelity"][]) =>
  ({ fidelity }: RunFacts): Judge => ({
    property,
    sentence: "it is not so",
    kinds: [],
    event: () => {},
    finish: () => {},
    violation: where.includes(fidelity) ? violation(property) : null,
    checks: 1,
  });

/** The property, the fidelities that have the finding, the plan's own, the label. */
const rows: readonly (readonly [
  property: string,
  where: readonly Plan["fidelity"][],
  fidelity: Plan["fidelity"],
  label: Attribution | null,
])[] = [
  ["dispatch", ["tikv"], "tikv", "host limitation"],
  ["dispatch", ["tikv", "contract"], "tikv", "plugin"],
  ["budget", ["tikv"], "tikv", "host limitation"],
  // Found by a careful host: there is nothing to ask.
  ["dispatch", ["contract"], "contract", null],
  // Not of plugins: another fidelity says nothing of it.
  ["election safety", ["tikv"], "tikv", null],
  // No request to a plugin holds a thread: no plugin is to blame for what was lost.
  ["durability of acknowledged writes", ["tikv"], "tikv", null],
];

test.each(rows)("%s, found in %j, run in %s: %s", (property, where, fidelity, label) => {
  const environment = { ...prepared.environment, judges: [finds(property, where)] };
  const plan: Plan = { ...calmPlan, fidelity };
  const found = violation(property);
  expect(attributionOf(environment, { plan, seed: "a", decisions: null, violation: found })).toBe(
    label,
  );
});

test("a store that a plugin stopped is a finding of plugins, one that Raft stopped is not", () => {
  const property = "no unplanned node stop";
  expect(
    isPluginFinding(violation(property, "store 1 stopped by panic: plugin 'a' panicked")),
  ).toBe(true);
  expect(isPluginFinding(violation(property, "store 1 stopped by abort: disk eio"))).toBe(false);
});

/**
 * A disk that stands still keeps the leader's writes from becoming durable: the client tries two
 * requests again and again, until each of the five gRPC threads waits for such a write.
 */
const starvingPlan: Plan = {
  ...calmPlan,
  cuts: [],
  clients: 1,
  breakUs: 10_000_000,
  healUs: 9_000_000,
  plugins: [{ file: "writer.wasm", artefact: "probe:writer@1.0.0", stores: [1, 2, 3] }],
  operations: [
    { id: 1, atUs: 6_289_054, client: 0, request: write("p0005", "p0008") },
    { id: 2, atUs: 8_948_890, client: 0, request: write("p0000", "p0004") },
  ],
  faults: [
    faultAt(8_437_933, {
      store: 0,
      forUs: 948_000,
      breakage: { kind: "partition", side: [3], oneWay: false },
    }),
    {
      ...faultAt(5_452_949, { store: 3, forUs: 3_302_000, breakage: { kind: "diskStall" } }),
      id: 2,
    },
  ],
};

function write(start: string, end: string): Plan["operations"][number]["request"] {
  const ranges = [{ start, end }];
  return { kind: "coprocessor", name: "writer", versionReq: "^1", ranges, data: "write w" };
}

test("a store whose threads plugins hold has lost nothing: a careful host's goes on", async () => {
  await prepared.prepareFor(starvingPlan);
  const { environment } = prepared;
  const seed = "soak16/505";
  const { violations } = runPlan(environment, { plan: starvingPlan, seed, keepTrace: false });
  const found = violations.find(({ property }) => property.startsWith("durability"));
  expect(found?.message).toMatch(/^region 1: store 3 has applied \d+ at the end/);
  if (found === undefined) return;
  const repro = { plan: starvingPlan, seed, decisions: null, violation: found };
  expect(attributionOf(environment, repro)).toBe("host limitation");
});
