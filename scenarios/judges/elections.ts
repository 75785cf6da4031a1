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

  /** What is wrong with a term and a vote that became durable, or null. */
  persist(term: number, vote: number): string | null {
    const before = this.#durable.get(term) ?? 0;
    if (term < this.#term) return `went back from term ${this.#term} to ${term}`;
    if (before !== 0 && before !== vote) {
      return `changed its vote in term ${term} from ${before} to ${vote}`;
    }
    this.#term = term;
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
            return say(findings, { region, peer: b, what: of(b).persist(c, d), nowUs });
          case eventKinds.voted:
            findings.check();
            return say(findings, { region, peer: b, what: of(b).send(d, c), nowUs });
          case eventKinds.regionRecovered: {
            if (unrestricted) return;
            const peer = places.get(placeOf(process, region));
            if (peer === undefined) return; // Nothing of it was ever durable.
            return say(findings, { region, peer, what: of(peer).recover(b), nowUs });
          }
          default:
            return; // Says nothing of votes.
        }
      },
    };
  });

type Said = {
  readonly region: number;
  readonly peer: number;
  readonly what: string | null;
  readonly nowUs: number;
};

function say(findings: Findings, { region, peer, what, nowUs }: Said): void {
  if (what !== null) findings.convict(`peer ${peer} of region ${region} ${what}`, nowUs);
}

const monotoneParts = {
  property: "monotone terms and commits",
  sentence: "while a store runs, its terms and commit indexes only grow",
} as const;

export const monotoneJudge: JudgeFactory = () =>
  judgeOf(monotoneParts, (findings) => {
    /** By peer. Recovery begins anew: what was not durable may be gone. */
    const terms = new Map<number, number>();
    const commits = new Map<number, number>();
    const processes = new Map<number, Set<number>>();
    const grows = (
      known: Map<number, number>,
      { peer, now, what, atUs }: { peer: number; now: number; what: string; atUs: number },
    ): void => {
      findings.check();
      const before = known.get(peer) ?? 0;
      known.set(peer, now);
      if (now >= before) return;
      findings.convict(`the ${what} of peer ${peer} went back from ${before} to ${now}`, atUs);
    };
    const seen = (process: number, peer: number): void => {
      const peers = processes.get(process);
      if (peers === undefined) processes.set(process, new Set([peer]));
      else peers.add(peer);
    };
    return {
      kinds: [eventKinds.roleChanged, eventKinds.commitAdvanced, eventKinds.regionRecovered],
      event: (kind, process, _region, peer, c, d, atUs) => {
        if (kind === eventKinds.roleChanged) {
          seen(process, peer);
          grows(terms, { peer, now: d, what: "term", atUs });
        } else if (kind === eventKinds.commitAdvanced) {
          seen(process, peer);
          grows(commits, { peer, now: c, what: "commit index", atUs });
          grows(terms, { peer, now: d, what: "term", atUs });
        } else if (kind === eventKinds.regionRecovered) {
          for (const one of processes.get(process) ?? []) {
            terms.delete(one);
            commits.delete(one);
          }
        }
      },
    };
  });
