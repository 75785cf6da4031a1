/**
 * One run: a synchronous, pure function of plan, seed and environment. Builds the world and the
 * cluster, plays the plan's operations and faults, heals, and collects what judges and gates say.
 */
import {
  type Cluster,
  type ClusterOptions,
  type Config,
  codeDigest,
  type EnginePool,
  type Settings,
  settingsOf,
} from "../nodes/index.ts";
import { defaultPluginLimits, hostBuildInfo, type PreparedPlugin } from "../plugins/index.ts";
import { assert } from "../sim/assert.ts";
import { digestText } from "../sim/bytes.ts";
import {
  type Codec,
  type Decision,
  type DecisionMode,
  guarded,
  type Stop,
  type StrategyChoice,
  type Trace,
  World,
} from "../sim/index.ts";
import { RunFailpoints } from "./failpoints/index.ts";
import { FaultInjector } from "./faults/injector.ts";
import { type GateCounts, Gates } from "./gates.ts";
import type { History } from "./history.ts";
import type { Judge, JudgeFactory, NodeStop, RunFacts, Violation, Watcher } from "./judge.ts";
import { budget, budgetViolation, type RaftCost, RaftCostMeter } from "./judges/budget.ts";
import { artefactsOf, filesOf, type Plan } from "./plan.ts";
import { operationOf, Recorder } from "./recorder.ts";
import { RunPlugins } from "./run-plugins.ts";
import { type TotalCounts, Totals } from "./totals.ts";
import { Watchers } from "./watchers.ts";

/** The build of the system under test: the real one, or a mutated one. */
export type System = {
  readonly start: (options: ClusterOptions) => Cluster;
  /** How this build's messages become bytes. */
  readonly codec: Codec;
};

/** What a run needs besides its plan: prepared before, shared by all runs of a thread. */
export type Environment = {
  readonly system: System;
  readonly engines: EnginePool;
  /** Prepared artefacts by the name that plans use. */
  readonly plugins: ReadonlyMap<string, PreparedPlugin>;
  readonly judges: readonly JudgeFactory[];
  /** TiKV's configuration under that of each plan; left out: the profile alone. */
  readonly config?: Config;
};

export type RunOptions = {
  readonly plan: Plan;
  readonly seed: string;
  readonly keepTrace: boolean;
  /** "record" notes what chance did to network and disks, "replay" does exactly that again. */
  readonly decisions?: DecisionMode | null;
};

export type RunResult = {
  readonly hash: string;
  readonly stop: Stop;
  readonly violations: readonly Violation[];
  readonly history: History;
  readonly gates: GateCounts;
  readonly totals: TotalCounts;
  readonly stops: readonly NodeStop[];
  /** Every event as a row, where it was asked for. */
  readonly trace: Trace;
  /** What a property checked, by its name: 0 says nothing. */
  readonly checks: ReadonlyMap<string, number>;
  /** What chance did to network and disks, where it was asked for. */
  readonly decisions: readonly Decision[];
};

/** Events of one run at most; more than this is reported as such. */
const limits = { events: 5_000_000, eventsPerSecond: 400_000 } as const;
/** Between two zones of one region of a cloud. */
const zoneLatency = { minUs: 1_000, maxUs: 6_000 } as const;

/** Runs a plan under a seed. Never throws for what happens inside the run. */
export function runPlan(
  environment: Environment,
  { plan, seed, keepTrace, decisions = null }: RunOptions,
): RunResult {
  return guarded(() => {
    const meter = plan.paired ? new RaftCostMeter() : null;
    const run = new Run(environment, { plan, seed, keepTrace, decisions }, meter);
    const result = run.result();
    if (meter === null) return result;
    return paired(environment, { plan, seed }, { result, withCalls: meter.cost() });
  });
}

/** Runs the plan once more without its coprocessor calls: the difference is what plugins cost. */
function paired(
  environment: Environment,
  { plan, seed }: Pick<RunOptions, "plan" | "seed">,
  { result, withCalls }: { readonly result: RunResult; readonly withCalls: RaftCost },
): RunResult {
  const options = { plan: withoutCalls(plan), seed, keepTrace: false, decisions: null };
  const meter = new RaftCostMeter();
  new Run({ ...environment, judges: [] }, options, meter).result();
  const { tickUs, electionTicks } = settingsOf(plan.timing, plan.config ?? {}).timing;
  const electionTimeoutUs = tickUs * electionTicks;
  const found = budgetViolation({ withCalls, without: meter.cost(), electionTimeoutUs });
  const checks = new Map(result.checks).set(budget.property, withCalls.rounds);
  const violations = found === null ? result.violations : [...result.violations, found];
  return { ...result, checks, violations };
}

/** The same plan with nobody calling a plugin. */
function withoutCalls(plan: Plan): Plan {
  const operations = plan.operations.filter(({ request }) => request.kind !== "coprocessor");
  return { ...plan, operations, paired: false };
}

class Run {
  readonly #environment: Environment;
  readonly #plugins: RunPlugins;
  readonly #plan: Plan;
  readonly #settings: Settings;
  readonly #world: World;
  readonly #cluster: Cluster;
  readonly #recorder = new Recorder();
  readonly #judges: readonly Judge[];
  readonly #gates: Gates;
  readonly #totals = new Totals();
  readonly #watchers: readonly Watcher[];
  readonly #injector: FaultInjector;
  readonly #failpoints: RunFailpoints;
  readonly #endUs: number;
  /** By time; equal times in the plan's order. */
  readonly #operations: Plan["operations"];
  #called = 0;
  /** One for all operations. */
  readonly #next: () => void = this.#callNext.bind(this);

  constructor(
    environment: Environment,
    options: Required<RunOptions>,
    meter: RaftCostMeter | null,
  ) {
    const { plan, seed, keepTrace, decisions } = options;
    this.#environment = environment;
    this.#plugins = new RunPlugins(environment.plugins);
    this.#plan = plan;
    this.#settings = settingsOf(plan.timing, { ...environment.config, ...plan.config });
    this.#endUs = plan.breakUs + plan.healUs;
    this.#operations = plan.operations.toSorted((a, b) => a.atUs - b.atUs);
    this.#world = new World({
      seed,
      strategy: strategyOf(plan),
      slackUs: plan.schedule.kind === "fifo" ? 0 : 50,
      limits: { ...limits, timeUs: this.#endUs },
      network: { latency: { minUs: 200, maxUs: 1_200 }, bytesPerSecond: 0 },
      disk: { latency: { minUs: 100, maxUs: 2_000 } },
      keepTrace,
      isUnrestricted: plan.unrestricted,
      // Whoever changes what it sent breaks here, on the seeds that can afford to look.
      codec: plan.encodesMessages ? environment.system.codec : null,
      decisions,
    });
    this.#connectZones();
    const chance = this.#world.random.stream("failpoints");
    const draw = (): number => chance.uint32();
    this.#failpoints = new RunFailpoints({ settings: plan.failpoints, draw });
    environment.engines.giveBackAll();
    this.#cluster = environment.system.start(this.#clusterOptions());
    const facts = this.#facts();
    this.#judges = environment.judges.flatMap((judge) => judge(facts));
    this.#gates = new Gates(facts);
    const watchers = [...this.#judges, ...this.#gates.watchers, this.#totals];
    this.#watchers = meter === null ? watchers : [...watchers, meter];
    this.#injector = new FaultInjector({
      world: this.#world,
      cluster: this.#cluster,
      plan,
    });
  }

  result(): RunResult {
    const world = this.#world;
    // First: a store that healing restarts must not meet them.
    this.#world.at(this.#plan.breakUs, () => this.#failpoints.teardown());
    this.#injector.schedule();
    // The injector last: a moment's crash ends the handler that reports, and hides no event.
    world.observe(new Watchers(world, [...this.#watchers, this.#injector]));
    this.#awaitNext();
    const stop = world.run(this.#endUs);
    this.#plugins.destroy();
    return this.#collect(stop);
  }

  /** Between zones messages take longer, and by how much varies more. */
  #connectZones(): void {
    const zones = [...new Set(this.#plan.zones)];
    for (const from of zones) {
      for (const to of zones) {
        if (from !== to) this.#world.network.setZoneLatency({ from, to, latency: zoneLatency });
      }
    }
  }

  /** One at a time: the queue is short, and every event is the cheaper for it. */
  #awaitNext(): void {
    const operation = this.#operations[this.#called];
    if (operation === undefined) return;
    // A schedule with slack may have taken the one before a little late.
    this.#world.at(Math.max(operation.atUs, this.#world.nowUs), this.#next);
  }

  #callNext(): void {
    const operation = this.#operations[this.#called++];
    assert(operation !== undefined, "an operation is waited for");
    this.#call(operation);
    this.#awaitNext();
  }

  #call(operation: Plan["operations"][number]): void {
    this.#recorder.called(operation, this.#world.nowUs);
    this.#cluster.start(operation.client, operation.id, operationOf(operation.request));
  }

  #collect(stop: Stop): RunResult {
    const world = this.#world;
    const stops = this.#injector.stops();
    const { history } = this.#recorder;
    const healthyStores = this.#injector.healthyStores();
    const violations: Violation[] = [];
    if (world.failure !== null) violations.push(invariantViolation(world.failure));
    else if (stop.kind === "livelock" || stop.kind === "events") {
      violations.push({
        property: "progress after healing",
        message: `the run never came to rest: ${world.events} events (${stop.kind})`,
        atUs: world.nowUs,
        details: [],
      });
    }
    for (const judge of this.#judges) {
      // What a broken process left behind is no evidence about how a run ends.
      if (violations.length === 0) judge.finish({ history, stops, healthyStores });
      if (judge.violation !== null) violations.push(judge.violation);
    }
    return {
      hash: world.hash(),
      stop,
      violations,
      history,
      gates: this.#gates.counts(),
      totals: this.#totals.counts(world.events),
      stops,
      trace: world.trace,
      checks: new Map(this.#judges.map((judge) => [judge.property, judge.checks])),
      decisions: world.decisions,
    };
  }

  #clusterOptions(): ClusterOptions {
    const plan = this.#plan;
    return {
      world: this.#world,
      stores: plan.stores,
      cuts: plan.cuts,
      zones: plan.zones,
      settings: this.#settings,
      clients: plan.clients,
      engines: this.#environment.engines,
      pluginsOf: (store) =>
        plan.plugins
          .filter((plugin) => plugin.stores.includes(store))
          .map(({ file, artefact }) => ({ file, prepared: this.#plugins.named(artefact) })),
      artefact: (name) => this.#plugins.named(name),
      fidelity: plan.fidelity,
      limits: defaultPluginLimits,
      retriesUndetermined: false,
      clientsCheckVersions: plan.clientsCheckVersions,
      failpoints: this.#failpoints,
      finished: (id, outcome) => this.#recorder.returned(id, outcome, this.#world.nowUs),
    };
  }

  #facts(): RunFacts {
    const plan = this.#plan;
    const cluster = this.#cluster;
    const artefacts = artefactsOf(plan);
    return {
      stores: cluster.storeIds.map((store) => ({ store, process: cluster.processOf(store) })),
      regions: cluster.layout.map(({ id, start, end, peers }) => ({ id, start, end, peers })),
      splitKeys: plan.faults.flatMap(({ breakage }) =>
        breakage.kind === "split" ? [breakage.key] : [],
      ),
      plugins: artefacts.map((artefact) => {
        const prepared = this.#plugins.named(artefact);
        const { name, version } = prepared.info;
        return {
          digest: digestText(name),
          name,
          version,
          code: codeDigest(prepared),
          mismatches: buildParts.filter((part) => prepared.build[part] !== hostBuildInfo[part]),
          staysInRanges: isBuiltIn(artefact),
        };
      }),
      fidelity: plan.fidelity,
      files: filesOf(plan).map((name) => ({ name, digest: digestText(name) })),
      directories: this.#settings.pluginDirectory === null ? [] : this.#directories(),
      healUs: plan.breakUs,
      endUs: this.#endUs,
      deadlineUs: this.#settings.timing.deadlineUs,
      unrestricted: plan.unrestricted,
    };
  }

  #directories(): RunFacts["directories"] {
    return this.#plan.plugins.flatMap(({ file, artefact, stores }) => {
      const code = codeDigest(this.#plugins.named(artefact));
      return stores.map((store) => ({ store, file: digestText(file), code }));
    });
  }
}

/** Our own artefacts keep to their ranges; a user's plugin may read an index elsewhere. */
const isBuiltIn = (artefact: string): boolean => /^(probe:|refused:|aggregate(:|$))/.test(artefact);

const buildParts = ["apiVersion", "rustc", "target"] as const;

function strategyOf({ schedule }: Plan): StrategyChoice {
  if (schedule.kind !== "pct") return schedule;
  return { kind: "pct", changePoints: schedule.changes, eventsExpected: 10_000 };
}

function invariantViolation(failure: NonNullable<World["failure"]>): Violation {
  return {
    property: failure.kind === "invariant" ? "invariant" : "no unexpected exception",
    message: failure.message,
    atUs: failure.timeUs,
    details: stackOf(failure.error),
  };
}

/** Where it broke, for people; never hashed, because it differs from machine to machine. */
function stackOf(error: unknown): readonly string[] {
  if (!(error instanceof Error) || error.stack === undefined) return [];
  return error.stack
    .split("\n")
    .slice(1, 6)
    .map((line) => line.trim());
}
