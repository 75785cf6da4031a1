/**
 * Three peers of the core with a counter in place of a store, in a world of their own: latencies,
 * losses, cuts, power losses and a steady load, all drawn from one seed. It measures what the core
 * alone costs (`coprsim bench`, raftSeedsPerMinute); the caller holds the clock. It also checks
 * that the counters agree, so that a fast core is not a wrong one.
 */
import { assert } from "../../../sim/assert.ts";
import { confOf } from "../conf-change.ts";
import { type Entry, type EntryData, entryKinds } from "../entry.ts";
import type { RaftMessage, Snapshot } from "../message.ts";
import { type HardState, type RaftSettings, tikvSettings } from "../options.ts";
import { Raft } from "../raft.ts";
import { EventQueue } from "./event-queue.ts";

/** What a run of one seed did. */
export type CounterResult = {
  /** Events dispatched: messages, timers, syncs, proposals, faults. */
  readonly events: number;
  /** The highest index that any peer applied. */
  readonly applied: number;
  /** How often a peer lost power. */
  readonly powerLosses: number;
  /** A digest of all that was applied: equal seeds, equal digests. */
  readonly digest: number;
};

const peers = 3;
const tickUs = 100_000;
const runUs = 15_000_000;
const proposeEveryUs = 22_000;
const faultEveryUs = 400_000;
const compactAfter = 64;
const settings: RaftSettings = { ...tikvSettings, electionTicks: 10, heartbeatTicks: 2 };
const events = { deliver: 0, timer: 1, sync: 2, propose: 3, fault: 4 } as const;

class Count implements EntryData {
  readonly digest: number;
  readonly size: number = 8;

  constructor(digest: number) {
    this.digest = digest;
  }
}

type Write = {
  readonly number: number;
  readonly hardState: HardState;
  readonly snapshot: Snapshot | null;
  readonly from: number;
  readonly entries: readonly Entry[];
};

class CounterPeer {
  readonly id: number;
  raft: Raft;
  /** Counts restarts: what was meant for an earlier life is dropped. */
  life = 0;
  counter = 0;
  /** When its ticks were last counted, and when its timer is set for. */
  tickedUs = 0;
  timerUs = 0;
  writing: Write | null = null;
  #hardState: HardState = { term: 0, vote: 0, commit: 0 };
  #entries: Entry[] = [];
  #truncatedIndex = 0;
  #truncatedTerm = 0;
  #truncatedCounter = 0;
  readonly #draw: () => number;

  constructor(id: number, draw: () => number) {
    this.id = id;
    this.#draw = draw;
    this.raft = this.#boot();
  }

  /** Starts to write what is unwritten, unless a write is on its way. */
  startWrite(): boolean {
    const { raft } = this;
    if (this.writing !== null || !raft.needsWrite()) return false;
    const { term, vote, commit, pendingSnapshot: snapshot, writeFrom: from } = raft;
    const entries: Entry[] = [];
    for (let at = from; at <= raft.lastIndex; at += 1) entries.push(raft.entry(at));
    const hardState = { term, vote, commit };
    this.writing = { number: raft.handOver(), hardState, snapshot, from, entries };
    return true;
  }

  finishWrite(): void {
    const { writing } = this;
    assert(writing !== null, "a write that ends was begun");
    this.writing = null;
    this.#hardState = writing.hardState;
    if (writing.snapshot !== null) this.#install(writing.snapshot);
    this.#entries.length = writing.from - this.#truncatedIndex - 1;
    for (const entry of writing.entries) this.#entries.push(entry);
    this.raft.stableTo(writing.number);
    if (writing.snapshot !== null) this.raft.appliedTo(writing.snapshot.index);
  }

  compact(): void {
    const { raft } = this;
    const index = raft.applied;
    if (index - this.#truncatedIndex < compactAfter || raft.stableIndex < index) return;
    if (this.writing !== null || raft.needsWrite()) return;
    this.#truncatedTerm = raft.termAt(index);
    raft.compact(index);
    this.#entries = this.#entries.slice(index - this.#truncatedIndex);
    this.#truncatedIndex = index;
    this.#truncatedCounter = this.counter;
  }

  losePower(): void {
    this.life += 1;
    this.writing = null;
    this.counter = this.#truncatedCounter;
    this.raft = this.#boot();
  }

  #install(snapshot: Snapshot): void {
    assert(snapshot.data !== null, "a snapshot holds the counter");
    this.counter = snapshot.data.digest;
    this.#truncatedIndex = snapshot.index;
    this.#truncatedTerm = snapshot.term;
    this.#truncatedCounter = this.counter;
    this.#entries = [];
  }

  #boot(): Raft {
    return new Raft({
      settings,
      id: this.id,
      drawElectionTicks: this.#draw,
      snapshots: { snapshotFor: () => this.#snapshot() },
      state: {
        hardState: this.#hardState,
        entries: this.#entries,
        truncatedIndex: this.#truncatedIndex,
        truncatedTerm: this.#truncatedTerm,
        conf: confOf([1, 2, 3]),
        applied: this.#truncatedIndex,
      },
    });
  }

  #snapshot(): Snapshot {
    const { applied: index, conf } = this.raft;
    return { index, term: this.raft.termAt(index), conf, data: new Count(this.counter) };
  }
}

class CounterGroup {
  readonly #queue = new EventQueue<RaftMessage>();
  readonly #peers: readonly CounterPeer[];
  // The counter at each index, as the first peer that came there had it.
  readonly #counters: number[] = [];
  #chance: number;
  #nowUs = 0;
  #events = 0;
  #powerLosses = 0;
  #proposals = 0;
  #cutOff = 0;

  constructor(seed: number) {
    this.#chance = seed | 0;
    const draw = (): number => settings.electionTicks + this.#draw(settings.electionTicks);
    this.#peers = [1, 2, 3].map((id) => new CounterPeer(id, draw));
  }

  run(): CounterResult {
    for (const peer of this.#peers) this.#arm(peer);
    this.#queue.push(proposeEveryUs, events.propose, 0, 0, null);
    this.#queue.push(faultEveryUs, events.fault, 0, 0, null);
    while (this.#queue.count > 0) {
      this.#queue.pop();
      this.#nowUs = this.#queue.timeUs;
      if (this.#nowUs > runUs) break;
      this.#events += 1;
      this.#dispatch();
    }
    const applied = this.#counters.length - 1;
    const digest = (this.#counters.at(-1) ?? 0) ^ this.#events;
    return { events: this.#events, applied, powerLosses: this.#powerLosses, digest };
  }

  #dispatch(): void {
    const { kind, number, life, item } = this.#queue;
    if (kind === events.deliver) this.#deliver(item);
    else if (kind === events.propose) this.#propose();
    else if (kind === events.fault) this.#fault();
    else {
      const peer = this.#peers[number - 1]!;
      if (life !== peer.life) return;
      if (kind === events.sync) peer.finishWrite();
      else this.#tick(peer);
      this.#pump(peer);
    }
  }

  #deliver(message: RaftMessage | null): void {
    assert(message !== null, "a delivery brings a message");
    if (message.from === this.#cutOff || message.to === this.#cutOff) {
      if (message.snapshot !== null) this.#report(message, false);
      return;
    }
    const peer = this.#peers[message.to - 1]!;
    this.#catchUp(peer);
    peer.raft.step(message);
    if (message.snapshot !== null) this.#report(message, true);
    this.#pump(peer);
  }

  #report({ from, to }: RaftMessage, isArrived: boolean): void {
    this.#peers[from - 1]!.raft.reportSnapshot(to, isArrived);
  }

  #propose(): void {
    this.#queue.push(this.#nowUs + proposeEveryUs, events.propose, 0, 0, null);
    this.#proposals += 1;
    for (const peer of this.#peers) {
      if (peer.raft.role !== "leader") continue;
      this.#catchUp(peer);
      if (peer.raft.role === "leader") peer.raft.propose(new Count(this.#proposals));
      this.#pump(peer);
    }
  }

  #fault(): void {
    this.#queue.push(this.#nowUs + faultEveryUs, events.fault, 0, 0, null);
    const peer = this.#peers[this.#draw(peers)]!;
    const choice = this.#draw(4);
    if (choice === 0) {
      peer.losePower();
      this.#powerLosses += 1;
      peer.tickedUs = this.#nowUs;
      this.#arm(peer);
    } else this.#cutOff = choice === 1 ? peer.id : 0;
  }

  #tick(peer: CounterPeer): void {
    if (peer.timerUs === this.#nowUs) this.#catchUp(peer);
  }

  #catchUp(peer: CounterPeer): void {
    const ticks = Math.floor((this.#nowUs - peer.tickedUs) / tickUs);
    if (ticks === 0) return;
    peer.tickedUs += ticks * tickUs;
    peer.raft.advanceTicks(ticks);
  }

  #arm(peer: CounterPeer): void {
    const dueUs = peer.tickedUs + peer.raft.ticksUntilDue() * tickUs;
    if (dueUs === peer.timerUs) return;
    peer.timerUs = dueUs;
    this.#queue.push(dueUs, events.timer, peer.id, peer.life, null);
  }

  #pump(peer: CounterPeer): void {
    const { raft } = peer;
    this.#send(peer);
    if (peer.startWrite()) {
      const doneUs = this.#nowUs + 500 + this.#draw(2000);
      this.#queue.push(doneUs, events.sync, peer.id, peer.life, null);
    }
    while (raft.applyEnd >= raft.applyFrom) this.#apply(peer);
    peer.compact();
    this.#send(peer);
    this.#arm(peer);
  }

  #send({ raft }: CounterPeer): void {
    const { out } = raft;
    for (let i = 0; i < out.count; i += 1) {
      const message = out.at(i);
      const lost = this.#draw(100) === 0;
      if (lost && message.snapshot === null) continue;
      this.#queue.push(this.#nowUs + 300 + this.#draw(3000), events.deliver, 0, 0, message);
    }
    out.clear();
  }

  #apply(peer: CounterPeer): void {
    const { raft } = peer;
    const end = raft.applyEnd;
    const from = raft.applyFrom;
    raft.handApply(end);
    for (let at = from; at <= end; at += 1) {
      const { kind, data, term } = raft.entry(at);
      const change = kind === entryKinds.normal ? data!.digest : term;
      peer.counter = (Math.imul(peer.counter, 31) + change) | 0;
      const known = this.#counters[at];
      if (known === undefined) this.#counters[at] = peer.counter;
      else assert(known === peer.counter, "all counters agree at an index");
    }
    raft.appliedTo(end);
  }

  // Mulberry32, a public-domain generator of 32-bit numbers.
  #draw(below: number): number {
    this.#chance = (this.#chance + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#chance ^ (this.#chance >>> 15), this.#chance | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  }
}

/** Runs one seed: 15 simulated seconds of three peers under faults and load. */
export function runCounterGroup(seed: number): CounterResult {
  return new CounterGroup(seed).run();
}
