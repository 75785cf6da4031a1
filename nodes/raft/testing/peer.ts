/**
 * One peer with a disk and a state machine that are plain memory: the smallest driver of the
 * protocol in `index.ts`. A state machine holds the text of the commands applied to it.
 */
import { assert } from "../../../sim/assert.ts";
import { type Conf, noConf } from "../conf-change.ts";
import { type Entry, type EntryData, entryKinds } from "../entry.ts";
import type { RaftMessage, Snapshot } from "../message.ts";
import type { RaftSettings, RecoveredState, SnapshotSource } from "../options.ts";
import { Raft } from "../raft.ts";

/** A command that is its text. */
export class Text implements EntryData {
  readonly text: string;
  readonly digest: number;
  readonly size: number;

  constructor(text: string) {
    this.text = text;
    this.size = text.length;
    let digest = 0;
    for (let i = 0; i < text.length; i += 1) {
      digest = (Math.imul(digest, 31) + text.charCodeAt(i)) | 0;
    }
    this.digest = digest;
  }
}

/** The text of an entry's data, "" if it has none. */
export function textOf(data: EntryData | null): string {
  if (data === null) return "";
  assert(data instanceof Text, "a test's data is text");
  return data.text;
}

/** What a disk starts with. */
export const emptyDisk: RecoveredState = {
  hardState: { term: 0, vote: 0, commit: 0 },
  entries: [],
  truncatedIndex: 0,
  truncatedTerm: 0,
  conf: noConf,
  applied: 0,
};

/** The settings of most tests: etcd raft's defaults, with the extras of TiKV off. */
export const plainSettings: RaftSettings = {
  electionTicks: 10,
  heartbeatTicks: 1,
  preVote: false,
  checkQuorum: false,
  maxInflight: 256,
  maxSizePerMessage: Number.MAX_SAFE_INTEGER,
  maxCommittedSizePerReady: Number.MAX_SAFE_INTEGER,
  readOnly: "safe",
  earlyReads: "keep",
  skipBcastCommit: false,
  forwardProposals: true,
  validateConfChanges: true,
  applyUnpersistedMax: 0,
};

export class TestPeer implements SnapshotSource {
  readonly id: number;
  raft: Raft;
  /** What a crash leaves: hard state, entries, members and state machine as last written. */
  disk: RecoveredState;
  /** What was applied, in order; `snapshot@5` stands for all up to index 5. */
  applied: string[] = [];
  readonly reads: { readonly ctx: number | string; readonly index: number }[] = [];
  readonly #settings: RaftSettings;
  readonly #drawElectionTicks: () => number;
  // What follows from the last write is for the next round, as in etcd's Ready.
  #next: RaftMessage[] = [];
  // The members as of the truncated index, from where a restart applies the log again.
  #truncatedConf: Conf;
  readonly #confAt: { readonly index: number; readonly conf: Conf }[] = [];

  constructor(
    id: number,
    settings: RaftSettings,
    disk: RecoveredState,
    drawElectionTicks: () => number,
  ) {
    this.id = id;
    this.disk = disk;
    this.#truncatedConf = disk.conf;
    this.#settings = settings;
    this.#drawElectionTicks = drawElectionTicks;
    this.raft = this.#boot();
  }

  hasReady(): boolean {
    return this.#next.length > 0 || this.raft.hasReady();
  }

  /** Does all that is to do once: write, apply, then send. What follows from it waits. */
  processReady(send: (message: RaftMessage) => void): void {
    const { raft } = this;
    const { commit } = raft;
    const sent = [...this.#next, ...this.#takeOut()];
    this.#next = [];
    const { lateCount, pendingSnapshot } = raft;
    if (raft.needsWrite()) {
      const write = this.write();
      raft.stableTo(write);
      const released = this.#takeOut();
      sent.push(...released.slice(0, lateCount));
      this.#next.push(...released.slice(lateCount));
    }
    this.disk = { ...this.disk, hardState: { ...this.disk.hardState, commit } };
    if (pendingSnapshot !== null) this.#install(pendingSnapshot);
    const end = Math.min(raft.applyEnd, commit);
    if (end >= raft.applyFrom) this.apply(end);
    for (let i = 0; i < raft.readStates.count; i += 1) {
      const { context, index } = raft.readStates.at(i);
      this.reads.push({ ctx: context, index });
    }
    raft.readStates.clear();
    for (const message of sent) send(message);
  }

  /** Writes what is unwritten to the disk, and returns the write's number. */
  write(): number {
    const { raft, disk } = this;
    const { term, vote, commit, pendingSnapshot, writeFrom } = raft;
    const cut = pendingSnapshot ?? { index: disk.truncatedIndex, term: disk.truncatedTerm };
    const kept = pendingSnapshot !== null ? [] : disk.entries.filter((e) => e.index < writeFrom);
    const added: Entry[] = [];
    for (let at = writeFrom; at <= raft.lastIndex; at += 1) added.push(raft.entry(at));
    this.disk = {
      ...disk,
      hardState: { term, vote, commit },
      entries: [...kept, ...added],
      truncatedIndex: cut.index,
      truncatedTerm: cut.term,
      // A snapshot comes with the state it stands for, as one write.
      conf: pendingSnapshot?.conf ?? disk.conf,
      applied: pendingSnapshot?.index ?? disk.applied,
    };
    return raft.handOver();
  }

  /** Applies everything up to `end`. */
  apply(end: number): void {
    const { raft } = this;
    const from = raft.applyFrom;
    raft.handApply(end);
    for (let at = from; at <= end; at += 1) this.#applyEntry(raft.entry(at));
    this.disk = { ...this.disk, applied: end, conf: raft.conf };
    raft.appliedTo(end);
  }

  /** Forgets the log up to `index`. */
  compact(index: number): void {
    const { conf } = this.#confAt.findLast((one) => one.index <= index) ?? {};
    if (conf !== undefined) this.#truncatedConf = conf;
    const truncatedTerm = this.raft.termAt(index);
    this.raft.compact(index);
    const entries = this.disk.entries.filter((entry) => entry.index > index);
    this.disk = { ...this.disk, entries, truncatedIndex: index, truncatedTerm };
  }

  /** Starts again from what the disk holds; the state machine is rebuilt from the log. */
  restart(): void {
    this.#next = [];
    this.applied = [];
    const { truncatedIndex } = this.disk;
    this.disk = { ...this.disk, applied: truncatedIndex, conf: this.#truncatedConf };
    this.raft = this.#boot();
  }

  /** The state machine's state now. */
  snapshot(): Snapshot {
    const { applied: index, conf } = this.disk;
    return { index, term: this.raft.termAt(index), conf, data: new Text(this.applied.join(" ")) };
  }

  snapshotFor(): Snapshot | null {
    return this.snapshot();
  }

  #boot(): Raft {
    return new Raft({
      settings: this.#settings,
      id: this.id,
      drawElectionTicks: this.#drawElectionTicks,
      snapshots: this,
      state: this.disk,
    });
  }

  #applyEntry(entry: Entry): void {
    if (entry.change !== null) {
      const conf = this.raft.applyConfChange(entry.change);
      this.#confAt.push({ index: entry.index, conf });
    }
    // Visible to `snapshotFor` while a batch is still being applied.
    this.disk = { ...this.disk, applied: entry.index, conf: this.raft.conf };
    if (entry.kind === entryKinds.normal) this.applied.push(textOf(entry.data));
  }

  #install(snapshot: Snapshot): void {
    this.#truncatedConf = snapshot.conf;
    this.applied.push(`snapshot@${snapshot.index}`);
    this.raft.appliedTo(snapshot.index);
  }

  #takeOut(): RaftMessage[] {
    const { out } = this.raft;
    const taken: RaftMessage[] = [];
    for (let i = 0; i < out.count; i += 1) taken.push(out.at(i));
    out.clear();
    return taken;
  }
}
