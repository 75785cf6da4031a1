/**
 * Each gate with the shortest story that opens it and one that almost does. To add a gate, add a
 * row: events as [kind, process, a, b, c, d]. Stores 1, 2, 3 are the processes 0, 1, 2; 9 a client.
 */
import { expect, test } from "vitest";
import {
  debouncedKinds,
  directoryChanges,
  eventKinds as k,
  loadCauses,
  loadRefusals,
  registryLogs,
  rejections,
  roles,
} from "../nodes/events.ts";
import { clockFaults, diskFaults, networkFaults, kernelEvents as w } from "../sim/index.ts";
import { type Gate, Gates, gateSentences } from "./gates.ts";
import type { RunFacts } from "./judge.ts";
import { Watchers } from "./watchers.ts";

const facts: RunFacts = {
  stores: [1, 2, 3].map((store) => ({ store, process: store - 1 })),
  regions: [],
  splitKeys: [],
  plugins: [
    { digest: 55, name: "a", version: "1.0.0", code: 71, mismatches: [], staysInRanges: true },
    { digest: 55, name: "a", version: "2.0.0", code: 72, mismatches: [], staysInRanges: true },
  ],
  fidelity: "tikv" as const,
  files: [],
  directories: [],
  healUs: 1,
  endUs: 2,
  deadlineUs: 1,
  unrestricted: false,
};

type Row = readonly [kind: number, process: number, ...fields: number[]];
type Story = readonly Row[];

const { leader, follower, candidate } = roles;
const role = (process: number, what: number, term: number): Row => {
  return [k.roleChanged, process, 1, 100 + process, what, term];
};
const ready = (process: number): Row => [k.storeReady, process, process + 1, 1];
const started = (process: number, request: number): Row => [
  k.pluginStarted,
  process,
  request,
  1,
  1,
  1,
];
const finished = (request: number, outcome: number): Row => [
  k.pluginFinished,
  0,
  request,
  1,
  outcome,
  1,
];
const load = (generation: number, plugin = 55): Row => [k.pluginLoaded, 0, generation, plugin, 1];
const open = (cause: keyof typeof loadCauses): Row => [k.pluginOpened, 0, 9, 1, loadCauses[cause]];
const change = (what: keyof typeof directoryChanges): Row => [
  k.directoryChanged,
  0,
  9,
  directoryChanges[what],
];
const delivered: Row = [k.watcherDelivered, 0, 9, debouncedKinds.create];
const boot: Row = [w.boot.kind, 0, 0];
const giveWay: Row = [k.pluginReplaced, 0, 1, 2, 55];
const broken = (part: "network" | "disk" | "clock", fault: number): Row => {
  return [w[`${part}Fault`].kind, part === "network" ? -1 : 0, fault];
};
const splitWritten = (process: number): Row => [k.splitWritten, process, 1, 2, 9, 2];
const splitOff = (process: number): Row => [k.regionSplit, process, 1, 2, 9, 2];
const crash = (process: number): Row => [w.crash.kind, process, 0];

/** What opens each gate, and what does not. */
const stories: Readonly<Record<Gate, readonly [opens: Story, not: Story]>> = {
  leaderChanged: [[role(0, leader, 5), role(1, leader, 6)], [role(0, leader, 5)]],
  leaderLostQuorum: [
    [role(0, leader, 5), role(0, follower, 5)],
    [role(0, leader, 5), role(0, follower, 6)],
  ],
  twoLeaders: [
    [role(0, leader, 5), role(1, leader, 6)],
    [role(0, leader, 5), role(0, follower, 6), role(1, leader, 6)],
  ],
  transferred: [
    [[k.leaderTransferStarted, 0, 1, 100, 101, 5], role(1, leader, 6)],
    [[k.leaderTransferStarted, 0, 1, 100, 101, 5], role(2, leader, 6), role(1, leader, 7)],
  ],
  campaignFailed: [
    [role(0, candidate, 5), role(0, follower, 6)],
    [role(0, candidate, 5), role(0, leader, 5)],
  ],
  entriesOverwritten: [
    [
      [k.entryAppended, 0, 1, 6, 5],
      [k.entryAppended, 0, 1, 6, 6],
    ],
    [
      [k.entryAppended, 0, 1, 6, 5],
      [k.entryAppended, 0, 1, 7, 5],
      // It comes back without what was not durable.
      crash(0),
      [k.regionRecovered, 0, 1, 5, 6, 0],
      [k.entryAppended, 0, 1, 7, 6],
    ],
  ],
  crashed: [
    [crash(0), ready(0)],
    [ready(0), crash(0)],
  ],
  powerLost: [
    [[w.powerLoss.kind, 0, 0], ready(0)],
    [[w.powerLoss.kind, 0, 0], ready(1)],
  ],
  selfStopped: [
    [[w.death.kind, 0, 0, 1], ready(0)],
    [[w.death.kind, 9, 0, 1], ready(0)],
  ],
  recoveryInterrupted: [
    [[w.boot.kind, 0, 1], crash(0)],
    [[w.boot.kind, 0, 1], ready(0), crash(0)],
  ],
  allDown: [
    [crash(0), crash(1), crash(2)],
    [crash(0), crash(1), ready(0), crash(2)],
  ],
  corruptionFound: [[[k.corruptionFound, 0, 1, 7]], []],
  paused: [[[w.resume.kind, 0]], [[w.pause.kind, 0]]],
  diskFailed: [[broken("disk", diskFaults.stall)], [broken("disk", diskFaults.delay)]],
  clockWrong: [[broken("clock", clockFaults.drift)], [broken("disk", diskFaults.eio)]],
  snapshotInstalled: [
    [[k.snapshotInstalled, 0, 1, 9, 5, 100]],
    [[k.snapshotSent, 0, 1, 9, 5, 100]],
  ],
  logCompacted: [[[k.logCompacted, 0, 1, 9, 5, 100]], []],
  regionSplit: [[splitOff(0)], [splitWritten(0)]],
  splitInterrupted: [
    [splitWritten(0), crash(0)],
    [splitWritten(0), splitOff(0), crash(0), splitWritten(1), crash(2)],
  ],
  splitMissed: [
    [splitOff(0), [k.snapshotInstalled, 1, 2, 9, 5, 201]],
    [splitOff(0), [k.snapshotInstalled, 0, 2, 9, 5, 200], [k.snapshotInstalled, 1, 1, 9, 5, 101]],
  ],
  splitMidRequest: [
    [started(0, 7), splitOff(0)],
    [started(0, 7), finished(7, 0), splitOff(0)],
  ],
  staleEpochRefused: [[[k.requestRefused, 0, 1, 7, 5, 0]], [[k.requestRefused, 0, 1, 7, 2, 0]]],
  networkCut: [
    [broken("network", networkFaults.partition)],
    [broken("network", networkFaults.drop)],
  ],
  messagesLost: [[broken("network", networkFaults.drop)], [broken("network", networkFaults.delay)]],
  staleRequestRefused: [[[k.requestRefused, 0, 1, 7, 2, 0]], [[k.requestRefused, 0, 1, 7, 8, 0]]],
  writeUnknown: [[[k.clientFinished, 9, 7, 2, 1]], [[k.clientFinished, 9, 7, 1, 1]]],
  retried: [[[k.clientSent, 9, 7, 1, 1, 1]], [[k.clientSent, 9, 7, 0, 1, 1]]],
  readByLease: [[[k.readServed, 0, 1, 7, 0, 9]], [[k.readServed, 0, 1, 7, 1, 9]]],
  readByQuorum: [[[k.readServed, 0, 1, 7, 1, 9]], [[k.readServed, 0, 1, 7, 0, 9]]],
  pluginAnswered: [[finished(7, 0)], [finished(7, 1)]],
  pluginFailedCall: [[[k.pluginAnswered, 0, 7, 1, 1, 1]], [[k.pluginAnswered, 0, 7, 1, 0, 1]]],
  pluginErred: [[finished(7, 1)], [finished(7, 0)]],
  pluginWrote: [[[k.pluginCalled, 0, 7, 1, 4, 1]], [[k.pluginCalled, 0, 7, 1, 3, 1]]],
  pluginRetried: [
    [started(0, 7), finished(7, 0), started(1, 7)],
    [started(0, 7), started(1, 8)],
  ],
  pluginOverlapped: [
    [started(0, 7), started(0, 8)],
    [started(0, 7), finished(7, 0), started(0, 8), started(1, 9)],
  ],
  pluginOffLeader: [[started(0, 7)], [role(0, leader, 5), started(0, 7)]],
  pluginPanicked: [[finished(7, 2)], [finished(7, 3)]],
  pluginReplaced: [
    [
      [k.pluginLoaded, 0, 1, 55, 1, 1],
      [k.pluginLoaded, 0, 2, 55, 2, 1],
    ],
    [[k.pluginLoaded, 0, 1, 55, 1, 1], crash(0), [k.pluginLoaded, 0, 1, 55, 1, 1]],
  ],
  pluginRefused: [[[k.pluginRefused, 0, 55, 1]], []],
  leaderChangedMidRequest: [
    [role(0, leader, 5), started(0, 7), role(1, leader, 6)],
    [role(0, leader, 5), started(0, 7), finished(7, 0), role(1, leader, 6)],
  ],
  crashedMidPlugin: [
    [started(0, 7), crash(0)],
    [started(0, 7), crash(1)],
  ],
  versionRejected: [
    [[k.coprocessorRejected, 0, 7, rejections.versionMismatch, 1]],
    [[k.coprocessorRejected, 0, 7, rejections.badRequirement, 1]],
  ],
  requirementRejected: [
    [[k.coprocessorRejected, 0, 7, rejections.badRequirement, 1]],
    [[k.coprocessorRejected, 0, 7, rejections.unknownName, 1]],
  ],
  nameRejected: [
    [[k.coprocessorRejected, 0, 7, rejections.unknownName, 1]],
    [[k.coprocessorRejected, 0, 7, rejections.disabled, 1]],
  ],
  changedWhileUp: [[boot, change("created")], [change("created")]],
  changedWhileDown: [
    [boot, crash(0), change("deleted")],
    [boot, crash(0), change("lost")],
  ],
  hotLoaded: [[open("watcher")], [open("scan")]],
  reloadInFlight: [
    [load(1), started(0, 7), open("watcher")],
    [load(1), started(0, 7), finished(7, 0), open("watcher")],
  ],
  replacedInFlight: [
    [load(1), started(0, 7), load(2), giveWay],
    [load(1), started(0, 7), load(2), finished(7, 0), giveWay],
  ],
  partialSeen: [
    [[k.pluginRefused, 0, 0, loadRefusals.notALibrary, 9]],
    [[k.pluginRefused, 0, 0, loadRefusals.rustc, 9]],
  ],
  pathRefused: [
    [[k.pluginRefused, 0, 0, loadRefusals.reload, 9]],
    [[k.pluginRefused, 0, 0, loadRefusals.notALibrary, 9]],
  ],
  twinsAtStart: [
    [[k.directoryListed, 0, 9, 0, 71], [k.directoryListed, 0, 8, 1, 72], ready(0)],
    [[k.directoryListed, 0, 9, 0, 71], ready(0), [k.directoryListed, 0, 8, 0, 72], ready(0)],
  ],
  loadedUnderPartition: [
    [broken("network", networkFaults.partition), open("watcher")],
    [
      broken("network", networkFaults.partition),
      [w.networkRepair.kind, -1, networkFaults.partition],
      open("watcher"),
    ],
  ],
  crashedMidReload: [
    [boot, change("created"), crash(0)],
    [boot, change("created"), delivered, crash(0)],
  ],
  directoryDamaged: [[change("lost")], [change("deleted")]],
  overwrittenServed: [
    [[k.registryLogged, 0, 9, registryLogs.overwritten]],
    [[k.registryLogged, 0, 9, registryLogs.loadFailed]],
  ],
  removedServed: [
    [[k.registryLogged, 0, 9, registryLogs.removed]],
    [[k.registryLogged, 0, 9, registryLogs.overwritten]],
  ],
  renamedServed: [[[k.pluginMoved, 0, 1, 9, 8]], []],
  fileEventsLost: [[change("overflowed")], [change("written")]],
  servedSideBySide: [
    [load(1), load(2), started(0, 7)],
    [load(1), load(2), giveWay, started(0, 7)],
  ],
  withdrawn: [[[k.pluginWithdrawn, 0, 1, 55, 9]], [giveWay]],
  unloadedLate: [
    [load(1), started(0, 7), giveWay, finished(7, 0), [k.pluginUnloaded, 0, 1, 55]],
    [load(1), started(0, 7), finished(7, 0), giveWay, [k.pluginUnloaded, 0, 1, 55]],
  ],
};

function count(gate: Gate, story: Story): number {
  const gates = new Gates(facts);
  // As in a run: what nobody asks for reaches nobody.
  const watchers = new Watchers({ nowUs: 0 }, gates.watchers);
  for (const [kind, process, a = 0, b = 0, c = 0, d = 0] of story) {
    watchers.event(kind, process, a, b, c, d);
  }
  return gates.counts()[gate];
}

test.each(Object.keys(gateSentences) as Gate[])("%s", (gate) => {
  const [opens, not] = stories[gate];
  expect(count(gate, opens)).toBe(1);
  expect(count(gate, not)).toBe(0);
});

/** The gates with a crash in their stories. All but one ask that a store stops, not how. */
const stopGates = (Object.keys(gateSentences) as Gate[]).filter((gate) => {
  return gate !== "crashed" && stories[gate].flat().some(([kind]) => kind === w.crash.kind);
});

test.each(
  stopGates.flatMap((gate) => [
    [gate, "power loss", w.powerLoss.kind] as const,
    [gate, "death", w.death.kind] as const,
  ]),
)("%s, by %s in place of a crash", (gate, _name, stop) => {
  const [opens, not] = stories[gate].map((story) =>
    story.map(([kind, ...rest]): Row => [kind === w.crash.kind ? stop : kind, ...rest]),
  );
  expect(count(gate, opens ?? [])).toBe(1);
  expect(count(gate, not ?? [])).toBe(0);
});
