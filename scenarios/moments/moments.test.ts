/**
 * Every moment comes in some run, and a crash at it happens where the moment says: inside the
 * handler that reports, or after it. A new moment needs nothing here, unless no run reaches it.
 */
import { beforeAll, expect, test } from "vitest";
import { eventKinds } from "../../nodes/events.ts";
import { kernelEvents } from "../../sim/index.ts";
import { PreparedEnvironment } from "../environment.ts";
import { generate } from "../generate.ts";
import type { Plan, PlannedFault } from "../plan.ts";
import { runPlan } from "../runner.ts";
import { baseSpec, type Spec } from "../spec.ts";
import { calmPlan, steadyLoad } from "../testing/small-plan.ts";
import { outages } from "../workloads/fault-mixes.ts";
import { countCall, counterProbe, writeCall } from "../workloads/plugin-calls.ts";
import { type MomentName, momentNames, moments } from "./moments.ts";

const prepared = new PreparedEnvironment({
  system: null,
  onFailure: (error) => {
    throw error;
  },
});
/** The judges have tests of their own. */
const environment = { ...prepared.environment, judges: [] };

const spec: Spec = {
  ...baseSpec,
  scenario: "moments",
  regions: { min: 1, max: 1 },
  operationsPerSecond: { min: 60, max: 60 },
  mix: { put: 70, get: 20, coprocessor: 10 },
  plugins: [
    counterProbe("probe:counter@1.2.3"),
    { file: "writer.wasm", artefacts: ["probe:writer@1.0.0"], stores: "every" },
  ],
  calls: [countCall(["*"]), writeCall],
  directories: {
    stories: ["moveIn"],
    count: { min: 1, max: 2 },
    artefacts: ["probe:counter@1.4.0"],
    outages: { min: 0, max: 0 },
    rollingRestart: false,
  },
  faults: {
    ...outages,
    partition: { min: 4, max: 6 },
    transfer: { min: 3, max: 5 },
    split: { min: 1, max: 2 },
  },
};

const plans = Array.from({ length: 12 }, (_, at) =>
  generate(spec, `moments/${at}`, at, {
    fidelity: "tikv",
    timing: "fast",
    strategy: at % 2 === 0 ? "all-on" : "moments",
  }),
);

beforeAll(async () => {
  for (const plan of plans) await prepared.prepareFor(plan);
});

test("every moment comes", () => {
  const seen = new Set<MomentName>();
  for (const plan of plans) {
    const { trace } = runPlan(environment, { plan, seed: "moments", keepTrace: true });
    for (let at = 0; at < trace.count; at++) {
      const { source, kind, a, b, c, d } = trace.row(at);
      if (source !== "emit") continue;
      for (const name of momentNames) {
        const { kind: wanted, when } = moments[name];
        if (wanted === kind && (when === undefined || when(a, b, c, d))) seen.add(name);
      }
    }
    if (seen.size === momentNames.length) break;
  }
  expect(momentNames.filter((name) => !seen.has(name))).toEqual([]);
});

/** A crash of the store of a moment, at its third occurrence. */
function crashAt(moment: MomentName): Plan {
  const trigger: PlannedFault["trigger"] = {
    kind: "moment",
    moment,
    store: 0,
    occurrence: 3,
    fromUs: 0,
  };
  const fault = { id: 1, trigger, store: 0, forUs: 500_000, breakage: { kind: "crash" } } as const;
  return { ...calmPlan, operations: steadyLoad(2_500_000, 5_500_000, 50_000), faults: [fault] };
}

/** What the store of the moment reported at the time of the crash, from the moment on. */
function around(moment: MomentName): { readonly row: string; readonly answered: boolean } {
  const plan = crashAt(moment);
  const { trace, history } = runPlan(environment, { plan, seed: "around", keepTrace: true });
  const rows = Array.from({ length: trace.count }, (_, at) => trace.row(at));
  const emitted = rows.filter(({ source }) => source === "emit");
  const crash = emitted.findIndex(({ kind }) => kind === kernelEvents.crash.kind);
  expect(crash, "the crash happened").toBeGreaterThan(0);
  const before = emitted[crash - 1];
  const names = Object.entries(eventKinds);
  const row = names.find(([, kind]) => kind === before?.kind)?.[0] ?? "";
  // The operation that the third acknowledgement was for.
  const acks = emitted.filter(({ kind }) => kind === eventKinds.writeAcknowledged);
  const operation = history.find(({ id }) => id === acks[2]?.b);
  const first = operation?.outcome?.kind === "ok";
  return { row, answered: first };
}

test("inside: the crash follows its event at once, and what was to be sent is not", () => {
  expect(around("write-ack-about-to-leave")).toEqual({
    row: "writeAcknowledged",
    answered: false,
  });
});

test("after: the handler ends first, and what it sent is on its way", () => {
  expect(around("write-acknowledged")).toMatchObject({ answered: true });
});
