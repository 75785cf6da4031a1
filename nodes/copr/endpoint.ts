/**
 * The coprocessor v2 endpoint: look-up, version requirement, plugin, error mapping, in TiKV's order
 * and words. What fidelities do otherwise is in their policies.
 * Source: TiKV src/coprocessor_v2/endpoint.rs.
 */

import type {
  Generation,
  PluginError,
  PluginRegistry,
  PluginRun,
  PluginStep,
  StorageAnswer,
  StorageCall,
} from "../../plugins/index.ts";
import { unreachable } from "../../sim/assert.ts";
import type { Machine, Task, TaskToken } from "../../sim/process.ts";
import {
  callFailures,
  coprocessorAnswers,
  eventKinds,
  pluginOutcomes,
  strayings,
} from "../events.ts";
import type { Region } from "../region.ts";
import { costs } from "../store/costs.ts";
import type { Detours } from "../store/detours.ts";
import { type StorePoints, snapshotRefused } from "../store/points.ts";
import { TaskSink, Waiter } from "../store/waiter.ts";
import { errorClasses, isWrite, type Request, type Response } from "../wire.ts";
import { Admission } from "./admission.ts";
import { Deadlines } from "./deadlines.ts";
import type { PluginHost } from "./plugin-host.ts";
import type { Ending, EndpointPolicy, ErrorAnswer } from "./policy.ts";
import { answerOfResponse, callNumbers, ErrorBox, requestOfCall } from "./raw-storage.ts";
import { Reach } from "./reach.ts";

/** Runs a raw command of this store and answers its waiter. */
export interface RawCommands {
  /** `isThrough`: the caller's own task has passed the failpoints of RaftKv. */
  execute(waiter: Waiter, isThrough: boolean): void;
}

export type EndpointOptions = {
  readonly machine: Machine;
  readonly storage: RawCommands;
  /** null: `coprocessor-plugin-directory` is not set. */
  readonly plugins: PluginHost | null;
  readonly policy: EndpointPolicy;
  /** The kind of timer by which `timer` is called. */
  readonly timer: number;
  /** Carries out what a storage call set in motion: a plugin's steps are events of their own. */
  readonly settle: () => void;
  readonly points: StorePoints;
  readonly detours: Detours;
  /** A region's bounds, for what is reported of plugins' calls; undefined where nobody knows. */
  readonly regionOf: (id: number) => Region | undefined;
};

/** One plugin at work on one request. */
type Run = {
  /** Of the store's incarnation, from 1. */
  readonly number: number;
  readonly waiter: Waiter;
  readonly plugin: Generation;
  readonly box: ErrorBox;
  readonly reach: Reach;
  /** The error that each call got, or null; call numbers begin at 1. */
  readonly errors: (PluginError | null)[];
  /** Where its task waits, for who ends it early. */
  token: TaskToken | null;
  isOutOfTime: boolean;
};

/** How a run ended. */
type End = Exclude<PluginStep, { kind: "call" }> | { readonly kind: "deadline" };

export class Endpoint {
  readonly #machine: Machine;
  readonly #storage: RawCommands;
  readonly #plugins: PluginHost | null;
  readonly #admission: Admission;
  readonly #policy: EndpointPolicy;
  readonly #deadlines: Deadlines;
  readonly #settle: () => void;
  readonly #points: StorePoints["request"];
  readonly #detours: Detours;
  readonly #regionOf: EndpointOptions["regionOf"];
  #runs = 0;

  constructor(options: EndpointOptions) {
    const { machine, storage, plugins, policy, settle, regionOf } = options;
    this.#points = options.points.request;
    this.#detours = options.detours;
    this.#machine = machine;
    this.#storage = storage;
    this.#plugins = plugins;
    this.#policy = policy;
    this.#admission = new Admission({ machine, registry: plugins?.registry ?? null, policy });
    this.#deadlines = new Deadlines(machine, options.timer);
    this.#settle = settle;
    this.#regionOf = regionOf;
  }

  /** Handles one RawCoprocessor request on the gRPC thread that took it up. */
  handle(waiter: Waiter): void {
    const plugins = this.#plugins;
    if (plugins?.isHung === true) {
      this.#machine.holdThread(); // Waits for the registry's lock, for ever (H15).
      return;
    }
    const plugin = this.#admission.admit(waiter);
    if (plugin === null || plugins === null) return;
    this.#machine.spawn(this.#run(waiter, plugin, plugins.registry));
  }

  /** The time of a request may be over. */
  timer(): void {
    this.#deadlines.look();
  }

  *#run(waiter: Waiter, plugin: Generation, registry: PluginRegistry): Task {
    const machine = this.#machine;
    const { request } = waiter;
    const { operation, regionId, keys, endKeys, value } = request;
    const thread = this.#policy.holdsThread ? machine.holdThread() : null;
    const number = ++this.#runs;
    registry.begin(plugin);
    machine.emit(eventKinds.pluginStarted, operation, plugin.number, regionId, number);
    const ranges = keys.map((start, at) => ({ start, end: endKeys[at] ?? "" }));
    const run: Run = {
      number,
      waiter,
      plugin,
      box: new ErrorBox(),
      reach: new Reach(ranges, this.#regionOf(regionId)),
      errors: [null],
      token: null,
      isOutOfTime: false,
    };
    const timeUs = this.#policy.timeUs(request);
    if (timeUs < Number.POSITIVE_INFINITY) this.#deadlines.add(run, timeUs);
    const execution = plugin.instance.start({ ranges, data: value });
    const end = yield* this.#steps(run, execution);
    execution.drop();
    if (timeUs < Number.POSITIVE_INFINITY) this.#deadlines.delete(run);
    const isOver = this.#finish(run, end);
    if (!isOver) return;
    registry.end(plugin);
    if (thread !== null) machine.releaseThread(thread);
  }

  *#steps(run: Run, execution: PluginRun): Generator<void, End, unknown> {
    const machine = this.#machine;
    let fuel = 0;
    let step = execution.step(null);
    for (;;) {
      const spent = execution.fuelUsed() - fuel;
      fuel += spent;
      const cpuUs = Math.floor(spent / costs.fuelPerUs);
      if (cpuUs > 0) {
        run.token = machine.current();
        machine.sleep(cpuUs);
        yield;
        if (run.isOutOfTime) return outOfTime;
      }
      if (step.kind !== "call") return step;
      const answer = yield* this.#call(step.call, run);
      if (answer === null) return outOfTime;
      step = execution.step(answer);
    }
  }

  /** One storage call: the plugin blocks its thread, other events fall between. null: too late. */
  *#call(call: StorageCall, run: Run): Generator<void, StorageAnswer | null, unknown> {
    const machine = this.#machine;
    const { operation } = run.waiter.request;
    const count = run.errors.length;
    machine.emit(eventKinds.pluginCalled, operation, count, callNumbers[call.kind], run.number);
    const request = requestOfCall(call, run.waiter.request);
    const place = run.reach.strayingOf(request);
    if (place !== null) {
      machine.emit(eventKinds.pluginStrayed, operation, count, strayings[place], run.number);
    }
    const response = yield* this.#carryOut(request, run);
    if (run.isOutOfTime) return null;
    const answer = answerOfResponse(call, response, run.box);
    run.errors.push(answer.kind === "error" ? answer.error : null);
    const failure = failureOf(response, this.#policy.keepsKeyErrors);
    machine.emit(eventKinds.pluginAnswered, operation, count, failure, run.number);
    return answer;
  }

  *#carryOut(request: Request, run: Run): Generator<void, Response, unknown> {
    const machine = this.#machine;
    const point = isWrite(request.op)
      ? this.#points.raftkv_async_write
      : this.#points.raftkv_async_snapshot_err;
    const isPoint = point.actions !== null;
    run.token = machine.current();
    const met = isPoint ? yield* this.#detours.wait(point) : null;
    run.token = machine.current();
    const waiter = new Waiter(machine, request, new TaskSink(machine, run.token));
    const refused = this.#policy.callRefusal(request, run.reach);
    if (met?.kind === "return") waiter.fail(snapshotRefused);
    else if (refused !== null) waiter.refuse(refused);
    else if (!run.isOutOfTime) this.#storage.execute(waiter, isPoint);
    else return waiter.response();
    this.#settle();
    return (yield) as Response;
  }

  /** Answers; false if the run stands for one that never ends, and holds what it has for ever. */
  #finish(run: Run, end: End): boolean {
    const { waiter, plugin, number } = run;
    const { operation } = waiter.request;
    const { pluginFinished } = eventKinds;
    this.#machine.emit(pluginFinished, operation, plugin.number, pluginOutcomes[end.kind], number);
    switch (end.kind) {
      case "response": {
        const response = waiter.response();
        response.data = end.data;
        this.#answered(run, coprocessorAnswers.data, 0);
        waiter.answer(response);
        return true;
      }
      case "error": {
        const { error } = end;
        const call = callOf(error, run.errors);
        this.#fail(run, this.#policy.answerOf({ error, box: run.box, call }), call);
        return true;
      }
      case "panic":
      case "trap":
        return this.#breakOff(run, this.#policy.ending(plugin.name, end));
      case "deadline":
        this.#fail(run, lateAnswer(plugin.name), 0);
        return true;
      default:
        return unreachable(end);
    }
  }

  #breakOff(run: Run, ending: Ending): boolean {
    switch (ending.kind) {
      case "dies":
        return this.#machine.die(ending.reason, ending.text);
      case "never": // Nobody answers: the client times out.
        return false;
      default:
        this.#fail(run, ending, 0);
        return true;
    }
  }

  #fail(run: Run, answer: ErrorAnswer, call: number): void {
    if (answer.kind === "text") {
      this.#answered(run, coprocessorAnswers.text, call);
      run.waiter.fail(answer.text, answer.errorClass);
    } else {
      this.#answered(run, coprocessorAnswers.regionError, call);
      run.waiter.refuse(answer.error);
    }
  }

  #answered({ waiter, number }: Run, answer: number, call: number): void {
    const { operation } = waiter.request;
    this.#machine.emit(eventKinds.coprocessorAnswered, operation, answer, call, number);
  }
}

const outOfTime: End = { kind: "deadline" };

function lateAnswer(name: string): ErrorAnswer {
  const text = `plugin '${name}' was stopped: the request's time is over`;
  return { kind: "text", text, errorClass: errorClasses.deadline };
}

/** The call whose error this is, as far as it tells: a made-up one is none's. */
function callOf(error: PluginError, errors: readonly (PluginError | null)[]): number {
  const found = errors.findIndex((one) => {
    if (one === null) return false;
    if (error.kind === "other") {
      return one.kind === "other" && error.handle !== 0 && one.handle === error.handle;
    }
    if (error.kind !== "keyNotInRegion" || one.kind !== "keyNotInRegion") return false;
    return one.key === error.key && one.regionId === error.regionId;
  });
  return Math.max(0, found);
}

/** What a storage call came to, as TiKV's table says: a key outside of the region is no box. */
function failureOf({ regionError, error }: Response, keepsKeyErrors: boolean): number {
  if (regionError !== null && (keepsKeyErrors || regionError.kind !== "keyNotInRegion")) {
    return callFailures.regionError;
  }
  return regionError !== null || error !== "" ? callFailures.error : callFailures.none;
}
