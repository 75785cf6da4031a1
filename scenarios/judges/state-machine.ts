/**
 * State-machine safety: what any store applies at an index, every store applies there, each index
 * once and in order. Source: Raft paper, Figure 3.
 */
import { eventKinds } from "../../nodes/events.ts";
import { kernelEvents } from "../../sim/events.ts";
import type { JudgeFactory } from "../judge.ts";
import { judgeOf } from "./verdicts.ts";

const parts = {
  property: "state-machine safety",
  sentence: "all stores apply the same command at an index, in order and once",
} as const;

/** Terms and digests of one region's log as applied, by index. */
type Applied = { readonly terms: number[]; readonly digests: number[] };

export const stateMachineJudge: JudgeFactory = () =>
  judgeOf(parts, (findings) => {
    const applied = new Map<number, Applied>();
    /** The last applied index by process, then region. */
    const last = new Map<number, Map<number, number>>();
    const lastOf = (process: number): Map<number, number> => {
      let regions = last.get(process);
      if (regions === undefined) {
        regions = new Map();
        last.set(process, regions);
      }
      return regions;
    };
    return {
      kinds: [
        eventKinds.entryApplied,
        eventKinds.snapshotInstalled,
        eventKinds.regionRecovered,
        eventKinds.regionSplit,
        kernelEvents.boot.kind,
      ],
      event: (kind, process, region, index, term, digest, nowUs) => {
        switch (kind) {
          case eventKinds.entryApplied: {
            findings.check();
            const regions = lastOf(process);
            const before = regions.get(region);
            if (before !== undefined && index !== before + 1) {
              const what = `applied index ${index} of region ${region} after ${before}`;
              findings.convict(`process ${process} ${what}`, nowUs);
            }
            regions.set(region, index);
            let known = applied.get(region);
            if (known === undefined) {
              known = { terms: [], digests: [] };
              applied.set(region, known);
            }
            const knownTerm = known.terms[index];
            if (knownTerm === undefined) {
              known.terms[index] = term;
              known.digests[index] = digest;
            } else if (knownTerm !== term || known.digests[index] !== digest) {
              findings.convict(
                `region ${region} applies two commands at index ${index}: ` +
                  `one of term ${knownTerm}, one of term ${term}`,
                nowUs,
              );
            }
            break;
          }
          case eventKinds.snapshotInstalled:
            lastOf(process).set(region, index);
            break;
          case eventKinds.regionRecovered:
            // Here `d` is the applied index that survived: it may lie behind what was applied.
            lastOf(process).set(region, digest);
            break;
          case eventKinds.regionSplit:
            // Here `index` is the new region, whose log begins behind index 5.
            lastOf(process).set(index, 5);
            break;
          case kernelEvents.boot.kind:
            last.delete(process);
            break;
          default:
            break;
        }
      },
    };
  });
