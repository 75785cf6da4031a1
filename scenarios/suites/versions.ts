/**
 * Suite `versions`: a plugin serves only whom its version suits, and only if it may load at all.
 */
import type { Scenario } from "../scenario.ts";
import { baseSpec } from "../spec.ts";
import { countCall, counterProbe, echoCall } from "../workloads/plugin-calls.ts";
import {
  brokenRequirements,
  everyRequirement,
  oddRequirements,
  plainRequirements,
} from "../workloads/requirements.ts";
import { scenarioOf } from "./scenario-of.ts";

const suites = ["versions"] as const;
const pluginMix = { put: 20, get: 15, coprocessor: 65 } as const;

/** Versions that sort badly as text, pre-releases, a zero major, build metadata. */
const counters = [
  "probe:counter@1.2.3",
  "probe:counter@1.4.0",
  "probe:counter@1.9.0",
  "probe:counter@1.10.0",
  "probe:counter@2.0.0-rc.1",
  "probe:counter@2.0.0",
  "probe:counter@0.2.3",
  "probe:counter@0.3.0",
  "probe:counter@1.2.3+build5",
] as const;

/** The suite. */
export const versions: readonly Scenario[] = [
  scenarioOf({
    sentence: "requirements mean what TiKV's semver 0.11 makes of them, odd ones too",
    suites,
    gates: [
      { gate: "pluginAnswered", minSeeds: 1 },
      { gate: "versionRejected", minSeeds: 1 },
      { gate: "requirementRejected", minSeeds: 1 },
    ],
    spec: {
      ...baseSpec,
      scenario: "versions-requirements",
      mix: pluginMix,
      operationsPerSecond: { min: 30, max: 60 },
      plugins: [counterProbe(...counters)],
      calls: [
        { ...echoCall, weight: 3, names: ["counter"], requirements: plainRequirements },
        { ...echoCall, weight: 2, names: ["counter"], requirements: oddRequirements },
        { ...echoCall, weight: 1, names: ["counter"], requirements: brokenRequirements },
      ],
      faults: { partition: { min: 1, max: 1 } },
      breakUs: 5_000_000,
    },
  }),
  scenarioOf({
    sentence: "stores with different versions each answer by their own while leaders move",
    suites,
    gates: [
      { gate: "pluginAnswered", minSeeds: 1 },
      { gate: "versionRejected", minSeeds: 5 },
      { gate: "leaderChanged", minSeeds: 10 },
      { gate: "crashed", minSeeds: 20 },
      { gate: "transferred", minSeeds: 60 },
    ],
    spec: {
      ...baseSpec,
      scenario: "versions-mixed",
      mix: pluginMix,
      plugins: [
        { file: "counter-old.wasm", artefacts: counters, stores: "every" },
        { file: "counter-zz.wasm", artefacts: counters, stores: "some" },
      ],
      calls: [
        countCall(["^1.2", "1.4.0", ">=1.9.0", "^2", "~0.2.3", "*", ">=1.2.3, <2.0.0"]),
        { ...echoCall, names: ["counter"], requirements: everyRequirement },
      ],
      faults: {
        crash: { min: 1, max: 3 },
        powerLoss: { min: 1, max: 2 },
        transfer: { min: 1, max: 6 },
        partition: { min: 1, max: 3 },
      },
    },
  }),
  scenarioOf({
    sentence: "plugins built for another host never load and never serve",
    suites,
    gates: [
      { gate: "pluginRefused", minSeeds: 1 },
      { gate: "pluginAnswered", minSeeds: 1 },
      { gate: "versionRejected", minSeeds: 5 },
      { gate: "nameRejected", minSeeds: 10 },
    ],
    spec: {
      ...baseSpec,
      scenario: "versions-refused",
      mix: pluginMix,
      plugins: [
        { file: "a-good.wasm", artefacts: ["probe:counter@1.2.3"], stores: "some" },
        { file: "b-api.wasm", artefacts: ["refused:api-version"], stores: "every" },
        { file: "c-rustc.wasm", artefacts: ["refused:rustc"], stores: "some" },
        { file: "d-target.wasm", artefacts: ["refused:target"], stores: "every" },
        { file: "e-version.wasm", artefacts: ["refused:version"], stores: "some" },
      ],
      calls: [{ ...echoCall, names: ["counter"], requirements: ["*", "9", "^9.9", "1.2.3", ">1"] }],
      faults: { crash: { min: 1, max: 3 }, transfer: { min: 1, max: 2 } },
      breakUs: 6_000_000,
    },
  }),
  scenarioOf({
    sentence: "a number of 2^64 in a requirement stops the store that reads it, and no other",
    suites,
    gates: [
      { gate: "selfStopped", minSeeds: 15, fidelity: "tikv" },
      { gate: "pluginAnswered", minSeeds: 1 },
    ],
    spec: {
      ...baseSpec,
      scenario: "versions-overflow",
      mix: { put: 40, get: 40, coprocessor: 20 },
      plugins: [counterProbe("probe:counter@1.2.3")],
      calls: [
        { ...countCall(["^1.2"]), weight: 30 },
        {
          ...echoCall,
          names: ["counter"],
          requirements: [
            "18446744073709551616",
            "^1.99999999999999999999",
            ">=1.2.18446744073709551616",
          ],
          breakOnly: true,
          weight: 1,
        },
      ],
      breakUs: 8_000_000,
    },
  }),
];
