/**
 * Suite `reload`: plugin directories change while stores run, crash, lose their power and are cut
 * off. What serves is what the policy of the fidelity makes of the files, and no request notices.
 */
import type { Scenario } from "../scenario.ts";
import { baseSpec, type DirectoryActivity, type PluginCall, type Spec } from "../spec.ts";
import {
  countCall,
  counterProbe,
  echoCall,
  stepCall,
  writeCall,
} from "../workloads/plugin-calls.ts";
import { scenarioOf } from "./scenario-of.ts";

const suites = ["reload"] as const;
const pluginMix = { put: 22, get: 18, coprocessor: 60 } as const;

/** New versions of `counter`; two that no store loads, one of another name. */
const upgrades = [
  "probe:counter@1.4.0",
  "probe:counter@1.10.0",
  "probe:counter@2.0.0",
  "probe:counter@1.2.3+build5",
] as const;
const oddFiles = [...upgrades, "refused:rustc", "refused:version", "probe:count@1.2.3"] as const;

const step: PluginCall = { ...stepCall, weight: 4, names: ["counter"], requirements: ["*", "^1"] };
const echoAndCount: readonly PluginCall[] = [
  { ...echoCall, weight: 4, names: ["counter"], requirements: ["*", "^1.2", ">=1.4.0", "2.0.0"] },
  { ...countCall(["*"]), weight: 2 },
];
const calls = [...echoAndCount, step];

/** Writes one after another, long enough to meet a reload; dense only where no leader goes. */
const longCall: PluginCall = { ...writeCall, weight: 12, names: ["counter"], requirements: ["*"] };
const longCalls = [...calls, { ...longCall, contractSpacingUs: 300_000 }];
/** Two requests on three regions each that wait for a lease would take all gRPC threads (F1). */
const spacedStep: PluginCall = { ...step, spacingUs: 20_000 };
const denseCalls = [...echoAndCount, spacedStep, { ...longCall, spacingUs: 60_000 }];

/** Room for stories of up to eleven seconds, watcher included. */
const longSpec: Omit<Spec, "scenario" | "directories"> = {
  ...baseSpec,
  mix: pluginMix,
  operationsPerSecond: { min: 15, max: 30 },
  regions: { min: 1, max: 3 },
  plugins: [{ ...counterProbe("probe:counter@1.2.3"), file: "counter.so" }],
  calls,
  breakUs: 15_000_000,
};

const calmDirectories: Omit<DirectoryActivity, "stories"> = {
  count: { min: 2, max: 5 },
  artefacts: upgrades,
  outages: { min: 0, max: 0 },
  rollingRestart: true,
};

/** The suite. */
export const reload: readonly Scenario[] = [
  scenarioOf({
    sentence:
      "upgrades by new paths, moves and renames reach every store or none, under partitions",
    suites,
    gates: [
      { gate: "changedWhileUp", minSeeds: 1 },
      { gate: "hotLoaded", minSeeds: 1 },
      { gate: "reloadInFlight", minSeeds: 10 },
      { gate: "replacedInFlight", minSeeds: 60, fidelity: "tikv" },
      { gate: "loadedUnderPartition", minSeeds: 10 },
      { gate: "twinsAtStart", minSeeds: 10 },
      { gate: "renamedServed", minSeeds: 60 },
      { gate: "servedSideBySide", minSeeds: 5, fidelity: "contract" },
      { gate: "leaderChanged", minSeeds: 10 },
    ],
    spec: {
      ...longSpec,
      scenario: "reload-upgrades",
      directories: {
        ...calmDirectories,
        stories: ["upgrade", "moveIn", "renameSoon", "renameLate", "renameServed", "touch"],
      },
      faults: { partition: { min: 2, max: 4 }, transfer: { min: 1, max: 4 } },
    },
  }),
  scenarioOf({
    sentence: "copies that stall, break off or overwrite never serve in part",
    suites,
    gates: [
      { gate: "partialSeen", minSeeds: 5 },
      { gate: "overwrittenServed", minSeeds: 5, fidelity: "tikv" },
      { gate: "fileEventsLost", minSeeds: 20 },
      { gate: "pluginAnswered", minSeeds: 1 },
      { gate: "replacedInFlight", minSeeds: 150, fidelity: "contract" },
    ],
    spec: {
      ...longSpec,
      scenario: "reload-copies",
      calls: longCalls,
      breakUs: 17_000_000,
      directories: {
        ...calmDirectories,
        artefacts: oddFiles,
        stories: [
          "slowCopy",
          "partialCopy",
          "upgradeInPlace",
          "overwrite",
          "truncate",
          "overflow",
          "flutter",
        ],
      },
      faults: { transfer: { min: 1, max: 2 }, crash: { min: 1, max: 1 } },
    },
  }),
  scenarioOf({
    sentence: "files that go away or come back under requests, and what a restart makes of them",
    suites,
    gates: [
      { gate: "removedServed", minSeeds: 5, fidelity: "tikv" },
      { gate: "pathRefused", minSeeds: 10, fidelity: "tikv" },
      { gate: "withdrawn", minSeeds: 5, fidelity: "contract" },
      { gate: "unloadedLate", minSeeds: 150, fidelity: "contract" },
      { gate: "nameRejected", minSeeds: 20 },
      { gate: "changedWhileDown", minSeeds: 60 },
    ],
    spec: {
      ...longSpec,
      scenario: "reload-removals",
      calls: longCalls,
      plugins: [
        { ...counterProbe("probe:counter@1.2.3"), file: "counter.so" },
        { file: "newer.so", artefacts: upgrades, stores: "some" },
      ],
      directories: {
        ...calmDirectories,
        stories: ["remove", "moveOut", "removeAndBack", "moveOver", "upgrade", "flutter"],
      },
      faults: { crash: { min: 1, max: 2 }, transfer: { min: 1, max: 3 } },
    },
  }),
  scenarioOf({
    sentence: "crashes and power losses between any two file operations leave what files say",
    suites,
    gates: [
      { gate: "crashedMidReload", minSeeds: 5 },
      { gate: "changedWhileDown", minSeeds: 10 },
      { gate: "directoryDamaged", minSeeds: 10 },
      { gate: "powerLost", minSeeds: 5 },
      { gate: "partialSeen", minSeeds: 20 },
      { gate: "hotLoaded", minSeeds: 5 },
    ],
    spec: {
      ...longSpec,
      scenario: "reload-outages",
      breakUs: 17_000_000,
      directories: {
        ...calmDirectories,
        artefacts: oddFiles,
        outages: { min: 2, max: 5 },
        stories: [
          "upgrade",
          "upgradeInPlace",
          "slowCopy",
          "partialCopy",
          "renameSoon",
          "moveIn",
          "removeAndBack",
          "overwrite",
        ],
      },
      faults: { powerLoss: { min: 1, max: 2 }, partition: { min: 1, max: 2 } },
    },
  }),
  scenarioOf({
    sentence:
      "plugins under load and reloads cost Raft no election, held against a run without them",
    suites,
    gates: [
      { gate: "hotLoaded", minSeeds: 1 },
      { gate: "pluginOverlapped", minSeeds: 5 },
      { gate: "reloadInFlight", minSeeds: 60 },
    ],
    spec: {
      ...longSpec,
      scenario: "reload-budget",
      calls: denseCalls,
      operationsPerSecond: { min: 40, max: 60 },
      // Calls that pile up before there is a leader would take all gRPC threads at once (F1).
      firstUs: 2_500_000,
      breakUs: 12_000_000,
      paired: true,
      directories: {
        ...calmDirectories,
        rollingRestart: false,
        stories: ["upgrade", "moveIn", "upgradeInPlace", "remove"],
      },
    },
  }),
];
