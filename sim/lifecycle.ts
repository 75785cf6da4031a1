/** How processes come and go: boot, crash, power loss, pause, wipe. */
import { assert } from "./assert.ts";
import { kernelEvents } from "./events.ts";
import { noPool } from "./handler.ts";
import type { Host } from "./host.ts";
import type { Kernel, OwnDeath } from "./kernel.ts";
import { SimMachine } from "./machine.ts";
import { Pool } from "./pool.ts";
import type { ProcessId } from "./process.ts";
import { processStop } from "./stop.ts";

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

/** The processes of a world and their incarnations. */
export class Lifecycle {
  readonly hosts: Host[];
  readonly deaths: Death[] = [];
  readonly #kernel: Kernel;

  constructor(hosts: Host[], kernel: Kernel) {
    this.hosts = hosts;
    this.#kernel = kernel;
  }

  /** The next incarnation begins: its boot function is the first thing that runs. */
  boot(host: Host): void {
    assert(host.incarnation < 0, "a process boots while it is down");
    host.incarnation = host.boots;
    host.boots += 1;
    host.pools = host.setup.pools.map((threads) => new Pool(threads));
    host.messagePool = host.pools[0]!;
    const machine = new SimMachine(host, this.#kernel);
    host.machine = machine;
    const { handler, network, timeline } = this.#kernel;
    handler.begin(machine, noPool, 0);
    this.#kernel.emit(kernelEvents.boot.kind, host.id, host.incarnation, 0, 0, 0);
    if (!machine.isAlive) throw processStop;
    const process = host.setup.boot(machine);
    if (machine.isAlive) host.process = process;
    handler.end(network, timeline.nowUs);
  }

  /** Ends the present incarnation of a process, if there is one. */
  end(host: Host, kind: Death["kind"], text: string): void {
    const { incarnation } = host;
    if (incarnation < 0) return;
    const { timeline } = this.#kernel;
    assert(host.machine !== null, "what is up has a machine");
    host.machine.end();
    host.machine = null;
    host.incarnation = -1;
    host.process = null;
    for (const pool of host.pools) {
      while (pool.waiting > 0) timeline.queue.release(pool.dequeue());
    }
    if (kind === "powerLoss") host.disk.losePower();
    else host.disk.crash();
    host.isPaused = false;
    this.#unpark(host);
    const isPlanned = kind === "crash" || kind === "powerLoss";
    const timeUs = timeline.nowUs;
    this.deaths.push({ process: host.id, incarnation, timeUs, kind, isPlanned, text });
    const event = kind === "crash" || kind === "powerLoss" ? kind : "death";
    const how = kind === "crash" || kind === "powerLoss" ? 0 : deathNumbers[kind];
    this.#kernel.emit(kernelEvents[event].kind, host.id, incarnation, how, 0, 0);
  }

  /** Stops a process in its tracks: what becomes due waits. Nothing if it is down or paused. */
  pause(host: Host): void {
    if (host.incarnation < 0 || host.isPaused) return;
    host.isPaused = true;
    this.#kernel.emit(kernelEvents.pause.kind, host.id, 0, 0, 0, 0);
  }

  /** Goes on: everything that became due meanwhile is due now, in its order. */
  resume(host: Host): void {
    if (!host.isPaused) return;
    host.isPaused = false;
    this.#unpark(host);
    this.#kernel.emit(kernelEvents.resume.kind, host.id, 0, 0, 0, 0);
  }

  /** Multiplies CPU time from now on. It is the machine's: a restart does not help. */
  slow(host: Host, factor: number): void {
    assert(factor >= 1, "a slow process is slower than a normal one");
    host.slowFactor = factor;
    this.#kernel.emit(kernelEvents.slow.kind, host.id, Math.round(factor), 0, 0, 0);
  }

  /** Crashes the process if it is up, and empties its disk. */
  wipe(host: Host): void {
    this.end(host, "crash", "wiped");
    host.disk.wipe();
    this.#kernel.emit(kernelEvents.wipe.kind, host.id, 0, 0, 0, 0);
  }

  #unpark(host: Host): void {
    for (const slot of host.parked.splice(0)) this.#kernel.timeline.scheduleFirst(slot);
  }
}
