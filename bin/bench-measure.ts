/** The measurements of `coprsim bench`, one after another. */
import { setImmediate as turn } from "node:timers/promises";
import { runCounterGroup } from "../nodes/raft/bench/index.ts";
import {
  type Clocks,
  type FigureKey,
  isolationHistory,
  judgeIsolation,
  judgeLinearizability,
  type Lap,
  type ModelledHistory,
  median,
  ownHistories,
  type Rounds,
  SeedsBench,
  type SeedsRound,
  scales,
  scenarioW,
  sumOfRounds,
  threeReplicas,
  timed,
  unsetFailpointNanoseconds,
} from "../scenarios/bench/index.ts";
import { KernelBench } from "../sim/bench/index.ts";
import { measureStartUp, measureWorld, peakMegabytes } from "./bench-machine.ts";
import { CalmRounds, type RoundSizes, sumOfLaps } from "./bench-rounds.ts";
import { fail } from "./seeds.ts";

/** One figure as it came out. */
export type Measurement = {
  readonly key: FigureKey;
  /** By processor time, where time is part of it. */
  readonly value: number;
  /** The same by wall time; null where time is no part of it. */
  readonly byWall: number | null;
  /** The share of a processor that the measured rounds had, or null. */
  readonly cpuShare: number | null;
  /** Rounds in which the machine was busy: thrown away, or used for want of better ones. */
  readonly busyRounds: number;
  /** Whether such a round was used. */
  readonly isDisturbed: boolean;
};

/** What the figures of workload W stand beside. */
export type WorkloadFacts = {
  readonly nanosecondsPerEvent: number;
  readonly eventsPerOperation: number;
  readonly operationsPerSeed: number;
  readonly electionsPerSeed: number;
  readonly crashesPerSeed: number;
};

/** How much to measure. */
export type Sizes = RoundSizes & {
  /** Before workload W is measured: V8 goes on compiling for some hundreds of seeds. */
  readonly warmSeeds: number;
  /** About so long should a round of seeds take, all its pieces together. */
  readonly roundMs: number;
  readonly kernelEvents: number;
  readonly raftSeeds: number;
  readonly histories: number;
  readonly transactions: number;
  readonly passings: number;
};

/** What `bench` measures. */
export const fullSizes: Sizes = {
  rounds: 5,
  patienceMs: 20_000,
  patienceUntilMs: 100_000,
  warmSeeds: 400,
  roundMs: 1000,
  pieces: 10,
  kernelEvents: 1_000_000,
  raftSeeds: 200,
  histories: 500,
  transactions: 100_000,
  passings: 30_000_000,
};

export type MeasureOptions = {
  readonly sizes: Sizes;
  /** Recorded histories in place of our own. */
  readonly histories: readonly ModelledHistory[] | null;
  /** The built command, or null where there is none. */
  readonly program: string | null;
  /** Told before each measurement; false: stop here. */
  readonly next: (about: string) => Promise<boolean>;
  /** Whether an end was asked for: then nothing waits for a calm machine any more. */
  readonly interrupted: () => boolean;
  /** Told of each figure as soon as it is known. */
  readonly measured: (measurement: Measurement) => void;
};

export type Measured = {
  readonly measurements: readonly Measurement[];
  readonly workload: WorkloadFacts | null;
};

/** The clocks of this process. */
export const processClocks: Clocks = {
  cpuMs: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
  wallMs: () => performance.now(),
};

/** Measures everything, or as much as `next` lets it. Throws if a seed of W is violated. */
export async function measureAll(options: MeasureOptions): Promise<Measured> {
  const bench = new Measuring(options);
  const steps: readonly (readonly [about: string, step: () => Promise<void>])[] = [
    ["the kernel", () => bench.kernel()],
    ["workload W", () => bench.workload()],
    ["the judges' share", () => bench.judging()],
    ["memory", () => bench.memory()],
    ["the Raft core", () => bench.raft()],
    ["a large cluster", () => bench.scale()],
    ["an unset failpoint", () => bench.failpoint()],
    ["start-up", () => bench.startUp(options.program)],
    ["linearizability", () => bench.linearizability(options.histories)],
    ["isolation", () => bench.isolation()],
  ];
  for (const [about, step] of steps) {
    if (!(await options.next(about))) break;
    await step();
  }
  return { measurements: bench.measurements, workload: bench.facts };
}

class Measuring {
  readonly measurements: Measurement[] = [];
  facts: WorkloadFacts | null = null;
  readonly #sizes: Sizes;
  readonly #clocks = processClocks;
  readonly #measured: MeasureOptions["measured"];
  readonly #rounds: CalmRounds;
  #w: SeedsBench | null = null;
  #wSeeds = 1;

  constructor({ sizes, measured, interrupted }: MeasureOptions) {
    this.#sizes = sizes;
    this.#measured = measured;
    this.#rounds = new CalmRounds(sizes, this.#clocks, interrupted);
  }

  async kernel(): Promise<void> {
    for (const [key, pending] of [
      ["kernelEventsPerSecond64", 64],
      ["kernelEventsPerSecond1024", 1024],
    ] as const) {
      const { kernelEvents, pieces } = this.#sizes;
      const bench = new KernelBench({ pending });
      // V8 goes on compiling for a million events.
      bench.run(2 * kernelEvents);
      const piece = () => {
        let count = 0;
        const lap = timed(this.#clocks, () => {
          count = bench.run(kernelEvents / pieces);
        });
        return { lap, count };
      };
      const ran = await this.#rounds.inPieces(piece, (all) => {
        return { lap: sumOfLaps(all), count: all.reduce((sum, { count }) => sum + count, 0) };
      });
      this.#add(
        key,
        ran,
        ({ lap, count }) =>
          (ms) =>
            (count * 1000) / ms(lap),
      );
    }
  }

  async workload(): Promise<void> {
    const { warmSeeds, roundMs, pieces } = this.#sizes;
    const bench = this.#seeds(scenarioW, false);
    this.#w = bench;
    await bench.prepare();
    const seeds = await this.#warm(bench, warmSeeds, roundMs / pieces);
    const from = warmSeeds;
    const run = (number: number) => bench.run(seeds, { from: from + number * seeds });
    const ran = await this.#rounds.inPieces(run, sumOfRounds);
    this.#wSeeds = seeds * pieces;
    this.#add("eventsPerSecond", ran, (one) => (ms) => (one.totals.events * 1000) / ms(one.lap));
    this.#add("simSecondsPerSecond", ran, (one) => (ms) => {
      return (one.simulatedSeconds * 1000) / ms(one.lap);
    });
    this.#add("seedsPerMinute", ran, (one) => (ms) => (one.seeds * 60_000) / ms(one.lap));
    this.facts = factsOf(ran.kept);
  }

  /** The same seeds with judges and without, in turns. */
  async judging(): Promise<void> {
    const bench = this.#w;
    if (bench === null) return;
    const seeds = Math.ceil(this.#wSeeds / 2);
    const ran = await this.#rounds.whole(async (number) => {
      const from = number * seeds;
      const judged = await bench.run(seeds, { from });
      const bare = await bench.run(seeds, { from, judged: false });
      return { lap: judged.lap, bare: bare.lap };
    });
    this.#add(
      "judgingShare",
      ran,
      ({ lap, bare }) =>
        (ms) =>
          1 - ms(bare) / ms(lap),
    );
  }

  async memory(): Promise<void> {
    this.#addPlain("rssMegabytes", peakMegabytes());
    this.#addPlain("worldMegabytes", await measureWorld(scenarioW));
  }

  async raft(): Promise<void> {
    const { raftSeeds, warmSeeds, pieces } = this.#sizes;
    const seeds = Math.ceil(raftSeeds / pieces);
    const run = (from: number, seeds: number) => {
      return timed(this.#clocks, () => {
        for (let seed = from; seed < from + seeds; seed++) runCounterGroup(seed);
      });
    };
    run(1, warmSeeds / 4);
    const piece = (number: number) => ({ lap: run(1 + number * seeds, seeds) });
    const ran = await this.#rounds.inPieces(piece, (all) => ({ lap: sumOfLaps(all) }));
    this.#add(
      "raftSeedsPerMinute",
      ran,
      ({ lap }) =>
        (ms) =>
          (seeds * pieces * 60_000) / ms(lap),
    );
  }

  async scale(): Promise<void> {
    const benches = {
      small: this.#seeds(scales.small, true),
      large: this.#seeds(scales.large, true),
    };
    await benches.small.prepare();
    await benches.large.prepare();
    const { warmSeeds, roundMs, pieces } = this.#sizes;
    const small = await this.#warm(benches.small, warmSeeds / 8, roundMs / 3 / pieces);
    const large = await this.#warm(benches.large, warmSeeds / 100, roundMs / 2 / pieces);
    const piece = async (number: number) => {
      const one = await benches.small.run(small, { from: number * small });
      const other = await benches.large.run(large, { from: number * large });
      return { lap: sumOfLaps([one, other]), one, other };
    };
    const ran = await this.#rounds.inPieces(piece, (all) => ({
      lap: sumOfLaps(all),
      one: sumOfRounds(all.map(({ one }) => one)),
      other: sumOfRounds(all.map(({ other }) => other)),
    }));
    const cost = ({ lap, totals }: SeedsRound, ms: (lap: Lap) => number) => ms(lap) / totals.events;
    this.#add(
      "scaleRatio",
      ran,
      ({ one, other }) =>
        (ms) =>
          cost(other, ms) / cost(one, ms),
    );
  }

  failpoint(): Promise<void> {
    const all = Array.from({ length: this.#sizes.rounds }, () => {
      return unsetFailpointNanoseconds(this.#sizes.passings, this.#clocks);
    });
    this.#addPlain("unsetFailpointNanoseconds", median(all));
    return Promise.resolve();
  }

  startUp(program: string | null): Promise<void> {
    if (program === null) return Promise.resolve();
    const laps = Array.from({ length: this.#sizes.rounds }, () => measureStartUp(program));
    const ran = { kept: laps.map((lap) => ({ lap })), busy: 0, keptBusy: 0 };
    this.#add(
      "startupSeconds",
      ran,
      ({ lap }) =>
        (ms) =>
          ms(lap) / 1000,
    );
    return Promise.resolve();
  }

  async linearizability(recorded: readonly ModelledHistory[] | null): Promise<void> {
    const histories = recorded ?? ownHistories(this.#sizes.histories);
    const ran = await this.#rounds.whole(() => judgeLinearizability(histories, this.#clocks));
    this.#add("linearizabilityOpsPerSecond", ran, ({ lap, count }) => (ms) => {
      return (count * 1000) / ms(lap);
    });
  }

  async isolation(): Promise<void> {
    const { transactions } = this.#sizes;
    const events = isolationHistory(transactions);
    const ran = await this.#rounds.whole(() => ({ lap: judgeIsolation(events, this.#clocks) }));
    this.#add(
      "isolationTxnsPerSecond",
      ran,
      ({ lap }) =>
        (ms) =>
          (transactions * 1000) / ms(lap),
    );
  }

  #seeds(scenario: typeof scenarioW, threeOnly: boolean): SeedsBench {
    const system = threeOnly ? threeReplicas : null;
    return new SeedsBench({ scenario, clocks: this.#clocks, turn, system, onFailure: fail });
  }

  /** Warms up; answers how many seeds take `roundMs`. */
  async #warm(bench: SeedsBench, seeds: number, roundMs: number): Promise<number> {
    const half = Math.ceil(seeds / 2);
    await bench.run(half);
    // The second half says more about what is to come.
    const { lap } = await bench.run(half);
    return Math.max(1, Math.ceil((roundMs * half) / lap.cpuMs));
  }

  #add<Round extends { readonly lap: Lap }>(
    key: FigureKey,
    { kept, busy, keptBusy }: Rounds<Round>,
    figure: (round: Round) => (ms: (lap: Lap) => number) => number,
  ): void {
    const by = (ms: (lap: Lap) => number) => median(kept.map((round) => figure(round)(ms)));
    this.#tell({
      key,
      value: by(({ cpuMs }) => cpuMs),
      byWall: by(({ wallMs }) => wallMs),
      cpuShare: median(kept.map(({ lap }) => lap.cpuMs / lap.wallMs)),
      busyRounds: busy,
      isDisturbed: keptBusy > 0,
    });
  }

  #addPlain(key: FigureKey, value: number): void {
    this.#tell({ key, value, byWall: null, cpuShare: null, busyRounds: 0, isDisturbed: false });
  }

  #tell(measurement: Measurement): void {
    this.measurements.push(measurement);
    this.#measured(measurement);
  }
}

function factsOf(kept: readonly SeedsRound[]): WorkloadFacts {
  const total = (of: (round: SeedsRound) => number) => kept.reduce((sum, one) => sum + of(one), 0);
  const [seeds, events] = [total((one) => one.seeds), total((one) => one.totals.events)];
  return {
    nanosecondsPerEvent: (total((one) => one.lap.cpuMs) * 1e6) / events,
    eventsPerOperation: events / total((one) => one.operations),
    operationsPerSeed: total((one) => one.operations) / seeds,
    electionsPerSeed: total((one) => one.totals.elections) / seeds,
    crashesPerSeed: total((one) => one.totals.crashes) / seeds,
  };
}
