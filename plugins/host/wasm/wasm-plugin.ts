/**
 * A wasm plugin on a node. Each running request has an instance of its own, the free one with the
 * lowest index: requests one after another share instance 0 and its statics, overlapping ones do
 * not share. That is what the host cannot show of a native plugin, whose requests share statics.
 */
import { assert } from "../../../sim/assert.ts";
import type {
  InstantiateResult,
  PluginInfo,
  PluginInstance,
  PluginLimits,
  PluginRequest,
  PluginRun,
  PluginStep,
  StorageAnswer,
} from "../../api.ts";
import type { Failure } from "./guest-failure.ts";
import type { InstancePool } from "./instance-pool.ts";
import { WasmInstance } from "./wasm-instance.ts";

/** Idle instances that a node keeps; more of them are dropped when their requests end. */
const idleInstancesMax = 16;

/** Constructs the plugin on a node: instance 0 is made and its constructor run. */
export function instantiateWasm(
  instances: InstancePool,
  info: PluginInfo,
  limits: PluginLimits,
): InstantiateResult {
  const plugin = new WasmPlugin(instances, info, limits);
  const failure = plugin.construct();
  return failure ?? { kind: "loaded", plugin };
}

class WasmPlugin implements PluginInstance {
  readonly info: PluginInfo;
  readonly #instances: InstancePool;
  readonly #limits: PluginLimits;
  /** By index; null where an instance was thrown away or not made yet. */
  readonly #idle: (WasmInstance | null)[] = [];
  readonly #busy: boolean[] = [];
  /** No index below this one is free. */
  #firstFree = 0;
  #destroyed = false;

  constructor(instances: InstancePool, info: PluginInfo, limits: PluginLimits) {
    this.#instances = instances;
    this.info = info;
    this.#limits = limits;
  }

  construct(): Failure | null {
    const made = this.#instances.make(this.#limits);
    if (!(made instanceof WasmInstance)) return made;
    this.#idle[0] = made;
    return null;
  }

  start(request: PluginRequest): PluginRun {
    assert(!this.#destroyed, "a destroyed plugin takes no requests");
    let index = this.#firstFree;
    while (this.#busy[index] === true) index += 1;
    this.#busy[index] = true;
    this.#firstFree = index + 1;
    const instance = this.#idle[index] ?? this.#instances.make(this.#limits);
    this.#idle[index] = null;
    return new WasmRun(this, index, request, instance);
  }

  destroy(): void {
    this.#destroyed = true;
    for (const instance of this.#idle) {
      instance?.destroy();
      if (instance?.isUsable === true) this.#instances.give(instance);
    }
    this.#idle.length = 0;
  }

  /** A run is over. Null: its instance must be thrown away, or it had none. */
  release(index: number, instance: WasmInstance | null): void {
    assert(this.#busy[index] === true, "only a busy instance is released");
    this.#busy[index] = false;
    this.#firstFree = Math.min(this.#firstFree, index);
    const keep = instance?.isUsable === true && index < idleInstancesMax && !this.#destroyed;
    this.#idle[index] = keep ? instance : null;
  }
}

class WasmRun implements PluginRun {
  #state: "new" | "suspended" | "over" = "new";
  readonly #plugin: WasmPlugin;
  readonly #index: number;
  readonly #request: PluginRequest;
  /** A failure if no further instance could be made: then it is the run's only step. */
  readonly #instance: WasmInstance | Failure;
  #fuelUsed = 0;

  constructor(
    plugin: WasmPlugin,
    index: number,
    request: PluginRequest,
    instance: WasmInstance | Failure,
  ) {
    this.#plugin = plugin;
    this.#index = index;
    this.#request = request;
    this.#instance = instance;
  }

  step(answer: StorageAnswer | null): PluginStep {
    assert(this.#state !== "over", "a run that is over takes no step");
    assert((answer === null) === (this.#state === "new"), "only the first step has no answer");
    const instance = this.#instance;
    if (!(instance instanceof WasmInstance)) return this.#end(null, instance);
    const step = answer === null ? instance.begin(this.#request) : instance.resume(answer);
    this.#fuelUsed = instance.fuelUsed();
    if (step.kind !== "call") return this.#end(instance, step);
    this.#state = "suspended";
    return step;
  }

  fuelUsed(): number {
    return this.#fuelUsed;
  }

  drop(): void {
    if (this.#state === "over") return;
    const instance = this.#instance instanceof WasmInstance ? this.#instance : null;
    // A suspended guest cannot be told to let go of what it holds.
    if (this.#state === "suspended") instance?.abandon();
    this.#state = "over";
    this.#plugin.release(this.#index, instance);
  }

  #end(instance: WasmInstance | null, step: PluginStep): PluginStep {
    this.#state = "over";
    this.#plugin.release(this.#index, instance);
    return step;
  }
}
