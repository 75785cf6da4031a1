/**
 * The coprocessor v2 endpoint in fidelity `tikv`: look-up, version requirement, plugin, error
 * mapping, in TiKV's order and words, with no region, leader or epoch check before the plugin runs.
 * The plugin keeps its gRPC thread until it is done. Source: TiKV src/coprocessor_v2/endpoint.rs.
 */

import type {
  PluginError,
  PluginStep,
  StorageAnswer,
  StorageCall,
  TrapReason,
} from "../../plugins/index.ts";
import {
  displayRequirement,
  displayVersion,
  matches,
  type ParsedRequirement,
  parseRequirement,
} from "../../plugins/version/index.ts";
import { assert, unreachable } from "../../sim/assert.ts";
import { digestText } from "../../sim/bytes.ts";
import type { Machine, Task } from "../../sim/process.ts";
import { keyNotInRegionText, type RegionError } from "../errors.ts";
import {
  callFailures,
  coprocessorAnswers,
  eventKinds,
  pluginOutcomes,
  rejections,
  strayings,
} from "../events.ts";
import type { Region } from "../region.ts";
import { costs } from "../store/costs.ts";
import type { Detours } from "../store/detours.ts";
import { type StorePoints, snapshotRefused } from "../store/points.ts";
import { TaskSink, Waiter } from "../store/waiter.ts";
import { isWrite, type Response } from "../wire.ts";
import { answerOfResponse, callNumbers, ErrorBox, requestOfCall } from "./raw-storage.ts";
import { Reach } from "./reach.ts";
import type { LoadedPlugin, PluginRegistry } from "./registry.ts";

/** Runs a raw command of this store and answers its waiter. */
export interface RawCommands {
  /** `isThrough`: the caller's own task has passed the failpoints of RaftKv. */
  execute(waiter: Waiter, isThrough: boolean): void;
}

export type EndpointOptions = {
  readonly machine: Machine;
  readonly storage: RawCommands;
  /** null: `coprocessor-plugin-directory` is not set. */
  readonly registry: PluginRegistry | null;
  /** Carries out what a storage call set in motion: a plugin's steps are events of their own. */
  readonly settle: () => void;
  readonly points: StorePoints;
  readonly detours: Detours;
  /** A region's bounds, for what is reported of plugins' calls; undefined where nobody knows. */
  readonly regionOf: (id: number) => Region | undefined;
};

/** The traps that stand for a plugin which never returns. */
const endlessTraps: readonly TrapReason[] = ["fuel", "storageCalls", "scannedBytes"];

/** One plugin at work on one request. */
type Run = {
  /** Of the store's incarnation, from 1. */
  readonly number: number;
  readonly waiter: Waiter;
  readonly plugin: LoadedPlugin;
  readonly box: ErrorBox;
  readonly reach: Reach;
  /** The handle of the error that each call got, 0 = none; call numbers begin at 1. */
  readonly handles: number[];
};

export class Endpoint {
  readonly #machine: Machine;
  readonly #storage: RawCommands;
  readonly #registry: PluginRegistry | null;
  readonly #settle: () => void;
  readonly #points: StorePoints["request"];
  readonly #detours: Detours;
  readonly #regionOf: EndpointOptions["regionOf"];
  readonly #requirements = new Map<string, ParsedRequirement>();
  #runs = 0;

  constructor(options: EndpointOptions) {
    const { machine, storage, registry, settle, regionOf } = options;
    this.#points = options.points.request;
    this.#detours = options.detours;
    this.#machine = machine;
    this.#storage = storage;
    this.#registry = registry;
    this.#settle = settle;
    this.#regionOf = regionOf;
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
        this.#report(waiter, rejections.overflow, parsed.text);
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
    this.#report(waiter, reason, text);
    waiter.fail(text);
    return null;
  }

  #report({ request }: Waiter, reason: number, text: string): void {
    const { operation, regionId } = request;
    const digest = digestText(text);
    this.#machine.emit(eventKinds.coprocessorRejected, operation, reason, regionId, digest);
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
    const { operation, regionId, keys, endKeys, value } = waiter.request;
    const thread = machine.holdThread();
    const number = ++this.#runs;
    machine.emit(eventKinds.pluginStarted, operation, plugin.generation, regionId, number);
    const ranges = keys.map((start, at) => ({ start, end: endKeys[at] ?? "" }));
    const reach = new Reach(ranges, this.#regionOf(regionId));
    const run: Run = { number, waiter, plugin, box: new ErrorBox(), reach, handles: [0] };
    const execution = plugin.instance.start({ ranges, data: value });
    let fuel = 0;
    let step = execution.step(null);
    for (;;) {
      const spent = execution.fuelUsed() - fuel;
      fuel += spent;
      const cpuUs = Math.floor(spent / costs.fuelPerUs);
      if (cpuUs > 0) {
        machine.sleep(cpuUs);
        yield;
      }
      if (step.kind !== "call") break;
      step = execution.step(yield* this.#call(step.call, run));
    }
    execution.drop();
    // Without fuel or an end to its calls, a real plugin would never give its thread back.
    const endless = step.kind === "trap" && endlessTraps.includes(step.reason);
    this.#finish(run, step);
    if (!endless) machine.releaseThread(thread);
  }

  /** One storage call: the plugin blocks its thread, other events fall between. */
  *#call(call: StorageCall, run: Run): Generator<void, StorageAnswer, unknown> {
    const machine = this.#machine;
    const { operation } = run.waiter.request;
    const count = run.handles.length;
    machine.emit(eventKinds.pluginCalled, operation, count, callNumbers[call.kind], run.number);
    const request = requestOfCall(call, run.waiter.request);
    const place = run.reach.strayingOf(request);
    if (place !== null) {
      machine.emit(eventKinds.pluginStrayed, operation, count, strayings[place], run.number);
    }
    const point = isWrite(request.op)
      ? this.#points.raftkv_async_write
      : this.#points.raftkv_async_snapshot_err;
    const isPoint = point.actions !== null;
    const met = isPoint ? yield* this.#detours.wait(point) : null;
    const waiter = new Waiter(machine, request, new TaskSink(machine, machine.current()));
    if (met?.kind === "return") waiter.fail(snapshotRefused);
    else this.#storage.execute(waiter, isPoint);
    this.#settle();
    const response = (yield) as Response;
    const answer = answerOfResponse(call, response, run.box);
    run.handles.push(
      answer.kind === "error" && answer.error.kind === "other" ? answer.error.handle : 0,
    );
    machine.emit(eventKinds.pluginAnswered, operation, count, failureOf(response), run.number);
    return answer;
  }

  #finish(run: Run, step: PluginStep): void {
    const { waiter, plugin } = run;
    const finished = (outcome: number): void => {
      const { operation } = waiter.request;
      const { generation } = plugin;
      this.#machine.emit(eventKinds.pluginFinished, operation, generation, outcome, run.number);
    };
    switch (step.kind) {
      case "response": {
        finished(pluginOutcomes.response);
        const response = waiter.response();
        response.data = step.data;
        this.#answered(run, coprocessorAnswers.data, 0);
        return waiter.answer(response);
      }
      case "error":
        finished(pluginOutcomes.error);
        return this.#answerError(run, step.error);
      case "panic":
        finished(pluginOutcomes.panic);
        return this.#machine.die("panic", `plugin '${plugin.name}' panicked: ${step.text}`);
      case "trap":
        finished(pluginOutcomes.trap);
        if (endlessTraps.includes(step.reason)) return; // Nobody answers: the client times out.
        // Stack or memory exhausted, or foreign code gone astray: the process goes.
        return this.#machine.die("abort", `plugin '${plugin.name}': ${step.reason}: ${step.text}`);
      case "call":
        return assert(false, "a run that calls has not finished");
      default:
        return unreachable(step);
    }
  }

  #answerError(run: Run, error: PluginError): void {
    const { waiter, box, handles } = run;
    // The call whose error this is, as far as its handle tells; a made-up handle is none's.
    const handle = error.kind === "other" ? error.handle : 0;
    const call = handle === 0 ? 0 : Math.max(0, handles.indexOf(handle));
    const answer = answerOfError(error, box);
    if (answer.kind === "text") {
      this.#answered(run, coprocessorAnswers.text, call);
      waiter.fail(answer.text);
    } else {
      this.#answered(run, coprocessorAnswers.regionError, call);
      waiter.refuse(answer.error);
    }
  }

  #answered({ waiter, number }: Run, answer: number, call: number): void {
    const { operation } = waiter.request;
    this.#machine.emit(eventKinds.coprocessorAnswered, operation, answer, call, number);
  }
}

type ErrorAnswer =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "regionError"; readonly error: RegionError };

/** Only an error whose box comes back untouched keeps its region error. */
function answerOfError(error: PluginError, box: ErrorBox): ErrorAnswer {
  switch (error.kind) {
    case "keyNotInRegion":
      return { kind: "text", text: keyNotInRegionText(error.key, error.regionId) };
    case "timeout":
      return { kind: "text", text: `timeout after ${rustDuration(error.timeoutUs)}` };
    case "canceled":
      return { kind: "text", text: "request canceled" };
    case "other": {
      const regionError = box.regionError(error.handle);
      if (regionError !== null) return { kind: "regionError", error: regionError };
      return { kind: "text", text: error.text };
    }
    default:
      return unreachable(error);
  }
}

/** What a storage call came to, as TiKV's table says: a key outside of the region is no box. */
function failureOf({ regionError, error }: Response): number {
  if (regionError !== null && regionError.kind !== "keyNotInRegion") {
    return callFailures.regionError;
  }
  return regionError !== null || error !== "" ? callFailures.error : callFailures.none;
}

/** Rust's Debug form of a Duration: `1s`, `1.5s`, `20ms`, `7µs`. */
function rustDuration(us: number): string {
  if (us === 0) return "0ns";
  if (us >= 1_000_000) return `${us / 1_000_000}s`;
  if (us >= 1_000) return `${us / 1_000}ms`;
  return `${us}µs`;
}
