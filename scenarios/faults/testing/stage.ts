/** A world, a cluster and an injector that a test can stop at any time and look into. */
import { Cluster, defaultSettings, EnginePool } from "../../../nodes/index.ts";
import { defaultPluginLimits } from "../../../plugins/index.ts";
import { type KernelEvent, kernelEvents, World } from "../../../sim/index.ts";
import type { Plan } from "../../plan.ts";
import { FaultInjector } from "../injector.ts";

/** An event of the kernel: `number` is its first field, -1 the process of the network. */
export type Seen = {
  readonly ms: number;
  readonly event: KernelEvent;
  readonly process: number;
  readonly number: number;
};

/** What a test sees. */
export type Stage = {
  /** What the kernel reported so far, in order. */
  readonly seen: readonly Seen[];
  readonly world: World;
  readonly cluster: Cluster;
  readonly injector: FaultInjector;
  /** Runs up to a time in milliseconds. */
  readonly runTo: (ms: number) => void;
};

const kernelNames: ReadonlyMap<number, KernelEvent> = new Map(
  Object.entries(kernelEvents).map(([name, { kind }]) => [kind, name as KernelEvent]),
);

const engines = new EnginePool({
  onFailure: (error) => {
    throw error;
  },
});

/** Sets a plan's cluster up, its faults scheduled; it has no plugins and no operations. */
export async function stage(plan: Plan, seed = "stage"): Promise<Stage> {
  await engines.prepare(plan.stores);
  engines.giveBackAll();
  const world = new World({
    seed,
    strategy: { kind: "fifo" },
    slackUs: 0,
    limits: { events: 1_000_000, eventsPerSecond: 200_000, timeUs: plan.breakUs + plan.healUs },
    network: { latency: { minUs: 200, maxUs: 1_200 }, bytesPerSecond: 0 },
    disk: { latency: { minUs: 100, maxUs: 2_000 } },
    keepTrace: false,
    isUnrestricted: plan.unrestricted,
  });
  const cluster = new Cluster({
    world,
    stores: plan.stores,
    cuts: plan.cuts,
    zones: plan.zones,
    settings: defaultSettings(plan.timing),
    clients: plan.clients,
    engines,
    pluginsOf: () => null,
    fidelity: "tikv",
    limits: defaultPluginLimits,
    retriesUndetermined: false,
    finished: () => {},
  });
  const injector = new FaultInjector({ world, cluster, plan });
  const seen: Seen[] = [];
  world.observe({
    event: (kind, process, a, b, c, d) => {
      const event = kernelNames.get(kind);
      if (event !== undefined) seen.push({ ms: world.nowUs / 1_000, event, process, number: a });
      // As in a run: what it does not ask for never reaches it.
      if (!injector.kinds.includes(kind)) return;
      injector.event(kind, process, a, b, c, d);
    },
  });
  injector.schedule();
  return { seen, world, cluster, injector, runTo: (ms) => void world.run(ms * 1_000) };
}
