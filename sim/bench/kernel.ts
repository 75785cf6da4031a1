/**
 * The kernel's own speed: five processes that exchange messages and timers, and no work in them.
 * `coprsim bench` times it; a real store's handlers come on top.
 */
import type { Machine, Process, ProcessId } from "../process.ts";
import { World } from "../world.ts";

const processes = 5;
const kindPing = 1;
const kindTimer = 2;

class Pinger implements Process {
  readonly #machine: Machine;
  #seen = 0;

  constructor(machine: Machine, chains: number) {
    this.#machine = machine;
    for (let chain = 0; chain < chains; chain++) machine.arm(1 + chain, kindTimer, chain);
  }

  receive(from: ProcessId, kind: number, payload: object): void {
    this.#seen = (this.#seen + from + kind) | 0;
    // Three messages for one timer, each event makes the next: the number pending stays the same.
    if ((this.#seen & 3) === 0) this.#machine.arm(500, kindTimer, this.#seen & 7);
    else this.#send(payload);
  }

  refused(): void {}

  timer(_kind: number, number: number): void {
    this.#seen = (this.#seen + number + 1) | 0;
    this.#send(message);
  }

  diskDone(): void {}

  digest(): number {
    return this.#seen;
  }

  #send(payload: object): void {
    const to = (this.#machine.id + 1 + (this.#seen & 3)) % processes;
    this.#machine.send(to as ProcessId, kindPing, payload, 64);
  }
}

const message = Object.freeze({ term: 1, index: 2 });

/** A world whose processes keep `pending` events waiting at any time. */
export class KernelBench {
  readonly #world: World;

  constructor({ pending }: { readonly pending: number }) {
    this.#world = new World({
      seed: "bench",
      strategy: { kind: "fifo" },
      slackUs: 0,
      limits: { events: 2 ** 32, timeUs: 2 ** 50, eventsPerSecond: 2 ** 32 },
      network: { latency: { minUs: 200, maxUs: 1_000 }, bytesPerSecond: 0 },
      disk: { latency: { minUs: 100, maxUs: 500 } },
      keepTrace: false,
    });
    for (let id = 0; id < processes; id++) {
      const chains = Math.floor((pending + id) / processes);
      this.#world.addProcess({
        name: `p${id}`,
        zone: "z",
        pools: [4],
        messageCostUs: () => 0,
        boot: (machine) => new Pinger(machine, chains),
        starts: true,
      });
    }
  }

  /** Goes on for at least `events` events; returns how many they were. */
  run(events: number): number {
    const world = this.#world;
    const before = world.events;
    while (world.events - before < events) world.run(world.nowUs + 100_000);
    return world.events - before;
  }
}
