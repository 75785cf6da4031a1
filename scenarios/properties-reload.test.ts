/**
 * Promises about hot reload over generated plans, checked on the history alone by a few lines that
 * share nothing with the judges. Every store gets a newer version of a plugin at a time of its own,
 * and loses the old file later, while the network breaks. To add one, write a check over
 * `upgraded`.
 */
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { PreparedEnvironment } from "./environment.ts";
import type { HistoryOperation } from "./history.ts";
import type { Plan, PlannedFileOperation } from "./plan.ts";
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
const numRuns = 6;

const partitions: FaultCounts = { partition: { min: 1, max: 5 }, transfer: { min: 1, max: 3 } };
/** Whether a restart finds the old or the new file last is chance, but not in `contract`. */
const faultsOf: Readonly<Record<Plan["fidelity"], FaultCounts>> = {
  tikv: partitions,
  contract: { ...partitions, crash: { min: 1, max: 3 } },
};

const specOf = (faults: FaultCounts): Spec => ({
  ...baseSpec,
  scenario: "property-reload",
  mix: { put: 10, coprocessor: 90 },
  healedCallsOneIn: 1,
  plugins: [counterProbe("probe:counter@1.2.3")],
  calls: [
    { ...echoCall, names: ["counter"], requirements: ["*", "^1", "=2.0.0"] },
    { ...echoCall, names: ["counter"], requirements: ["=1.2.3"] },
  ],
  faults,
});

/** The watcher's delay. */
const delayUs = 3_000_000;
/** Clocks differ, and a request is on its way for a while. */
const slackUs = 50_000;

type Upgrade = { readonly atUs: number; readonly forUs: number; readonly chunks: number };

const upgradeArbitrary: fc.Arbitrary<Upgrade> = fc.record({
  atUs: fc.integer({ min: 2_000_000, max: 4_500_000 }),
  forUs: fc.integer({ min: 0, max: 1_500_000 }),
  chunks: fc.integer({ min: 1, max: 4 }),
});

/** A plan, its upgrades by store, and when the old files go; null: they stay. */
type Upgraded = SeededPlan & {
  readonly upgrades: readonly Upgrade[];
  readonly goneUs: number | null;
};

function upgraded(
  fidelity: Plan["fidelity"],
  faults: FaultCounts = faultsOf[fidelity],
): fc.Arbitrary<Upgraded> {
  const upgrades = fc.array(upgradeArbitrary, { minLength: 3, maxLength: 3 });
  const gone = fc.option(fc.integer({ min: 9_200_000, max: 9_900_000 }));
  return fc
    .tuple(planArbitrary(specOf(faults), fidelity), upgrades, gone)
    .map(([{ seed, plan }, drawn, goneUs]) => {
      const pluginFiles = drawn.flatMap((upgrade, at) => steps(at + 1, upgrade, goneUs));
      const numbered = pluginFiles.map((one, at) => ({ ...one, id: at + 1 }));
      return { seed, plan: { ...plan, pluginFiles: numbered }, upgrades: drawn, goneUs };
    });
}

function steps(
  store: number,
  { atUs, forUs, chunks }: Upgrade,
  goneUs: number | null,
): readonly Omit<PlannedFileOperation, "id">[] {
  const file = { file: "newer.wasm", artefact: "probe:counter@2.0.0", perMille: 1_000 };
  const copy = {
    trigger: { kind: "at", us: atUs },
    store,
    operation: { kind: "copy", ...file, forUs, chunks },
  } as const;
  if (goneUs === null) return [copy];
  const operation = { kind: "delete", file: "counter.wasm" } as const;
  return [copy, { trigger: { kind: "at", us: goneUs }, store, operation }];
}

/** The versions that answered, or ["none"] where the answer was that none suits. */
function versionsIn({ outcome }: HistoryOperation): readonly string[] {
  if (outcome?.kind === "ok" && outcome.result.kind === "shards") {
    return outcome.result.shards.map(({ data }) => data.split(" ")[2] ?? "");
  }
  return outcome?.kind === "error" && / does not satisfy /.test(outcome.text) ? ["none"] : [];
}

type Phases = {
  /** Before it nobody can have loaded the new file. */
  readonly firstUs: number;
  /** From then on everybody has. */
  readonly lastUs: number;
  /** From then on `contract` has unloaded the old one. */
  readonly goneUs: number;
};

function phasesOf({ plan, upgrades, goneUs }: Upgraded): Phases {
  const wholeUs = upgrades.map(({ atUs, forUs }) => atUs + forUs);
  // A store that starts scans, and need not wait for its watcher.
  const restarts = plan.fidelity === "contract" ? 0 : delayUs;
  return {
    firstUs: Math.min(...wholeUs) + restarts - slackUs,
    lastUs: Math.max(...wholeUs) + delayUs + slackUs,
    goneUs: goneUs === null ? Number.POSITIVE_INFINITY : goneUs + delayUs + slackUs,
  };
}

/** What a call may find, by its requirement, once all stores have both versions. */
const settled: Readonly<Record<Plan["fidelity"], Readonly<Record<string, string>>>> = {
  tikv: { "*": "2.0.0", "^1": "none", "=1.2.3": "none", "=2.0.0": "2.0.0" },
  contract: { "*": "2.0.0", "^1": "1.2.3", "=1.2.3": "1.2.3", "=2.0.0": "2.0.0" },
};

beforeAll(async () => {
  const [sample] = fc.sample(upgraded("tikv"), 1);
  if (sample !== undefined) await prepared.prepareFor(sample.plan);
}, 30_000);

describe.each(["tikv", "contract"] as const)("fidelity %s", (fidelity) => {
  test("under partitions a new version serves when the watcher has told of it, not before", () => {
    const counts = { before: 0, between: 0, after: 0, gone: 0 };
    const property = fc.property(upgraded(fidelity), (drawn) => {
      const { plan, seed } = drawn;
      const phases = phasesOf(drawn);
      const { history, violations } = runPlan(environment, { plan, seed, keepTrace: false });
      expect(violations).toEqual([]);
      for (const one of history) {
        const { request, callUs, returnUs, outcome } = one;
        if (request.kind !== "coprocessor") continue;
        if (outcome?.kind === "error") expect(outcome.text).not.toMatch(/^No registered/);
        const { versionReq } = request;
        const now = settled[fidelity][versionReq];
        for (const version of versionsIn(one)) {
          if ((returnUs ?? 0) < phases.firstUs) {
            expect(version).toBe(versionReq === "=2.0.0" ? "none" : "1.2.3");
            counts.before++;
          } else if (callUs < phases.lastUs) {
            const old = versionReq === "=2.0.0" ? "none" : "1.2.3";
            expect([old, now]).toContain(version);
            counts.between++;
          } else if (fidelity === "tikv" || callUs < (drawn.goneUs ?? phases.goneUs)) {
            expect(version).toBe(now);
            counts.after++;
          } else if (callUs > phases.goneUs) {
            expect(version).toBe(/1/.test(versionReq) ? "none" : "2.0.0");
            counts.gone++;
          }
        }
      }
    });
    fc.assert(property, { numRuns });
    const { before, between, after, gone } = counts;
    for (const count of [before, between, after]) expect(count).toBeGreaterThan(numRuns);
    expect(gone > 0).toBe(fidelity === "contract");
  });
});

test("no version serves that its requirement excludes, under crashes and power losses too", () => {
  const admitted: Readonly<Record<string, readonly string[]>> = {
    "*": ["1.2.3", "2.0.0"],
    "^1": ["1.2.3"],
    "=1.2.3": ["1.2.3"],
    "=2.0.0": ["2.0.0"],
  };
  const hard = { ...partitions, crash: { min: 1, max: 4 }, powerLoss: { min: 1, max: 3 } };
  const served = new Map<string, number>();
  const property = fc.property(upgraded("tikv", hard), ({ plan, seed }) => {
    const { history, violations } = runPlan(environment, { plan, seed, keepTrace: false });
    expect(violations).toEqual([]);
    for (const one of history) {
      if (one.request.kind !== "coprocessor") continue;
      const { versionReq } = one.request;
      for (const version of versionsIn(one).filter((each) => each !== "none")) {
        expect(admitted[versionReq], versionReq).toContain(version);
        served.set(versionReq, (served.get(versionReq) ?? 0) + 1);
      }
    }
  });
  fc.assert(property, { numRuns });
  for (const versionReq of Object.keys(admitted)) {
    expect(served.get(versionReq) ?? 0, versionReq).toBeGreaterThan(numRuns);
  }
});
