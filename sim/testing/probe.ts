/** Processes that do what a test tells them and write down what happens to them. */
import type { Boot, Machine, Process, ProcessId } from "../process.ts";
import { World, type WorldOptions } from "../world.ts";

/** A probe's message: a number to know it by. */
export type Numbered = { readonly n: number };

/** Set-up for tests: one strategy, wide limits, constant latencies unless the test changes them. */
export const plainOptions: WorldOptions = {
  seed: "test",
  strategy: { kind: "fifo" },
  slackUs: 0,
  limits: { events: 1_000_000, timeUs: 2 ** 40, eventsPerSecond: 1_000_000 },
  network: { latency: { minUs: 100, maxUs: 100 }, bytesPerSecond: 0 },
  disk: { latency: { minUs: 10, maxUs: 10 } },
  keepTrace: false,
};

/** What a probe does when something reaches it; by default it writes a line. */
export type Reactions = {
  readonly boot?: (machine: Machine) => void;
  readonly receive?: (machine: Machine, from: ProcessId, kind: number, n: number) => void;
  readonly timer?: (machine: Machine, kind: number, number: number) => void;
  readonly diskDone?: (machine: Machine, token: number, error: string | null) => void;
};

/** A world of probes, and the lines that they wrote. */
export class ProbeWorld {
  readonly world: World;
  /** The present machine of each probe. */
  readonly machines: Machine[] = [];
  #lines: string[] = [];

  constructor(options: Partial<WorldOptions> = {}) {
    this.world = new World({ ...plainOptions, ...options });
  }

  /** Adds a probe. */
  add(
    setup: {
      readonly zone?: string;
      readonly pools?: readonly number[];
      readonly costUs?: number;
      readonly reactions?: Reactions;
    } = {},
  ): ProcessId {
    const { zone = "z", pools = [64], costUs = 0, reactions = {} } = setup;
    const boot: Boot = (machine) => {
      this.machines[machine.id] = machine;
      reactions.boot?.(machine);
      return this.#probe(machine, reactions);
    };
    const name = `p${this.machines.length}`;
    return this.world.addProcess({ name, zone, pools, messageCostUs: () => costUs, boot });
  }

  /** Writes a line, with the time before it. */
  write(text: string): void {
    this.#lines.push(`${this.world.nowUs}: ${text}`);
  }

  /** Lets a probe do something now, outside of its handlers but inside the run. */
  tell(process: ProcessId | number, action: (machine: Machine) => void): void {
    this.world.at(this.world.nowUs, () => {
      const machine = this.machines[process];
      if (machine !== undefined) action(machine);
    });
  }

  /** Runs on for so long and takes the lines written meanwhile. */
  run(forUs: number): readonly string[] {
    this.world.run(this.world.nowUs + forUs);
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }

  #probe(machine: Machine, reactions: Reactions): Process {
    const me = machine.id;
    return {
      receive: (from, kind, payload) => {
        const { n } = payload as Numbered;
        if (reactions.receive !== undefined) reactions.receive(machine, from, kind, n);
        else this.write(`${from} -> ${me} kind ${kind} #${n}`);
      },
      refused: (to, kind, payload) => {
        this.write(`${me} refused by ${to} kind ${kind} #${(payload as Numbered).n}`);
      },
      timer: (kind, number) => {
        if (reactions.timer !== undefined) reactions.timer(machine, kind, number);
        else this.write(`${me} timer ${kind} ${number}`);
      },
      diskDone: (token, error, bytes) => {
        if (reactions.diskDone !== undefined) reactions.diskDone(machine, token, error);
        else this.write(`${me} disk #${token} ${error ?? "done"}${shown(bytes)}`);
      },
      digest: () => 0,
    };
  }
}

function shown(bytes: Uint8Array | null): string {
  if (bytes === null) return "";
  if (bytes.length > 64) return ` ${bytes.length} bytes`;
  return ` "${Buffer.from(bytes).toString("latin1").replaceAll("\0", ".")}"`;
}
