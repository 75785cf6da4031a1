/**
 * What happens to a message between its sender and its receiver. In this order, once per message:
 * cut, hang, refuse, clog, limit, drop, corrupt, then the latency, duplicate and reorder; on
 * arrival cut again and hold. Drop, corrupt, duplicate and reorder each have a stream per link
 * ("net/1->2/drop") and take one draw (two where a duplicate or a late message also needs its
 * delay) for each message that a rule covers, also at odds of 0, and none where no rule does.
 */
import { assert } from "../assert.ts";
import { ChangedPayload, type Codec, Corrupted, Encoded, flipBits } from "../codec.ts";
import { type Decisions, draw } from "../decisions.ts";
import type { Host } from "../host.ts";
import * as operations from "../operation.ts";
import type { ProcessId } from "../process.ts";
import type { Randomness } from "../random.ts";
import type { Timeline } from "../scheduler/timeline.ts";
import type { NetworkFaults } from "./faults.ts";
import { type Clogged, Link } from "./link.ts";
import type { End, Latency, NetworkFault } from "./rules.ts";

/** What holds on every link unless a rule says something else. */
export type NetworkDefaults = {
  readonly latency: Latency;
  /** Bytes that a link takes in a second; 0 is no limit. */
  readonly bytesPerSecond: number;
};

/** How many messages met which fate. */
export type NetworkTotals = {
  dropped: number;
  duplicated: number;
  reordered: number;
  corrupted: number;
  cut: number;
  hung: number;
  refused: number;
  overflowed: number;
};

type Parts = {
  readonly hosts: readonly Host[];
  readonly timeline: Timeline;
  readonly random: Randomness;
  readonly faults: NetworkFaults;
  readonly defaults: NetworkDefaults;
  readonly codec: Codec | null;
  readonly decisions: Decisions | null;
};

/** A power of two. Links between so many are found in one flat table, which is square. */
const nearProcesses = 256;
const farSpan = 2 ** 26;

/** All links of a world. */
export class Network {
  readonly totals: NetworkTotals = {
    dropped: 0,
    duplicated: 0,
    reordered: 0,
    corrupted: 0,
    cut: 0,
    hung: 0,
    refused: 0,
    overflowed: 0,
  };
  readonly #hosts: readonly Host[];
  readonly #timeline: Timeline;
  readonly #random: Randomness;
  readonly #faults: NetworkFaults;
  readonly #defaults: NetworkDefaults;
  readonly #codec: Codec | null;
  readonly #decisions: Decisions | null;
  /** Links without rules may take the quick way: no bandwidth to account for, no decisions. */
  readonly #isSimple: boolean;
  /**
   * Those between the first processes: a row for each sender, in it 2^`#rowShift` places, one for
   * each receiver; null: no message was sent yet.
   */
  #links: (Link | null)[] = [null];
  #rowShift = 0;
  /** To and from later processes, senders `farSpan` apart. */
  readonly #farLinks = new Map<number, Link>();
  /** Links on which something waits. */
  #waiting: Link[] = [];

  constructor(parts: Parts) {
    this.#hosts = parts.hosts;
    this.#timeline = parts.timeline;
    this.#random = parts.random;
    this.#faults = parts.faults;
    this.#defaults = parts.defaults;
    this.#codec = parts.codec;
    this.#decisions = parts.decisions;
    this.#isSimple = parts.defaults.bytesPerSecond === 0 && parts.decisions === null;
    const { minUs, maxUs } = parts.defaults.latency;
    assert(minUs >= 0 && minUs <= maxUs, "a latency's range is not negative");
  }

  /** A message that is about to leave, as a slot of the event queue. */
  compose(
    from: ProcessId,
    incarnation: number,
    to: ProcessId,
    kind: number,
    payload: object,
  ): number {
    const receiver = this.#hosts[to];
    assert(receiver !== undefined, "a message goes to a process of this world");
    const present = receiver.incarnation;
    const codec = this.#codec;
    const body = codec === null ? payload : new Encoded(codec.encode(kind, payload), payload);
    const queue = this.#timeline.queue;
    return queue.allocate(operations.deliver, to, present, from, kind, incarnation, body);
  }

  /** Takes a message at the time it leaves. */
  transmit(slot: number, sizeBytes: number, leavesUs: number): void {
    const timeline = this.#timeline;
    const queue = timeline.queue;
    const from = queue.a(slot);
    const to = queue.process(slot);
    const link = this.#link(from, to);
    if (!link.isPlain) {
      const n = this.#decisions === null ? 0 : link.occurrence(queue.b(slot));
      this.#transmitThroughFaults(link, slot, sizeBytes, leavesUs, n);
      return;
    }
    const latencyUs = timeline.strategy.delay(link.minUs, link.maxUs, to, link.stream);
    timeline.scheduleInLane(slot, leavesUs + latencyUs, to, link.lane);
  }

  /** Whether a message that arrives comes in now. Where not, the network keeps or loses it. */
  admits(slot: number): boolean {
    const queue = this.#timeline.queue;
    const isCounted = queue.operation(slot) === operations.deliverCounted;
    if (this.#faults.isCalm && !isCounted) return true;
    const link = this.#link(queue.a(slot), queue.process(slot));
    if (isCounted) link.inFlight -= 1;
    if (link.isCut) {
      this.totals.cut += 1;
      queue.release(slot);
      return false;
    }
    if (link.rule("hold", queue.b(slot)) !== null) {
      if (link.held.length + link.clogged.length === 0) this.#waiting.push(link);
      link.held.push(slot);
      return false;
    }
    return true;
  }

  /**
   * The payload of an admitted message, or null when it was corrupted beyond decoding. Throws
   * `ChangedPayload` where it is not what was sent any more.
   */
  unpack(slot: number): object | null {
    const body = this.#timeline.queue.object(slot) as object;
    return this.#codec === null ? body : this.#decode(this.#codec, slot, body);
  }

  #decode(codec: Codec, slot: number, body: object): object | null {
    const queue = this.#timeline.queue;
    const kind = queue.b(slot);
    if (body instanceof Encoded) {
      const { bytes, payload } = body;
      if (codec.isSame(kind, payload, bytes)) return codec.decode(kind, bytes);
      const isBack = queue.operation(slot) === operations.refuse;
      throw new ChangedPayload((isBack ? queue.process(slot) : queue.a(slot)) as ProcessId, kind);
    }
    assert(body instanceof Corrupted, "a message on its way is encoded");
    try {
      return codec.decode(kind, body.bytes);
    } catch {
      return null;
    }
  }

  /**
   * Tells the sender of a message that reached nobody at `refusedUs`, after the way back, unless
   * that is no way.
   */
  refuse(slot: number, refusedUs: number): void {
    const timeline = this.#timeline;
    const queue = timeline.queue;
    const to = queue.process(slot);
    const from = queue.a(slot);
    const link = this.#link(from, to);
    const back = this.#link(to, from);
    const kind = queue.b(slot);
    if (back.isCut || link.rule("hang", kind) !== null) {
      this.totals.hung += 1;
      queue.release(slot);
      return;
    }
    this.totals.refused += 1;
    const latencyUs = timeline.strategy.delay(back.minUs, back.maxUs, from, back.stream);
    queue.become(slot, operations.refuse, from, queue.c(slot), to);
    timeline.schedule(slot, refusedUs + latencyUs, from, 0);
  }

  /** The rules changed: what waited for that goes on, in its order. */
  resume(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const link of waiting) {
      this.#follow(link);
      // Both lists are emptied first: whatever still has to wait queues up again.
      const [clogged, held] = [link.clogged.splice(0), link.held.splice(0)];
      for (const one of clogged) this.#leaveLate(link, one);
      for (const slot of held) this.#enterLate(link, slot);
    }
  }

  #transmitThroughFaults(
    link: Link,
    slot: number,
    sizeBytes: number,
    leavesUs: number,
    n: number,
  ): void {
    const queue = this.#timeline.queue;
    const kind = queue.b(slot);
    if (link.isCut) {
      this.totals.cut += 1;
      queue.release(slot);
    } else if (link.rule("hang", kind) !== null) {
      this.totals.hung += 1;
      queue.release(slot);
    } else if (link.rule("refuse", kind) !== null) {
      const to = queue.process(slot);
      const { minUs, maxUs } = link;
      const thereUs = this.#timeline.strategy.delay(minUs, maxUs, to, link.streamOf("refuse"));
      this.refuse(slot, leavesUs + thereUs);
    } else if (link.rule("clog", kind) !== null) {
      if (link.held.length + link.clogged.length === 0) this.#waiting.push(link);
      link.clogged.push({ slot, sizeBytes, n });
    } else if (!this.#hasRoom(link, kind)) {
      this.totals.overflowed += 1;
      queue.release(slot);
    } else if (this.#decide(link, "drop", kind, n, 1) > 0) {
      this.totals.dropped += 1;
      queue.release(slot);
    } else if (!this.#corrupt(link, slot, kind, n)) {
      queue.release(slot);
    } else this.#launch(link, slot, sizeBytes, leavesUs, n);
  }

  /** Sends a message on its way, with its latency, twice or late as chance has it. */
  #launch(link: Link, slot: number, sizeBytes: number, leavesUs: number, n: number): void {
    const timeline = this.#timeline;
    const queue = timeline.queue;
    const kind = queue.b(slot);
    const to = queue.process(slot);
    const delay = link.rule("delay", kind);
    const minUs = delay === null ? link.minUs : delay.first;
    const maxUs = delay === null ? link.maxUs : delay.second;
    const latencyUs = timeline.strategy.delay(minUs, maxUs, to, link.stream);
    const arrivesUs = this.#outUs(link, sizeBytes, leavesUs) + latencyUs;
    const isCounted = link.rule("limit", kind) !== null;
    if (isCounted) {
      const from = queue.a(slot);
      queue.become(slot, operations.deliverCounted, to, queue.incarnation(slot), from);
    }
    const copyLateUs = this.#decide(link, "duplicate", kind, n, 0);
    if (copyLateUs > 0) {
      this.totals.duplicated += 1;
      link.inFlight += isCounted ? 1 : 0;
      timeline.schedule(queue.copy(slot), arrivesUs + copyLateUs, to, 0);
    }
    link.inFlight += isCounted ? 1 : 0;
    const lateUs = this.#decide(link, "reorder", kind, n, 0);
    if (lateUs === 0) {
      timeline.scheduleInLane(slot, arrivesUs, to, link.lane);
    } else {
      this.totals.reordered += 1;
      timeline.schedule(slot, arrivesUs + lateUs, to, 0);
    }
  }

  /** When the last byte of a message has left. */
  #outUs(link: Link, sizeBytes: number, leavesUs: number): number {
    const { bytesPerSecond } = this.#defaults;
    if (bytesPerSecond === 0) return leavesUs;
    const startUs = Math.max(leavesUs, link.busyUntilUs);
    link.busyUntilUs = startUs + Math.ceil((sizeBytes * 1_000_000) / bytesPerSecond);
    return link.busyUntilUs;
  }

  #hasRoom(link: Link, kind: number): boolean {
    const limit = link.rule("limit", kind);
    return limit === null || link.inFlight < limit.second;
  }

  /** Whether the message goes on, corrupted or not. */
  #corrupt(link: Link, slot: number, kind: number, n: number): boolean {
    const pattern = this.#decide(link, "corrupt", kind, n, 1_000_000);
    if (pattern === 0) return true;
    this.totals.corrupted += 1;
    if (this.#codec === null) return false;
    const queue = this.#timeline.queue;
    const { bytes } = queue.object(slot) as Encoded;
    queue.replaceObject(slot, new Corrupted(flipBits(bytes, pattern)));
    return true;
  }

  /** What chance, or the list that is replayed, says of one fault. 0: nothing happens. */
  #decide(link: Link, fault: NetworkFault, kind: number, n: number, values: number): number {
    const rule = link.rule(fault, kind);
    const decisions = this.#decisions;
    // A replayed list holds without its rule too, so that shrinking may drop the rule.
    if (rule === null && decisions?.isReplay !== true) return 0;
    const odds = {
      perMillion: rule?.first ?? 0,
      values: values === 0 ? (rule?.second ?? 1) : values,
    };
    const stream = link.streamOf(fault);
    if (decisions === null) return draw(stream, odds);
    return decisions.decide(`${link.name}/${fault}/kind ${kind}`, n, stream, odds);
  }

  #leaveLate(link: Link, { slot, sizeBytes, n }: Clogged): void {
    const queue = this.#timeline.queue;
    // What its dead sender had not sent is gone with it.
    if (this.#hosts[queue.a(slot)]?.incarnation !== queue.c(slot)) queue.release(slot);
    else this.#transmitThroughFaults(link, slot, sizeBytes, this.#timeline.nowUs, n);
  }

  #enterLate(link: Link, slot: number): void {
    const timeline = this.#timeline;
    const process = timeline.queue.process(slot);
    // It was counted when it came to the door. What is still under way comes after it.
    const incarnation = timeline.queue.incarnation(slot);
    timeline.queue.become(slot, operations.deliver, process, incarnation, link.from.id);
    timeline.scheduleFirst(slot);
  }

  #link(from: number, to: number): Link {
    const known = isNear(from, to)
      ? this.#links[(from << this.#rowShift) | to]
      : this.#farLinks.get(from * farSpan + to);
    const link = known ?? this.#connect(from, to);
    if (link.version !== this.#faults.version) this.#follow(link);
    return link;
  }

  #follow(link: Link): void {
    link.follow(this.#faults, this.#defaults.latency, this.#isSimple);
  }

  #connect(from: number, to: number): Link {
    const ends = { from: endOf(this.#hosts[from]!), to: endOf(this.#hosts[to]!) };
    const link = new Link(ends, this.#timeline.lane(), this.#random);
    if (isNear(from, to)) this.#links[(from << this.#rowShift) | to] = link;
    else this.#farLinks.set(from * farSpan + to, link);
    return link;
  }

  /** Makes room for the links between so many processes. */
  grow(processes: number): void {
    const near = Math.min(processes, nearProcesses);
    if (near <= 1 << this.#rowShift) return;
    const links = this.#links.filter((link) => link !== null);
    while (1 << this.#rowShift < near) this.#rowShift += 1;
    this.#links = new Array<Link | null>(1 << (2 * this.#rowShift)).fill(null);
    for (const link of links) this.#links[(link.from.id << this.#rowShift) | link.to.id] = link;
  }
}

const isNear = (from: number, to: number): boolean => (from | to) < nearProcesses;

const endOf = ({ id, setup }: Host): End => ({ id, zone: setup.zone });
