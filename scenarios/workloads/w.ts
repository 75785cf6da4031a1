/** Workload W of `bench`: what every figure of speed is measured on. */
import { generate } from "../generate.ts";
import type { Scenario } from "../scenario.ts";
import { baseSpec, type Spec } from "../spec.ts";
import { everyFault } from "./fault-mixes.ts";
import { aggregateCall, aggregateWasm, countCall, counterProbe } from "./plugin-calls.ts";

/** 3 stores, 4 regions, 15 s, 8 clients, 50 operations a second on 100 keys of 64 bytes. */
export const workloadW: Spec = {
  ...baseSpec,
  scenario: "workload-w",
  stores: [3],
  regions: { min: 4, max: 4 },
  clients: { min: 8, max: 8 },
  keys: { min: 100, max: 100 },
  valueBytes: { min: 64, max: 64 },
  operationsPerSecond: { min: 50, max: 50 },
  mix: { put: 45, get: 40, scan: 5, coprocessor: 10 },
  // Half of the calls run wasm.
  calls: [aggregateCall, countCall(["^1.2"])],
  healedCallsOneIn: 1,
  plugins: [aggregateWasm, counterProbe("probe:counter@1.2.3")],
  faults: everyFault,
  breakUs: 9_000_000,
  healUs: 6_000_000,
  quietUs: 0,
  finalReads: false,
};

/** W as a scenario; in no suite. */
export const scenarioW: Scenario = {
  name: workloadW.scenario,
  sentence: "workload W of bench",
  suites: [],
  gates: [],
  plan: (seed, number, choices) => generate(workloadW, seed, number, choices),
};
