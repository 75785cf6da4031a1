/** The loop: takes up one event after another and runs its handler to the end. */
import { assert } from "./assert.ts";
import { ChangedPayload } from "./codec.ts";
import type { DiskOperation } from "./disk/mounted.ts";
import { DeterminismError } from "./guard.ts";
import { type Handler, noPool } from "./handler.ts";
import type { Host } from "./host.ts";
import type { Kernel } from "./kernel.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { Network } from "./network/network.ts";
import * as operations from "./operation.ts";
import type { Pool } from "./pool.ts";
import type { ProcessId } from "./process.ts";
import type { Timeline } from "./scheduler/timeline.ts";
import { ProcessStop } from "./stop.ts";
import type { Checkpoint } from "./trace.ts";

/** At which of these a run ends, so that every run does. */
export type Limits = {
  readonly events: number;
  readonly timeUs: number;
  /** More events than this in one virtual second is a livelock. */
  readonly eventsPerSecond: number;
};

/** Why a run came back. */
export type Stop =
  /** The time asked for, or the limit of time, is reached. */
  | { readonly kind: "time" }
  /** Nothing is left to happen. */
  | { readonly kind: "idle" }
  | { readonly kind: "events" }
  | { readonly kind: "livelock" }
  /** `stop` was called, or a process failed (`World.failure`). */
  | { readonly kind: "stopped"; readonly reason: "asked" | "failure" };

/** A process's code broke. */
export type Failure = {
  /** A broken invariant; a call the determinism guard bars; any other exception. */
  readonly kind: "invariant" | "nondeterminism" | "error";
  readonly process: ProcessId;
  readonly timeUs: number;
  readonly message: string;
  readonly error: unknown;
};

const secondUs = 1_000_000;

/** Runs events. */
export class Dispatcher {
  events = 0;
  failure: Failure | null = null;
  stop: Stop | null = null;
  readonly checkpoints: Checkpoint[] = [];
  readonly #kernel: Kernel;
  readonly #lifecycle: Lifecycle;
  readonly #hosts: readonly Host[];
  readonly #network: Network;
  readonly #timeline: Timeline;
  readonly #handler: Handler;
  readonly #limits: Limits;
  readonly #checkpointEvery: number;
  #secondEndsUs = secondUs;
  #secondEventsMax: number;
  #nextCheckpoint: number;
  #nextChangePoint = 0;

  constructor(parts: {
    readonly kernel: Kernel;
    readonly lifecycle: Lifecycle;
    readonly limits: Limits;
    readonly checkpointEvery: number;
  }) {
    this.#kernel = parts.kernel;
    this.#lifecycle = parts.lifecycle;
    this.#hosts = parts.lifecycle.hosts;
    this.#network = parts.kernel.network;
    this.#timeline = parts.kernel.timeline;
    this.#handler = parts.kernel.handler;
    this.#limits = parts.limits;
    this.#secondEventsMax = parts.limits.eventsPerSecond;
    this.#checkpointEvery = parts.checkpointEvery;
    this.#nextCheckpoint = parts.checkpointEvery;
    assert(parts.checkpointEvery > 0, "checkpoints have some events between them");
    assert(parts.limits.events < 2 ** 33, "a run has fewer than 2^33 events");
  }

  /** Runs until a time, or until there is a reason to stop earlier. */
  run(endUs: number): Stop {
    for (;;) {
      try {
        return this.#loop(endUs);
      } catch (error) {
        this.#caught(error);
      }
    }
  }

  #loop(endUs: number): Stop {
    const timeline = this.#timeline;
    const queue = timeline.queue;
    const trace = this.#kernel.trace;
    const eventsMax = this.#limits.events;
    for (;;) {
      if (this.stop !== null) return this.stop;
      // Limits come before the event is taken: a run that goes on after one loses none.
      if (this.events >= eventsMax && queue.firstRank <= endUs) return { kind: "events" };
      if (this.events >= this.#secondEventsMax && this.#isLivelock()) return { kind: "livelock" };
      const slot = queue.popUntil(endUs);
      if (slot < 0) return queue.size === 0 ? { kind: "idle" } : { kind: "time" };
      const dueUs = queue.timeUs(slot);
      // A local one: what was stored a moment ago is slow to load.
      let { nowUs } = timeline;
      if (dueUs > nowUs) {
        nowUs = dueUs;
        timeline.nowUs = dueUs;
      }
      if (nowUs >= this.#secondEndsUs) this.#nextSecond();
      this.events += 1;
      const operation = queue.operation(slot);
      const process = queue.process(slot);
      trace.dispatch(nowUs, operation, process, queue.a(slot), queue.b(slot));
      if (this.events >= this.#nextChangePoint) this.#changePoint(slot, operation, process);
      if (operation === operations.action) this.#act(slot);
      else this.#dispatch(operation, this.#hosts[process]!, slot);
      if (this.events >= this.#nextCheckpoint) this.#checkpoint();
    }
  }

  #isLivelock(): boolean {
    return Math.max(this.#timeline.nowUs, this.#timeline.queue.firstRank) < this.#secondEndsUs;
  }

  #nextSecond(): void {
    this.#secondEndsUs = (Math.floor(this.#timeline.nowUs / secondUs) + 1) * secondUs;
    this.#secondEventsMax = this.events + this.#limits.eventsPerSecond;
  }

  #changePoint(slot: number, operation: number, process: number): void {
    const { queue, strategy } = this.#timeline;
    const pool = operation === operations.submit ? queue.c(slot) : 0;
    this.#nextChangePoint = strategy.changePoint(this.events, Math.max(process, 0), pool);
  }

  /** Mixes every process's digest in: equal hashes then mean equal states. */
  #checkpoint(): void {
    this.#nextCheckpoint = this.events + this.#checkpointEvery;
    const { trace, timeline, network } = this.#kernel;
    for (const host of this.#lifecycle.hosts) {
      const { machine, process } = host;
      if (process === null || machine === null) continue;
      this.#handler.begin(machine, noPool, 0);
      trace.digest(timeline.nowUs, host.id, process.digest());
      this.#handler.end(network, timeline.nowUs);
    }
    this.checkpoints.push({ events: this.events, hash: trace.hash([]) });
  }

  #act(slot: number): void {
    const queue = this.#timeline.queue;
    const action = queue.object(slot) as () => void;
    queue.release(slot);
    action();
  }

  #dispatch(operation: number, host: Host, slot: number): void {
    const queue = this.#timeline.queue;
    const isMessage = operation <= operations.arrived && operation !== operations.boot;
    if (isMessage && operation !== operations.arrived && !this.#network.admits(slot)) return;
    if (host.isPaused) {
      if (isMessage) {
        const present = queue.incarnation(slot);
        queue.become(slot, operations.arrived, host.id, present, queue.a(slot));
      }
      host.parked.push(slot);
    } else if (operation === operations.boot) {
      queue.release(slot);
      if (host.incarnation < 0) this.#lifecycle.boot(host);
    } else if (queue.incarnation(slot) !== host.incarnation || host.process === null) {
      // Whatever a dead incarnation waited for is dropped; a message's sender is told.
      if (isMessage) this.#network.refuse(slot, this.#timeline.nowUs);
      else queue.release(slot);
    } else if (isMessage) {
      const pool = host.messagePool!;
      if (pool.isFree(this.#timeline.nowUs)) this.#runMessage(host, pool, slot);
      else this.#wait(host, 0, pool, slot);
    } else if (operation === operations.submit) {
      const index = queue.c(slot);
      const pool = host.pools[index]!;
      if (pool.isFree(this.#timeline.nowUs)) this.#runWork(host, index, pool, slot);
      else this.#wait(host, index, pool, slot);
    } else if (operation === operations.thread) this.#freeThread(host, queue.a(slot), slot);
    else this.#runUnpooled(host, operation, slot);
  }

  /** A thread of the first pool takes a message up. */
  #runMessage(host: Host, pool: Pool, slot: number): void {
    const queue = this.#timeline.queue;
    const payload = this.#network.unpack(slot);
    const from = queue.a(slot) as ProcessId;
    const kind = queue.b(slot);
    queue.release(slot);
    if (payload === null) return;
    const costUs = scaled(host.setup.messageCostUs(kind, payload), host.slowFactor);
    this.#handler.begin(host.machine!, 0, costUs);
    host.process!.receive(from, kind, payload);
    this.#endPooled(pool);
  }

  /** A thread of a pool takes up work that was submitted to it. */
  #runWork(host: Host, index: number, pool: Pool, slot: number): void {
    const queue = this.#timeline.queue;
    const costUs = scaled(queue.object(slot) as number, host.slowFactor);
    const kind = queue.a(slot);
    const number = queue.b(slot);
    queue.release(slot);
    this.#handler.begin(host.machine!, index, costUs);
    host.process!.timer(kind, number);
    this.#endPooled(pool);
  }

  #endPooled(pool: Pool): void {
    const { costUs, holds } = this.#handler;
    const { nowUs } = this.#timeline;
    this.#handler.end(this.#network, nowUs);
    if (holds) pool.occupy(nowUs, Number.POSITIVE_INFINITY);
    else if (costUs > 0) pool.occupy(nowUs, nowUs + costUs);
  }

  /** All threads are busy: a slot waits, and an event looks after it when one is free. */
  #wait(host: Host, index: number, pool: Pool, slot: number): void {
    pool.enqueue(slot);
    this.#watch(host, index, pool);
  }

  #watch(host: Host, index: number, pool: Pool): void {
    const { nextFreeUs } = pool;
    // Where all threads are held, the release of one brings the event.
    if (pool.isWatched || nextFreeUs === Number.POSITIVE_INFINITY) return;
    pool.isWatched = true;
    const queue = this.#timeline.queue;
    const { id, incarnation } = host;
    const slot = queue.allocate(operations.thread, id, incarnation, index, 0, 0, null);
    this.#timeline.schedule(slot, Math.max(nextFreeUs, this.#timeline.nowUs), id, index);
  }

  /** A thread is free: it takes up what waits until something keeps it. */
  #freeThread(host: Host, index: number, slot: number): void {
    this.#timeline.queue.release(slot);
    const pool = host.pools[index]!;
    pool.isWatched = false;
    const { nowUs } = this.#timeline;
    // A handler may end its own process without a throw: then its pools are gone.
    while (pool.waiting > 0 && pool.hasFreeThread(nowUs) && host.process !== null) {
      const next = pool.dequeue();
      if (this.#timeline.queue.operation(next) === operations.submit) {
        this.#runWork(host, index, pool, next);
      } else this.#runMessage(host, pool, next);
    }
    if (pool.waiting > 0 && host.process !== null) this.#watch(host, index, pool);
  }

  #runUnpooled(host: Host, operation: number, slot: number): void {
    const queue = this.#timeline.queue;
    if (operation === operations.disk && host.disk.delays(slot)) return;
    const machine = host.machine!;
    const process = host.process!;
    const a = queue.a(slot);
    const b = queue.b(slot);
    const object = queue.object(slot);
    this.#handler.begin(machine, noPool, 0);
    switch (operation) {
      case operations.timer:
        queue.release(slot);
        process.timer(a, b);
        break;
      case operations.wake:
        queue.release(slot);
        machine.tasks.resume(b, object);
        break;
      case operations.disk: {
        queue.release(slot);
        const { error, bytes } = host.disk.settle(object as DiskOperation);
        process.diskDone(b, error, bytes);
        break;
      }
      case operations.refuse: {
        const payload = this.#network.unpack(slot);
        queue.release(slot);
        if (payload !== null) process.refused(a as ProcessId, b, payload);
        break;
      }
      default:
        assert(false, "every operation has its handler");
    }
    this.#handler.end(this.#network, this.#timeline.nowUs);
  }

  /** A handler ended by a throw: its process died, or its code is broken. */
  #caught(error: unknown): void {
    const { handler, observerError, network } = this.#kernel;
    const { machine } = handler;
    const process = error instanceof ChangedPayload ? error.sender : machine?.id;
    // Neither an observer's failure nor one outside of all handlers is a process's.
    if (observerError !== null || process === undefined) throw observerError?.error ?? error;
    if (machine !== null) handler.end(network, this.#timeline.nowUs);
    if (error instanceof ProcessStop) return;
    const message = error instanceof Error ? error.message : String(error);
    const timeUs = this.#timeline.nowUs;
    this.failure ??= { kind: failureKind(error), process, timeUs, message, error };
    this.stop = { kind: "stopped", reason: "failure" };
    this.#lifecycle.end(this.#lifecycle.hosts[process]!, "failure", message);
  }
}

/** By name: a mutated bundle of the nodes has an `InvariantError` class of its own. */
function failureKind(error: unknown): Failure["kind"] {
  if (error instanceof DeterminismError) return "nondeterminism";
  return error instanceof Error && error.name === "InvariantError" ? "invariant" : "error";
}

const scaled = (costUs: number, factor: number): number =>
  factor === 1 ? costUs : Math.ceil(costUs * factor);
