/**
 * Trusted TypeScript of this project as a plugin: a generator that yields its storage calls.
 * Requests share what the plugin's `create` returned, as in TiKV; nothing protects the host from
 * a loop in it. Fuel counts storage calls and their bytes, so it is the same on every machine.
 */
import { createHash } from "node:crypto";
import { assert, InvariantError } from "../../sim/assert.ts";
import type {
  BuildInfo,
  InstantiateResult,
  KeyRange,
  KvPair,
  PluginError,
  PluginInfo,
  PluginInstance,
  PluginLimits,
  PluginRequest,
  PluginRun,
  PluginStep,
  PreparedPlugin,
  StorageAnswer,
  StorageCall,
  TrapReason,
} from "../api.ts";
import { answerContentBytes } from "./frames.ts";

/** What a storage call gives: its result or an error to return untouched. */
export type StorageResult<Value> =
  | { readonly kind: "ok"; readonly value: Value }
  | { readonly kind: "error"; readonly error: PluginError };

/** A task inside a plugin: it yields storage calls and is resumed with their answers. */
export type PluginTask<Result> = Generator<StorageCall, Result, StorageAnswer>;

/** `RawStorage` for generators: `const got = yield* storage.get(key)`. */
export interface InProcessStorage {
  get(key: string): PluginTask<StorageResult<Uint8Array | null>>;
  batchGet(keys: readonly string[]): PluginTask<StorageResult<readonly KvPair[]>>;
  scan(range: KeyRange): PluginTask<StorageResult<readonly KvPair[]>>;
  put(key: string, value: Uint8Array): PluginTask<StorageResult<null>>;
  batchPut(pairs: readonly KvPair[]): PluginTask<StorageResult<null>>;
  delete(key: string): PluginTask<StorageResult<null>>;
  batchDelete(keys: readonly string[]): PluginTask<StorageResult<null>>;
  deleteRange(range: KeyRange): PluginTask<StorageResult<null>>;
}

/** How a handler ends; an exception that it throws is a panic. */
export type HandlerResult =
  | { readonly kind: "response"; readonly data: Uint8Array }
  | { readonly kind: "error"; readonly error: PluginError };

/** `on_raw_coprocessor_request`. */
export type InProcessHandler = (
  ranges: readonly KeyRange[],
  data: Uint8Array,
  storage: InProcessStorage,
) => PluginTask<HandlerResult>;

export type InProcessOptions = {
  readonly info: PluginInfo;
  /** What it claims to be built with; `hostBuildInfo` of api.ts makes it load. */
  readonly build: BuildInfo;
  /** The plugin's constructor: runs once a node. What it throws is a panic. */
  readonly create: () => InProcessHandler;
};

/** Makes a plugin of TypeScript. Its hash is that of its name and version: it has no bytes. */
export function inProcessPlugin({ info, build, create }: InProcessOptions): PreparedPlugin {
  const name = `inProcess:${info.name}@${info.version}`;
  const hash = createHash("sha256").update(name).digest("hex");
  const instantiate = (limits: PluginLimits): InstantiateResult => {
    try {
      return { kind: "loaded", plugin: new InProcessInstance(info, create(), limits) };
    } catch (error) {
      return panic(error);
    }
  };
  return { kind: "inProcess", hash, build, info, instantiate };
}

class InProcessInstance implements PluginInstance {
  readonly info: PluginInfo;
  readonly #handler: InProcessHandler;
  readonly #limits: PluginLimits;
  #destroyed = false;

  constructor(info: PluginInfo, handler: InProcessHandler, limits: PluginLimits) {
    this.info = info;
    this.#handler = handler;
    this.#limits = limits;
  }

  start(request: PluginRequest): PluginRun {
    assert(!this.#destroyed, "a destroyed plugin takes no requests");
    return new InProcessRun(this.#handler, request, this.#limits);
  }

  destroy(): void {
    this.#destroyed = true;
  }
}

/** Fuel of a request or storage call, besides its bytes. */
const callFuel = 1_000;

class InProcessRun implements PluginRun {
  readonly #handler: InProcessHandler;
  readonly #request: PluginRequest;
  readonly #limits: PluginLimits;
  #task: PluginTask<HandlerResult> | null = null;
  #over = false;
  #fuel = 0;
  #storageCalls = 0;
  #scannedBytes = 0;
  /** Made with the first one: most requests have none. */
  #handles: number[] | null = null;

  constructor(handler: InProcessHandler, request: PluginRequest, limits: PluginLimits) {
    this.#handler = handler;
    this.#request = request;
    this.#limits = limits;
  }

  step(answer: StorageAnswer | null): PluginStep {
    assert(!this.#over, "a run that is over takes no step");
    assert((answer === null) === (this.#task === null), "only the first step has no answer");
    const step = this.#spend(answer) ?? this.#advance(answer);
    if (step.kind !== "call") this.#over = true;
    return step;
  }

  fuelUsed(): number {
    return Math.min(this.#fuel, this.#limits.fuel);
  }

  drop(): void {
    // The generator is left where it stands: `return()` would run its `finally` blocks.
    this.#over = true;
    this.#task = null;
  }

  #spend(answer: StorageAnswer | null): PluginStep | null {
    const bytes = answer === null ? this.#request.data.length : answerContentBytes(answer);
    this.#fuel += callFuel + Math.floor(bytes / 16);
    if (this.#fuel > this.#limits.fuel) {
      return trap("fuel", `used more than ${this.#limits.fuel} units of fuel`);
    }
    if (answer === null) return null;
    this.#scannedBytes += bytes;
    if (this.#scannedBytes > this.#limits.scannedBytes) {
      const text = `storage answered with more than ${this.#limits.scannedBytes} bytes`;
      return trap("scannedBytes", text);
    }
    if (answer.kind === "error" && answer.error.kind === "other") {
      if (this.#handles === null) this.#handles = [answer.error.handle];
      else this.#handles.push(answer.error.handle);
    }
    return null;
  }

  #advance(answer: StorageAnswer | null): PluginStep {
    try {
      if (answer !== null) {
        assert(this.#task !== null, "an answer belongs to a task under way");
        return this.#shape(this.#task.next(answer));
      }
      const { ranges, data } = this.#request;
      this.#task = this.#handler(ranges, data, storage);
      return this.#shape(this.#task.next());
    } catch (error) {
      if (error instanceof InvariantError) throw error; // The test bed's own fault, no panic.
      return panic(error);
    }
  }

  #shape(next: IteratorResult<StorageCall, HandlerResult>): PluginStep {
    if (next.done !== true) {
      this.#storageCalls += 1;
      if (this.#storageCalls <= this.#limits.storageCalls)
        return { kind: "call", call: next.value };
      return trap("storageCalls", `made more than ${this.#limits.storageCalls} storage calls`);
    }
    const result = next.value;
    if (result.kind === "error") return { kind: "error", error: this.#known(result.error) };
    const bytes = result.data.length;
    if (bytes <= this.#limits.responseBytes) return { kind: "response", data: result.data };
    const text = `a response of ${bytes} bytes, the limit is ${this.#limits.responseBytes}`;
    return trap("responseBytes", text);
  }

  #known(error: PluginError): PluginError {
    if (error.kind !== "other" || this.#handles?.includes(error.handle) === true) return error;
    return { ...error, handle: 0 };
  }
}

const storage: InProcessStorage = {
  get: (key) => ask({ kind: "get", key }, valueIn),
  batchGet: (keys) => ask({ kind: "batchGet", keys }, pairsIn),
  scan: (range) => ask({ kind: "scan", range }, pairsIn),
  put: (key, value) => ask({ kind: "put", key, value }, nothingIn),
  batchPut: (pairs) => ask({ kind: "batchPut", pairs }, nothingIn),
  delete: (key) => ask({ kind: "delete", key }, nothingIn),
  batchDelete: (keys) => ask({ kind: "batchDelete", keys }, nothingIn),
  deleteRange: (range) => ask({ kind: "deleteRange", range }, nothingIn),
};

function* ask<Value>(
  call: StorageCall,
  read: (answer: StorageAnswer) => Value,
): PluginTask<StorageResult<Value>> {
  const answer = yield call;
  if (answer.kind === "error") return { kind: "error", error: answer.error };
  return { kind: "ok", value: read(answer) };
}

function valueIn(answer: StorageAnswer): Uint8Array | null {
  assert(answer.kind === "value", "a get is answered with a value");
  return answer.value;
}

function pairsIn(answer: StorageAnswer): readonly KvPair[] {
  assert(answer.kind === "pairs", "a batch get or scan is answered with pairs");
  return answer.pairs;
}

function nothingIn(answer: StorageAnswer): null {
  assert(answer.kind === "done", "a write is answered with nothing");
  return null;
}

function panic(error: unknown): { readonly kind: "panic"; readonly text: string } {
  return { kind: "panic", text: error instanceof Error ? error.message : String(error) };
}

function trap(reason: TrapReason, text: string): PluginStep {
  return { kind: "trap", reason, text };
}
