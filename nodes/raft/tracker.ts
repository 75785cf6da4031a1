/** The members of the group as a leader sees them: who they are, and how far each has come. */
import { assert } from "../../sim/assert.ts";
import { assertConf, type Conf, isVoter, membersOf } from "./conf-change.ts";
import { Progress } from "./progress.ts";
import { type Acknowledging, jointMatch, jointVote, majority, type VoteResult } from "./quorum.ts";

export class Tracker {
  /** All members, ascending by id. */
  members: readonly Progress[] = [];
  /** This peer's own, or null while it is no member. */
  self: Progress | null = null;
  conf: Conf;
  readonly #id: number;
  readonly #maxInflight: number;
  readonly #byId = new Map<number, Progress>();
  #incoming: readonly Progress[] = [];
  #outgoing: readonly Progress[] = [];
  #incomingReads: readonly Acknowledging[] = [];
  #outgoingReads: readonly Acknowledging[] = [];
  readonly #votes = new Map<number, boolean>();

  constructor(id: number, maxInflight: number, conf: Conf, lastIndex: number) {
    this.#id = id;
    this.#maxInflight = maxInflight;
    this.conf = conf;
    this.switchTo(conf, lastIndex);
  }

  get(id: number): Progress | undefined {
    return this.#byId.get(id);
  }

  /** Makes `conf` the members. Who stays keeps what is known; who is new starts at `lastIndex`. */
  switchTo(conf: Conf, lastIndex: number): void {
    assertConf(conf);
    const ids = membersOf(conf);
    const members = ids.map((id) => {
      const next = Math.max(lastIndex, 1);
      // New members count as active, or a first check could depose the leader that just added them.
      return this.#byId.get(id) ?? new Progress(id, next, this.#maxInflight, true);
    });
    this.#byId.clear();
    for (const progress of members) this.#byId.set(progress.id, progress);
    const resolve = (id: number): Progress => this.#byId.get(id)!;
    this.conf = conf;
    this.members = members;
    this.#incoming = conf.voters.map(resolve);
    this.#outgoing = conf.votersOutgoing.map(resolve);
    this.#incomingReads = this.#incoming.map(({ reads }) => reads);
    this.#outgoingReads = this.#outgoing.map(({ reads }) => reads);
    this.self = this.#byId.get(this.#id) ?? null;
    assert(this.members.length >= this.#incoming.length, "every voter is a member");
  }

  /** Forgets everything known of all members (and keeps who they are). */
  forget(lastIndex: number): void {
    for (const progress of this.members) progress.reset(lastIndex + 1);
    this.#votes.clear();
  }

  /** The members anew, after a snapshot: nothing known of any of them. */
  restore(conf: Conf, lastIndex: number): void {
    this.#byId.clear();
    this.switchTo(conf, lastIndex);
  }

  /** True where this peer may vote for itself and lead. */
  get isVoter(): boolean {
    return isVoter(this.conf, this.#id);
  }

  get isLearner(): boolean {
    return this.conf.learners.includes(this.#id);
  }

  /** True where one voter decides alone. */
  get isSingleton(): boolean {
    return this.#incoming.length === 1 && this.#outgoing.length === 0;
  }

  /** The last index that majorities hold durably. */
  committed(): number {
    return jointMatch(this.#incoming, this.#outgoing);
  }

  /** The last round of reads that majorities confirmed. */
  confirmedReads(): number {
    return jointMatch(this.#incomingReads, this.#outgoingReads);
  }

  /** True where majorities answered since the last call; marks all others silent again. */
  checkActive(): boolean {
    const active = isMajorityActive(this.#incoming) && isMajorityActive(this.#outgoing);
    for (const progress of this.members) progress.isActive = progress.id === this.#id;
    return active;
  }

  clearVotes(): void {
    this.#votes.clear();
  }

  /** Counts the first answer of `id`; a network may repeat it. */
  recordVote(id: number, isGranted: boolean): VoteResult {
    if (!this.#votes.has(id)) this.#votes.set(id, isGranted);
    return jointVote(this.conf.voters, this.conf.votersOutgoing, this.#votes);
  }
}

function isMajorityActive(voters: readonly Progress[]): boolean {
  if (voters.length === 0) return true;
  let active = 0;
  for (const { isActive } of voters) if (isActive) active += 1;
  return active >= majority(voters.length);
}
