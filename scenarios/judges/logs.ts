/**
 * The judges of replicated logs: log matching, leader append-only, leader completeness, the quorum
 * audit, and durability of acknowledged writes. They share one picture of all logs.
 * Source: Raft paper, Figure 3; thesis 3.6.
 */
import { eventKinds, roles } from "../../nodes/events.ts";
import { kernelEvents } from "../../sim/events.ts";
import type { Judge, JudgeFactory, RunEnd, RunFacts } from "../judge.ts";
import { ReplicaLog } from "./replica-logs.ts";
import { type Findings, judgeOf, type Listener } from "./verdicts.ts";

/** What is known of a region: its replicas, and what is committed and acknowledged. */
class RegionLogs {
  readonly id: number;
  /** By process. */
  readonly replicas = new Map<number, ReplicaLog>();
  readonly voters: number;
  /** Term and digest of the entry that was seen at an index in a term: `index * 2^20 + term`. */
  readonly seen = new Map<
    number,
    { readonly digest: number; readonly before: number | undefined }
  >();
  /** The highest committed entry, and how it got there. */
  commitIndex = 0;
  commitTerm = 0;
  /** The highest acknowledged entry. */
  ackIndex = 0;
  ackTerm = 0;
  /** By process. */
  readonly applied = new Map<number, number>();

  constructor(id: number, processes: readonly number[], voters: number) {
    this.id = id;
    this.voters = voters;
    for (const process of processes) this.replicas.set(process, new ReplicaLog());
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

class LogJudges {
  readonly judges: readonly Judge[];
  readonly #regions = new Map<number, RegionLogs>();
  readonly #stores: ReadonlyMap<number, number>;
  readonly #findings = new Map<LogProperty, Findings>();

  constructor(facts: RunFacts) {
    this.#stores = new Map(facts.stores.map(({ store, process }) => [store, process]));
    for (const { id, peers } of facts.regions) {
      const processes = peers.map(({ store }) => this.#stores.get(store) ?? -1);
      const voters = peers.filter(({ role }) => role === "voter").length;
      this.#regions.set(id, new RegionLogs(id, processes, voters));
    }
    // The first one hears every event for all of them.
    this.judges = (Object.keys(sentences) as LogProperty[]).map((property, at) =>
      judgeOf({ property, sentence: sentences[property] }, (findings) => {
        this.#findings.set(property, findings);
        return at === 0 ? this.#listener(facts) : {};
      }),
    );
  }

  #listener(facts: RunFacts): Listener {
    return {
      event: (kind, process, a, b, c, d, nowUs) => this.#event(kind, process, a, b, c, d, nowUs),
      finish: (end) => {
        if (!facts.unrestricted) this.#finish(end, facts.endUs);
      },
    };
  }

  #of(property: LogProperty): Findings {
    return this.#findings.get(property) as Findings;
  }

  #event(
    kind: number,
    process: number,
    a: number,
    b: number,
    c: number,
    d: number,
    nowUs: number,
  ): void {
    if (kind === kernelEvents.boot.kind) return;
    const region = this.#regions.get(a);
    const log = region?.replicas.get(process);
    if (region === undefined || log === undefined) return;
    switch (kind) {
      case eventKinds.entryAppended:
        this.#appended(region, log, { index: b, term: c, digest: d }, nowUs);
        break;
      case eventKinds.logPersisted:
        log.persist(b);
        break;
      case eventKinds.commitAdvanced:
        this.#committed(region, log, c, nowUs);
        break;
      case eventKinds.roleChanged:
        log.isLeader = c === roles.leader;
        if (log.isLeader) this.#elected(region, log, d, nowUs);
        break;
      case eventKinds.writeAcknowledged:
        this.#of("durability of acknowledged writes").check();
        if (c > region.ackIndex) {
          region.ackIndex = c;
          region.ackTerm = d;
        }
        break;
      case eventKinds.entryApplied:
        region.applied.set(process, b);
        break;
      case eventKinds.regionRecovered:
        log.recover(c);
        region.applied.set(process, d);
        break;
      case eventKinds.snapshotInstalled:
        log.restore(b);
        region.applied.set(process, b);
        break;
      case eventKinds.logCompacted:
        log.truncatedIndex = Math.max(log.truncatedIndex, b);
        break;
      default:
        break; // Says nothing of logs.
    }
  }

  #appended(
    region: RegionLogs,
    log: ReplicaLog,
    entry: { readonly index: number; readonly term: number; readonly digest: number },
    nowUs: number,
  ): void {
    const { index, term, digest } = entry;
    const matching = this.#of("log matching");
    matching.check();
    if (log.isLeader) this.#of("leader append-only").check();
    if (log.isLeader && index <= log.lastIndex) {
      const message = `the leader of region ${region.id} replaced its entry ${index}`;
      this.#of("leader append-only").convict(message, nowUs);
    }
    const before = index - 1 > log.truncatedIndex ? log.terms[index - 1] : undefined;
    const key = index * 1_048_576 + term;
    const seen = region.seen.get(key);
    if (seen === undefined) region.seen.set(key, { digest, before });
    else if (seen.digest !== digest) {
      const message = `region ${region.id} has two entries at index ${index} of term ${term}`;
      matching.convict(message, nowUs);
    } else if (seen.before !== undefined && before !== undefined && seen.before !== before) {
      matching.convict(
        `region ${region.id}: entry ${index} of term ${term} follows one of term ` +
          `${seen.before} in one log, of term ${before} in another`,
        nowUs,
      );
    }
    log.append(index, term);
  }

  #committed(region: RegionLogs, log: ReplicaLog, index: number, nowUs: number): void {
    if (!log.isLeader || index <= region.commitIndex) return;
    const term = log.terms[index];
    if (term === undefined) return;
    region.commitIndex = index;
    region.commitTerm = term;
    const audit = this.#of("quorum audit");
    audit.check();
    let holders = 0;
    for (const replica of region.replicas.values()) {
      if (replica.holdsDurably(index, term)) holders++;
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
    const completeness = this.#of("leader completeness");
    completeness.check();
    if (region.commitIndex > 0 && !log.holds(region.commitIndex, region.commitTerm)) {
      completeness.convict(
        `region ${region.id}: the leader of term ${term} lacks entry ${region.commitIndex} of ` +
          `term ${region.commitTerm}, which was committed`,
        nowUs,
      );
    }
    if (region.ackIndex > 0 && !log.holds(region.ackIndex, region.ackTerm)) {
      this.#of("durability of acknowledged writes").convict(
        `region ${region.id}: the leader of term ${term} lacks entry ${region.ackIndex} of term ` +
          `${region.ackTerm}, which a client was told is done`,
        nowUs,
      );
    }
  }

  #finish({ healthyStores }: RunEnd, endUs: number): void {
    for (const region of this.#regions.values()) {
      for (const store of healthyStores) {
        const applied = region.applied.get(this.#stores.get(store) ?? -1);
        if (applied === undefined || applied >= region.ackIndex) continue;
        this.#of("durability of acknowledged writes").convict(
          `region ${region.id}: store ${store} has applied ${applied} at the end, entry ` +
            `${region.ackIndex} was acknowledged`,
          endUs,
        );
      }
    }
  }
}
