/** From a module's bytes to a plugin that any number of simulated nodes can instantiate. */

import { assert } from "../../../sim/assert.ts";
import {
  type BuildInfo,
  defaultPluginLimits,
  type InstantiateResult,
  type PluginInfo,
  type PluginLimits,
  type PreparedPlugin,
} from "../../api.ts";
import { addSuspension, binaryenVersion } from "./asyncify.ts";
import { type ArtefactProblem, examineWasm, type WasmDescription } from "./description.ts";
import { compileModule } from "./engine.ts";
import { injectionVersion } from "./injection.ts";
import { InstancePool } from "./instance-pool.ts";
import { instantiateWasm } from "./wasm-plugin.ts";

/** Where suspendable modules are kept between processes. */
export interface ModuleCache {
  /** The bytes kept under `name`, or null. Damaged entries count as absent. */
  read(name: string): Promise<Uint8Array | null>;
  write(name: string, bytes: Uint8Array): Promise<void>;
}

/** Names what shaped a suspendable module besides the artefact: another version, another entry. */
export const preparationVersion: string = `abi1-${injectionVersion}-binaryen${binaryenVersion}`;

/** Prepares a module; `cache` saves the slow half, binaryen's. A problem is a value. */
export async function prepareWasm(
  bytes: Uint8Array,
  cache: ModuleCache | null,
): Promise<PreparedPlugin | ArtefactProblem> {
  const { description, injected } = examineWasm(bytes, defaultPluginLimits);
  if (description.problem !== null) return description.problem;
  assert(injected !== null, "a module without a problem was injected");
  const name = `${description.hash}-${preparationVersion}.wasm`;
  const kept = (await cache?.read(name)) ?? null;
  const suspendable = kept ?? (await addSuspension(injected.bytes));
  if (kept === null) await cache?.write(name, suspendable);
  const instances = new InstancePool(compileModule(suspendable), injected.isResettable);
  return new PreparedWasm(instances, description);
}

class PreparedWasm implements PreparedPlugin {
  readonly kind = "wasm";
  readonly hash: string;
  readonly build: BuildInfo;
  readonly info: PluginInfo;
  readonly #instances: InstancePool;
  readonly #pagesMin: number;

  constructor(instances: InstancePool, description: WasmDescription) {
    const { hash, build, info, memoryPages } = description;
    assert(build !== null && info !== null, "an admitted module said who it is");
    assert(memoryPages !== null, "an admitted module has a memory");
    this.hash = hash;
    this.build = build;
    this.info = info;
    this.#instances = instances;
    this.#pagesMin = memoryPages.min;
  }

  instantiate(limits: PluginLimits): InstantiateResult {
    if (limits.memoryPages < this.#pagesMin) {
      const text = `wants ${this.#pagesMin} pages of memory, the limit is ${limits.memoryPages}`;
      return { kind: "trap", reason: "memory", text };
    }
    return instantiateWasm(this.#instances, this.info, limits);
  }
}
