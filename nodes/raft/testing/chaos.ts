/**
 * A group of peers whose every next move is a number: which message arrives, twice or never, whose
 * clock ticks, whose disk finishes which write, who loses power with how much unwritten. The claims
 * of Raft are checked after each move by `SafetyWatch`, which shares no code with the core.
 */
import { assert } from "../../../sim/assert.ts";
import { type Conf, confOf } from "../conf-change.ts";
import type { ConfChange, Entry, EntryData } from "../entry.ts";
import { messageTypeNames, type RaftMessage, type Snapshot } from "../message.ts";
import type { HardState, RaftSettings, SnapshotSource } from "../options.ts";
import { Raft } from "../raft.ts";
import { Text, textOf } from "./peer.ts";
import { SafetyWatch } from "./safety-watch.ts";

type Disk = {
  readonly hardState: HardState;
  readonly entries: readonly Entry[];
  readonly truncatedIndex: number;
  readonly truncatedTerm: number;
};

type Write = { readonly number: number; readonly disk: Disk; readonly snapshot: Snapshot | null };

/** The state machine: the text of every entry up to `index`, and the members then. */
class Machine implements EntryData {
  readonly lines: readonly string[];
  readonly confs: readonly Conf[];
  readonly digest: number;
  readonly size: number;

  constructor(lines: readonly string[], confs: readonly Conf[]) {
    this.lines = lines;
    this.confs = confs;
    this.digest = lines.length;
    this.size = lines.length;
  }

  get index(): number {
    return this.lines.length;
  }

  get conf(): Conf {
    return this.confs[this.index]!;
  }

  upTo(index: number): Machine {
    return new Machine(this.lines.slice(0, index), this.confs.slice(0, index + 1));
  }

  with(line: string, conf: Conf): Machine {
    return new Machine([...this.lines, line], [...this.confs, conf]);
  }
}

class ChaosPeer implements SnapshotSource {
  readonly id: number;
  raft: Raft;
  /** What survives a power loss. */
  disk: Disk;
  /** What is written but not durable yet, the oldest first. */
  writes: Write[] = [];
  machine: Machine;
  /** How much of the machine certainly survives. */
  durableApplied: number;
  readonly #settings: RaftSettings;
  readonly #draw: () => number;

  constructor(id: number, settings: RaftSettings, first: Conf, draw: () => number) {
    this.id = id;
    this.#settings = settings;
    this.#draw = draw;
    const hardState = { term: 0, vote: 0, commit: 0 };
    this.disk = { hardState, entries: [], truncatedIndex: 0, truncatedTerm: 0 };
    this.machine = new Machine([], [first]);
    this.durableApplied = 0;
    this.raft = this.#boot();
  }

  snapshotFor(): Snapshot | null {
    const { raft, machine } = this;
    if (machine.index < raft.truncatedIndex) return null;
    const index = machine.index;
    return { index, term: raft.termAt(index), conf: machine.conf, data: machine };
  }

  /** Starts a write of what is unwritten. */
  handOver(): void {
    const { raft } = this;
    if (!raft.needsWrite()) return;
    const { term, vote, commit, pendingSnapshot, writeFrom } = raft;
    const last = this.writes.at(-1)?.disk ?? this.disk;
    const cut = pendingSnapshot ?? { index: last.truncatedIndex, term: last.truncatedTerm };
    const kept =
      pendingSnapshot === null ? last.entries.filter(({ index }) => index < writeFrom) : [];
    const added: Entry[] = [];
    for (let at = writeFrom; at <= raft.lastIndex; at += 1) added.push(raft.entry(at));
    const disk: Disk = {
      hardState: { term, vote, commit },
      entries: [...kept, ...added],
      truncatedIndex: cut.index,
      truncatedTerm: cut.term,
    };
    this.writes.push({ number: raft.handOver(), disk, snapshot: pendingSnapshot });
  }

  /** The oldest `count` writes are durable now. */
  sync(count: number): void {
    const done = this.writes.splice(0, count);
    const last = done.at(-1);
    if (last === undefined) return;
    this.disk = last.disk;
    this.raft.stableTo(last.number);
    for (const { snapshot } of done) if (snapshot !== null) this.#install(snapshot);
  }

  apply(watch: SafetyWatch): void {
    const { raft } = this;
    const end = raft.applyEnd;
    if (end < raft.applyFrom) return;
    const from = raft.applyFrom;
    raft.handApply(end);
    for (let at = from; at <= end; at += 1) {
      const entry = raft.entry(at);
      const conf = entry.change === null ? raft.conf : raft.applyConfChange(entry.change);
      const line = `${entry.term} ${entry.kind} ${textOf(entry.data)}`;
      watch.applied(this.id, at, line);
      this.machine = this.machine.with(line, conf);
    }
    raft.appliedTo(end);
  }

  /** Forgets the log up to what is applied and durable, as a store after flushing its state. */
  compact(): void {
    const { raft } = this;
    const index = Math.min(raft.applied, raft.stableIndex);
    if (index <= raft.truncatedIndex || this.writes.length > 0 || raft.needsWrite()) return;
    const truncatedTerm = raft.termAt(index);
    raft.compact(index);
    const entries = this.disk.entries.filter((entry) => entry.index > index);
    this.disk = { ...this.disk, entries, truncatedIndex: index, truncatedTerm };
    this.durableApplied = Math.max(this.durableApplied, index);
  }

  /** Starts again with the oldest `survivors` writes and with a machine of index `rewound`. */
  restart(survivors: number, rewound: number): void {
    const kept = this.writes[survivors - 1];
    let { machine } = this;
    if (kept !== undefined) this.disk = kept.disk;
    for (const { snapshot } of this.writes.slice(0, survivors)) {
      if (snapshot?.data instanceof Machine && snapshot.index > machine.index) {
        machine = snapshot.data;
      }
    }
    this.writes = [];
    const floor = Math.max(this.durableApplied, this.disk.truncatedIndex);
    assert(machine.index >= floor, "what was flushed is there");
    // A machine may have applied what the durable log does not hold? Never: it would be lost.
    const index = Math.max(floor, Math.min(rewound, machine.index, lastIndexOf(this.disk)));
    this.machine = machine.upTo(index);
    this.durableApplied = floor;
    this.raft = this.#boot();
  }

  #install(snapshot: Snapshot): void {
    assert(snapshot.data instanceof Machine, "a snapshot holds a machine");
    if (snapshot.index <= this.machine.index) return;
    this.machine = snapshot.data;
    this.durableApplied = Math.max(this.durableApplied, snapshot.index);
    this.raft.appliedTo(snapshot.index);
  }

  #boot(): Raft {
    const state = { ...this.disk, conf: this.machine.conf, applied: this.machine.index };
    const { id } = this;
    return new Raft({
      settings: this.#settings,
      id,
      drawElectionTicks: this.#draw,
      snapshots: this,
      state,
    });
  }
}

const lastIndexOf = ({ truncatedIndex, entries }: Disk): number => truncatedIndex + entries.length;

/** What a chaos starts with. */
export type ChaosOptions = {
  /** How many peers there are; they have the ids from 1. */
  readonly peers: number;
  /** How many of them are voters at first; the others wait to be added. */
  readonly voters: number;
  readonly settings: RaftSettings;
  /** Members come and go. Needs `checkQuorum` and `preVote`: who is gone may not disturb. */
  readonly changes: boolean;
};

export class Chaos {
  readonly watch: SafetyWatch;
  readonly peers: readonly ChaosPeer[];
  queue: RaftMessage[] = [];
  /** How often each move did something, for tests that ask whether they reached anything. */
  readonly reached: Record<string, number> = {};
  readonly #reads = new Map<number, number>();
  #proposals = 0;
  // The one peer that hears nobody and is heard by nobody, 0 for none.
  #cutOff = 0;
  #draws = 0;
  readonly #changes: boolean;

  constructor({ peers, voters, settings, changes }: ChaosOptions) {
    this.#changes = changes;
    const ids = Array.from({ length: peers }, (_, at) => at + 1);
    const conf = confOf(ids.slice(0, voters));
    const draw = (): number => {
      this.#draws += 1;
      return settings.electionTicks + ((this.#draws * 7) % settings.electionTicks);
    };
    this.peers = ids.map((id) => new ChaosPeer(id, settings, conf, draw));
    this.watch = new SafetyWatch();
  }

  /** Makes `moves` moves that follow from `seed`. */
  run(seed: number, moves: number): void {
    // Mulberry32, a public-domain generator of 32-bit numbers.
    let state = seed | 0;
    for (let i = 0; i < moves; i += 1) {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      this.move((mixed ^ (mixed >>> 14)) >>> 2);
    }
  }

  /** Makes the move that `number` (0 to 2^30 - 1) stands for, and checks everything. */
  move(number: number): void {
    const peer = this.peers[number % this.peers.length]!;
    const choice = Math.floor(number / this.peers.length) % 1000;
    const detail = Math.floor(number / (this.peers.length * 1000));
    if (choice < 600) this.#deliver(detail, choice);
    else if (choice < 650) this.#count("tick", () => peer.raft.advanceTicks(1 + (detail % 3)));
    else if (choice < 750) peer.handOver();
    else if (choice < 860) peer.sync(1 + (detail % 2));
    else if (choice < 930) peer.apply(this.watch);
    else if (choice < 965) this.#propose(peer);
    else if (choice < 978) this.#read(peer);
    else if (choice < 983) this.#change(peer, detail);
    else if (choice < 986) this.#count("transfer", () => this.#transfer(peer, detail));
    else if (choice < 993) peer.compact();
    else if (choice < 996) this.#cutOff = this.#cutOff === 0 ? peer.id : 0;
    else this.#restart(peer, detail);
    this.#collect(peer);
    for (const other of this.peers) if (other !== peer) this.#collect(other);
  }

  /** Lets everything work for `rounds` rounds without any fault. */
  settle(rounds: number): void {
    this.#cutOff = 0;
    for (let round = 0; round < rounds; round += 1) {
      for (const peer of this.peers) {
        // A store destroys a peer that applied its own removal; the core alone would lead on.
        if (peer.raft.role === "leader" && !peer.raft.isPromotable) this.#restart(peer, 1);
        peer.raft.advanceTicks(1);
        peer.handOver();
        peer.sync(peer.writes.length);
        peer.apply(this.watch);
        this.#collect(peer);
      }
      const arriving = this.queue;
      this.queue = [];
      for (const message of arriving) this.#step(message);
      for (const peer of this.peers) this.#collect(peer);
    }
  }

  /** Proposes at the leader of the newest term; false if it does not take it. */
  proposeSomewhere(): boolean {
    const { leader } = this;
    return leader !== undefined && this.#propose(leader);
  }

  /** The leader of the newest term that has one. */
  get leader(): ChaosPeer | undefined {
    let newest: ChaosPeer | undefined;
    for (const peer of this.peers) {
      if (peer.raft.role === "leader" && peer.raft.term > (newest?.raft.term ?? 0)) newest = peer;
    }
    return newest;
  }

  #deliver(detail: number, choice: number): void {
    const { queue } = this;
    if (queue.length === 0) return;
    // Mostly among the oldest, or little would ever get done; a tenth from anywhere.
    const at = detail % Math.min(queue.length, choice % 10 === 0 ? queue.length : 4);
    const message = queue[at]!;
    if (choice % 23 !== 1) queue.splice(at, 1);
    const isCut = message.to === this.#cutOff || message.from === this.#cutOff;
    if (choice % 29 === 2 || isCut) {
      this.#count("drop", () => {});
      this.#reportSnapshot(message, false);
    } else this.#step(message);
  }

  #step(message: RaftMessage): void {
    const peer = this.peers[message.to - 1]!;
    this.#count(messageTypeNames[message.type]!, () => peer.raft.step(message));
    this.#reportSnapshot(message, true);
  }

  // Whoever sends a snapshot learns whether it arrived, as a store does from its stream.
  #reportSnapshot({ snapshot, from, to }: RaftMessage, isArrived: boolean): void {
    if (snapshot !== null) this.peers[from - 1]!.raft.reportSnapshot(to, isArrived);
  }

  #propose(peer: ChaosPeer): boolean {
    this.#proposals += 1;
    const proposed = peer.raft.propose(new Text(`p${this.#proposals}`));
    if (proposed === null) return false;
    this.#count("propose", () => {});
    return true;
  }

  #read(peer: ChaosPeer): void {
    const context = this.#reads.size + 1;
    this.#reads.set(context, this.watch.committedIndex);
    if (peer.raft.readIndex(context)) this.#count("read", () => {});
  }

  #change({ raft }: ChaosPeer, detail: number): void {
    if (raft.role !== "leader" || !this.#changes) return;
    const node = 1 + (detail % this.peers.length);
    const other = 1 + (Math.floor(detail / 8) % this.peers.length);
    const types = ["add", "remove", "add-learner"] as const;
    const type = types[Math.floor(detail / 64) % 3]!;
    const joint = Math.floor(detail / 256) % 2 === 0;
    const steps = [{ type, node }, ...(joint ? [{ type: "add" as const, node: other }] : [])];
    const leaves = raft.conf.votersOutgoing.length > 0;
    const change: ConfChange = leaves
      ? { transition: "auto", steps: [] }
      : { transition: joint ? "explicit" : "auto", steps };
    if (!leaves && type !== "add" && raft.conf.voters.every((id) => id === node)) return;
    const proposed = raft.proposeConfChange(change);
    if (proposed !== null && proposed.refusal === null) this.#count("change", () => {});
  }

  #transfer({ raft }: ChaosPeer, detail: number): void {
    raft.transferLeader(1 + (detail % this.peers.length));
  }

  #restart(peer: ChaosPeer, detail: number): void {
    const losesPower = detail % 2 === 0;
    const writes = peer.writes.length;
    const survivors = losesPower ? Math.floor(detail / 2) % (writes + 1) : writes;
    const span = peer.machine.index - peer.durableApplied + 1;
    const rewound = losesPower ? peer.durableApplied + (detail % span) : peer.machine.index;
    this.#count(losesPower ? "power loss" : "crash", () => peer.restart(survivors, rewound));
    this.watch.restarted(peer.id);
  }

  #collect(peer: ChaosPeer): void {
    const { raft } = peer;
    for (let i = 0; i < raft.out.count; i += 1) this.queue.push(raft.out.at(i));
    raft.out.clear();
    for (let i = 0; i < raft.readStates.count; i += 1) {
      const { context, index } = raft.readStates.at(i);
      assert(typeof context === "number", "reads are numbered");
      this.watch.readAnswered(index, this.#reads.get(context) ?? 0);
      this.#count("read answered", () => {});
    }
    raft.readStates.clear();
    this.watch.look(raft);
  }

  #count(what: string, act: () => void): void {
    this.reached[what] = (this.reached[what] ?? 0) + 1;
    act();
  }
}
