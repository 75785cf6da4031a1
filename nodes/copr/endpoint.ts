/**
 * The coprocessor v2 endpoint: look-up, version requirement, plugin, error mapping, in TiKV's order
 * and words. What fidelities do otherwise is in their policies.
 * Source: TiKV src/coprocessor_v2/endpoint.rs.
 */

import type { Failpoint } from "../../failpoints/index.ts";
import type {
  Generation,
  KeyRange,
  PluginRegistry,
  PluginStep,
  StorageAnswer,
  StorageCall,
} from "../../plugins/index.ts";
import { unreachable } from "../../sim/assert.ts";
import type { Machine, Task } from "../../sim/process.ts";
import {
  callFailures,
  coprocessorAnswers,
  eventKinds,
  pluginOutcomes,
  strayings,
} from "../events.ts";
import type { Region } from "../region.ts";
import type { Detours, Met } from "../store/detours.ts";
import { type StorePoints, snapshotRefused } from "../store/points.ts";
import { Waiter } from "../store/waiter.ts";
import { errorClasses, isWrite, Request, type Response } from "../wire.ts";
import { Admission } from "./admission.ts";
import { Deadlines } from "./deadlines.ts";
import type { PluginHost } from "./plugin-host.ts";
import type { Ending, EndpointPolicy, ErrorAnswer } from "./policy.ts";
import { answerOfResponse, bodyOfCall, callNumbers } from "./raw-storage.ts";
import { Reach } from "./reach.ts";
import { Run, rangesOf } from "./run.ts";

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

  /** One body for all of it: a generator inside another costs at each storage call. */
  *#run(waiter: Waiter, plugin: Generation, registry: PluginRegistry): Task {
    const machine = this.#machine;
    const thread = this.#policy.holdsThread ? machine.holdThread() : null;
    registry.begin(plugin);
    const ranges = rangesOf(waiter.request.body);
    const run = this.#begin(waiter, plugin, ranges);
    const execution = plugin.instance.start({ ranges, data: waiter.request.body.value });
    let step = execution.step(null);
    for (;;) {
      const cpuUs = run.cpuUs(execution.fuelUsed());
      if (cpuUs > 0) {
        run.token = machine.current();
        machine.sleep(cpuUs);
        yield;
      }
      if (run.isOutOfTime || step.kind !== "call") break;
      const request = this.#called(step.call, run);
      const point = this.#pointOf(request);
      run.token = machine.current();
      let met: Met | null = null;
      if (point.actions !== null) {
        met = yield* this.#detours.wait(point);
        run.token = machine.current();
      }
      if (!this.#carryOut(request, run, met)) break;
      // The plugin blocks its thread, other events fall between.
      const response = (yield) as Response;
      if (run.isOutOfTime) break;
      step = execution.step(this.#answer(step.call, response, run));
    }
    execution.drop();
    this.#deadlines.delete(run);
    const end: End = run.isOutOfTime || step.kind === "call" ? outOfTime : step;
    const isOver = this.#finish(run, end);
    if (!isOver) return;
    registry.end(plugin);
    if (thread !== null) machine.releaseThread(thread);
  }

  #begin(waiter: Waiter, plugin: Generation, ranges: readonly KeyRange[]): Run {
    const { request } = waiter;
    const { operation } = request;
    const { regionId } = request.context;
    const number = ++this.#runs;
    this.#machine.emit(eventKinds.pluginStarted, operation, plugin.number, regionId, number);
    const reach = new Reach(ranges, this.#regionOf(regionId));
    const run = new Run(this.#machine, { number, waiter, plugin, reach });
    const timeUs = this.#policy.timeUs(request);
    if (timeUs < Number.POSITIVE_INFINITY) this.#deadlines.add(run, timeUs);
    return run;
  }

  /** The raw command of a storage call. */
  #called(call: StorageCall, run: Run): Request {
    const machine = this.#machine;
    const { operation, context } = run.waiter.request;
    const count = ++run.calls;
    machine.emit(eventKinds.pluginCalled, operation, count, callNumbers[call.kind], run.number);
    const body = bodyOfCall(call);
    const place = run.reach.strayingOf(body);
    if (place !== null) {
      machine.emit(eventKinds.pluginStrayed, operation, count, strayings[place], run.number);
    }
    return new Request(operation, 0, 0, context, body);
  }

  /** The point that a plugin's own task goes through before a raw command. */
  #pointOf({ body }: Request): Failpoint {
    const { raftkv_async_write: write, raftkv_async_snapshot_err: read } = this.#points;
    return isWrite(body.op) ? write : read;
  }

  /** Sends a raw command on its way; `met` by its point, null: that is not set. False: too late. */
  #carryOut(request: Request, run: Run, met: Met | null): boolean {
    const waiter = new Waiter(this.#machine, request, run);
    const refused = this.#policy.callRefusal(request.body, run.reach);
    if (met?.kind === "return") waiter.fail(snapshotRefused);
    else if (refused !== null) waiter.refuse(refused);
    else if (run.isOutOfTime) return false;
    else this.#storage.execute(waiter, met !== null);
    this.#settle();
    return true;
  }

  #answer(call: StorageCall, response: Response, run: Run): StorageAnswer {
    const { operation } = run.waiter.request;
    const answer = answerOfResponse(call, response, run.box);
    if (answer.kind === "error") run.failed(answer.error);
    const failure = failureOf(response, this.#policy.keepsKeyErrors);
    const { pluginAnswered } = eventKinds;
    this.#machine.emit(pluginAnswered, operation, run.calls, failure, run.number);
    return answer;
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
        const call = run.callOf(error);
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

/** What a storage call came to, as TiKV's table says: a key outside of the region is no box. */
function failureOf({ regionError, error }: Response, keepsKeyErrors: boolean): number {
  if (regionError !== null && (keepsKeyErrors || regionError.kind !== "keyNotInRegion")) {
    return callFailures.regionError;
  }
  return regionError !== null || error !== "" ? callFailures.error : callFailures.none;
}
