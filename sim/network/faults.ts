/**
 * The network's fault verbs, each with the verb that undoes it. A later rule wins over an earlier
 * one about the same messages. Undoing takes back the rules of one place, or every rule of that
 * fault when the place is `{ kind: "all" }`.
 */
import { assert } from "../assert.ts";
import type { ProcessId } from "../process.ts";
import {
  type Cut,
  type CutId,
  isSamePlace,
  type Latency,
  type NetworkFault,
  networkFaults,
  type Rule,
  type Where,
} from "./rules.ts";

/** How often something happens and how far it spreads. */
export type Spread = {
  /** How often: 0 never, 1,000,000 always. */
  readonly perMillion: number;
  /** The extra delay is 1 to this many microseconds. */
  readonly spreadUs: number;
};

/** Told of each change: the fault, and whether it began or ended. */
export type FaultListener = (fault: NetworkFault, began: boolean) => void;

/** The rules in force, and the verbs that change them. */
export class NetworkFaults {
  /** In order of their making. */
  readonly rules: Rule[] = [];
  readonly cuts: Map<CutId, Cut> = new Map();
  readonly zoneLatencies: Map<string, Latency> = new Map();
  /** Grows with every change: a link that knows another number looks again. */
  version = 1;
  /** True while nothing at all is wrong. */
  isCalm = true;
  readonly #listen: FaultListener;
  #cutsMade = 0;

  constructor(listen: FaultListener) {
    this.#listen = listen;
  }

  /** Cuts groups from each other. A process in no group sees everybody: a bridge. */
  partition(groups: readonly (readonly ProcessId[])[]): CutId {
    const members = groups.flat();
    assert(new Set(members).size === members.length, "a process is in one group at most");
    return this.#cut({ kind: "groups", groups });
  }

  /** Nothing passes from `from` to `to`. */
  partitionOneWay(ends: {
    readonly from: readonly ProcessId[];
    readonly to: readonly ProcessId[];
  }): CutId {
    return this.#cut({ kind: "oneWay", ...ends });
  }

  /** Cuts one process from everybody. */
  isolate(process: ProcessId): CutId {
    return this.#cut({ kind: "isolate", process });
  }

  /** Two halves that only `bridge` still joins. */
  bridge(parts: {
    readonly left: readonly ProcessId[];
    readonly right: readonly ProcessId[];
    readonly bridge: ProcessId;
  }): CutId {
    const halves = [parts.left, parts.right];
    assert(!halves.flat().includes(parts.bridge), "a bridge belongs to neither half");
    return this.partition(halves);
  }

  /** Each member reaches a majority, but none the same one. At least five members. */
  majorityRing(members: readonly ProcessId[]): CutId {
    assert(members.length >= 5, "a ring of majorities has at least five members");
    return this.#cut({ kind: "ring", members });
  }

  /** Undoes one partition, or all of them without a number. */
  heal(id?: CutId): void {
    const before = this.cuts.size;
    if (id === undefined) this.cuts.clear();
    else this.cuts.delete(id);
    if (this.cuts.size < before) this.#changed("partition", false);
  }

  /** Loses messages silently, so often in a million. */
  drop(where: Where, perMillion: number): void {
    this.#add({ fault: "drop", where, first: odds(perMillion), second: 0 });
  }

  deliver(where: Where): void {
    this.#undo("drop", where);
  }

  /** Delivers messages twice; the second copy comes up to the spread later. */
  duplicate(where: Where, { perMillion, spreadUs }: Spread): void {
    assert(spreadUs >= 1, "a copy has some time to be late");
    this.#add({ fault: "duplicate", where, first: odds(perMillion), second: spreadUs });
  }

  /** Undoes `duplicate`. */
  single(where: Where): void {
    this.#undo("duplicate", where);
  }

  /** Makes messages late, so that later ones pass them. Without it a link keeps its order. */
  reorder(where: Where, { perMillion, spreadUs }: Spread): void {
    assert(spreadUs >= 1, "a message has some time to be late");
    this.#add({ fault: "reorder", where, first: odds(perMillion), second: spreadUs });
  }

  /** Undoes `reorder`. */
  order(where: Where): void {
    this.#undo("reorder", where);
  }

  /** Replaces the latency. */
  delay(where: Where, { minUs, maxUs }: Latency): void {
    assert(minUs >= 0 && minUs <= maxUs, "a latency's range is not negative");
    this.#add({ fault: "delay", where, first: minUs, second: maxUs });
  }

  /** Undoes `delay`. */
  hasten(where: Where): void {
    this.#undo("delay", where);
  }

  /** At most so many messages are under way on each link; more are lost. */
  limit(where: Where, messages: number): void {
    assert(messages >= 0, "a link's capacity is not negative");
    this.#add({ fault: "limit", where, first: 0, second: messages });
  }

  /** Undoes `limit`. */
  unlimit(where: Where): void {
    this.#undo("limit", where);
  }

  /** Nothing leaves: messages wait at the sender, in order, and start their way at `unclog`. */
  clog(where: Where): void {
    this.#add({ fault: "clog", where, first: 0, second: 0 });
  }

  unclog(where: Where): void {
    this.#undo("clog", where);
  }

  /** Nothing arrives: messages wait at the receiver's door, and come in at once at `release`. */
  hold(where: Where): void {
    this.#add({ fault: "hold", where, first: 0, second: 0 });
  }

  release(where: Where): void {
    this.#undo("hold", where);
  }

  /**
   * Flips bits of messages. With a codec the bytes travel and whoever decodes them notices, or
   * not; without one the message is lost and counted as corrupted.
   */
  corrupt(where: Where, perMillion: number): void {
    this.#add({ fault: "corrupt", where, first: odds(perMillion), second: 0 });
  }

  /** Undoes `corrupt`. */
  clean(where: Where): void {
    this.#undo("corrupt", where);
  }

  /** Connections are refused: the sender is told so (`Process.refused`). */
  refuse(where: Where): void {
    this.#add({ fault: "refuse", where, first: 0, second: 0 });
  }

  /** Undoes `refuse`. */
  accept(where: Where): void {
    this.#undo("refuse", where);
  }

  /** Connections never answer: messages vanish, and nobody is told, not even of a dead process. */
  hang(where: Where): void {
    this.#add({ fault: "hang", where, first: 0, second: 0 });
  }

  /** Undoes `hang`. */
  answer(where: Where): void {
    this.#undo("hang", where);
  }

  /** The latency from one zone to another (or inside one), in place of the default. */
  setZoneLatency({ from, to, latency }: { from: string; to: string; latency: Latency }): void {
    this.zoneLatencies.set(zonePair(from, to), latency);
    this.version += 1;
  }

  /** Undoes every fault. Zone latencies stay: they are no faults. */
  calm(): void {
    this.heal();
    for (const fault of Object.keys(networkFaults) as NetworkFault[]) {
      this.#undo(fault, { kind: "all" });
    }
  }

  #cut(cut: Cut): CutId {
    const id = this.#cutsMade++;
    this.cuts.set(id, cut);
    this.#changed("partition", true);
    return id;
  }

  #add(rule: Rule): void {
    this.rules.push(rule);
    this.#changed(rule.fault, true);
  }

  #undo(fault: NetworkFault, where: Where): void {
    const isAll = where.kind === "all" && where.kinds === undefined;
    const kept = this.rules.filter(
      (rule) => rule.fault !== fault || !(isAll || isSamePlace(rule.where, where)),
    );
    if (kept.length === this.rules.length) return;
    this.rules.splice(0, this.rules.length, ...kept);
    this.#changed(fault, false);
  }

  #changed(fault: NetworkFault, began: boolean): void {
    this.version += 1;
    this.isCalm = this.rules.length === 0 && this.cuts.size === 0;
    this.#listen(fault, began);
  }
}

/** The key of a direction between zones. */
export function zonePair(from: string, to: string): string {
  return `${from}\n${to}`;
}

function odds(perMillion: number): number {
  assert(perMillion >= 0 && perMillion <= 1_000_000, "odds are 0 to 1,000,000 in a million");
  return perMillion;
}
