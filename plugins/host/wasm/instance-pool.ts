/**
 * The instances of one module. A new one costs the engine 100 to 200 us and memory that must be
 * collected, setting back a small one 10 us, so those of destroyed plugins begin again: all that
 * the module can change in them is put back to what it was after its constructor. That is the same
 * in each instance, because before its first request a plugin is told nothing.
 */
import type { PluginLimits } from "../../api.ts";
import { pageBytes } from "./abi.ts";
import type { CompiledModule } from "./engine.ts";
import type { Failure } from "./guest-failure.ts";
import type { InstanceImage } from "./instance-image.ts";
import { WasmInstance } from "./wasm-instance.ts";

/** Of a larger memory a copy costs as much as a new instance. */
const imageBytesMax = 8 * pageBytes;
/** Sets of limits that are told apart; under further ones every instance is new. */
const shelvesMax = 4;
/** Instances that are kept for each of them. */
const idleMax = 32;

/** Instances under one set of limits. `image` is null where they cannot be set back. */
type Shelf = {
  readonly limits: PluginLimits;
  readonly image: InstanceImage | null;
  readonly idle: WasmInstance[];
};

export class InstancePool {
  readonly #module: CompiledModule;
  readonly #isResettable: boolean;
  /** An instance holds on to its limits. */
  readonly #shelves: Shelf[] = [];

  /** `isResettable`: memory and mutable globals are all that the module changes. */
  constructor(module: CompiledModule, isResettable: boolean) {
    this.#module = module;
    this.#isResettable = isResettable;
  }

  /** An instance after its constructor, like new; or how its constructor failed. */
  make(limits: PluginLimits): WasmInstance | Failure {
    const shelf = this.#shelfOf(limits);
    for (let idle = shelf?.idle.pop(); idle !== undefined; idle = shelf?.idle.pop()) {
      if (shelf?.image != null && idle.reset(shelf.image)) return idle;
    }
    const instance = new WasmInstance(this.#module, limits);
    const failure = instance.initialize() ?? instance.create();
    if (failure === null && shelf === undefined) this.#keepImage(instance, limits);
    return failure ?? instance;
  }

  /** Takes an instance that nobody uses any more. */
  give(instance: WasmInstance): void {
    const shelf = this.#shelfOf(instance.limits);
    if (shelf?.image != null && shelf.idle.length < idleMax) shelf.idle.push(instance);
  }

  #keepImage(instance: WasmInstance, limits: PluginLimits): void {
    if (!this.#isResettable || this.#shelves.length === shelvesMax) return;
    const isSmall = instance.totalBytes <= imageBytesMax;
    this.#shelves.push({ limits, image: isSmall ? instance.image() : null, idle: [] });
  }

  #shelfOf(limits: PluginLimits): Shelf | undefined {
    for (const shelf of this.#shelves) if (areEqual(shelf.limits, limits)) return shelf;
    return undefined;
  }
}

function areEqual(one: PluginLimits, other: PluginLimits): boolean {
  if (one === other) return true;
  const { fuel, depth, memoryPages, responseBytes, storageCalls, scannedBytes } = one;
  return (
    fuel === other.fuel &&
    depth === other.depth &&
    memoryPages === other.memoryPages &&
    responseBytes === other.responseBytes &&
    storageCalls === other.storageCalls &&
    scannedBytes === other.scannedBytes
  );
}
