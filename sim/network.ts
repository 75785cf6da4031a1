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
    const queue = this.#timeline.queue;
    return queue.allocate(operations.deliver, to, present, from, kind, incarnation, payload);
  }

  /** Takes a message at the time it leaves. */
  transmit(slot: number, _sizeBytes: number, leavesUs: number): void {
    const timeline = this.#timeline;
    const queue = timeline.queue;
    const from = queue.a(slot);
    const to = queue.process(slot);
    const link = this.#links[from]?.[to] ?? this.#connect(from, to);
    const latencyUs = timeline.strategy.delay(link.minUs, link.maxUs, to, link.stream);
    timeline.scheduleInLane(slot, leavesUs + latencyUs, to, link.lane);
  }

  /** Tells the sender of a message that arrived at nobody. */
  refuse(slot: number): void {
    const timeline = this.#timeline;
    const queue = timeline.queue;
    const to = queue.process(slot);
    const from = queue.a(slot);
    const link = this.#links[to]?.[from] ?? this.#connect(to, from);
    const latencyUs = timeline.strategy.delay(link.minUs, link.maxUs, from, link.stream);
    queue.become(slot, operations.refuse, from, queue.c(slot), to);
    timeline.schedule(slot, timeline.nowUs + latencyUs, from, 0);
  }

  #connect(from: number, to: number): Link {
    const link = new Link(this.#random.stream(`net/${from}->${to}`), this.#defaults.latency);
    this.#links[from] ??= [];
    this.#links[from][to] = link;
    return link;
  }
}
