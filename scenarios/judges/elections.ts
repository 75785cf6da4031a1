/** Elections: one leader a term, one vote a term, terms that grow. Source: Raft, Figures 2, 3. */
import { eventKinds, roles } from "../../nodes/events.ts";
import type { JudgeFactory } from "../judge.ts";
import { Places } from "./places.ts";
import { type Findings, judgeOf, type Listener } from "./verdicts.ts";

const parts = {
  property: "election safety",
  sentence: "a region has at most one leader in a term",
} as const;

export const electionSafetyJudge: JudgeFactory = () =>
  judgeOf(parts, (findings) => new Elections(findings));

class Elections implements Listener {
  readonly kinds: readonly number[] = [eventKinds.roleChanged];
  readonly #findings: Findings;
  /** By region: the leader's peer id of each term. */
  readonly #leaders = new Map<number, Map<number, number>>();

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  event(
    kind: number,
    _process: number,
    region: number,
    peer: number,
    role: number,
    term: number,
    nowUs: number,
  ): void {
    if (kind !== eventKinds.roleChanged || role !== roles.leader) return;
    this.#findings.check();
    let terms = this.#leaders.get(region);
    if (terms === undefined) {
      terms = new Map();
      this.#leaders.set(region, terms);
    }
    const known = terms.get(term);
    if (known !== undefined && known !== peer) {
      const who = `peers ${known} and ${peer}`;
      this.#findings.convict(`region ${region} has two leaders in term ${term}: ${who}`, nowUs);
    }
    terms.set(term, peer);
  }
}

const voteParts = {
  property: "one durable vote",
  sentence: "a peer votes once in a term, and its vote and term are durable before it leaves",
} as const;

/** What is known of one peer, over restarts. */
class Votes {
  readonly peer: number;
  /** Durable votes by term, 0 = none. */
  readonly #durable = new Map<number, number>();
  readonly #sent = new Map<number, number>();
  #term = 0;
  #vote = 0;

  constructor(peer: number) {
    this.peer = peer;
  }

  /** What is wrong with a term and a vote that became durable, or null. */
  persist(term: number, vote: number): string | null {
    if (term === this.#term && vote === this.#vote) return null; // As nearly always.
    const before = this.#durable.get(term) ?? 0;
    if (term < this.#term) return `went back from term ${this.#term} to ${term}`;
    if (before !== 0 && before !== vote) {
      return `changed its vote in term ${term} from ${before} to ${vote}`;
    }
    this.#term = term;
    this.#vote = vote;
    this.#durable.set(term, vote);
    return null;
  }

  /** What is wrong with a vote that leaves, or null. */
  send(term: number, candidate: number): string | null {
    const before = this.#sent.get(term) ?? candidate;
    if (before !== candidate) return `voted for ${before} and for ${candidate} in term ${term}`;
    this.#sent.set(term, candidate);
    const durable = this.#durable.get(term) ?? 0;
    if (durable === candidate) return null;
    if (durable !== 0) return `sent its vote for ${candidate} in term ${term}, ${durable} had it`;
    // A later term was written at once with it: no restart can vote in this one any more.
    if (this.#term > term) return null;
    return `sent its vote for ${candidate} in term ${term} before that was durable`;
  }

  /** What is wrong with the term that a restart found, or null. */
  recover(term: number): string | null {
    return term < this.#term ? `came back in term ${term} from term ${this.#term}` : null;
  }
}

/** Votes and terms as they became durable, over restarts. Source: Raft, Figure 2, "State". */
export const voteJudge: JudgeFactory = ({ unrestricted }) =>
  judgeOf(voteParts, (findings) => new VotesOfAll(findings, unrestricted));

class VotesOfAll implements Listener {
  readonly kinds: readonly number[] = [
    eventKinds.voteStatePersisted,
    eventKinds.voted,
    eventKinds.regionRecovered,
  ];
  readonly #findings: Findings;
  readonly #unrestricted: boolean;
  readonly #peers = new Map<number, Votes>();
  /** The peer that last made its vote durable at a place. */
  readonly #places = new Places<Votes>();

  constructor(findings: Findings, unrestricted: boolean) {
    this.#findings = findings;
    this.#unrestricted = unrestricted;
  }

  event(
    kind: number,
    process: number,
    region: number,
    b: number,
    c: number,
    d: number,
    nowUs: number,
  ): void {
    switch (kind) {
      case eventKinds.voteStatePersisted:
        return this.#say(region, b, this.#at(process, region, b).persist(c, d), nowUs);
      case eventKinds.voted:
        this.#findings.check();
        return this.#say(region, b, this.#of(b).send(d, c), nowUs);
      case eventKinds.regionRecovered: {
        const votes = this.#places.get(process, region);
        // Nothing of it was ever durable, or what was may be gone.
        if (votes === undefined || this.#unrestricted) return;
        return this.#say(region, votes.peer, votes.recover(b), nowUs);
      }
      default:
        return; // Says nothing of votes.
    }
  }

  #at(process: number, region: number, peer: number): Votes {
    const known = this.#places.get(process, region);
    if (known?.peer === peer) return known;
    const votes = this.#of(peer);
    this.#places.set(process, region, votes);
    return votes;
  }

  #of(peer: number): Votes {
    let votes = this.#peers.get(peer);
    if (votes === undefined) {
      votes = new Votes(peer);
      this.#peers.set(peer, votes);
    }
    return votes;
  }

  #say(region: number, peer: number, what: string | null, nowUs: number): void {
    if (what !== null) this.#findings.convict(`peer ${peer} of region ${region} ${what}`, nowUs);
  }
}

const monotoneParts = {
  property: "monotone terms and commits",
  sentence: "while a store runs, its terms and commit indexes only grow",
} as const;

/** How far a peer is known to have come. */
type Progress = { readonly peer: number; process: number; term: number; commit: number };

export const monotoneJudge: JudgeFactory = () =>
  judgeOf(monotoneParts, (findings) => new ProgressOfAll(findings));

class ProgressOfAll implements Listener {
  readonly kinds: readonly number[] = [
    eventKinds.roleChanged,
    eventKinds.commitAdvanced,
    eventKinds.regionRecovered,
  ];
  readonly #findings: Findings;
  readonly #peers = new Map<number, Progress>();
  /** The peers that a process reported of, and the last one of each region. */
  readonly #processes = new Map<number, Set<Progress>>();
  readonly #places = new Places<Progress>();

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  event(
    kind: number,
    process: number,
    region: number,
    peer: number,
    c: number,
    d: number,
    atUs: number,
  ): void {
    switch (kind) {
      case eventKinds.roleChanged:
        return this.#term(this.#at(process, region, peer), d, atUs);
      case eventKinds.commitAdvanced: {
        const progress = this.#at(process, region, peer);
        this.#commit(progress, c, atUs);
        return this.#term(progress, d, atUs);
      }
      case eventKinds.regionRecovered:
        return this.#recovered(process);
      default:
        return; // Says nothing of terms and commits.
    }
  }

  #term(progress: Progress, term: number, atUs: number): void {
    this.#findings.check();
    const before = progress.term;
    progress.term = term;
    if (term < before) this.#wentBack(progress, "term", before, term, atUs);
  }

  #commit(progress: Progress, index: number, atUs: number): void {
    this.#findings.check();
    const before = progress.commit;
    progress.commit = index;
    if (index < before) this.#wentBack(progress, "commit index", before, index, atUs);
  }

  #wentBack({ peer }: Progress, name: string, before: number, now: number, atUs: number): void {
    const change = `from ${before} to ${now}`;
    this.#findings.convict(`the ${name} of peer ${peer} went back ${change}`, atUs);
  }

  /** Recovery begins anew: what was not durable may be gone. */
  #recovered(process: number): void {
    for (const progress of this.#processes.get(process) ?? []) {
      progress.term = 0;
      progress.commit = 0;
    }
  }

  #at(process: number, region: number, peer: number): Progress {
    const last = this.#places.get(process, region);
    if (last !== undefined && last.peer === peer && last.process === process) return last;
    const progress = this.#of(process, peer);
    this.#places.set(process, region, progress);
    return progress;
  }

  #of(process: number, peer: number): Progress {
    let progress = this.#peers.get(peer);
    if (progress === undefined) {
      progress = { peer, process: -1, term: 0, commit: 0 };
      this.#peers.set(peer, progress);
    }
    if (progress.process !== process) {
      progress.process = process;
      const own = this.#processes.get(process);
      if (own === undefined) this.#processes.set(process, new Set([progress]));
      else own.add(progress);
    }
    return progress;
  }
}
