/**
 * The judges of replicated logs: log matching, leader append-only, leader completeness, the quorum
 * audit, and durability of acknowledged writes. They share one picture of all logs.
 * Source: Raft paper, Figure 3; thesis 3.6.
 */
import { eventKinds, roles } from "../../nodes/events.ts";
import type { Judge, JudgeFactory, RunEnd, RunFacts } from "../judge.ts";
import { ReplicaLog } from "./replica-logs.ts";
import { type Findings, judgeOf, type Listener } from "./verdicts.ts";

/** So long before the end an acknowledgement must have reached every store that is up. */
const lagUs = 2_000_000;

/** Logs of regions that a split makes begin behind this index (RAFT_INIT_LOG_INDEX). */
const firstIndex = 5;

type Place = { readonly id: number; readonly process: number; readonly isVoter: boolean };

/** An entry as it was first seen: `before` is the term of the entry before it, 0 = not known. */
type Seen = {
  readonly term: number;
  readonly digest: number;
  before: number;
  /** Another one of its index, of another term. */
  other: Seen | null;
};

/** The highest entry of a kind. */
type Highest = { index: number; term: number };

/** What is known of a region: its replicas, and what is committed and acknowledged. */
class RegionLogs {
  readonly id: number;
  readonly places: readonly Place[];
  readonly replicas: readonly ReplicaLog[];
  /** By process, with holes. */
  readonly byProcess: (ReplicaLog | undefined)[] = [];
  readonly voters: number;
  /** By index: the last one that was new; the others of its index hang on it. */
  readonly #entries: (Seen | undefined)[] = [];
  readonly committed: Highest = { index: 0, term: 0 };
  readonly acknowledged: Highest = { index: 0, term: 0 };
  /** What of it was acknowledged in good time before the end. */
  dueIndex = 0;

  constructor(id: number, places: readonly Place[]) {
    this.id = id;
    this.places = places;
    this.voters = places.filter(({ isVoter }) => isVoter).length;
    this.replicas = places.map(({ isVoter }) => new ReplicaLog(isVoter));
    for (const [at, { process }] of places.entries()) this.byProcess[process] = this.replicas[at];
  }

  /** The entry of an index and a term as it was first seen: now, perhaps. */
  seen(index: number, term: number, digest: number, before: number): Seen {
    const latest = this.#entries[index];
    if (latest?.term === term) return latest; // As nearly always.
    let seen = latest?.other ?? null;
    while (seen !== null && seen.term !== term) seen = seen.other;
    if (seen !== null) return seen;
    const entry = { term, digest, before, other: latest ?? null };
    this.#entries[index] = entry;
    return entry;
  }
}

const sentences = {
  "log matching": "two logs with an entry of one index and term agree up to it",
  "leader append-only": "a leader never changes or removes entries of its own log",
  "leader completeness": "a new leader has every committed entry",
  "quorum audit": "what a leader commits is on the disks of a majority of the voters",
  "durability of acknowledged writes": "what a client was told is done stays done",
} as const;
type LogProperty = keyof typeof sentences;

export const logJudges: JudgeFactory = (facts) => new LogJudges(facts).judges;

/** The first of the judges hears every event for all of them. */
class LogJudges implements Listener {
  readonly kinds: readonly number[] = [
    eventKinds.entryAppended,
    eventKinds.logPersisted,
    eventKinds.commitAdvanced,
    eventKinds.roleChanged,
    eventKinds.writeAcknowledged,
    eventKinds.entryApplied,
    eventKinds.regionRecovered,
    eventKinds.snapshotInstalled,
    eventKinds.splitWritten,
    eventKinds.regionSplit,
  ];
  readonly judges: readonly Judge[];
  /** By id, with holes. */
  readonly #regions: (RegionLogs | undefined)[] = [];
  readonly #stores: ReadonlyMap<number, number>;
  readonly #facts: RunFacts;
  readonly #matching: Judge & Findings;
  readonly #appendOnly: Judge & Findings;
  readonly #completeness: Judge & Findings;
  readonly #audit: Judge & Findings;
  readonly #durability: Judge & Findings;

  constructor(facts: RunFacts) {
    this.#facts = facts;
    this.#stores = new Map(facts.stores.map(({ store, process }) => [store, process]));
    for (const { id, peers } of facts.regions) {
      const places = peers.map((peer) => ({
        id: peer.id,
        process: this.#stores.get(peer.store) ?? -1,
        isVoter: peer.role === "voter",
      }));
      this.#regions[id] = new RegionLogs(id, places);
    }
    this.#matching = judgeFor("log matching", this);
    this.#appendOnly = judgeFor("leader append-only");
    this.#completeness = judgeFor("leader completeness");
    this.#audit = judgeFor("quorum audit");
    this.#durability = judgeFor("durability of acknowledged writes");
    this.judges = [
      this.#matching,
      this.#appendOnly,
      this.#completeness,
      this.#audit,
      this.#durability,
    ];
  }

  event(
    kind: number,
    process: number,
    a: number,
    b: number,
    c: number,
    d: number,
    nowUs: number,
  ): void {
    const region = this.#regions[a];
    if (region === undefined) return;
    const log = region.byProcess[process];
    if (log === undefined) return;
    switch (kind) {
      case eventKinds.entryAppended:
        this.#appended(region, log, b, c, d, nowUs);
        break;
      case eventKinds.logPersisted:
        log.persist(b);
        break;
      case eventKinds.commitAdvanced:
        this.#committed(region, log, c, nowUs);
        break;
      case eventKinds.roleChanged:
        if (log.isLeader) log.ledUntilUs = nowUs;
        log.isLeader = c === roles.leader;
        if (log.isLeader) this.#elected(region, log, d, nowUs);
        break;
      case eventKinds.writeAcknowledged:
        this.#acknowledged(region, c, d, nowUs);
        break;
      case eventKinds.entryApplied:
        log.applied = b;
        break;
      case eventKinds.regionRecovered:
        this.#recovered(region, log, c, nowUs);
        log.applied = d;
        break;
      case eventKinds.snapshotInstalled:
        log.restore(b);
        log.applied = b;
        break;
      case eventKinds.splitWritten: // A store that stops now comes back with the new region.
        this.#child(region, b);
        break;
      case eventKinds.regionSplit:
        this.#split(this.#child(region, b), process);
        break;
      default:
        break; // Says nothing of logs.
    }
  }

  /** The new region has its replicas where the old one has. */
  #child(parent: RegionLogs, id: number): RegionLogs {
    const known = this.#regions[id];
    if (known !== undefined) return known;
    const region = new RegionLogs(id, parent.places);
    this.#regions[id] = region;
    return region;
  }

  #split(region: RegionLogs, process: number): void {
    const log = region.byProcess[process];
    if (log === undefined) return;
    if (log.lastIndex === 0) log.recover(firstIndex);
    log.applied = firstIndex;
  }

  #appended(
    region: RegionLogs,
    log: ReplicaLog,
    index: number,
    term: number,
    digest: number,
    nowUs: number,
  ): void {
    const matching = this.#matching;
    matching.check();
    if (log.isLeader) {
      this.#appendOnly.check();
      if (index <= log.lastIndex) {
        const message = `the leader of region ${region.id} replaced its entry ${index}`;
        this.#appendOnly.convict(message, nowUs);
      }
    }
    const before = log.termAt(index - 1) ?? 0;
    const seen = region.seen(index, term, digest, before);
    if (seen.digest !== digest) {
      const message = `region ${region.id} has two entries at index ${index} of term ${term}`;
      matching.convict(message, nowUs);
    } else if (seen.before !== 0 && before !== 0 && seen.before !== before) {
      matching.convict(
        `region ${region.id}: entry ${index} of term ${term} follows one of term ` +
          `${seen.before} in one log, of term ${before} in another`,
        nowUs,
      );
    }
    if (seen.before === 0) seen.before = before;
    log.append(index, term);
  }

  /** What a store has reported durable is there when it comes back. */
  #recovered(region: RegionLogs, log: ReplicaLog, lastIndex: number, nowUs: number): void {
    const { durableIndex } = log;
    log.recover(lastIndex);
    if (durableIndex === 0 || this.#facts.unrestricted) return;
    const audit = this.#audit;
    audit.check();
    if (lastIndex >= durableIndex) return;
    audit.convict(
      `region ${region.id}: a store had its log durable up to ${durableIndex} and came back with ` +
        `${lastIndex} entries`,
      nowUs,
    );
  }

  #acknowledged(region: RegionLogs, index: number, term: number, nowUs: number): void {
    const durability = this.#durability;
    durability.check();
    const { acknowledged } = region;
    if (index > acknowledged.index) {
      acknowledged.index = index;
      acknowledged.term = term;
    }
    if (nowUs < this.#facts.endUs - lagUs) region.dueIndex = acknowledged.index;
    if (index <= region.committed.index) return;
    const message = `region ${region.id}: entry ${index} was acknowledged and never committed`;
    durability.convict(message, nowUs);
  }

  #committed(region: RegionLogs, log: ReplicaLog, index: number, nowUs: number): void {
    // A leader may commit and step down in one step; it reports its role first.
    const leads = log.isLeader || log.ledUntilUs === nowUs;
    if (!leads || index <= region.committed.index) return;
    const term = log.termAt(index);
    region.committed.index = index;
    region.committed.term = term ?? 0;
    if (term === undefined) return;
    const audit = this.#audit;
    audit.check();
    let holders = 0;
    for (const replica of region.replicas) {
      if (replica.isVoter && replica.holdsDurably(index, term)) holders++;
    }
    const majority = Math.floor(region.voters / 2) + 1;
    if (holders >= majority) return;
    audit.convict(
      `region ${region.id}: entry ${index} of term ${term} was committed with ${holders} durable ` +
        `of ${region.voters} copies, ${majority} are a majority`,
      nowUs,
    );
  }

  #elected(region: RegionLogs, log: ReplicaLog, term: number, nowUs: number): void {
    const completeness = this.#completeness;
    completeness.check();
    const { committed, acknowledged } = region;
    // Figure 3 speaks of leaders of later terms: one of an earlier term may get its votes late.
    if (term > committed.term && lacks(log, committed)) {
      completeness.convict(
        `region ${region.id}: the leader of term ${term} lacks entry ${committed.index} of ` +
          `term ${committed.term}, which was committed`,
        nowUs,
      );
    }
    if (acknowledged.index === 0) return;
    const durability = this.#durability;
    durability.check();
    if (term <= acknowledged.term || !lacks(log, acknowledged)) return;
    durability.convict(
      `region ${region.id}: the leader of term ${term} lacks entry ${acknowledged.index} of term ` +
        `${acknowledged.term}, which a client was told is done`,
      nowUs,
    );
  }

  finish({ healthyStores }: RunEnd): void {
    const { unrestricted, endUs } = this.#facts;
    if (unrestricted) return;
    const durability = this.#durability;
    for (const region of this.#regions) {
      if (region === undefined) continue;
      for (const store of healthyStores) {
        const applied = region.byProcess[this.#stores.get(store) ?? -1]?.applied;
        if (applied === undefined) continue;
        durability.check();
        if (applied >= region.dueIndex) continue;
        durability.convict(
          `region ${region.id}: store ${store} has applied ${applied} at the end, entry ` +
            `${region.dueIndex} was acknowledged`,
          endUs,
        );
      }
    }
  }
}

const judgeFor = (property: LogProperty, listener: Listener = {}): Judge & Findings =>
  judgeOf({ property, sentence: sentences[property] }, () => listener);

/** A term of 0 is not known: that the log is long enough must do. */
function lacks(log: ReplicaLog, { index, term }: Highest): boolean {
  if (index === 0) return false;
  return term === 0 ? index > log.lastIndex : !log.holds(index, term);
}
