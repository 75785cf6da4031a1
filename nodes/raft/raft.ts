/** One peer of one Raft group, as its owner sees it. The manual is in `index.ts`. */
import { assert } from "../../sim/assert.ts";
import type { Batch } from "./batch.ts";
import { countOwnVote, tryCampaign } from "./campaign.ts";
import type { Conf } from "./conf-change.ts";
import { Core, type ReadState, type Role } from "./core.ts";
import { type ConfChange, type Entry, type EntryData, entryKinds } from "./entry.ts";
import { broadcastHeartbeat } from "./heartbeat.ts";
import { applyConfChange } from "./membership.ts";
import type { RaftMessage, Snapshot } from "./message.ts";
import type { RaftOptions } from "./options.ts";
import type { ProgressState } from "./progress.ts";
import { leaveJointIfDue, type Proposed, propose } from "./propose.ts";
import { readIndex } from "./reads.ts";
import { acknowledgeOwn } from "./replicate.ts";
import { step } from "./step.ts";
import { advanceTicks, tick, ticksUntilDue } from "./tick.ts";
import { transferLeader } from "./transfer.ts";

/** What a leader knows of a member. */
export type MemberView = {
  readonly id: number;
  readonly match: number;
  readonly next: number;
  readonly state: ProgressState;
  /** The index of the snapshot on its way, 0 if none. */
  readonly pendingSnapshot: number;
  /** It answered since the leader last checked its quorum. */
  readonly isActive: boolean;
};

export class Raft {
  /** Messages to send now. Read them all, then `clear()`. */
  readonly out: Batch<RaftMessage>;
  /** Reads that may be served once their index is applied. Read them all, then `clear()`. */
  readonly readStates: Batch<ReadState>;
  readonly #core: Core;

  constructor(options: RaftOptions) {
    this.#core = new Core(options);
    this.out = this.#core.out;
    this.readStates = this.#core.readStates;
  }

  get id(): number {
    return this.#core.id;
  }
  get role(): Role {
    return this.#core.role;
  }
  get term(): number {
    return this.#core.term;
  }
  /** Who got this peer's vote in `term`, 0 for nobody. */
  get vote(): number {
    return this.#core.vote;
  }
  /** The leader of `term` as far as known, 0 for nobody. */
  get lead(): number {
    return this.#core.lead;
  }
  /** The members as of the last applied change. */
  get conf(): Conf {
    return this.#core.tracker.conf;
  }
  get commit(): number {
    return this.#core.log.commit;
  }
  get applied(): number {
    return this.#core.log.applied;
  }
  /** The first index still in the log: that after `truncatedIndex`. */
  get firstIndex(): number {
    return this.#core.log.firstIndex;
  }
  get lastIndex(): number {
    return this.#core.log.lastIndex;
  }
  get lastTerm(): number {
    return this.#core.log.lastTerm;
  }
  get truncatedIndex(): number {
    return this.#core.log.truncatedIndex;
  }
  get truncatedTerm(): number {
    return this.#core.log.truncatedTerm;
  }
  /** Whom leadership is being handed to, 0 for nobody: a lease is suspect meanwhile. */
  get leadTransferee(): number {
    return this.#core.leadTransferee;
  }
  /** True once an entry of this term is committed. */
  get committedInTerm(): boolean {
    return this.#core.committedInTerm;
  }
  /** True where this peer may campaign: a voter without a snapshot to install. */
  get isPromotable(): boolean {
    return this.#core.isPromotable;
  }
  /** Ticks since this follower heard its leader (or voted); 0 on a leader. */
  get ticksSinceLeader(): number {
    return this.#core.role === "leader" ? 0 : this.#core.electionElapsed;
  }

  /** The entry at `index`, from `firstIndex` to `lastIndex`. */
  entry(index: number): Entry {
    return this.#core.log.entryAt(index);
  }

  /** The entries from `firstIndex` to `lastIndex`. The log's own list: it changes with the log. */
  get entries(): readonly Entry[] {
    return this.#core.log.entries;
  }

  /** The term of the entry at `index`, or -1 where the log does not know it. */
  termAt(index: number): number {
    return this.#core.log.termAt(index);
  }

  /** What this leader knows of its members, ascending by id; makes new records at each call. */
  members(): readonly MemberView[] {
    return this.#core.tracker.members.map((progress) => ({
      id: progress.id,
      match: progress.match,
      next: progress.next,
      state: progress.state,
      pendingSnapshot: progress.pendingSnapshot,
      isActive: progress.isActive,
    }));
  }

  /** True while a snapshot is on its way to a member. */
  get sendsSnapshot(): boolean {
    const { members } = this.#core.tracker;
    for (let i = 0; i < members.length; i += 1) if (members[i]!.state === "snapshot") return true;
    return false;
  }

  /** The lowest index that a member is known to hold: what log compaction may go to, or 0. */
  get minMatch(): number {
    const { members } = this.#core.tracker;
    let lowest = members.length === 0 ? 0 : Number.MAX_SAFE_INTEGER;
    for (let i = 0; i < members.length; i += 1) lowest = Math.min(lowest, members[i]!.match);
    return lowest;
  }

  // In ---------------------------------------------------------------------------------------

  /** Takes in a message for this peer. */
  step(message: RaftMessage): void {
    step(this.#core, message);
  }

  /** Lets one tick pass. True if something came of it, but for the time. */
  tick(): boolean {
    return tick(this.#core);
  }

  /** After how many ticks something happens by itself: at least 1, or Infinity for never. */
  ticksUntilDue(): number {
    return ticksUntilDue(this.#core);
  }

  /** Lets `ticks` ticks pass, 0 or more, as that many calls of `tick` would. */
  advanceTicks(ticks: number): void {
    advanceTicks(this.#core, ticks);
  }

  /**
   * Replaces the drawn timeout of the current round, for drivers that force an election's order.
   */
  setElectionTimeout(ticks: number): void {
    assert(ticks > 0, "a timeout is at least one tick");
    this.#core.electionTimeoutTicks = ticks;
  }

  /** Proposes a command. Null if it is dropped: no leader, handing leadership over, no member. */
  propose(data: EntryData): Proposed | null {
    return propose(this.#core, entryKinds.normal, data, null);
  }

  /**
   * Proposes a membership change, with what the store attaches. One that comes too early is
   * replaced by an empty entry and says so in `refusal`.
   */
  proposeConfChange(
    change: ConfChange,
    data: EntryData | null = null,
    kind: 2 | 3 = entryKinds.conf2,
  ): Proposed | null {
    return propose(this.#core, kind, data, change);
  }

  /**
   * Asks up to where a read must see; the answer comes in `readStates` with this context, which
   * must be new. False if it is dropped at once; it may be lost later too: ask again.
   */
  readIndex(context: number | string): boolean {
    return readIndex(this.#core, context);
  }

  /** Campaigns now, as if the timer had run out. False if this peer may not. */
  campaign(): boolean {
    return tryCampaign(this.#core, this.#core.settings.preVote ? "pre-vote" : "election");
  }

  /** Hands leadership to `to`, or asks the leader to. False if nothing comes of it. */
  transferLeader(to: number): boolean {
    return transferLeader(this.#core, to);
  }

  /** A leader beats now, as raft-rs's `ping`: wakes its members. */
  ping(): void {
    if (this.#core.role === "leader") broadcastHeartbeat(this.#core);
  }

  /** A message to `member` could not be sent: what is in flight to it may be lost. */
  reportUnreachable(member: number): void {
    const progress = this.#core.tracker.get(member);
    if (this.#core.role === "leader" && progress?.state === "replicate") progress.becomeProbe();
  }

  /** The snapshot to `member` arrived and was applied, or was lost. */
  reportSnapshot(member: number, isApplied: boolean): void {
    const progress = this.#core.tracker.get(member);
    if (this.#core.role !== "leader" || progress?.state !== "snapshot") return;
    if (!isApplied) progress.pendingSnapshot = 0;
    progress.becomeProbe();
    // If it arrived, its acknowledgement is on its way; if not, give it a moment.
    progress.isPaused = true;
  }

  // Out --------------------------------------------------------------------------------------

  /** True while there is something for the driver to do, see the manual. */
  hasReady(): boolean {
    const { out, readStates, log } = this.#core;
    return out.count > 0 || readStates.count > 0 || log.isDirty || this.applyEnd >= this.applyFrom;
  }

  /** True while something must be written: hard state, entries or a snapshot. */
  needsWrite(): boolean {
    return this.#core.log.isDirty;
  }

  /** Term or vote changed since the last hand-over. */
  get hardStateDirty(): boolean {
    return this.#core.log.writes.hardStateDirty;
  }

  /** The first index that no write was asked for yet. */
  get writeFrom(): number {
    return this.#core.log.writes.writeFrom;
  }

  /** A snapshot that no write was asked for yet. */
  get pendingSnapshot(): Snapshot | null {
    return this.#core.log.pendingSnapshot;
  }

  /** Messages that wait for a write, for drivers that look in. */
  get lateCount(): number {
    return this.#core.log.writes.lateCount;
  }

  /** The last index that is known to be durable here. */
  get stableIndex(): number {
    return this.#core.log.writes.stable;
  }

  /** The term and the vote that are known to be durable here. */
  get stableTerm(): number {
    return this.#core.log.writes.stableTerm;
  }
  get stableVote(): number {
    return this.#core.log.writes.stableVote;
  }

  /** All that is unwritten is on its way to the disk now. Returns the number of this write. */
  handOver(): number {
    assert(this.needsWrite(), "a write has something to write");
    return this.#core.log.handOver(this.#core.term, this.#core.vote);
  }

  /** The writes up to this number are durable. */
  stableTo(write: number): void {
    const core = this.#core;
    core.log.writes.complete(write);
    // First what waited for it, as it was said before what follows from it.
    core.log.writes.release(core.out);
    countOwnVote(core);
    acknowledgeOwn(core);
  }

  /** The first index not handed out to be applied. */
  get applyFrom(): number {
    return this.#core.log.handedApply + 1;
  }

  /** The last index that may be applied now, in this batch; below `applyFrom` if there is none. */
  get applyEnd(): number {
    const { log, settings, role } = this.#core;
    const unpersistedMax = role === "leader" ? settings.applyUnpersistedMax : 0;
    return log.applyEnd(settings.maxCommittedSizePerReady, unpersistedMax);
  }

  /** The entries up to `index` are being applied. */
  handApply(index: number): void {
    this.#core.log.handApply(index);
  }

  /** Makes a membership change effective as its entry is applied; null: the store refuses it. */
  applyConfChange(change: ConfChange | null): Conf {
    return change === null ? this.conf : applyConfChange(this.#core, change);
  }

  /** The state machine holds the effect of everything up to `index`. */
  appliedTo(index: number): void {
    const before = this.applied;
    this.#core.log.appliedTo(index);
    assert(this.applied >= before, "applied never goes back");
    leaveJointIfDue(this.#core);
  }

  /** Forgets the entries up to `index`, which must be applied and durable. */
  compact(index: number): void {
    this.#core.log.compact(index);
  }
}
