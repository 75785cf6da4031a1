/** Everything that runs need and that takes promises: opened engines, prepared plugins. */
import { Cluster, type Config, EnginePool, wireCodec } from "../nodes/index.ts";
import type { PreparedPlugin } from "../plugins/index.ts";
import { clusterJudges } from "./judges/index.ts";
import { artefactsOf, type Plan } from "./plan.ts";
import type { Environment, System } from "./runner.ts";
import { prepareArtefacts } from "./workloads/artefacts.ts";

/** The real code. */
export const realSystem: System = {
  start: (options) => new Cluster(options),
  codec: wireCodec,
};

export type EnvironmentOptions = {
  /** The build to run; null: the real one. */
  readonly system: System | null;
  /** Told of a failed memory-level batch: the test bed must stop. */
  readonly onFailure: (error: unknown) => void;
  /** TiKV's configuration under that of each plan. */
  readonly config?: Config;
};

/** What of a plan takes preparation. */
export type PlanNeeds = Pick<Plan, "plugins" | "stores"> & Partial<Pick<Plan, "pluginFiles">>;

/** An environment that can be made ready for ever more plans. */
export class PreparedEnvironment {
  readonly environment: Environment;
  readonly #plugins = new Map<string, PreparedPlugin>();
  readonly #engines: EnginePool;
  #stores = 0;

  constructor({ system, onFailure, config = {} }: EnvironmentOptions) {
    this.#engines = new EnginePool({ onFailure });
    this.environment = {
      system: system ?? realSystem,
      engines: this.#engines,
      plugins: this.#plugins,
      judges: clusterJudges,
      config,
    };
  }

  /** True if a plan can run as things are. */
  isReadyFor({ plugins, pluginFiles = [], stores }: PlanNeeds): boolean {
    if (stores > this.#stores) return false;
    return artefactsOf({ plugins, pluginFiles }).every((one) => this.#plugins.has(one));
  }

  /** Prepares what a plan uses: its plugins, and an engine for each of its stores. */
  async prepareFor({ plugins, pluginFiles = [], stores }: PlanNeeds): Promise<void> {
    await this.#engines.prepare(stores);
    this.#stores = Math.max(this.#stores, stores);
    const wanted = artefactsOf({ plugins, pluginFiles });
    const missing = wanted.filter((artefact) => !this.#plugins.has(artefact));
    if (missing.length === 0) return;
    for (const [name, prepared] of await prepareArtefacts(missing)) {
      this.#plugins.set(name, prepared);
    }
  }
}
