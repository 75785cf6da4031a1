/**
 * What plugins cost Raft: a run is held against itself without its coprocessor calls, same plan and
 * seed. Elections that happen only with the calls, and rounds of replication that take too long
 * only with them, are the plugins'. Source: verify-checks.md F1 and C19; TiKV src/server/service/
 * kv.rs (plugins and Raft messages share the gRPC threads).
 */
import { eventKinds, roles } from "../../nodes/events.ts";
import { kernelEvents } from "../../sim/events.ts";
import type { Violation, Watcher } from "../judge.ts";

/** The property, and its sentence. */
export const budget = {
  property: "budget",
  sentence: "plugins cause no election, and hold up no round of Raft for half an election timeout",
} as const;

/** What a run amounted to for Raft. */
export type RaftCost = {
  /** Leaders that came into office, the first one of each region not counted. */
  readonly elections: number;
  /** The longest time from an entry's way into a leader's log to its commit, microseconds. */
  readonly slowestRoundUs: number;
  /** When that round ended. */
  readonly slowestAtUs: number;
  /** When the last of the elections was. */
  readonly lastElectionUs: number;
  /** Rounds that were measured. */
  readonly rounds: number;
};

type Waiting = { readonly index: number; readonly atUs: number };

/** Measures one run. Counts as events come in. */
export class RaftCostMeter implements Watcher {
  readonly kinds: readonly number[] = [
    eventKinds.roleChanged,
    eventKinds.entryAppended,
    eventKinds.commitAdvanced,
    kernelEvents.crash.kind,
    kernelEvents.powerLoss.kind,
    kernelEvents.death.kind,
  ];
  readonly #led = new Set<number>();
  /** Entries of leaders that are not committed, by process and region. */
  readonly #waiting = new Map<number, Map<number, Waiting[]>>();
  #elections = 0;
  #lastElectionUs = 0;
  #slowestRoundUs = 0;
  #slowestAtUs = 0;
  #rounds = 0;

  event(
    kind: number,
    process: number,
    a: number,
    b: number,
    c: number,
    _d: number,
    nowUs: number,
  ): void {
    switch (kind) {
      case eventKinds.roleChanged:
        return this.#changed(process, a, c, nowUs);
      case eventKinds.entryAppended:
        this.#waiting.get(process)?.get(a)?.push({ index: b, atUs: nowUs });
        return;
      case eventKinds.commitAdvanced:
        return this.#committed(process, a, c, nowUs);
      case kernelEvents.crash.kind:
      case kernelEvents.powerLoss.kind:
      case kernelEvents.death.kind:
        this.#waiting.delete(process);
        return;
      default:
        return; // Costs Raft nothing.
    }
  }

  cost(): RaftCost {
    return {
      elections: this.#elections,
      slowestRoundUs: this.#slowestRoundUs,
      slowestAtUs: this.#slowestAtUs,
      lastElectionUs: this.#lastElectionUs,
      rounds: this.#rounds,
    };
  }

  #changed(process: number, region: number, role: number, nowUs: number): void {
    if (role !== roles.leader) {
      this.#waiting.get(process)?.delete(region);
      return;
    }
    if (this.#led.has(region)) {
      this.#elections++;
      this.#lastElectionUs = nowUs;
    }
    this.#led.add(region);
    const own = this.#waiting.get(process) ?? new Map<number, Waiting[]>();
    this.#waiting.set(process, own.set(region, []));
  }

  #committed(process: number, region: number, index: number, nowUs: number): void {
    const entries = this.#waiting.get(process)?.get(region);
    if (entries === undefined) return;
    let done = 0;
    for (const { index: at, atUs } of entries) {
      if (at > index) break;
      done++;
      this.#rounds++;
      if (nowUs - atUs <= this.#slowestRoundUs) continue;
      this.#slowestRoundUs = nowUs - atUs;
      this.#slowestAtUs = nowUs;
    }
    entries.splice(0, done);
  }
}

export type BudgetOptions = {
  readonly withCalls: RaftCost;
  readonly without: RaftCost;
  readonly electionTimeoutUs: number;
};

/** What the calls cost beyond their budget, or null. */
export function budgetViolation(options: BudgetOptions): Violation | null {
  const { withCalls, without, electionTimeoutUs } = options;
  const said = (message: string, atUs: number): Violation => ({
    property: budget.property,
    message,
    atUs,
    details: [
      `with plugin calls: ${costText(withCalls)}`,
      `same plan and seed without: ${costText(without)}`,
    ],
  });
  const more = withCalls.elections - without.elections;
  if (more > 0) {
    const times = more === 1 ? "1 election" : `${more} elections`;
    return said(`plugin calls caused ${times}`, withCalls.lastElectionUs);
  }
  const limitUs = electionTimeoutUs / 2;
  const isSlow = withCalls.slowestRoundUs > limitUs && without.slowestRoundUs <= limitUs;
  if (!isSlow) return null;
  const ms = Math.round(withCalls.slowestRoundUs / 1_000);
  const limit = `the budget is ${limitUs / 1_000} ms`;
  const message = `plugin calls held a round of Raft up for ${ms} ms, ${limit}`;
  return said(message, withCalls.slowestAtUs);
}

function costText({ elections, slowestRoundUs, rounds }: RaftCost): string {
  const ms = (slowestRoundUs / 1_000).toFixed(1);
  return `${elections} elections after the first, slowest of ${rounds} rounds ${ms} ms`;
}
