/**
 * Progress after healing: with the network whole, disks honest and a quorum up, every operation
 * ends, new ones succeed, and the replicas come together. Judged only where faults stay inside what
 * the protocol assumes.
 */
import { coprocessorAnswers, eventKinds, rejections } from "../../nodes/events.ts";
import type { HistoryOperation } from "../history.ts";
import type { JudgeFactory, RunEnd, RunFacts } from "../judge.ts";
import { type Findings, judgeOf, type Listener } from "./verdicts.ts";

const parts = {
  property: "progress after healing",
  sentence: "once faults end, operations succeed and replicas agree",
} as const;

/** An operation that began so long before the end, beyond its deadline, must have ended. */
const slackUs = 500_000;
/** A store that stopped is up again, and its regions have leaders, after so long. */
const recoveryUs = 3_000_000;
/** What is committed so long before the end must be applied by every store that is up. */
const lagUs = 2_000_000;

export const progressJudge: JudgeFactory = (facts) =>
  judgeOf(parts, (findings) => (facts.unrestricted ? {} : new Progress(facts, findings)));

class Progress implements Listener {
  readonly kinds: readonly number[] = [
    eventKinds.commitAdvanced,
    eventKinds.entryApplied,
    eventKinds.snapshotInstalled,
    eventKinds.regionRecovered,
    eventKinds.regionSplit,
    eventKinds.coprocessorAnswered,
    eventKinds.coprocessorRejected,
  ];
  readonly #facts: RunFacts;
  readonly #findings: Findings;
  /** Operations that a plugin, or the endpoint before it, refused in words of its own. */
  readonly #refused = new Set<number>();
  /** The stores of each region. */
  readonly #regions = new Map<number, readonly number[]>();
  /** By region. */
  readonly #committed = new Map<number, number>();
  /** By region, then process. */
  readonly #applied = new Map<number, Map<number, number>>();

  constructor(facts: RunFacts, findings: Findings) {
    this.#facts = facts;
    this.#findings = findings;
    for (const { id, peers } of facts.regions) {
      this.#regions.set(
        id,
        peers.map(({ store }) => store),
      );
    }
  }

  event(
    kind: number,
    process: number,
    a: number,
    b: number,
    c: number,
    d: number,
    nowUs: number,
  ): void {
    switch (kind) {
      case eventKinds.commitAdvanced:
        if (nowUs > this.#facts.endUs - lagUs || c <= (this.#committed.get(a) ?? 0)) return;
        this.#committed.set(a, c);
        return;
      case eventKinds.entryApplied:
      case eventKinds.snapshotInstalled:
        this.#appliedOf(a).set(process, b);
        return;
      case eventKinds.regionRecovered:
        this.#appliedOf(a).set(process, d);
        return;
      case eventKinds.regionSplit:
        this.#regions.set(b, this.#regions.get(a) ?? []);
        return;
      case eventKinds.coprocessorAnswered:
        if (b === coprocessorAnswers.text) this.#refused.add(a);
        return;
      case eventKinds.coprocessorRejected:
        if (b !== rejections.overflow) this.#refused.add(a);
        return;
      default:
        return; // Says nothing of progress.
    }
  }

  #appliedOf(region: number): Map<number, number> {
    let applied = this.#applied.get(region);
    if (applied === undefined) {
      applied = new Map();
      this.#applied.set(region, applied);
    }
    return applied;
  }

  finish({ history, healthyStores, stops }: RunEnd): void {
    const { healUs, deadlineUs } = this.#facts;
    // Elections, catching up and clients' back-off take their time: as much as one operation has.
    // A poisonous request of the break phase may be retried as long, and stop a store that late.
    const stoppedUs = stops.reduce((latest, { atUs }) => Math.max(latest, atUs), 0);
    const settledUs = Math.max(healUs + deadlineUs, stoppedUs + recoveryUs);
    for (const operation of history) this.#operation(operation, settledUs);
    for (const store of healthyStores) this.#store(store);
  }

  #operation(operation: HistoryOperation, settledUs: number): void {
    const { id, callUs, returnUs, request, outcome } = operation;
    const { healUs, endUs, deadlineUs } = this.#facts;
    if (callUs < endUs - deadlineUs - slackUs) {
      this.#findings.check();
      if (returnUs === null) {
        this.#findings.convict(`operation ${id} of ${callUs} us never ended`, endUs);
      }
    }
    if (callUs < settledUs || outcome === null) return;
    this.#findings.check();
    if (outcome.kind === "ok") return;
    // That answer may be the right one.
    if (request.kind === "coprocessor" && this.#refused.has(id)) return;
    if (outcome.text.startsWith("max key size exceeded")) return;
    const after = ((callUs - healUs) / 1e6).toFixed(1);
    const message = `operation ${id}, called ${after} s after healing, failed: ${outcome.text}`;
    this.#findings.convict(message, returnUs ?? endUs);
  }

  #store(store: number): void {
    const { stores, endUs } = this.#facts;
    const process = stores.find((one) => one.store === store)?.process ?? -1;
    for (const [id, places] of this.#regions) {
      if (!places.includes(store)) continue;
      this.#findings.check();
      const applied = this.#applied.get(id)?.get(process) ?? 0;
      const committed = this.#committed.get(id) ?? 0;
      if (applied >= committed) continue;
      const what = `has applied ${applied} of region ${id} at the end, committed were ${committed}`;
      this.#findings.convict(`store ${store} ${what}`, endUs);
    }
  }
}
