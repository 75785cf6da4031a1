/** What replicas must agree on at one place of the log: their state, and who the members are. */
import { eventKinds } from "../../nodes/events.ts";
import type { JudgeFactory } from "../judge.ts";
import { judgeOf } from "./verdicts.ts";

const checksumParts = {
  property: "replica checksum",
  sentence: "replicas at one applied index hold the same data",
} as const;

export const checksumJudge: JudgeFactory = () =>
  judgeOf(checksumParts, (findings) => {
    const sums = new Map<number, Map<number, number>>();
    return {
      kinds: [eventKinds.replicaChecksum],
      event: (kind, process, region, index, sum, peer, nowUs) => {
        if (kind !== eventKinds.replicaChecksum) return;
        const known = placeOf(sums, region).get(index);
        if (known === undefined) placeOf(sums, region).set(index, sum);
        else {
          findings.check();
          if (known === sum) return;
          const who = `peer ${peer} on process ${process}`;
          findings.convict(`region ${region}: ${who} holds other data at index ${index}`, nowUs);
        }
      },
    };
  });

const membershipParts = {
  property: "configuration safety",
  sentence: "all replicas see the same members at an index",
} as const;

export const membershipJudge: JudgeFactory = () =>
  judgeOf(membershipParts, (findings) => {
    const incoming = new Map<number, Map<number, number>>();
    const leaving = new Map<number, Map<number, number>>();
    return {
      kinds: [eventKinds.membershipApplied],
      event: (kind, _process, region, index, voters, outgoing, nowUs) => {
        if (kind !== eventKinds.membershipApplied) return;
        const [known, left] = [placeOf(incoming, region), placeOf(leaving, region)];
        const before = known.get(index);
        if (before === undefined) {
          known.set(index, voters);
          left.set(index, outgoing);
          return;
        }
        findings.check();
        if (before === voters && left.get(index) === outgoing) return;
        findings.convict(`region ${region} has two memberships at index ${index}`, nowUs);
      },
    };
  });

function placeOf(regions: Map<number, Map<number, number>>, region: number): Map<number, number> {
  let place = regions.get(region);
  if (place === undefined) {
    place = new Map();
    regions.set(region, place);
  }
  return place;
}
