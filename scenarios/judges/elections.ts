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
