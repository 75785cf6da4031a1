/**
 * Gates: what must have happened at least once over the seeds of a scenario, or a green run says
 * nothing. Each is counted from the same events that judges see.
 */
import { callFailures, eventKinds, rejections, roles } from "../nodes/events.ts";
import { clockFaults, diskFaults, kernelEvents, networkFaults } from "../sim/index.ts";
import type { RunFacts, Watcher } from "./judge.ts";
import { ReloadGates, reloadGateSentences } from "./reload-gates.ts";

const ownSentences = {
  leaderChanged: "a region changed its leader after the first election",
  leaderLostQuorum: "a leader lost its quorum and stepped down",
  twoLeaders: "two stores led one region at the same time, in different terms",
  transferred: "a leader handed its leadership to the store it was told to",
  campaignFailed: "a candidate did not win its election",
  entriesOverwritten: "a follower gave up entries for those of another leader",
  crashed: "a store crashed and came back",
  powerLost: "a store lost its power and came back",
  selfStopped: "a store stopped by itself and came back",
  recoveryInterrupted: "a store died while it recovered",
  allDown: "all stores were down at the same time",
  corruptionFound: "a store found damage on its disk and refused to serve it",
  paused: "a store stood still and went on",
  diskFailed: "a disk failed, filled up or stalled",
  clockWrong: "a clock was wrong",
  snapshotInstalled: "a follower caught up by snapshot",
  logCompacted: "a log was compacted",
  regionSplit: "a region was split",
  splitInterrupted: "a store died between the write of a split and the end of it",
  splitMissed: "a store that missed a split got the new region by snapshot",
  splitMidRequest: "a region was split while a plugin ran on it",
  staleEpochRefused: "a request of another epoch was refused",
  networkCut: "the network was cut",
  messagesLost: "messages were lost, repeated, reordered or spoilt",
  staleRequestRefused: "a request reached a store that did not lead",
  writeUnknown: "the fate of a client's operation stayed unknown",
  retried: "a client tried an operation again",
  readByLease: "a read was served by lease",
  readByQuorum: "a read was served by ReadIndex",
  pluginAnswered: "a plugin answered a request",
  pluginFailedCall: "a plugin got an error from storage",
  pluginErred: "a plugin answered with an error",
  pluginWrote: "a plugin wrote",
  pluginRetried: "a plugin ran again for a request that it had run for",
  pluginOverlapped: "two requests ran plugins on one store at the same time",
  pluginOffLeader: "a plugin ran on a store that did not lead its region",
  pluginPanicked: "a plugin panicked",
  pluginReplaced: "a plugin took the place of another of its name",
  pluginRefused: "a store refused to load a plugin",
  leaderChangedMidRequest: "a region changed its leader while a plugin ran on it",
  crashedMidPlugin: "a store died while a plugin ran on it",
  versionRejected: "a version requirement refused a plugin",
  requirementRejected: "a version requirement did not parse",
  nameRejected: "a request named a plugin that is not loaded",
} as const;

/** Every gate, with its sentence. */
export const gateSentences: typeof ownSentences & typeof reloadGateSentences = {
  ...ownSentences,
  ...reloadGateSentences,
};

export type Gate = keyof typeof gateSentences;

/** How often each gate was passed. */
export type GateCounts = Readonly<Record<Gate, number>>;

const lossy: readonly number[] = [
  networkFaults.drop,
  networkFaults.duplicate,
  networkFaults.reorder,
  networkFaults.corrupt,
];
const failing: readonly number[] = [diskFaults.stall, diskFaults.eio, diskFaults.fill];
const clocks: readonly number[] = Object.values(clockFaults);
/** Storage calls from put on write (the ABI's numbers). */
const firstWriteCall = 4;
const notLeaderTag = 2;
const epochNotMatchTag = 5;

type Down = "crashed" | "powerLost" | "selfStopped";

type Running = { readonly process: number; readonly request: number; readonly region: number };

/** What a peer is known to do. */
type PeerState = { role: number; term: number; lastIndex: number };

export class Gates implements Watcher {
  readonly kinds: readonly number[] = [
    kernelEvents.boot.kind,
    kernelEvents.crash.kind,
    kernelEvents.powerLoss.kind,
    kernelEvents.death.kind,
    kernelEvents.resume.kind,
    kernelEvents.networkFault.kind,
    kernelEvents.diskFault.kind,
    kernelEvents.clockFault.kind,
    eventKinds.regionRecovered,
    eventKinds.storeReady,
    eventKinds.corruptionFound,
    eventKinds.roleChanged,
    eventKinds.entryAppended,
    eventKinds.logCompacted,
    eventKinds.snapshotInstalled,
    eventKinds.readServed,
    eventKinds.requestRefused,
    eventKinds.leaderTransferStarted,
    eventKinds.splitWritten,
    eventKinds.regionSplit,
    eventKinds.pluginLoaded,
    eventKinds.pluginRefused,
    eventKinds.pluginStarted,
    eventKinds.pluginCalled,
    eventKinds.pluginAnswered,
    eventKinds.pluginFinished,
    eventKinds.coprocessorRejected,
    eventKinds.clientSent,
    eventKinds.clientFinished,
  ];
  /** Whoever counts for the gates: this, and those of reloads. */
  readonly watchers: readonly Watcher[];
  readonly #counts = Object.fromEntries(
    Object.keys(gateSentences).map((gate) => [gate, 0]),
  ) as Record<Gate, number>;
  /** Each store's peers by region, with holes; null for what is no store. */
  readonly #peers: ((PeerState | undefined)[] | null)[] = [];
  readonly #stores: number;
  readonly #led = new Set<number>();
  /** Plugins at work, in order of their beginning: few at a time. */
  readonly #running: Running[] = [];
  readonly #ran = new Set<number>();
  readonly #transfers = new Map<number, number>();
  readonly #down = new Map<number, Down>();
  readonly #recovering = new Set<number>();
  readonly #plugins = new Set<string>();
  readonly #splits = new SplitsSeen();
  readonly #reloads: ReloadGates;

  constructor(facts: RunFacts) {
    this.#reloads = new ReloadGates(facts);
    this.watchers = [this, this.#reloads];
    this.#stores = facts.stores.length;
    for (const { process } of facts.stores) {
      while (this.#peers.length <= process) this.#peers.push(null);
      this.#peers[process] = [];
    }
  }

  counts(): GateCounts {
    return { ...this.#counts, ...this.#reloads.counts };
  }

  event(kind: number, process: number, a: number, b: number, c: number, d: number): void {
    if (kind >= eventKinds.pluginLoaded) this.#request(kind, process, a, b, c);
    else if (kind >= eventKinds.regionRecovered) this.#raft(kind, process, a, b, c, d);
    else this.#world(kind, process, a);
  }

  /** Events of the kernel. */
  #world(kind: number, process: number, a: number): void {
    const counts = this.#counts;
    switch (kind) {
      case kernelEvents.boot.kind:
        if (a > 0 && this.#peersOf(process) !== null) this.#recovering.add(process);
        break;
      case kernelEvents.crash.kind:
        return this.#died(process, "crashed");
      case kernelEvents.powerLoss.kind:
        return this.#died(process, "powerLost");
      case kernelEvents.death.kind:
        return this.#died(process, "selfStopped");
      case kernelEvents.resume.kind:
        counts.paused++;
        break;
      case kernelEvents.networkFault.kind:
        if (a === networkFaults.partition) counts.networkCut++;
        if (lossy.includes(a)) counts.messagesLost++;
        break;
      case kernelEvents.diskFault.kind:
        if (failing.includes(a)) counts.diskFailed++;
        break;
      case kernelEvents.clockFault.kind:
        if (clocks.includes(a)) counts.clockWrong++;
        break;
      default:
        break; // Not a thing that a gate asks for.
    }
  }

  /** Events of stores and their regions. */
  #raft(kind: number, process: number, a: number, b: number, c: number, d: number): void {
    const counts = this.#counts;
    switch (kind) {
      case eventKinds.roleChanged:
        return this.#changedRole(process, a, b, c, d);
      case eventKinds.entryAppended: {
        const peer = this.#peerOf(process, a);
        if (b <= peer.lastIndex) counts.entriesOverwritten++;
        peer.lastIndex = b;
        break;
      }
      case eventKinds.regionRecovered:
        this.#peerOf(process, a).lastIndex = c;
        break;
      case eventKinds.snapshotInstalled:
        counts.snapshotInstalled++;
        if (this.#splits.missed(process, a)) counts.splitMissed++;
        this.#peerOf(process, a).lastIndex = b;
        break;
      case eventKinds.splitWritten:
        this.#splits.written(process, b);
        break;
      case eventKinds.regionSplit:
        counts.regionSplit++;
        this.#splits.carriedOut(process, b);
        for (const { region } of this.#running) if (region === a) counts.splitMidRequest++;
        break;
      case eventKinds.logCompacted:
        counts.logCompacted++;
        break;
      case eventKinds.corruptionFound:
        counts.corruptionFound++;
        break;
      case eventKinds.requestRefused:
        if (c === notLeaderTag) counts.staleRequestRefused++;
        else if (c === epochNotMatchTag) counts.staleEpochRefused++;
        break;
      case eventKinds.readServed:
        if (c === 0) counts.readByLease++;
        else counts.readByQuorum++;
        break;
      case eventKinds.leaderTransferStarted:
        this.#transfers.set(a, c);
        break;
      case eventKinds.storeReady:
        return this.#returned(process);
      default:
        break;
    }
  }

  /** Events of plugins and clients. */
  #request(kind: number, process: number, a: number, b: number, c: number): void {
    const counts = this.#counts;
    switch (kind) {
      case eventKinds.pluginLoaded:
        if (this.#plugins.has(`${process}/${b}`)) counts.pluginReplaced++;
        this.#plugins.add(`${process}/${b}`);
        break;
      case eventKinds.pluginRefused:
        counts.pluginRefused++;
        break;
      case eventKinds.pluginStarted:
        return this.#started(process, a, c);
      case eventKinds.pluginCalled:
        if (c >= firstWriteCall) counts.pluginWrote++;
        break;
      case eventKinds.pluginAnswered:
        if (c !== callFailures.none) counts.pluginFailedCall++;
        break;
      case eventKinds.pluginFinished:
        this.#ended(process, a);
        if (c === 0) counts.pluginAnswered++;
        else if (c === 1) counts.pluginErred++;
        else if (c === 2) counts.pluginPanicked++;
        break;
      case eventKinds.coprocessorRejected:
        if (b === rejections.unknownName) counts.nameRejected++;
        else if (b === rejections.badRequirement) counts.requirementRejected++;
        else if (b === rejections.versionMismatch) counts.versionRejected++;
        break;
      case eventKinds.clientSent:
        if (b > 0) counts.retried++;
        break;
      case eventKinds.clientFinished:
        if (b === 2) counts.writeUnknown++;
        break;
      default:
        break;
    }
  }

  #changedRole(process: number, region: number, peerId: number, role: number, term: number): void {
    const counts = this.#counts;
    const peer = this.#peerOf(process, region);
    if (peer.role === roles.leader && role === roles.follower && peer.term === term) {
      counts.leaderLostQuorum++;
    }
    if (peer.role === roles.candidate && role !== roles.leader) counts.campaignFailed++;
    peer.role = role;
    peer.term = term;
    if (role !== roles.leader) return;
    if (this.#led.has(region)) {
      counts.leaderChanged++;
      for (const running of this.#running) {
        if (running.region === region) counts.leaderChangedMidRequest++;
      }
    }
    this.#led.add(region);
    if (this.#transfers.get(region) === peerId) counts.transferred++;
    this.#transfers.delete(region);
    let leaders = 0;
    for (const peers of this.#peers) {
      if (peers?.[region]?.role === roles.leader) leaders++;
    }
    if (leaders > 1) counts.twoLeaders++;
  }

  #started(process: number, request: number, region: number): void {
    const counts = this.#counts;
    if (this.#ran.has(request)) counts.pluginRetried++;
    this.#ran.add(request);
    for (const running of this.#running) {
      if (running.process === process) counts.pluginOverlapped++;
    }
    this.#ended(process, request);
    this.#running.push({ process, request, region });
    if (this.#peersOf(process)?.[region]?.role !== roles.leader) counts.pluginOffLeader++;
  }

  #ended(process: number, request: number): void {
    const running = this.#running;
    let at = running.length - 1;
    while (at >= 0 && !(running[at]?.request === request && running[at]?.process === process)) at--;
    if (at >= 0) running.splice(at, 1);
  }

  #died(process: number, how: Down): void {
    const peers = this.#peersOf(process);
    if (peers === null) return;
    // What it knew is gone; its log stays, and recovery says how long it is.
    for (const peer of peers) if (peer !== undefined) peer.role = roles.follower;
    this.#down.set(process, how);
    this.#counts.splitInterrupted += this.#splits.died(process);
    if (this.#recovering.delete(process)) this.#counts.recoveryInterrupted++;
    if (this.#down.size === this.#stores) this.#counts.allDown++;
    for (const key of [...this.#plugins]) {
      if (key.startsWith(`${process}/`)) this.#plugins.delete(key);
    }
    for (let at = this.#running.length - 1; at >= 0; at--) {
      if (this.#running[at]?.process !== process) continue;
      this.#running.splice(at, 1);
      this.#counts.crashedMidPlugin++;
    }
  }

  #returned(process: number): void {
    this.#recovering.delete(process);
    const how = this.#down.get(process);
    if (how !== undefined) this.#counts[how]++;
    this.#down.delete(process);
  }

  #peersOf(process: number): (PeerState | undefined)[] | null {
    return this.#peers[process] ?? null;
  }

  #peerOf(process: number, region: number): PeerState {
    const peers = this.#peersOf(process);
    let peer = peers?.[region];
    if (peer === undefined) {
      peer = { role: roles.follower, term: 0, lastIndex: 0 };
      if (peers !== null) peers[region] = peer;
    }
    return peer;
  }
}

/** Which stores carried out which splits. Regions by the number of the new one. */
class SplitsSeen {
  readonly #regions = new Set<number>();
  /** By process: under way, and done. */
  readonly #open = new Map<number, Set<number>>();
  readonly #done = new Map<number, Set<number>>();

  written(process: number, region: number): void {
    this.#of(this.#open, process).add(region);
  }

  carriedOut(process: number, region: number): void {
    this.#regions.add(region);
    this.#of(this.#open, process).delete(region);
    this.#of(this.#done, process).add(region);
  }

  /** True if a split made the region, and this store did not carry it out. */
  missed(process: number, region: number): boolean {
    return this.#regions.has(region) && !this.#of(this.#done, process).has(region);
  }

  /** How many splits of a process its death interrupted. */
  died(process: number): number {
    const { size } = this.#of(this.#open, process);
    this.#open.delete(process);
    return size;
  }

  #of(map: Map<number, Set<number>>, process: number): Set<number> {
    let regions = map.get(process);
    if (regions === undefined) {
      regions = new Set();
      map.set(process, regions);
    }
    return regions;
  }
}
