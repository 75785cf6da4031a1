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
    // Groups are small: a search needs no map.
    const { members } = this;
    for (let i = 0; i < members.length; i += 1) if (members[i]!.id === id) return members[i];
    return undefined;
  }

  /** Makes `conf` the members. Who stays keeps what is known; who is new starts at `lastIndex`. */
  switchTo(conf: Conf, lastIndex: number): void {
    assertConf(conf);
    const next = Math.max(lastIndex, 1);
    // New members count as active, or a first check could depose the leader that just added them.
    this.members = membersOf(conf).map(
      (id) => this.get(id) ?? new Progress(id, next, this.#maxInflight, true),
    );
    this.conf = conf;
    this.#incoming = this.#all(conf.voters);
    this.#outgoing = this.#all(conf.votersOutgoing);
    this.#incomingReads = readsOf(this.#incoming);
    this.#outgoingReads = readsOf(this.#outgoing);
    this.self = this.get(this.#id) ?? null;
    assert(this.members.length >= this.#incoming.length, "every voter is a member");
  }

  #all(ids: readonly number[]): readonly Progress[] {
    // Mostly all members are voters.
    if (ids.length === this.members.length) return this.members;
    return ids.map((id) => this.get(id)!);
  }

  /** Forgets everything known of all members (and keeps who they are). */
  forget(lastIndex: number): void {
    for (const progress of this.members) progress.reset(lastIndex + 1);
    this.#votes.clear();
  }

  /** The members anew, after a snapshot: nothing known of any of them. */
  restore(conf: Conf, lastIndex: number): void {
    this.members = [];
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

function readsOf(members: readonly Progress[]): readonly Acknowledging[] {
  return members.length === 0 ? noReads : members.map(({ reads }) => reads);
}

const noReads: readonly Acknowledging[] = [];

function isMajorityActive(voters: readonly Progress[]): boolean {
  if (voters.length === 0) return true;
  let active = 0;
  for (const { isActive } of voters) if (isActive) active += 1;
  return active >= majority(voters.length);
}
