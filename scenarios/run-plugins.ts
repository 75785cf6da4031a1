/**
 * The plugins of one run. What its stores load goes with the run, whether they lived to unload it
 * or not, and a host can use the memory again for the next.
 */
import type { PluginInstance, PreparedPlugin } from "../plugins/index.ts";
import { assert } from "../sim/assert.ts";

/** Loads that are remembered: what is not holds no memory until the end of a long run. */
const notedMax = 32;

export class RunPlugins {
  readonly #prepared: ReadonlyMap<string, PreparedPlugin>;
  /** By the artefact's name, as this run's stores see them. */
  readonly #byName = new Map<string, PreparedPlugin>();
  readonly #loaded: PluginInstance[] = [];

  /** `prepared`: by the name that plans use. */
  constructor(prepared: ReadonlyMap<string, PreparedPlugin>) {
    this.#prepared = prepared;
  }

  /** One of the plan's artefacts: the same object each time. */
  named(artefact: string): PreparedPlugin {
    const known = this.#byName.get(artefact);
    if (known !== undefined) return known;
    const prepared = this.#prepared.get(artefact);
    assert(prepared !== undefined, "every artefact of a plan is prepared before its run");
    const { hash, kind, build, info } = prepared;
    const noting: PreparedPlugin = {
      hash,
      kind,
      build,
      info,
      instantiate: (limits) => {
        const made = prepared.instantiate(limits);
        if (made.kind === "loaded") this.#note(made.plugin);
        return made;
      },
    };
    this.#byName.set(artefact, noting);
    return noting;
  }

  /** The oldest are let go: they belong to stores that have restarted many times. */
  #note(plugin: PluginInstance): void {
    if (this.#loaded.length === notedMax) this.#loaded.shift();
    this.#loaded.push(plugin);
  }

  /** The run is over, and nothing in it goes on: what is still loaded is destroyed. */
  destroy(): void {
    for (const plugin of this.#loaded.splice(0)) plugin.destroy();
  }
}
