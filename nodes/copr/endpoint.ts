/**
 * The coprocessor v2 endpoint in fidelity `tikv`: look-up, version requirement, plugin, error
 * mapping, in TiKV's order and words, with no region, leader or epoch check before the plugin runs.
 * The plugin keeps its gRPC thread until it is done. Source: TiKV src/coprocessor_v2/endpoint.rs.
 */

import type { PluginError, PluginStep, StorageCall, TrapReason } from "../../plugins/index.ts";
import {
  displayRequirement,
  displayVersion,
  matches,
  type ParsedRequirement,
  parseRequirement,
} from "../../plugins/version/index.ts";
import { assert, unreachable } from "../../sim/assert.ts";
import type { Machine, Task } from "../../sim/process.ts";
import { keyNotInRegionText } from "../errors.ts";
import { eventKinds, rejections } from "../events.ts";
import { costs } from "../store/costs.ts";
import { TaskSink, Waiter } from "../store/waiter.ts";
import type { Request, Response } from "../wire.ts";
import { answerOfResponse, callNumbers, ErrorBox, requestOfCall } from "./raw-storage.ts";
import type { LoadedPlugin, PluginRegistry } from "./registry.ts";

/** Runs a raw command of this store and answers its waiter. */
export interface RawCommands {
  execute(waiter: Waiter): void;
}

export type EndpointOptions = {
  readonly machine: Machine;
  readonly storage: RawCommands;
  /** null: `coprocessor-plugin-directory` is not set. */
  readonly registry: PluginRegistry | null;
  /** Carries out what a storage call set in motion: a plugin's steps are events of their own. */
  readonly settle: () => void;
};

/** The traps that stand for a plugin which never returns. */
const endlessTraps: readonly TrapReason[] = ["fuel", "storageCalls", "scannedBytes"];

const outcomes = { response: 0, error: 1, panic: 2, trap: 3 } as const;

export class Endpoint {
  readonly #machine: Machine;
  readonly #storage: RawCommands;
  readonly #registry: PluginRegistry | null;
  readonly #settle: () => void;
  readonly #requirements = new Map<string, ParsedRequirement>();
  #runs = 0;

  constructor({ machine, storage, registry, settle }: EndpointOptions) {
    this.#machine = machine;
    this.#storage = storage;
    this.#registry = registry;
    this.#settle = settle;
  }

  /** Handles one RawCoprocessor request on the gRPC thread that took it up. */
  handle(waiter: Waiter): void {
    const plugin = this.#admit(waiter);
    if (plugin === null) return;
    this.#machine.spawn(this.#run(waiter, plugin));
  }

  /** The plugin that may serve, or null after the refusal was answered. */
  #admit(waiter: Waiter): LoadedPlugin | null {
    const { coprName, coprVersionReq } = waiter.request;
    if (this.#registry === null) {
      return this.#reject(waiter, rejections.disabled, "Coprocessor plugin is disabled!");
    }
    const plugin = this.#registry.find(coprName);
    if (plugin === undefined) {
      const text = `No registered coprocessor with name '${coprName}'`;
      return this.#reject(waiter, rejections.unknownName, text);
    }
    const parsed = this.#requirement(coprVersionReq);
    switch (parsed.kind) {
      case "panic": // H1: the parser unwraps; the panic hook ends the process.
        return this.#machine.die("panic", parsed.text);
      case "error":
        return this.#reject(waiter, rejections.badRequirement, parsed.text);
      case "ok":
        break;
      default:
        return unreachable(parsed);
    }
    if (matches(parsed.requirement, plugin.version)) return plugin;
    const text =
      `The plugin '${coprName}' with version '${displayVersion(plugin.version)}' does not ` +
      `satisfy the version constraint '${displayRequirement(parsed.requirement)}'`;
    return this.#reject(waiter, rejections.versionMismatch, text);
  }

  #reject(waiter: Waiter, reason: number, text: string): null {
    const { operation, regionId } = waiter.request;
    this.#machine.emit(eventKinds.coprocessorRejected, operation, reason, regionId, 0);
    waiter.fail(text);
    return null;
  }

  #requirement(text: string): ParsedRequirement {
    const known = this.#requirements.get(text);
    if (known !== undefined) return known;
    const parsed = parseRequirement(text);
    this.#requirements.set(text, parsed);
    return parsed;
  }

  *#run(waiter: Waiter, plugin: LoadedPlugin): Task {
    const machine = this.#machine;
    const { request } = waiter;
    const { operation, regionId } = request;
    const thread = machine.holdThread();
    machine.emit(eventKinds.pluginStarted, operation, plugin.generation, regionId, ++this.#runs);
    const ranges = request.keys.map((start, at) => ({ start, end: request.endKeys[at] ?? "" }));
    const run = plugin.instance.start({ ranges, data: request.value });
    const box = new ErrorBox();
    let calls = 0;
    let fuel = 0;
    let step = run.step(null);
    for (;;) {
      const spent = run.fuelUsed() - fuel;
      fuel += spent;
      const cpuUs = Math.floor(spent / costs.fuelPerUs);
      if (cpuUs > 0) {
        machine.sleep(cpuUs);
        yield;
      }
      if (step.kind !== "call") break;
      machine.emit(
        eventKinds.pluginCalled,
        operation,
        ++calls,
        callNumbers[step.call.kind],
        regionId,
      );
      const response = yield* this.#call(step.call, request);
      const answer = answerOfResponse(step.call, response, box);
      const failed = answer.kind === "error" ? 1 : 0;
      machine.emit(eventKinds.pluginAnswered, operation, calls, failed, regionId);
      step = run.step(answer);
    }
    run.drop();
    // Without fuel or an end to its calls, a real plugin would never give its thread back.
    const endless = step.kind === "trap" && endlessTraps.includes(step.reason);
    this.#finish(waiter, plugin, step, box);
    if (!endless) machine.releaseThread(thread);
  }

  /** One storage call: the plugin blocks its thread, other events fall between. */
  *#call(call: StorageCall, context: Request): Generator<void, Response, unknown> {
    const token = this.#machine.current();
    const request = requestOfCall(call, context);
    this.#storage.execute(new Waiter(this.#machine, request, new TaskSink(this.#machine, token)));
    this.#settle();
    return (yield) as Response;
  }

  #finish(waiter: Waiter, plugin: LoadedPlugin, step: PluginStep, box: ErrorBox): void {
    const { operation, regionId } = waiter.request;
    const finished = (outcome: number): void => {
      const { generation } = plugin;
      this.#machine.emit(eventKinds.pluginFinished, operation, generation, outcome, regionId);
    };
    switch (step.kind) {
      case "response": {
        finished(outcomes.response);
        const response = waiter.response();
        response.data = step.data;
        return waiter.answer(response);
      }
      case "error":
        finished(outcomes.error);
        return this.#answerError(waiter, step.error, box);
      case "panic":
        finished(outcomes.panic);
        return this.#machine.die("panic", `plugin '${plugin.name}' panicked: ${step.text}`);
      case "trap":
        finished(outcomes.trap);
        if (endlessTraps.includes(step.reason)) return; // Nobody answers: the client times out.
        // Stack or memory exhausted, or foreign code gone astray: the process goes.
        return this.#machine.die("abort", `plugin '${plugin.name}': ${step.reason}: ${step.text}`);
      case "call":
        return assert(false, "a run that calls has not finished");
      default:
        return unreachable(step);
    }
  }

  /** Only an error whose box comes back untouched keeps its region error. */
  #answerError(waiter: Waiter, error: PluginError, box: ErrorBox): void {
    switch (error.kind) {
      case "keyNotInRegion":
        return waiter.fail(keyNotInRegionText(error.key, error.regionId));
      case "timeout":
        return waiter.fail(`timeout after ${rustDuration(error.timeoutUs)}`);
      case "canceled":
        return waiter.fail("request canceled");
      case "other": {
        const regionError = box.regionError(error.handle);
        if (regionError !== null) return waiter.refuse(regionError);
        return waiter.fail(error.text);
      }
      default:
        return unreachable(error);
    }
  }
}

/** Rust's Debug form of a Duration: `1s`, `1.5s`, `20ms`, `7µs`. */
function rustDuration(us: number): string {
  if (us >= 1_000_000) return `${us / 1_000_000}s`;
  if (us >= 1_000) return `${us / 1_000}ms`;
  return `${us}µs`;
}
