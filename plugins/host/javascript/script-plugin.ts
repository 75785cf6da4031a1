/**
 * A script plugin on a node: one engine, in which all of its requests run, so they share what the
 * script keeps between requests, as in one loaded library. After a trap the engine is dropped
 * whole and the next request gets a new one; requests that were under way in it end as a trap.
 */
import { assert } from "../../../sim/assert.ts";
import {
  defaultPluginLimits,
  type InstantiateResult,
  type PluginError,
  type PluginInfo,
  type PluginInstance,
  type PluginLimits,
  type PluginRequest,
  type PluginRun,
  type PluginStep,
  type StorageAnswer,
} from "../../api.ts";
import { answerContentBytes, answerSize, requestSize } from "../frames.ts";
import { bytesPerFuelShift } from "../wasm/abi.ts";
import { type Failure, trap } from "../wasm/guest-failure.ts";
import type { ScriptEngineModule } from "./engine-module.ts";
import { type SandboxImage, ScriptSandbox } from "./script-sandbox.ts";

/** A script that was bundled, with the engine to run it. */
export type ScriptProgram = {
  readonly engine: ScriptEngineModule;
  readonly source: string;
  readonly info: PluginInfo;
  /** Loaded once for each set of limits; every node begins with a copy. */
  readonly images: Map<string, LoadedScript>;
};

/** A script as loaded, and engines of destroyed plugins that can begin with it again. */
type LoadedScript = { readonly image: SandboxImage; readonly idle: ScriptSandbox[] };

/** A program that was never loaded yet. */
export function newProgram(program: Omit<ScriptProgram, "images">): ScriptProgram {
  return { ...program, images: new Map() };
}

/** Sets of limits whose images are kept. */
const imagesMax = 4;
/** Engines that are kept for each of them: a fresh one costs several times a reset. */
const idleMax = 4;

/** Fuel of a request or storage call, besides what the engine uses and the bytes. */
const callFuel = 100;

/** Constructs the plugin on a node: evaluates its script. */
export function instantiateScript(program: ScriptProgram, limits: PluginLimits): InstantiateResult {
  const sandbox = newSandbox(program, limits);
  if (!(sandbox instanceof ScriptSandbox)) return sandbox;
  return { kind: "loaded", plugin: new ScriptPlugin(program, limits, sandbox) };
}

function newSandbox(program: ScriptProgram, limits: PluginLimits): ScriptSandbox | Failure {
  const { engine, source, images } = program;
  const known = images.get(limitsKey(limits));
  if (known !== undefined) {
    const idle = known.idle.pop();
    if (idle?.reset(known.image) === true) return idle;
    return new ScriptSandbox(engine, limits, known.image);
  }
  const sandbox = new ScriptSandbox(engine, limits, null);
  // Reading a long script is no request: a limit for requests must not keep the plugin out.
  const loaded = sandbox.load(source, Math.max(limits.fuel, defaultPluginLimits.fuel));
  if ("kind" in loaded) return loaded;
  if (images.size < imagesMax) images.set(limitsKey(limits), { image: sandbox.image(), idle: [] });
  return sandbox;
}

/** Limits that a loaded engine holds on to. */
function limitsKey({ fuel, depth, memoryPages, responseBytes }: PluginLimits): string {
  return `${fuel} ${depth} ${memoryPages} ${responseBytes}`;
}

class ScriptPlugin implements PluginInstance {
  readonly info: PluginInfo;
  readonly #program: ScriptProgram;
  readonly #limits: PluginLimits;
  /** Null once destroyed. */
  #sandbox: ScriptSandbox | null;
  /** Requests that are in an engine. */
  #running = 0;
  #nextId = 1;

  constructor(program: ScriptProgram, limits: PluginLimits, sandbox: ScriptSandbox) {
    this.info = program.info;
    this.#program = program;
    this.#limits = limits;
    this.#sandbox = sandbox;
  }

  start(request: PluginRequest): PluginRun {
    assert(this.#sandbox !== null, "a destroyed plugin takes no requests");
    return new ScriptRun(this.#nextId++, request, this.#limits, {
      enter: () => this.#current(),
      leave: () => {
        this.#running--;
      },
    });
  }

  destroy(): void {
    const idle = this.#program.images.get(limitsKey(this.#limits))?.idle;
    const isIdle = this.#running === 0 && this.#sandbox?.isUsable === true;
    if (isIdle && this.#sandbox !== null && idle !== undefined && idle.length < idleMax) {
      idle.push(this.#sandbox);
    }
    this.#sandbox = null;
  }

  /** The engine for a request that begins now. */
  #current(): ScriptSandbox | Failure {
    assert(this.#sandbox !== null, "runs are dropped before their plugin is destroyed");
    const made = this.#sandbox.isUsable ? this.#sandbox : newSandbox(this.#program, this.#limits);
    if (!(made instanceof ScriptSandbox)) return made;
    this.#sandbox = made;
    this.#running++;
    return made;
  }
}

/** How a request gets at its plugin's engine, and that it needs it no more. */
type EngineDoor = {
  readonly enter: () => ScriptSandbox | Failure;
  readonly leave: () => void;
};

class ScriptRun implements PluginRun {
  readonly #id: number;
  readonly #request: PluginRequest;
  readonly #limits: PluginLimits;
  readonly #engine: EngineDoor;
  #sandbox: ScriptSandbox | null = null;
  #state: "new" | "suspended" | "over" = "new";
  #fuel = 0;
  #storageCalls = 0;
  #scannedBytes = 0;
  /** Handles of errors that this request was given: a plugin cannot make one up. */
  readonly #handles: number[] = [];

  constructor(id: number, request: PluginRequest, limits: PluginLimits, engine: EngineDoor) {
    this.#id = id;
    this.#request = request;
    this.#limits = limits;
    this.#engine = engine;
  }

  step(answer: StorageAnswer | null): PluginStep {
    assert(this.#state !== "over", "a run that is over takes no step");
    assert((answer === null) === (this.#state === "new"), "only the first step has no answer");
    const step = this.#limited(answer === null ? this.#begin() : this.#resume(answer));
    this.#state = step.kind === "call" ? "suspended" : "over";
    if (step.kind !== "call") this.#leave();
    return step;
  }

  fuelUsed(): number {
    return Math.min(this.#fuel, this.#limits.fuel);
  }

  drop(): void {
    if (this.#state === "suspended") this.#leave();
    this.#state = "over";
  }

  #begin(): PluginStep {
    const sandbox = this.#engine.enter();
    if (!(sandbox instanceof ScriptSandbox)) return sandbox;
    this.#sandbox = sandbox;
    return this.#spend(requestSize(this.#request), (fuel) =>
      sandbox.start(this.#id, this.#request, fuel),
    );
  }

  #resume(answer: StorageAnswer): PluginStep {
    const sandbox = this.#sandbox;
    if (sandbox?.isUsable !== true) {
      return trap("trap", "its script engine was dropped: another request of the plugin trapped");
    }
    if (answer.kind === "error" && answer.error.kind === "other") {
      if (answer.error.handle !== 0) this.#handles.push(answer.error.handle);
    }
    this.#scannedBytes += answerContentBytes(answer);
    if (this.#scannedBytes > this.#limits.scannedBytes) {
      const text = `storage answered with more than ${this.#limits.scannedBytes} bytes`;
      return trap("scannedBytes", text);
    }
    return this.#spend(answerSize(answer), (fuel) => sandbox.settle(this.#id, answer, fuel));
  }

  /** Pays for `bytes` that go in, then for what the engine did. */
  #spend(bytes: number, run: (fuel: number) => PluginStep): PluginStep {
    this.#fuel += callFuel + (bytes >>> bytesPerFuelShift);
    const left = this.#limits.fuel - this.#fuel;
    const step = left > 0 ? run(left) : this.#outOfFuel();
    if (left > 0) this.#fuel += this.#sandbox?.fuelUsed() ?? 0;
    if (step.kind === "response") this.#fuel += step.data.length >>> bytesPerFuelShift;
    return this.#fuel > this.#limits.fuel ? this.#outOfFuel() : step;
  }

  #outOfFuel(): Failure {
    return trap("fuel", `used more than ${this.#limits.fuel} units of fuel`);
  }

  #limited(step: PluginStep): PluginStep {
    if (step.kind === "call") {
      this.#storageCalls += 1;
      if (this.#storageCalls <= this.#limits.storageCalls) return step;
      return trap("storageCalls", `made more than ${this.#limits.storageCalls} storage calls`);
    }
    if (step.kind === "error") return { kind: "error", error: this.#known(step.error) };
    if (step.kind === "trap" && step.reason === "fuel") return this.#outOfFuel();
    return step;
  }

  #known(error: PluginError): PluginError {
    if (error.kind !== "other" || this.#handles.includes(error.handle)) return error;
    return { ...error, handle: 0 };
  }

  /** Lets the engine forget the request, or drops it whole after a trap. */
  #leave(): void {
    if (this.#sandbox === null) return;
    this.#sandbox.forget(this.#id);
    this.#sandbox = null;
    this.#engine.leave();
  }
}
