/**
 * State-machine safety: what any store applies at an index, every store applies there, each index
 * once and in order. Source: Raft paper, Figure 3.
 */
import { eventKinds } from "../../nodes/events.ts";
import type { JudgeFactory } from "../judge.ts";
import { Places } from "./places.ts";
import { type Findings, judgeOf, type Listener } from "./verdicts.ts";

const parts = {
  property: "state-machine safety",
  sentence: "all stores apply the same command at an index, in order and once",
} as const;

/** Terms and digests of one region's log as applied, by index. */
type Applied = { readonly terms: number[]; readonly digests: number[] };

export const stateMachineJudge: JudgeFactory = () =>
  judgeOf(parts, (findings) => new StateMachines(findings));

class StateMachines implements Listener {
  readonly kinds: readonly number[] = [
    eventKinds.entryApplied,
    eventKinds.snapshotInstalled,
    eventKinds.regionRecovered,
    eventKinds.regionSplit,
  ];
  readonly #findings: Findings;
  /** By region. */
  readonly #applied: (Applied | undefined)[] = [];
  /** The last index that each replica applied. */
  readonly #last = new Places<number>();

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  event(
    kind: number,
    process: number,
    region: number,
    index: number,
    term: number,
    digest: number,
    nowUs: number,
  ): void {
    switch (kind) {
      case eventKinds.entryApplied:
        this.#order(process, region, index, nowUs);
        this.#compare(region, index, term, digest, nowUs);
        break;
      case eventKinds.snapshotInstalled:
        this.#last.set(process, region, index);
        break;
      case eventKinds.regionRecovered:
        // Here `d` is the applied index that survived: it may lie behind what was applied.
        this.#last.set(process, region, digest);
        break;
      case eventKinds.regionSplit:
        // Here `index` is the new region, whose log begins behind index 5.
        this.#last.set(process, index, 5);
        break;
      default:
        break;
    }
  }

  #order(process: number, region: number, index: number, nowUs: number): void {
    this.#findings.check();
    const before = this.#last.get(process, region);
    if (before !== undefined && index !== before + 1) {
      const what = `applied index ${index} of region ${region} after ${before}`;
      this.#findings.convict(`process ${process} ${what}`, nowUs);
    }
    this.#last.set(process, region, index);
  }

  #compare(region: number, index: number, term: number, digest: number, nowUs: number): void {
    let known = this.#applied[region];
    if (known === undefined) {
      known = { terms: [], digests: [] };
      this.#applied[region] = known;
    }
    const knownTerm = known.terms[index];
    if (knownTerm === undefined) {
      known.terms[index] = term;
      known.digests[index] = digest;
    } else if (knownTerm !== term || known.digests[index] !== digest) {
      this.#findings.convict(
        `region ${region} applies two commands at index ${index}: ` +
          `one of term ${knownTerm}, one of term ${term}`,
        nowUs,
      );
    }
  }
}
