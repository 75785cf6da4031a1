/**
 * The world: processes on machines, a network between them, and a virtual clock. A run is a
 * synchronous function of the set-up and the seed: events are taken up one after another, each
 * runs a handler to its end, and nothing in between awaits.
 */
import { assert } from "./assert.ts";
import { type ClockFault, clockFaults, MachineClock } from "./clock.ts";
import type { Codec } from "./codec.ts";
import { type Decision, type DecisionMode, Decisions } from "./decisions.ts";
import { type DiskDefaults, SimDisk } from "./disk/disk.ts";
import { type DiskFault, type DiskFaults, diskFaults } from "./disk/faults.ts";
import { Dispatcher, type Failure, type Limits, type Stop } from "./dispatcher.ts";
import { kernelEvents, noProcess, type Observer } from "./events.ts";
import { guarded } from "./guard.ts";
import { Host, type ProcessSetup } from "./host.ts";
import { Kernel } from "./kernel.ts";
import { type Death, Lifecycle } from "./lifecycle.ts";
import { NetworkFaults } from "./network/faults.ts";
import { Network, type NetworkDefaults, type NetworkTotals } from "./network/network.ts";
import { networkFaults } from "./network/rules.ts";
import * as operations from "./operation.ts";
import type { ProcessId } from "./process.ts";
import { Randomness } from "./random.ts";
import { type StrategyChoice, strategyOf } from "./scheduler/strategy.ts";
import { Timeline } from "./scheduler/timeline.ts";
import { type Checkpoint, Trace } from "./trace.ts";

/** How a world is set up. What is left out is off. */
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
  /** With it, every message travels as bytes, and whoever changes a payload on its way fails. */
  readonly codec?: Codec | null;
  /** Records every draw of every stream. */
  readonly keepDraws?: boolean;
  /** Notes what chance did to network and disks, or does again what was noted. */
  readonly decisions?: DecisionMode | null;
  /** Lets monotonic clocks break their promises. */
  readonly isUnrestricted?: boolean;
  /** Digests of all processes go into the hash every so many events; 4,096 unless given. */
  readonly checkpointEvery?: number;
};

/** One simulated world. */
export class World {
  readonly #options: WorldOptions;
  readonly #random: Randomness;
  readonly #timeline: Timeline;
  readonly #decisions: Decisions | null;
  readonly #faults: NetworkFaults;
  readonly #network: Network;
  readonly #kernel: Kernel;
  readonly #hosts: Host[] = [];
  readonly #lifecycle: Lifecycle;
  readonly #dispatcher: Dispatcher;

  constructor(options: WorldOptions) {
    const { seed, limits, decisions = null, codec = null } = options;
    this.#options = options;
    this.#random = new Randomness({ seed, keepDraws: options.keepDraws === true });
    const strategy = strategyOf(options.strategy, this.#random);
    this.#timeline = new Timeline(strategy, options.slackUs);
    this.#decisions = decisions === null ? null : new Decisions(decisions);
    this.#faults = new NetworkFaults((fault, began) => {
      this.#report(began, "network", networkFaults[fault], noProcess);
      if (!began) this.#network.resume();
    });
    this.#network = new Network({
      hosts: this.#hosts,
      timeline: this.#timeline,
      random: this.#random,
      faults: this.#faults,
      defaults: options.network,
      codec,
      decisions: this.#decisions,
    });
    this.#kernel = new Kernel({
      timeline: this.#timeline,
      random: this.#random,
      trace: new Trace(options.keepTrace),
      network: this.#network,
      dies: (host, reason, text) => this.#lifecycle.end(host, reason, text),
    });
    this.#lifecycle = new Lifecycle(this.#hosts, this.#kernel);
    this.#dispatcher = new Dispatcher({
      kernel: this.#kernel,
      lifecycle: this.#lifecycle,
      limits,
      checkpointEvery: options.checkpointEvery ?? 4_096,
    });
  }

  /** The present virtual time. */
  get nowUs(): number {
    return this.#timeline.nowUs;
  }

  /** How many events ran. */
  get events(): number {
    return this.#dispatcher.events;
  }

  /** The streams of this world's chance. */
  get random(): Randomness {
    return this.#random;
  }

  /** The network's fault verbs. */
  get network(): NetworkFaults {
    return this.#faults;
  }

  /** What became of messages that did not simply arrive. */
  get networkTotals(): Readonly<NetworkTotals> {
    return this.#network.totals;
  }

  get trace(): Trace {
    return this.#kernel.trace;
  }

  /** The hash every `checkpointEvery` events. */
  get checkpoints(): readonly Checkpoint[] {
    return this.#dispatcher.checkpoints;
  }

  /** Every end of an incarnation so far, planned or not. */
  get deaths(): readonly Death[] {
    return this.#lifecycle.deaths;
  }

  /** The first failure of a process's code, which also stopped the run. */
  get failure(): Failure | null {
    return this.#dispatcher.failure;
  }

  /** What chance did to network and disks so far; empty without `WorldOptions.decisions`. */
  get decisions(): readonly Decision[] {
    return this.#decisions?.taken ?? [];
  }

  /** The hash of everything that happened, and of every process's present state. */
  hash(): string {
    return this.#kernel.trace.hash(this.#hosts.map((host) => host.process?.digest() ?? 0));
  }

  /** Adds a process. Unless `starts` is false it boots at the present time. */
  addProcess(setup: ProcessSetup): ProcessId {
    const id = this.#hosts.length as ProcessId;
    assert(setup.pools.length > 0, "a process has a pool that takes messages");
    const disk = new SimDisk({
      process: id,
      timeline: this.#timeline,
      random: this.#random,
      defaults: this.#options.disk,
      decisions: this.#decisions,
      listen: (fault: DiskFault, began) => this.#report(began, "disk", diskFaults[fault], id),
    });
    const clock = new MachineClock({
      timeline: this.#timeline,
      isUnrestricted: this.#options.isUnrestricted === true,
      listen: (fault: ClockFault, began) => this.#report(began, "clock", clockFaults[fault], id),
    });
    this.#hosts.push(new Host(id, setup, disk, clock));
    this.#network.grow(this.#hosts.length);
    if (setup.starts !== false) this.start(id);
    return id;
  }

  /** Boots a process in an event of its own at the present time. Nothing if it is up by then. */
  start(id: ProcessId): void {
    assert(this.#hosts[id] !== undefined, "a process belongs to this world");
    this.#push(operations.boot, id, this.#timeline.nowUs, null);
  }

  /** Boots a process again after its death: `start` by its other name. */
  restart(id: ProcessId): void {
    this.start(id);
  }

  /** Runs `action` at a time, outside of all processes. */
  at(timeUs: number, action: () => void): void {
    assert(timeUs >= this.#timeline.nowUs, "a planned action lies in the future");
    this.#push(operations.action, noProcess, timeUs, action);
  }

  /** Tells `observer` of every event from now on. */
  observe(observer: Observer): void {
    this.#kernel.observe(observer);
  }

  /** Something happened to a process's machine from outside, whether the process is up or not. */
  emit(kind: number, process: ProcessId, a: number, b: number, c: number, d: number): void {
    this.#kernel.emit(kind, process, a, b, c, d);
  }

  /** Ends the run after the present event. */
  stop(): void {
    this.#dispatcher.stop ??= { kind: "stopped", reason: "asked" };
  }

  isUp(id: ProcessId): boolean {
    return this.#host(id).incarnation >= 0;
  }

  /** The process dies: its memory is gone, every completed write stays. Nothing if it is down. */
  crash(id: ProcessId, reason: string): void {
    this.#lifecycle.end(this.#host(id), "crash", reason);
  }

  /** The machine loses its power: what was not synced may be gone too. */
  powerLoss(id: ProcessId): void {
    const host = this.#host(id);
    // A machine loses what its disk had not written also while no process runs on it.
    if (host.incarnation < 0) host.disk.losePower();
    this.#lifecycle.end(host, "powerLoss", "power loss");
    host.setup.lostPower?.(host.disk.faults.isLosing);
  }

  /** Stops a process in its tracks until `resume`. Its clocks go on. */
  pause(id: ProcessId): void {
    this.#lifecycle.pause(this.#host(id));
  }

  resume(id: ProcessId): void {
    this.#lifecycle.resume(this.#host(id));
  }

  /** CPU time takes `factor` times as long, also after a restart, until `normal`. */
  slow(id: ProcessId, factor: number): void {
    this.#lifecycle.slow(this.#host(id), factor);
  }

  normal(id: ProcessId): void {
    this.#lifecycle.slow(this.#host(id), 1);
  }

  /** Crashes a process and empties its disk. */
  wipe(id: ProcessId): void {
    this.#lifecycle.wipe(this.#host(id));
  }

  /** The disk's fault verbs. */
  disk(id: ProcessId): DiskFaults {
    return this.#host(id).disk.faults;
  }

  /** Flips so many bits of a file where it lies. They stay flipped. */
  flipBits(id: ProcessId, file: string, bits: number): void {
    this.#host(id).disk.flip(file, bits);
  }

  /** The clocks of a process's machine, with their fault verbs. */
  clock(id: ProcessId): MachineClock {
    return this.#host(id).clock;
  }

  /**
   * Runs until `untilUs`, or until there is a reason to stop earlier. May be called again: in how
   * many steps a run is made changes nothing in it.
   */
  run(untilUs: number): Stop {
    const kernel = this.#kernel;
    assert(!kernel.isRunning, "a world runs once at a time");
    const dispatcher = this.#dispatcher;
    const endUs = Math.min(untilUs, this.#options.limits.timeUs);
    if (dispatcher.stop?.kind === "stopped" && dispatcher.stop.reason === "asked") {
      dispatcher.stop = null;
    }
    kernel.isRunning = true;
    try {
      const stop = guarded(() => dispatcher.run(endUs));
      const isOver = stop.kind === "time" || stop.kind === "idle";
      if (isOver && this.#timeline.nowUs < endUs) this.#timeline.nowUs = endUs;
      return stop;
    } finally {
      kernel.isRunning = false;
    }
  }

  #report(
    began: boolean,
    part: "network" | "disk" | "clock",
    fault: number,
    process: ProcessId,
  ): void {
    const { kind } = kernelEvents[`${part}${began ? "Fault" : "Repair"}`];
    this.#kernel.emit(kind, process, fault, 0, 0, 0);
  }

  #push(operation: number, process: ProcessId, timeUs: number, object: unknown): void {
    const slot = this.#timeline.queue.allocate(operation, process, -1, 0, 0, 0, object);
    this.#timeline.schedule(slot, timeUs, Math.max(process, 0), 0);
  }

  #host(id: ProcessId): Host {
    const host = this.#hosts[id];
    assert(host !== undefined, "a process belongs to this world");
    return host;
  }
}
