/** Elections: one leader a term, one vote a term, terms that grow. Source: Raft, Figures 2, 3. */
import { eventKinds, roles } from "../../nodes/events.ts";
import type { JudgeFactory } from "../judge.ts";
import { type Findings, judgeOf } from "./verdicts.ts";

const parts = {
  property: "election safety",
  sentence: "a region has at most one leader in a term",
} as const;

export const electionSafetyJudge: JudgeFactory = () =>
  judgeOf(parts, (findings) => {
    /** By region: the leader's peer id of each term. */
    const leaders = new Map<number, Map<number, number>>();
    return {
      kinds: [eventKinds.roleChanged],
      event: (kind, _process, region, peer, role, term, nowUs) => {
        if (kind !== eventKinds.roleChanged || role !== roles.leader) return;
        findings.check();
        let terms = leaders.get(region);
        if (terms === undefined) {
          terms = new Map();
          leaders.set(region, terms);
        }
        const known = terms.get(term);
        if (known !== undefined && known !== peer) {
          const who = `peers ${known} and ${peer}`;
          findings.convict(`region ${region} has two leaders in term ${term}: ${who}`, nowUs);
        }
        terms.set(term, peer);
      },
    };
  });

const voteParts = {
  property: "one durable vote",
  sentence: "a peer votes once in a term, and its vote and term are durable before it leaves",
} as const;

/** What is known of one peer, over restarts. */
class Votes {
  /** Durable votes by term, 0 = none. */
  readonly #durable = new Map<number, number>();
  readonly #sent = new Map<number, number>();
  #term = 0;
  #vote = 0;

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
    if (this.#durable.get(term) === candidate) return null;
    return `sent its vote for ${candidate} in term ${term} before that was durable`;
  }

  /** What is wrong with the term that a restart found, or null. */
  recover(term: number): string | null {
    return term < this.#term ? `came back in term ${term} from term ${this.#term}` : null;
  }
}

/** Votes and terms as they became durable, over restarts. Source: Raft, Figure 2, "State". */
export const voteJudge: JudgeFactory = ({ unrestricted }) =>
  judgeOf(voteParts, (findings) => {
    const peers = new Map<number, Votes>();
    const of = (peer: number): Votes => {
      let votes = peers.get(peer);
      if (votes === undefined) {
        votes = new Votes();
        peers.set(peer, votes);
      }
      return votes;
    };
    /** The peer of a region on a process, as its own votes tell. */
    const places = new Map<number, number>();
    const placeOf = (process: number, region: number): number => process * 1_000_000 + region;
    return {
      kinds: [eventKinds.voteStatePersisted, eventKinds.voted, eventKinds.regionRecovered],
      event: (kind, process, region, b, c, d, nowUs) => {
        switch (kind) {
          case eventKinds.voteStatePersisted:
            places.set(placeOf(process, region), b);
            return say(findings, region, b, of(b).persist(c, d), nowUs);
          case eventKinds.voted:
            findings.check();
            return say(findings, region, b, of(b).send(d, c), nowUs);
          case eventKinds.regionRecovered: {
            if (unrestricted) return;
            const peer = places.get(placeOf(process, region));
            if (peer === undefined) return; // Nothing of it was ever durable.
            return say(findings, region, peer, of(peer).recover(b), nowUs);
          }
          default:
            return; // Says nothing of votes.
        }
      },
    };
  });

function say(
  findings: Findings,
  region: number,
  peer: number,
  what: string | null,
  nowUs: number,
): void {
  if (what !== null) findings.convict(`peer ${peer} of region ${region} ${what}`, nowUs);
}

const monotoneParts = {
  property: "monotone terms and commits",
  sentence: "while a store runs, its terms and commit indexes only grow",
} as const;

/** How far a peer is known to have come. */
type Progress = { readonly peer: number; process: number; term: number; commit: number };

export const monotoneJudge: JudgeFactory = () =>
  judgeOf(monotoneParts, (findings) => {
    const peers = new Map<number, Progress>();
    const processes = new Map<number, Set<Progress>>();
    const progressOf = (process: number, peer: number): Progress => {
      let progress = peers.get(peer);
      if (progress === undefined) {
        progress = { peer, process: -1, term: 0, commit: 0 };
        peers.set(peer, progress);
      }
      if (progress.process !== process) {
        progress.process = process;
        const own = processes.get(process);
        if (own === undefined) processes.set(process, new Set([progress]));
        else own.add(progress);
      }
      return progress;
    };
    const reached = (progress: Progress, what: "term" | "commit", now: number, atUs: number) => {
      findings.check();
      const before = progress[what];
      progress[what] = now;
      if (now >= before) return;
      const name = what === "term" ? "term" : "commit index";
      const change = `from ${before} to ${now}`;
      findings.convict(`the ${name} of peer ${progress.peer} went back ${change}`, atUs);
    };
    return {
      kinds: [eventKinds.roleChanged, eventKinds.commitAdvanced, eventKinds.regionRecovered],
      event: (kind, process, _region, peer, c, d, atUs) => {
        if (kind === eventKinds.roleChanged) {
          reached(progressOf(process, peer), "term", d, atUs);
        } else if (kind === eventKinds.commitAdvanced) {
          const progress = progressOf(process, peer);
          reached(progress, "commit", c, atUs);
          reached(progress, "term", d, atUs);
        } else if (kind === eventKinds.regionRecovered) {
          // Recovery begins anew: what was not durable may be gone.
          for (const progress of processes.get(process) ?? []) {
            progress.term = 0;
            progress.commit = 0;
          }
        }
      },
    };
  });
