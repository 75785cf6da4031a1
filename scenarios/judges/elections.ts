/** Election safety: at most one leader in a term of a region. Source: Raft paper, Figure 3. */
import { eventKinds, roles } from "../../nodes/events.ts";
import type { JudgeFactory } from "../judge.ts";
import { judgeOf } from "./verdicts.ts";

const parts = {
  property: "election safety",
  sentence: "a region has at most one leader in a term",
} as const;

export const electionSafetyJudge: JudgeFactory = () =>
  judgeOf(parts, (findings) => {
    /** By region: the leader's peer id of each term. */
    const leaders = new Map<number, Map<number, number>>();
    return {
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
          const message = `region ${region} has two leaders in term ${term}: peers ${known} and ${peer}`;
          findings.convict(message, nowUs);
        }
        terms.set(term, peer);
      },
    };
  });

const voteParts = {
  property: "one durable vote",
  sentence: "a peer votes once in a term, and its vote and term are durable before it leaves",
} as const;

/** Votes and terms as they became durable, over restarts. Source: Raft paper, Figure 2, "State". */
export const voteJudge: JudgeFactory = () =>
  judgeOf(voteParts, (findings) => {
    /** By peer: the last durable term and vote, and the last vote that left. */
    const peers = new Map<number, { term: number; vote: number; sent: number; sentTerm: number }>();
    const of = (peer: number) => {
      let known = peers.get(peer);
      if (known === undefined) {
        known = { term: 0, vote: 0, sent: 0, sentTerm: 0 };
        peers.set(peer, known);
      }
      return known;
    };
    return {
      event: (kind, _process, region, peer, c, d, nowUs) => {
        if (kind === eventKinds.voteStatePersisted) {
          const known = of(peer);
          const [term, vote] = [c, d];
          if (term < known.term) {
            const message = `peer ${peer} of region ${region} went back from term ${known.term} to ${term}`;
            findings.convict(message, nowUs);
          }
          known.term = term;
          known.vote = vote;
        } else if (kind === eventKinds.voted) {
          findings.check();
          const known = of(peer);
          const [candidate, term] = [c, d];
          if (known.sentTerm === term && known.sent !== candidate) {
            const message = `peer ${peer} voted for ${known.sent} and for ${candidate} in term ${term}`;
            findings.convict(message, nowUs);
          }
          // A later term on disk rules the earlier one out just as well.
          if (known.term < term || (known.term === term && known.vote !== candidate)) {
            findings.convict(
              `peer ${peer} sent its vote for ${candidate} in term ${term} when its disk held ` +
                `term ${known.term}, vote ${known.vote}`,
              nowUs,
            );
          }
          known.sent = candidate;
          known.sentTerm = term;
        }
      },
    };
  });
