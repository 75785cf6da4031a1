/**
 * The state of one peer and the moves between its roles. The files beside this one act on it; only
 * `Raft` (raft.ts) is for others. Source: thesis figure 3.1 and section 3.3.
 */
import { assert } from "../../sim/assert.ts";
import { Batch } from "./batch.ts";
import { RaftLog } from "./log.ts";
import { type MessageType, noContext, noEntries, RaftMessage } from "./message.ts";
import type { RaftOptions, RaftSettings, SnapshotSource } from "./options.ts";
import { ReadQueue } from "./read-queue.ts";
import { Tracker } from "./tracker.ts";

/** What a peer is at the moment. A pre-candidate asks whether a campaign could succeed. */
export type Role = "follower" | "precandidate" | "candidate" | "leader";

/** A read that may be served once `index` is applied. */
export type ReadState = {
  /** What the reader gave to `readIndex`. */
  readonly context: number | string;
  readonly index: number;
};

export class Core {
  readonly id: number;
  readonly settings: RaftSettings;
  readonly snapshots: SnapshotSource;
  readonly #drawElectionTicks: () => number;
  readonly log: RaftLog;
  readonly tracker: Tracker;
  readonly reads: ReadQueue = new ReadQueue();
  readonly out: Batch<RaftMessage> = new Batch();
  readonly readStates: Batch<ReadState> = new Batch();
  role: Role = "follower";
  term: number;
  /** Who got this peer's vote in `term`, 0 for nobody. */
  vote: number;
  /** The leader of `term` as far as known, 0 for nobody. */
  lead = 0;
  /** Whom the leadership is being handed to, 0 for nobody. */
  leadTransferee = 0;
  /** Ticks since a leader was heard or a vote given; on a leader, since it checked its quorum. */
  electionElapsed = 0;
  heartbeatElapsed = 0;
  /** The drawn timeout of this round. */
  electionTimeoutTicks: number;
  /** No membership change is proposed before everything up to here is applied. */
  pendingConfIndex = 0;

  constructor(options: RaftOptions) {
    const { id, state, settings } = options;
    const { maxInflight, electionTicks, heartbeatTicks } = settings;
    assert(id > 0, "a peer's id is positive");
    assert(electionTicks > heartbeatTicks && heartbeatTicks > 0, "leaders beat between elections");
    assert(settings.readOnly === "safe" || settings.checkQuorum, "a lease needs checked quorums");
    this.id = id;
    this.settings = settings;
    this.snapshots = options.snapshots;
    this.#drawElectionTicks = options.drawElectionTicks;
    this.log = new RaftLog(state);
    this.term = state.hardState.term;
    this.vote = state.hardState.vote;
    this.tracker = new Tracker(id, maxInflight, state.conf, this.log.lastIndex);
    this.electionTimeoutTicks = this.#drawTimeout();
  }

  /** True where this peer may campaign. */
  get isPromotable(): boolean {
    return this.tracker.isVoter && this.log.installing === 0;
  }

  /** True once an entry of this term is committed: only then is the commit index the group's. */
  get committedInTerm(): boolean {
    return this.log.termAt(this.log.commit) === this.term;
  }

  /** Becomes a follower of `lead` (0: nobody known) at `term`. */
  becomeFollower(term: number, lead: number): void {
    this.reset(term);
    this.role = "follower";
    this.lead = lead;
  }

  /** Starts a term of its own and votes for itself. */
  becomeCandidate(): void {
    assert(this.role !== "leader", "a leader starts no campaign");
    this.reset(this.term + 1);
    this.role = "candidate";
    this.vote = this.id;
    this.log.writes.hardStateDirty = true;
  }

  /** Asks first: term and vote stay as they are. */
  becomePreCandidate(): void {
    assert(this.role !== "leader", "a leader starts no campaign");
    this.tracker.clearVotes();
    this.lead = 0;
    this.role = "precandidate";
  }

  /** Leads its term. What follows (the empty entry) is campaign.ts's. */
  becomeLeader(): void {
    assert(this.role === "candidate", "only a candidate is elected");
    this.reset(this.term);
    this.role = "leader";
    this.lead = this.id;
    const { self } = this.tracker;
    assert(self !== null, "only a member is elected");
    // Its own progress tells what its own disk holds, and counts like any other's.
    self.acknowledge(this.log.writes.stable);
    self.becomeReplicate();
    self.isActive = true;
    // There may be a change in the tail; rather than search it, wait until all of it is applied.
    this.pendingConfIndex = this.log.lastIndex;
  }

  /** Forgets what belonged to the last role, and to the last term if `term` is a newer one. */
  reset(term: number): void {
    assert(term >= this.term, "a term never goes back");
    if (term !== this.term) {
      this.term = term;
      this.vote = 0;
      this.log.writes.hardStateDirty = true;
    }
    this.lead = 0;
    this.electionElapsed = 0;
    this.heartbeatElapsed = 0;
    this.electionTimeoutTicks = this.#drawTimeout();
    this.leadTransferee = 0;
    this.tracker.forget(this.log.lastIndex);
    this.pendingConfIndex = 0;
    this.reads.clear();
  }

  /** Sends `message`: a leader's at once, anybody else's when what it knows is durable. */
  send(message: RaftMessage): void {
    assert(message.to !== this.id && message.from !== 0, "a message goes to somebody else");
    // A leader's term is durable since it won, and its appends may overtake its own write.
    if (this.role === "leader") this.out.push(message);
    else this.log.writes.post(message, this.out, this.log.isDirty);
  }

  /** Sends a message of this term that has nothing but an index and a context. */
  sendPlain(type: MessageType, to: number, index: number, context: number | string): void {
    this.send(
      new RaftMessage(
        type,
        to,
        this.id,
        this.term,
        0,
        index,
        0,
        false,
        0,
        noEntries,
        null,
        context,
      ),
    );
  }

  /** Answers an append of `to`: everything up to `index` is here. */
  sendAcknowledgement(type: MessageType, to: number, index: number): void {
    this.sendPlain(type, to, index, noContext);
  }

  #drawTimeout(): number {
    const { electionTicks } = this.settings;
    const drawn = this.#drawElectionTicks();
    assert(drawn >= electionTicks && drawn < 2 * electionTicks, "a timeout is drawn in its range");
    return drawn;
  }
}
