/**
 * The world: processes on machines, a network between them, and a virtual clock. A run is a
 * synchronous function of the set-up and the seed: events are taken up one after another, each
 * runs a handler to its end, and nothing in between awaits.
 */
import { assert } from "./assert.ts";
import { MachineClock } from "./clock.ts";
import { type DiskDefaults, type DiskOperation, SimDisk } from "./disk.ts";
import { kernelEvents, noProcess, type Observer } from "./events.ts";
import { type Handler, noPool } from "./handler.ts";
import { Host, type ProcessSetup } from "./host.ts";
import { Kernel, type OwnDeath } from "./kernel.ts";
import { SimMachine } from "./machine.ts";
import { Network, type NetworkDefaults } from "./network.ts";
import { operations } from "./operation.ts";
import { Pool } from "./pool.ts";
import type { ProcessId } from "./process.ts";
import { Randomness } from "./random.ts";
import { type StrategyChoice, strategyOf } from "./scheduler/strategy.ts";
import { Timeline } from "./scheduler/timeline.ts";
import { ProcessStop } from "./stop.ts";
import { Trace } from "./trace.ts";

/** At which of these a run ends, so that every run does. */
export type Limits = {
  readonly events: number;
  readonly timeUs: number;
  /** More events than this in one virtual second is a livelock. */
  readonly eventsPerSecond: number;
};

export type WorldOptions = {
  /** The master seed: everything that happens by chance follows from it. */
  readonly seed: string;
  readonly strategy: StrategyChoice;
  /** Events due within such a window may change places, as the strategy says. */
  readonly slackUs: number;
  readonly limits: Limits;
  readonly network: NetworkDefaults;
  readonly disk: DiskDefaults;
  /** Keeps every event as a row, for reading and comparing. */
  readonly keepTrace: boolean;
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

/** A process's code broke: a broken invariant, or any other exception. */
export type Failure = {
  readonly kind: "invariant" | "error";
  readonly process: ProcessId;
  readonly timeUs: number;
  readonly message: string;
  readonly error: unknown;
};

/** The end of an incarnation. */
export type Death = {
  readonly process: ProcessId;
  readonly incarnation: number;
  readonly timeUs: number;
  readonly kind: "crash" | "powerLoss" | OwnDeath | "failure";
  /** Asked for by `crash` or `powerLoss`; false where the process ended by itself. */
  readonly isPlanned: boolean;
  readonly text: string;
};

const deathNumbers = { panic: 1, abort: 2, exit: 3, failure: 4 } as const;

/** One simulated world. */
export class World {
  /** Every end of an incarnation so far, planned or not. */
  readonly deaths: Death[] = [];
  /** The first failure of a process's code, which also stopped the run. */
  failure: Failure | null = null;

  readonly #options: WorldOptions;
  readonly #kernel: Kernel;
  readonly #timeline: Timeline;
  readonly #handler: Handler;
  readonly #hosts: Host[] = [];
  readonly #machines: (SimMachine | null)[] = [];
  #events = 0;
  #secondEndsUs = 1_000_000;
  #secondEventsMax: number;
  #stop: Stop | null = null;
  #nextChangePoint: number;

  constructor(options: WorldOptions) {
    this.#options = options;
    const random = new Randomness({ seed: options.seed, keepDraws: false });
    this.#timeline = new Timeline(strategyOf(options.strategy, random), options.slackUs);
    const network = new Network({
      hosts: this.#hosts,
      timeline: this.#timeline,
      random,
      defaults: options.network,
    });
    this.#kernel = new Kernel({
      timeline: this.#timeline,
      random,
      trace: new Trace(options.keepTrace),
      network,
      dies: (host, reason, text) => this.#end(host, reason, text),
    });
    this.#handler = this.#kernel.handler;
    this.#secondEventsMax = options.limits.eventsPerSecond;
    this.#nextChangePoint = options.strategy.kind === "pct" ? 0 : Number.POSITIVE_INFINITY;
  }

  /** The present virtual time. */
  get nowUs(): number {
    return this.#timeline.nowUs;
  }

  /** How many events ran. */
  get events(): number {
    return this.#events;
  }

  get random(): Randomness {
    return this.#kernel.random;
  }

  get network(): Network {
    return this.#kernel.network;
  }

  get trace(): Trace {
    return this.#kernel.trace;
  }

  /** The hash of everything that happened, and of every process's present state. */
  hash(): string {
    return this.#kernel.trace.hash(this.#hosts.map((host) => host.process?.digest() ?? 0));
  }

  /** Adds a process. With `starts` it boots at the present time, in an event of its own. */
  addProcess(setup: ProcessSetup): ProcessId {
    const id = this.#hosts.length as ProcessId;
    const disk = new SimDisk({
      process: id,
      timeline: this.#timeline,
      random: this.#kernel.random,
      defaults: this.#options.disk,
    });
    this.#hosts.push(new Host(id, setup, disk, new MachineClock()));
    this.#machines.push(null);
    if (setup.starts) this.start(id);
    return id;
  }

  /** Boots a process that is down, in an event of its own at the present time. */
  start(id: ProcessId): void {
    this.#push(operations.boot, id, this.#timeline.nowUs, null);
  }

  /** Boots a process again after its death. */
  restart(id: ProcessId): void {
    this.start(id);
  }

  /** Runs `action` at a time, outside of all processes. */
  at(timeUs: number, action: () => void): void {
    assert(timeUs >= this.#timeline.nowUs, "a planned action lies in the future");
    this.#push(operations.action, noProcess, timeUs, action);
  }

  observe(observer: Observer): void {
    this.#kernel.observe(observer);
  }

  /** Ends the run after the present event. */
  stop(): void {
    this.#stop ??= { kind: "stopped", reason: "asked" };
  }

  isUp(id: ProcessId): boolean {
    return this.#host(id).incarnation >= 0;
  }

  /** The process dies: its memory is gone, every completed write stays. Nothing if it is down. */
  crash(id: ProcessId, text: string): void {
    this.#end(this.#host(id), "crash", text);
  }

  /** The machine loses its power: what was not synced may be gone too. */
  powerLoss(id: ProcessId): void {
    this.#end(this.#host(id), "powerLoss", "power loss");
  }

  /** Runs until `untilUs`, or until there is a reason to stop earlier. May be called again. */
  run(untilUs: number): Stop {
    const endUs = Math.min(untilUs, this.#options.limits.timeUs);
    if (this.#stop?.kind === "stopped" && this.#stop.reason === "asked") this.#stop = null;
    for (;;) {
      try {
        const stop = this.#loop(endUs);
        if (stop.kind === "time" || stop.kind === "idle") {
          if (this.#timeline.nowUs < endUs) this.#timeline.nowUs = endUs;
        }
        return stop;
      } catch (error) {
        this.#caught(error);
      }
    }
  }

  #loop(endUs: number): Stop {
    const timeline = this.#timeline;
    const queue = timeline.queue;
    const trace = this.#kernel.trace;
    const { events: eventsMax } = this.#options.limits;
    for (;;) {
      if (this.#stop !== null) return this.#stop;
      const rank = queue.firstRank;
      if (rank > endUs) return queue.size === 0 ? { kind: "idle" } : { kind: "time" };
      if (this.#events >= eventsMax) return { kind: "events" };
      const slot = queue.pop();
      const dueUs = queue.timeUs(slot);
      if (dueUs > timeline.nowUs) timeline.nowUs = dueUs;
      if (timeline.nowUs >= this.#secondEndsUs) this.#nextSecond();
      this.#events += 1;
      if (this.#events > this.#secondEventsMax) return { kind: "livelock" };
      const operation = queue.operation(slot);
      const process = queue.process(slot);
      trace.dispatch(timeline.nowUs, operation, process, queue.a(slot), queue.b(slot));
      if (this.#events >= this.#nextChangePoint) this.#changePoint(slot);
      this.#dispatch(operation, process, slot);
    }
  }

  #nextSecond(): void {
    this.#secondEndsUs = (Math.floor(this.#timeline.nowUs / 1_000_000) + 1) * 1_000_000;
    this.#secondEventsMax = this.#events + this.#options.limits.eventsPerSecond;
  }

  #changePoint(slot: number): void {
    const { queue, strategy } = this.#timeline;
    const pool = queue.operation(slot) === operations.submit ? queue.c(slot) : 0;
    const process = Math.max(queue.process(slot), 0);
    this.#nextChangePoint = strategy.changePoint(this.#events, process, pool);
  }

  #dispatch(operation: number, process: number, slot: number): void {
    const queue = this.#timeline.queue;
    if (operation === operations.action) {
      const action = queue.object(slot) as () => void;
      queue.release(slot);
      action();
      return;
    }
    const host = this.#hosts[process]!;
    if (host.isPaused) {
      host.parked.push(slot);
      return;
    }
    if (operation === operations.boot) {
      queue.release(slot);
      if (host.incarnation < 0) this.#boot(host);
      return;
    }
    if (queue.incarnation(slot) !== host.incarnation || host.incarnation < 0) {
      // Whatever a dead incarnation waited for is dropped; a message's sender is told.
      if (operation === operations.deliver) this.#kernel.network.refuse(slot);
      else queue.release(slot);
      return;
    }
    switch (operation) {
      case operations.deliver:
        this.#queueUp(host, 0, slot);
        return;
      case operations.submit:
        this.#queueUp(host, queue.c(slot), slot);
        return;
      case operations.thread:
        this.#freeThread(host, queue.a(slot), slot);
        return;
      default:
        this.#runUnpooled(host, operation, slot);
    }
  }

  #boot(host: Host): void {
    host.incarnation = host.boots;
    host.boots += 1;
    host.pools = host.setup.pools.map((threads) => new Pool(threads));
    const machine = new SimMachine(host, this.#kernel);
    this.#machines[host.id] = machine;
    this.#handler.begin(machine, noPool, 0);
    this.#kernel.emit(kernelEvents.boot.kind, host.id, host.incarnation, 0, 0, 0);
    if (!machine.isAlive) throw new ProcessStop("crashed while it booted");
    const process = host.setup.boot(machine);
    if (machine.isAlive) host.process = process;
    this.#handler.end(this.#kernel.network, this.#timeline.nowUs);
  }

  /** A message or work for a pool: a free thread takes it up at once, else it waits. */
  #queueUp(host: Host, index: number, slot: number): void {
    const pool = host.pools[index]!;
    if (pool.isFree) this.#runPooled(host, index, pool, slot);
    else pool.enqueue(slot);
  }

  #runPooled(host: Host, index: number, pool: Pool, slot: number): void {
    const queue = this.#timeline.queue;
    const handler = this.#handler;
    const machine = this.#machines[host.id]!;
    const a = queue.a(slot);
    const b = queue.b(slot);
    const object = queue.object(slot);
    const isMessage = queue.operation(slot) !== operations.submit;
    queue.release(slot);
    if (isMessage) {
      const costUs = host.setup.messageCostUs(b, object as object);
      handler.begin(machine, index, scaled(costUs, host.slowFactor));
      host.process!.receive(a as ProcessId, b, object as object);
    } else {
      handler.begin(machine, index, scaled(object as number, host.slowFactor));
      host.process!.timer(a, b);
    }
    const { costUs, holds } = handler;
    handler.end(this.#kernel.network, this.#timeline.nowUs);
    if (holds) pool.busy += 1;
    else if (costUs > 0) this.#keepBusy(host, index, pool, costUs);
  }

  #keepBusy(host: Host, index: number, pool: Pool, costUs: number): void {
    pool.busy += 1;
    const queue = this.#timeline.queue;
    const { id, incarnation } = host;
    const slot = queue.allocate(operations.thread, id, incarnation, index, 0, 0, null);
    this.#timeline.schedule(slot, this.#timeline.nowUs + costUs, id, index);
  }

  /** A thread's time is over: it takes up what waits until something keeps it. */
  #freeThread(host: Host, index: number, slot: number): void {
    this.#timeline.queue.release(slot);
    const pool = host.pools[index]!;
    pool.busy -= 1;
    assert(pool.busy >= 0, "a thread is freed after it was busy");
    while (pool.isFree && pool.waiting > 0 && host.pools[index] === pool) {
      this.#runPooled(host, index, pool, pool.dequeue());
    }
  }

  #runUnpooled(host: Host, operation: number, slot: number): void {
    const queue = this.#timeline.queue;
    const machine = this.#machines[host.id]!;
    const process = host.process!;
    const a = queue.a(slot);
    const b = queue.b(slot);
    const object = queue.object(slot);
    queue.release(slot);
    this.#handler.begin(machine, noPool, 0);
    switch (operation) {
      case operations.timer:
        process.timer(a, b);
        break;
      case operations.wake:
        machine.tasks.resume(b, object);
        break;
      case operations.disk: {
        const { error, bytes } = host.disk.settle(object as DiskOperation);
        process.diskDone(b, error, bytes);
        break;
      }
      case operations.refuse:
        process.refused(a as ProcessId, b, object as object);
        break;
      default:
        assert(false, "every operation has its handler");
    }
    this.#handler.end(this.#kernel.network, this.#timeline.nowUs);
  }

  /** Ends the present incarnation of a process, if there is one. */
  #end(host: Host, kind: Death["kind"], text: string): void {
    const { incarnation } = host;
    if (incarnation < 0) return;
    const isPlanned = kind === "crash" || kind === "powerLoss";
    this.#machines[host.id]!.end();
    this.#machines[host.id] = null;
    host.incarnation = -1;
    host.process = null;
    for (const pool of host.pools) {
      while (pool.waiting > 0) this.#timeline.queue.release(pool.dequeue());
    }
    if (kind === "powerLoss") host.disk.losePower();
    else host.disk.crash();
    const timeUs = this.#timeline.nowUs;
    this.deaths.push({ process: host.id, incarnation, timeUs, kind, isPlanned, text });
    const event = kind === "crash" || kind === "powerLoss" ? kernelEvents[kind].kind : null;
    if (event !== null) this.#kernel.emit(event, host.id, incarnation, 0, 0, 0);
    else this.#emitOwnDeath(host.id, incarnation, kind);
  }

  #emitOwnDeath(id: ProcessId, incarnation: number, kind: Death["kind"]): void {
    const how = deathNumbers[kind as keyof typeof deathNumbers];
    this.#kernel.emit(kernelEvents.death.kind, id, incarnation, how, 0, 0);
  }

  /** A handler ended by a throw: its process died, or its code is broken. */
  #caught(error: unknown): void {
    const { handler, observerError, network } = this.#kernel;
    const machine = handler.machine;
    // Neither an observer's failure nor one outside of all handlers is a process's.
    if (observerError !== null || machine === null) throw observerError?.error ?? error;
    handler.end(network, this.#timeline.nowUs);
    if (error instanceof ProcessStop) return;
    const message = error instanceof Error ? error.message : String(error);
    const isInvariant = error instanceof Error && error.name === "InvariantError";
    const timeUs = this.#timeline.nowUs;
    const kind = isInvariant ? "invariant" : "error";
    this.failure ??= { kind, process: machine.id, timeUs, message, error };
    this.#stop = { kind: "stopped", reason: "failure" };
    this.#end(this.#host(machine.id), "failure", message);
  }

  #push(operation: number, process: ProcessId, timeUs: number, object: unknown): void {
    const slot = this.#timeline.queue.allocate(operation, process, -1, 0, 0, 0, object);
    this.#timeline.schedule(slot, timeUs, process, 0);
  }

  #host(id: ProcessId): Host {
    const host = this.#hosts[id];
    assert(host !== undefined, "a process belongs to this world");
    return host;
  }
}

const scaled = (costUs: number, factor: number): number =>
  factor === 1 ? costUs : Math.ceil(costUs * factor);
