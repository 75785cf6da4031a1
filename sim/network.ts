/** The network: what happens to a message between its sender and its receiver. */
import { assert } from "./assert.ts";
import type { Host } from "./host.ts";
import { operations } from "./operation.ts";
import type { ProcessId } from "./process.ts";
import type { Randomness, Stream } from "./random.ts";
import { Lane, type Timeline } from "./scheduler/timeline.ts";

/** A range of latencies, both ends included. */
export type Latency = { readonly minUs: number; readonly maxUs: number };

/** What holds on every link unless something else is said. */
export type NetworkDefaults = {
  readonly latency: Latency;
  /** Bytes a link carries in a second; 0 is no limit. */
  readonly bytesPerSecond: number;
};

class Link {
  readonly lane: Lane = new Lane();
  readonly stream: Stream;
  minUs: number;
  maxUs: number;

  constructor(stream: Stream, latency: Latency) {
    this.stream = stream;
    this.minUs = latency.minUs;
    this.maxUs = latency.maxUs;
  }
}

/** All links of a world. */
export class Network {
  readonly #hosts: readonly Host[];
  readonly #timeline: Timeline;
  readonly #random: Randomness;
  readonly #defaults: NetworkDefaults;
  readonly #links: (Link | undefined)[][] = [];

  constructor(parts: {
    readonly hosts: readonly Host[];
    readonly timeline: Timeline;
    readonly random: Randomness;
    readonly defaults: NetworkDefaults;
  }) {
    this.#hosts = parts.hosts;
    this.#timeline = parts.timeline;
    this.#random = parts.random;
    this.#defaults = parts.defaults;
  }

  /** Takes a message from a process at the time it leaves. */
  transmit(
    from: ProcessId,
    incarnation: number,
    to: ProcessId,
    kind: number,
    payload: object,
    sizeBytes: number,
    leavesUs: number,
  ): void {
    assert(sizeBytes >= 0, "a message has a size");
    const link = this.#links[from]?.[to] ?? this.#connect(from, to);
    const { timeline, receiver } = { timeline: this.#timeline, receiver: this.#hosts[to]! };
    const latencyUs = timeline.strategy.delay(link.minUs, link.maxUs, to, link.stream);
    const queue = timeline.queue;
    const slot = queue.allocate();
    queue.operation[slot] = operations.deliver;
    queue.process[slot] = to;
    queue.incarnation[slot] = receiver.incarnation;
    queue.a[slot] = from;
    queue.b[slot] = kind;
    queue.c[slot] = incarnation;
    queue.object[slot] = payload;
    timeline.scheduleInLane(slot, leavesUs + latencyUs, 0, link.lane);
  }

  /** Tells the sender of a message that arrived at nobody. The slot is given back. */
  refuse(slot: number): void {
    const timeline = this.#timeline;
    const queue = timeline.queue;
    const to = queue.process[slot]!;
    const from = queue.a[slot]! as ProcessId;
    const link = this.#links[to]?.[from] ?? this.#connect(to as ProcessId, from);
    const latencyUs = timeline.strategy.delay(link.minUs, link.maxUs, from, link.stream);
    queue.operation[slot] = operations.refuse;
    queue.process[slot] = from;
    queue.incarnation[slot] = queue.c[slot]!;
    queue.a[slot] = to;
    timeline.schedule(slot, timeline.nowUs + latencyUs, 0);
  }

  #connect(from: ProcessId, to: ProcessId): Link {
    assert(this.#hosts[from] !== undefined, "a message has a sender");
    assert(this.#hosts[to] !== undefined, "a message goes to a process of this world");
    const link = new Link(this.#random.stream(`net/${from}->${to}`), this.#defaults.latency);
    this.#links[from] ??= [];
    this.#links[from][to] = link;
    return link;
  }
}
