/**
 * A small distributed system that touches every part of the kernel: processes count, gossip their
 * counts, log them to disk and recover them, under a random plan of faults of every sort. One seed
 * gives one plan and one run; its hash says whether two hosts saw the same.
 */
import { digestText, latin1Bytes, latin1Text } from "../bytes.ts";
import type { Machine, Process, ProcessId, Task } from "../process.ts";
import type { Stream } from "../random.ts";
import type { StrategyChoice } from "../scheduler/strategy.ts";
import { World, type WorldOptions } from "../world.ts";

const kinds = { gossip: 1, ask: 2, answer: 3 } as const;
const timers = { count: 1, gossip: 2, work: 3 } as const;
const tokens = { read: 1, append: 2, sync: 3 } as const;
/** The event that a counter reports: whose count it learned of, and the count. */
export const learnedEvent = 64;

type Counts = { readonly counts: readonly number[] };

class Counter implements Process {
  readonly #machine: Machine;
  readonly #chance: Stream;
  readonly #peers: number;
  readonly #counts: number[];
  #isRecovered = false;
  #refusals = 0;

  constructor(machine: Machine, peers: number) {
    this.#machine = machine;
    this.#peers = peers;
    this.#chance = machine.stream("counter");
    this.#counts = Array.from({ length: peers }, () => 0);
    machine.disk.read("log", tokens.read);
    machine.arm(1_000 + 100 * machine.id, timers.count, 0);
    machine.arm(500, timers.gossip, 0);
    machine.spawn(this.#ask());
  }

  receive(from: ProcessId, kind: number, payload: object): void {
    this.#merge((payload as Counts).counts);
    if (kind === kinds.ask) this.#send(from, kinds.answer);
    if (kind === kinds.gossip && this.#chance.chance(1, 8)) this.#machine.spend(200);
    if (kind === kinds.gossip) this.#machine.submit(1, 30, timers.work, from);
  }

  refused(): void {
    this.#refusals += 1;
  }

  timer(kind: number, number: number): void {
    const machine = this.#machine;
    if (kind === timers.count) {
      machine.arm(4_000, timers.count, number + 1);
      if (!this.#isRecovered) return;
      this.#learn(machine.id, (this.#counts[machine.id] ?? 0) + 1);
      machine.disk.append("log", latin1Bytes(`${this.#counts.join(",")}\n`), tokens.append);
      if (number % 3 === 2) machine.disk.sync("log", tokens.sync);
      if (number % 4 === 3) machine.disk.read("log", tokens.read);
    } else if (kind === timers.gossip) {
      machine.arm(1_500 + this.#chance.below(500), timers.gossip, 0);
      this.#send(this.#chance.below(this.#peers) as ProcessId, kinds.gossip);
    } else if (number % 2 === 0) this.#send(number as ProcessId, kinds.answer);
  }

  diskDone(token: number, error: string | null, bytes: Uint8Array | null): void {
    if (token === tokens.read) {
      const lines = latin1Text(bytes ?? new Uint8Array(0)).split("\n");
      // Anything may have happened to the bytes: whatever is no count counts as none.
      for (const line of lines) this.#merge(line.split(",").map((text) => Number(text) || 0));
      this.#isRecovered = true;
    } else if (error !== null) this.#machine.die("abort", `the disk said ${error}`);
  }

  digest(): number {
    return digestText(`${this.#counts.join(",")} ${this.#refusals}`);
  }

  *#ask(): Task {
    const machine = this.#machine;
    for (;;) {
      machine.sleep(3_000 + this.#chance.below(2_000));
      yield;
      if (machine.wallUs() < machine.monotonicUs()) machine.emit(learnedEvent + 1, 0, 0, 0, 0);
      this.#send(this.#chance.below(this.#peers) as ProcessId, kinds.ask);
    }
  }

  #merge(counts: readonly number[]): void {
    for (let peer = 0; peer < this.#peers; peer++) {
      const count = counts[peer] ?? 0;
      if (count > (this.#counts[peer] ?? 0) && count < 1_000) this.#learn(peer, count);
    }
  }

  #learn(peer: number, count: number): void {
    this.#counts[peer] = count;
    this.#machine.emit(learnedEvent, peer, count, 0, 0);
  }

  #send(to: ProcessId, kind: number): void {
    this.#machine.send(to, kind, { counts: this.#counts.slice() }, 8 * this.#peers);
  }
}

/** What a run of the toy came to. */
export type ToyResult = {
  readonly world: World;
  readonly hash: string;
  readonly processes: readonly ProcessId[];
};

/** Runs the toy world of a seed for 60 simulated milliseconds. `change` overrides options. */
export function runToyWorld(seed: string, change: Partial<WorldOptions> = {}): ToyResult {
  const { world, processes } = openToyWorld(seed, change);
  world.run(60_000);
  return { world, hash: world.hash(), processes };
}

/** The toy world of a seed before anything happened. */
export function openToyWorld(
  seed: string,
  change: Partial<WorldOptions> = {},
): { readonly world: World; readonly processes: readonly ProcessId[] } {
  const shape = digestText(seed);
  const world = new World({
    seed,
    strategy: strategies[shape % 3]!,
    slackUs: shape % 5 === 0 ? 0 : shape % 60,
    limits: { events: 100_000, timeUs: 60_000_000, eventsPerSecond: 1_000_000 },
    network: {
      latency: { minUs: 50, maxUs: 50 + (shape % 900) },
      bytesPerSecond: shape % 4 === 0 ? 1_000_000 : 0,
    },
    disk: { latency: { minUs: 20, maxUs: 400 } },
    keepTrace: false,
    isUnrestricted: shape % 7 === 0,
    checkpointEvery: 256,
    ...change,
  });
  const peers = 3 + (shape % 3);
  const processes = Array.from({ length: peers }, (_, at) =>
    world.addProcess({
      name: `p${at}`,
      zone: at % 2 === 0 ? "x" : "y",
      pools: [1 + (at % 2), 1],
      messageCostUs: (kind) => 10 * kind,
      boot: (machine) => new Counter(machine, peers),
    }),
  );
  planFaults(world, processes, world.random.stream("plan"));
  return { world, processes };
}

const strategies: readonly StrategyChoice[] = [
  { kind: "fifo" },
  { kind: "random" },
  { kind: "pct", changePoints: 3, eventsExpected: 1_000 },
];

type Break = (world: World, victim: ProcessId, other: ProcessId, chance: Stream) => () => void;

/** Every sort of fault; each gives back what undoes it. */
const breaks: readonly Break[] = [
  (world, victim) => {
    world.crash(victim, "planned");
    return () => world.restart(victim);
  },
  (world, victim) => {
    world.powerLoss(victim);
    return () => world.restart(victim);
  },
  (world, victim) => {
    world.pause(victim);
    return () => world.resume(victim);
  },
  (world, victim) => {
    world.slow(victim, 4);
    return () => world.normal(victim);
  },
  (world, victim, other) => {
    const id = world.network.partition([[victim], [other]]);
    return () => world.network.heal(id);
  },
  (world, victim) => {
    const id = world.network.isolate(victim);
    return () => world.network.heal(id);
  },
  (world, victim, other) => onLink(world, "drop", "deliver", victim, other),
  (world, victim, other) => onLink(world, "corrupt", "clean", victim, other),
  (world) => {
    world.network.duplicate({ kind: "all" }, { perMillion: 300_000, spreadUs: 900 });
    return () => world.network.single({ kind: "all" });
  },
  (world, victim) => {
    const where = { kind: "process", process: victim } as const;
    world.network.reorder(where, { perMillion: 500_000, spreadUs: 2_000 });
    return () => world.network.order(where);
  },
  (world, victim) => onProcess(world, "clog", "unclog", victim),
  (world, victim) => onProcess(world, "hold", "release", victim),
  (world, victim) => onProcess(world, "refuse", "accept", victim),
  (world, victim) => onProcess(world, "hang", "answer", victim),
  (world) => {
    world.network.limit({ kind: "zone", zone: "x" }, 1);
    return () => world.network.unlimit({ kind: "zone", zone: "x" });
  },
  (world) => {
    world.network.delay({ kind: "all", kinds: [1] }, { minUs: 500, maxUs: 3_000 });
    return () => world.network.hasten({ kind: "all", kinds: [1] });
  },
  (world, victim) => {
    world.disk(victim).stall();
    return () => world.disk(victim).flow();
  },
  (world, victim, _other, chance) => {
    const work = chance.pick(["write", "sync", "read"] as const);
    world.disk(victim).eio(work, 300_000);
    return () => {
      world.disk(victim).honest(work);
      world.restart(victim);
    };
  },
  (world, victim) => {
    world.disk(victim).misdirect(300_000);
    return () => world.disk(victim).direct();
  },
  (world, victim) => {
    world.flipBits(victim, "log", 3);
    world.disk(victim).rot(500_000);
    return () => world.disk(victim).preserve();
  },
  (world, victim) => {
    world.clock(victim).skew(-5_000);
    world.clock(victim).drift(90_000);
    world.clock(victim).driftMonotonic(150);
    return () => {
      world.clock(victim).align();
      world.clock(victim).steady();
      world.clock(victim).steadyMonotonic();
    };
  },
];

function onLink(
  world: World,
  verb: "drop" | "corrupt",
  undo: "deliver" | "clean",
  from: ProcessId,
  to: ProcessId,
): () => void {
  world.network[verb]({ kind: "link", from, to }, 400_000);
  return () => world.network[undo]({ kind: "link", from, to });
}

function onProcess(
  world: World,
  verb: "clog" | "hold" | "refuse" | "hang",
  undo: "unclog" | "release" | "accept" | "answer",
  process: ProcessId,
): () => void {
  world.network[verb]({ kind: "process", process });
  return () => world.network[undo]({ kind: "process", process });
}

function planFaults(world: World, processes: readonly ProcessId[], chance: Stream): void {
  for (let fault = 0; fault < 12; fault++) {
    const atUs = chance.below(50_000);
    const victim = chance.pick(processes);
    const other = chance.pick(processes.filter((process) => process !== victim));
    const breakage = chance.pick(breaks);
    const forUs = chance.between(500, 8_000);
    world.at(atUs, () => {
      const undo = breakage(world, victim, other, chance);
      world.at(atUs + forUs, undo);
    });
  }
}
