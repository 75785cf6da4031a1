/** What the world keeps of a process over all its incarnations. */
import type { MachineClock } from "./clock.ts";
import type { SimDisk } from "./disk/disk.ts";
import type { Pool } from "./pool.ts";
import type { Boot, Machine, Process, ProcessId } from "./process.ts";
import type { TaskTable } from "./task.ts";

/** How a process is set up. */
export type ProcessSetup = {
  readonly name: string;
  /** Zones have latencies of their own: see `NetworkFaults.setZoneLatency`. */
  readonly zone: string;
  /** The threads of each pool. Pool 0 takes messages, the others what is submitted to them. */
  readonly pools: readonly number[];
  /** The CPU time of taking up a message, in whole microseconds. */
  readonly messageCostUs: (kind: number, payload: object) => number;
  readonly boot: Boot;
  /** False waits for `World.start`; else it boots at the present time, in an event of its own. */
  readonly starts?: boolean;
  /**
   * Told when the machine has lost its power, for durable state that is not on its disk. `loses`:
   * what was not synced may be gone.
   */
  readonly lostPower?: (loses: boolean) => void;
};

/** A machine as the kernel sees it. */
export interface HostedMachine extends Machine {
  /** Suspended tasks; dropped with the machine. */
  readonly tasks: TaskTable;
  /** The incarnation is over. */
  end(): void;
}

/**
 * One process: its setup, its machine's disk and clock, and its present incarnation if it is up.
 */
export class Host {
  readonly id: ProcessId;
  readonly setup: ProcessSetup;
  readonly disk: SimDisk;
  readonly clock: MachineClock;
  /** How many incarnations began. The present one's number is one less. */
  boots = 0;
  /** The present incarnation's number, or -1 while the process is down. */
  incarnation = -1;
  process: Process | null = null;
  /** The present incarnation's machine. */
  machine: HostedMachine | null = null;
  pools: Pool[] = [];
  /** The first of the pools, which takes messages. */
  messagePool: Pool | null = null;
  /** CPU time is multiplied by it. */
  slowFactor = 1;
  isPaused = false;
  /** What became due while the process was paused, in order. */
  readonly parked: number[] = [];

  constructor(id: ProcessId, setup: ProcessSetup, disk: SimDisk, clock: MachineClock) {
    this.id = id;
    this.setup = setup;
    this.disk = disk;
    this.clock = clock;
  }
}
