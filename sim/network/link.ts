/** One direction between two processes: its latency, the rules in force on it, what waits. */
import type { Randomness, Stream } from "../random.ts";
import type { Lane } from "../scheduler/timeline.ts";
import { type NetworkFaults, zonePair } from "./faults.ts";
import { cuts, type End, holdsOn, type Latency, type NetworkFault, type Rule } from "./rules.ts";

/** A message that waits to leave; `n` of its kind were offered before it. */
export type Clogged = { readonly slot: number; readonly sizeBytes: number; readonly n: number };

const noRules: readonly Rule[] = [];

/** A link, made when its first message is sent. */
export class Link {
  // What every message touches comes first.
  /** No rule holds here: the quick way is right. */
  isPlain = true;
  /** The version of the rules that this state follows from. */
  version = 0;
  minUs = 0;
  maxUs = 0;
  readonly lane: Lane;
  /** Latencies come from this stream, each fault from one of its own. */
  readonly stream: Stream;
  readonly name: string;
  readonly from: End;
  readonly to: End;
  isCut = false;
  /** When the last message has left, on a link of limited bandwidth. */
  busyUntilUs = 0;
  /** Messages under way that were sent while a limit held. */
  inFlight = 0;
  readonly clogged: Clogged[] = [];
  /** Slots that wait to arrive. */
  readonly held: number[] = [];
  readonly #random: Randomness;
  /** Those of the faults that held here; null: none did. */
  #streams: Map<NetworkFault, Stream> | null = null;
  /** How many messages of each kind were offered; counted only where decisions are kept. */
  #offered: Map<number, number> | null = null;
  /** The latest first. */
  #rules: readonly Rule[] = noRules;

  constructor(ends: { readonly from: End; readonly to: End }, lane: Lane, random: Randomness) {
    const { from, to } = ends;
    this.name = `net/${from.id}->${to.id}`;
    this.from = from;
    this.to = to;
    this.lane = lane;
    this.stream = random.stream(this.name);
    this.#random = random;
  }

  /** Brings the state up to date with the rules. */
  follow(faults: NetworkFaults, latency: Latency, isSimple: boolean): void {
    const { from, to } = this;
    this.#rules = noRules;
    for (const rule of faults.rules) {
      if (holdsOn(rule.where, from, to)) this.#rules = [rule, ...this.#rules];
    }
    this.isCut = false;
    for (const cut of faults.cuts.values()) this.isCut ||= cuts(cut, from.id, to.id);
    const zoned =
      faults.zoneLatencies.size === 0
        ? latency
        : (faults.zoneLatencies.get(zonePair(from.zone, to.zone)) ?? latency);
    this.minUs = small(zoned.minUs);
    this.maxUs = small(zoned.maxUs);
    this.isPlain = isSimple && this.#rules.length === 0 && !this.isCut;
    this.version = faults.version;
  }

  /** The latest rule of a fault for a message kind, or null. */
  rule(fault: NetworkFault, kind: number): Rule | null {
    for (const rule of this.#rules) {
      if (rule.fault !== fault) continue;
      if (rule.where.kinds === undefined || rule.where.kinds.includes(kind)) return rule;
    }
    return null;
  }

  /** The stream of a fault on this link. */
  streamOf(fault: NetworkFault): Stream {
    this.#streams ??= new Map();
    const known = this.#streams.get(fault);
    if (known !== undefined) return known;
    const stream = this.#random.stream(`${this.name}/${fault}`);
    this.#streams.set(fault, stream);
    return stream;
  }

  /** Counts a message of a kind: how many were offered before it. */
  occurrence(kind: number): number {
    this.#offered ??= new Map();
    const before = this.#offered.get(kind) ?? 0;
    this.#offered.set(kind, before + 1);
    return before;
  }
}

/** The same number. One of 32 bits as a small integer, which V8 keeps in the link itself. */
const small = (value: number): number => (value === (value | 0) ? value | 0 : value);
