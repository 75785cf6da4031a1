/**
 * One plugin call without a cluster: a region of an in-memory map behind the very functions that a
 * store answers with. What is left out is Raft: no other event falls between two storage calls.
 */
import {
  answerOfResponse,
  bodyOfCall,
  ErrorBox,
  isWrite,
  keyBytesDefault,
  keySizeError,
  mutationsOf,
  type RawReader,
  type Region,
  Response,
  readInto,
  refusalOf,
} from "../../nodes/index.ts";
import type {
  KvPair,
  PluginInstance,
  PluginRequest,
  PluginRun,
  PluginStep,
  StorageAnswer,
  StorageCall,
} from "../../plugins/index.ts";
import { assert } from "../../sim/assert.ts";
import { compareBytes } from "../../sim/bytes.ts";
import { type ErrorClass, faultAnswer } from "./error-classes.ts";

/** How a call ended. */
export type PluginEnd = Exclude<PluginStep, { readonly kind: "call" }>;

/** A storage call and what it was answered. */
export type TracedCall = { readonly call: StorageCall; readonly answer: StorageAnswer };

/** A storage call that fails. Calls count from 1. */
export type Fault = { readonly call: number; readonly errorClass: ErrorClass };

/** Everything that can be told of one call. */
export type Told = {
  readonly end: PluginEnd;
  readonly trace: readonly TracedCall[];
  /** The boxed errors that handles in the trace point to. */
  readonly box: ErrorBox;
};

/** Rows in byte order of their keys. */
export class Rows implements RawReader {
  readonly #values = new Map<string, Uint8Array>();
  #sorted: readonly string[] | null = null;

  constructor(pairs: Iterable<KvPair>) {
    for (const { key, value } of pairs) this.put(key, value);
  }

  /** The rows as a plain map, in order. */
  map(): ReadonlyMap<string, Uint8Array> {
    return new Map(this.#keys().map((key) => [key, this.#values.get(key) as Uint8Array]));
  }

  get(_cf: "default" | "lock" | "write", key: string): Uint8Array | undefined {
    return this.#values.get(key);
  }

  scan({ start, end, limit }: Parameters<RawReader["scan"]>[0]): KvPair[] {
    return this.#between(start, end).slice(0, limit);
  }

  reverseScan({ start, end, limit }: Parameters<RawReader["reverseScan"]>[0]): KvPair[] {
    return this.#between(start, end).reverse().slice(0, limit);
  }

  put(key: string, value: Uint8Array): void {
    if (!this.#values.has(key)) this.#sorted = null;
    this.#values.set(key, value);
  }

  delete(key: string): void {
    if (this.#values.delete(key)) this.#sorted = null;
  }

  deleteRange(start: string, end: string): void {
    for (const { key } of this.#between(start, end)) this.delete(key);
  }

  equals(other: Rows): boolean {
    const keys = this.#keys();
    if (keys.length !== other.#keys().length) return false;
    return keys.every((key) => {
      const theirs = other.#values.get(key);
      return (
        theirs !== undefined && compareBytes(this.#values.get(key) as Uint8Array, theirs) === 0
      );
    });
  }

  #keys(): readonly string[] {
    this.#sorted ??= [...this.#values.keys()].sort((a, b) => (a < b ? -1 : 1));
    return this.#sorted;
  }

  #between(start: string, end: string): KvPair[] {
    return this.#keys()
      .filter((key) => key >= start && (end === "" || key < end))
      .map((key) => ({ key, value: this.#values.get(key) as Uint8Array }));
  }
}

export type CallOptions = {
  readonly request: PluginRequest;
  readonly region: Region;
  /** Changed by the plugin's writes. */
  readonly rows: Rows;
  readonly fault: Fault | null;
};

/** Runs one request to its end. Never throws for what the plugin does. */
export function callPlugin(plugin: PluginInstance, options: CallOptions): Told {
  const { fault } = options;
  const run = new SteppedCall(plugin, options);
  while (run.pending !== null) {
    if (fault?.call === run.calls + 1) run.fail(fault.errorClass);
    else run.advance();
  }
  return run.told();
}

export type SteppedOptions = Pick<CallOptions, "request" | "region" | "rows">;

/** A request that goes on call by call, so that anything can fall between two of them. */
export class SteppedCall {
  readonly #options: SteppedOptions;
  readonly #run: PluginRun;
  readonly #box = new ErrorBox();
  readonly #trace: TracedCall[] = [];
  #step: PluginStep;

  constructor(plugin: PluginInstance, options: SteppedOptions) {
    this.#options = options;
    this.#run = plugin.start(options.request);
    this.#step = this.#run.step(null);
    this.#dropAtEnd();
  }

  /** The storage call that is next, or null: the request is over. */
  get pending(): StorageCall | null {
    return this.#step.kind === "call" ? this.#step.call : null;
  }

  /** Storage calls that were answered. */
  get calls(): number {
    return this.#trace.length;
  }

  /** Units of fuel so far. */
  fuelUsed(): number {
    return this.#run.fuelUsed();
  }

  /** Carries out the pending call and tells the plugin. */
  advance(): void {
    this.#tell(this.carryOut());
  }

  /** Carries out the pending call; the plugin does not hear of it. */
  carryOut(): StorageAnswer {
    const call = this.#pendingCall();
    return answerOfResponse(call, execute(call, this.#options), this.#box);
  }

  /** The pending call fails, whether or not it was carried out before. */
  fail(errorClass: ErrorClass): void {
    this.#tell(faultAnswer(errorClass, this.#options.region, this.#box));
  }

  /** The plugin goes on to its end undisturbed. */
  finish(): Told {
    while (this.pending !== null) this.advance();
    return this.told();
  }

  /** What can be told of a request that is over. */
  told(): Told {
    assert(this.#step.kind !== "call", "only a request that is over can be told of");
    return { end: this.#step, trace: this.#trace, box: this.#box };
  }

  /** What has been called so far. */
  get trace(): readonly TracedCall[] {
    return this.#trace;
  }

  /** Gives the request up where it stands: its node dies, or nobody waits any more. */
  drop(): void {
    if (this.pending !== null) this.#run.drop();
  }

  #pendingCall(): StorageCall {
    assert(this.#step.kind === "call", "a request that is over makes no call");
    return this.#step.call;
  }

  #tell(answer: StorageAnswer): void {
    this.#trace.push({ call: this.#pendingCall(), answer });
    this.#step = this.#run.step(answer);
    this.#dropAtEnd();
  }

  #dropAtEnd(): void {
    if (this.#step.kind !== "call") this.#run.drop();
  }
}

/** One storage call on the region's leader, as TiKV carries it out. */
function execute(call: StorageCall, { region, rows }: SteppedOptions): Response {
  const body = bodyOfCall(call);
  const response = new Response();
  if (!isWrite(body.op)) {
    readInto(response, body, region, rows);
    return response;
  }
  const tooLong = keySizeError(body, keyBytesDefault);
  if (tooLong !== null) {
    response.error = tooLong;
    return response;
  }
  const mutations = mutationsOf(body);
  const refusal = refusalOf(mutations, region);
  if (refusal !== null) {
    response.regionError = refusal;
    return response;
  }
  for (const one of mutations) {
    if (one.kind === "put") rows.put(one.key, one.value);
    else if (one.kind === "delete") rows.delete(one.key);
    else rows.deleteRange(one.key, one.endKey === "" ? region.end : one.endKey);
  }
  return response;
}

/** A plugin as one node has it: loaded again after it has died. */
export class Host {
  readonly #load: () => PluginInstance;
  #instance: PluginInstance | null = null;

  /** `load` must not fail: a plugin that cannot be constructed is a finding before any check. */
  constructor(load: () => PluginInstance) {
    this.#load = load;
  }

  /** Runs one request on the plugin as it is loaded. */
  call(options: CallOptions): Told {
    this.#instance ??= this.#load();
    const told = callPlugin(this.#instance, options);
    if (died(told.end)) this.restart();
    return told;
  }

  /** Starts a request that goes on call by call. */
  begin(options: SteppedOptions): SteppedCall {
    this.#instance ??= this.#load();
    return new SteppedCall(this.#instance, options);
  }

  /** Starts a request and gives it up at its first storage call, as when its client is gone. */
  abandon(request: PluginRequest): void {
    this.#instance ??= this.#load();
    const run = this.#instance.start(request);
    const step = run.step(null);
    run.drop();
    if (step.kind !== "call" && died(step)) this.restart();
  }

  /** The node restarts: the plugin's memory is gone. */
  restart(): void {
    this.#instance?.destroy();
    this.#instance = null;
  }
}

/** True where a node would be gone, or its thread for ever taken. */
export function died(end: PluginEnd): boolean {
  return end.kind === "panic" || end.kind === "trap";
}
