/**
 * Epoch checks at execution: a split raises the version of both parts by one at one place of the
 * log, and nothing is carried out there or behind it that was sent under another version. What the
 * version is follows from the splits alone, not from what the store believes.
 * Source: tikv-semantics: epoch rules; TiKV raftstore store/util.rs (check_region_epoch).
 */
import { eventKinds } from "../../nodes/events.ts";
import type { JudgeFactory, RunFacts } from "../judge.ts";
import { type Findings, judgeOf, type Listener } from "./verdicts.ts";

const parts = {
  property: "epoch checks at execution",
  sentence: "nothing is carried out that was sent under another version of its region",
} as const;

export const epochJudge: JudgeFactory = (facts) =>
  judgeOf(parts, (findings) => new Epochs(facts, findings));

/** From `index` on a region has `version`; `newRegion` 0: it began so. */
type Step = { readonly index: number; readonly version: number; readonly newRegion: number };
type Executed = { readonly index: number; readonly sent: number; readonly version: number };

class Epochs implements Listener {
  readonly kinds: readonly number[] = [
    eventKinds.splitWritten,
    eventKinds.regionSplit,
    eventKinds.executed,
  ];
  readonly #findings: Findings;
  /** By region, ascending. */
  readonly #steps = new Map<number, readonly Step[]>();

  constructor({ regions }: RunFacts, findings: Findings) {
    this.#findings = findings;
    for (const { id } of regions) this.#steps.set(id, [{ index: 0, version: 1, newRegion: 0 }]);
  }

  event(
    kind: number,
    _process: number,
    region: number,
    b: number,
    c: number,
    d: number,
    nowUs: number,
  ): void {
    this.#findings.check();
    if (kind === eventKinds.executed) {
      this.#executed(region, { index: b, sent: c, version: d }, nowUs);
      return;
    }
    // Written is enough: a store that stops now comes back with the new region, and tells no more.
    this.#split(region, { newRegion: b, index: c, version: d }, nowUs);
  }

  #split(region: number, step: Step, nowUs: number): void {
    const { index, version, newRegion } = step;
    const steps = this.#steps.get(region) ?? [];
    const known = steps.find((one) => one.index === index);
    if (known !== undefined) {
      if (known.version === version && known.newRegion === newRegion) return;
      const message = `two stores split region ${region} at index ${index} in two ways`;
      this.#findings.convict(message, nowUs);
      return;
    }
    const before = steps.findLast((one) => one.index < index)?.version ?? 0;
    if (version !== before + 1) {
      const change = `from version ${before} to ${version}`;
      this.#findings.convict(`a split took region ${region} ${change}: one new region`, nowUs);
    }
    const sorted = [...steps, step].sort((x, y) => x.index - y.index);
    this.#steps.set(region, sorted);
    this.#steps.set(newRegion, [{ index: 0, version, newRegion: 0 }]);
  }

  #executed(region: number, { index, sent, version }: Executed, nowUs: number): void {
    const truth = this.#steps.get(region)?.findLast((one) => one.index <= index)?.version ?? 0;
    if (sent === truth && version === truth) return;
    const there = `at index ${index}, where its version is ${truth}`;
    const message = `region ${region} carried out what was sent under version ${sent}`;
    this.#findings.convict(`${message} ${there}`, nowUs);
  }
}
