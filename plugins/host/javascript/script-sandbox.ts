/** A plugin's script in an engine: the frames that go in and come out, and who the plugin is. */
import { assert } from "../../../sim/assert.ts";
import type {
  BuildInfo,
  PluginInfo,
  PluginLimits,
  PluginRequest,
  PluginStep,
  StorageAnswer,
} from "../../api.ts";
import { hostBuildInfo } from "../../api.ts";
import { FrameError, FrameReader, FrameWriter } from "../frame-bytes.ts";
import {
  answerSize,
  readCall,
  readError,
  requestSize,
  writeAnswer,
  writeRequest,
} from "../frames.ts";
import { type Failure, trap } from "../wasm/guest-failure.ts";
import { bootstrapSource, scriptAction, scriptOutcome } from "./bootstrap.ts";
import type { ScriptEngineModule } from "./engine-module.ts";
import { EngineAbort, type EngineImage, ScriptEngine } from "./script-engine.ts";

/** Who the plugin says it is. */
export type ScriptIdentity = { readonly info: PluginInfo; readonly build: BuildInfo };

/** A plugin loaded, before its first request. */
export type SandboxImage = { readonly engine: EngineImage; readonly dispatch: number };

/** An engine with a plugin loaded. After a trap it must be thrown away: see `isUsable`. */
export class ScriptSandbox {
  readonly #engine: ScriptEngine;
  readonly #responseBytesMax: number;
  #dispatch = 0;
  #usable = true;

  /** Without an image the plugin is still to be loaded. */
  constructor(engine: ScriptEngineModule, limits: PluginLimits, image: SandboxImage | null) {
    this.#engine = new ScriptEngine(engine, limits, image?.engine ?? null);
    this.#responseBytesMax = limits.responseBytes;
    if (image !== null) {
      this.#dispatch = image.dispatch;
      return;
    }
    const dispatch = this.#engine.evaluate(bootstrapSource, "bootstrap.js");
    this.#dispatch = dispatch.value;
    this.#engine.limitMemory(limits.memoryPages);
  }

  /** What another sandbox of the same script and limits begins with. */
  image(): SandboxImage {
    assert(this.#usable, "an image is of a plugin that was loaded");
    return { engine: this.#engine.image(), dispatch: this.#dispatch };
  }

  /** Forgets all that happened since the image was made; false if it must be thrown away. */
  reset(image: SandboxImage): boolean {
    return this.#usable && this.#engine.reset(image.engine);
  }

  /** False after a trap: its memory is in no known state. */
  get isUsable(): boolean {
    return this.#usable;
  }

  /** Evaluates the plugin: its constructor. Gives its identity, or why there is none. */
  load(source: string, fuel: number): ScriptIdentity | Failure {
    const loaded = this.#guarded<ScriptIdentity | PluginStep>(fuel, () => {
      const exports = this.#engine.evaluate(source, "plugin.js");
      const action = exports.kind === "value" ? scriptAction.load : scriptAction.show;
      const frame = this.#frame(action, exports.value);
      this.#engine.free(exports.value);
      this.#engine.runJobs();
      return frame[0] === scriptOutcome.loaded ? identityIn(frame) : this.#stepIn(frame);
    });
    if (!("kind" in loaded)) return loaded;
    if (loaded.kind === "panic" || loaded.kind === "trap") return loaded;
    return trap("protocol", `the script threw a storage error while it was loaded`);
  }

  /** Starts request `id` and runs to its first storage call or its end. */
  start(id: number, request: PluginRequest, fuel: number): PluginStep {
    return this.#guarded(fuel, () => {
      const size = requestSize(request);
      this.#send(scriptAction.start, id, size, (into) => writeRequest(into, request));
      return this.#proceed(id);
    });
  }

  /** Hands in the answer to the storage call of request `id` and runs on. */
  settle(id: number, answer: StorageAnswer, fuel: number): PluginStep {
    return this.#guarded(fuel, () => {
      const size = answerSize(answer);
      this.#send(scriptAction.settle, id, size, (into) => writeAnswer(into, answer));
      return this.#proceed(id);
    });
  }

  /** Forgets request `id`: nothing that it left behind can be carried out any more. */
  forget(id: number): void {
    if (!this.#usable) return;
    this.#guarded(forgetFuel, (): PluginStep => {
      this.#value(scriptAction.drop, id);
      return { kind: "response", data: new Uint8Array(0) };
    });
  }

  /** Units used by the last of these calls. */
  fuelUsed(): number {
    return this.#engine.fuelUsed();
  }

  #guarded<Result extends ScriptIdentity | PluginStep>(
    fuel: number,
    body: () => Result,
  ): Result | Failure {
    this.#engine.arm(fuel);
    try {
      const result = body();
      if ("kind" in result && result.kind === "trap") this.#usable = false;
      return result;
    } catch (error) {
      this.#usable = false;
      return this.#engine.failureOf(error);
    }
  }

  #proceed(id: number): PluginStep {
    this.#engine.runJobs();
    const subject = this.#engine.number(id);
    const frame = this.#frame(scriptAction.poll, subject);
    this.#engine.free(subject);
    return this.#stepIn(frame);
  }

  #send(action: number, id: number, length: number, write: (into: FrameWriter) => void): void {
    const frame = this.#engine.buffer(length, (into, at) => write(new FrameWriter(into, at)));
    this.#value(action, id, frame);
    this.#engine.free(frame);
  }

  #value(action: number, id: number, frame: number | null = null): void {
    const subject = this.#engine.number(id);
    const result = this.#call(action, subject, frame);
    this.#engine.free(result);
    this.#engine.free(subject);
  }

  /** The frame that `dispatch` answers with. */
  #frame(action: number, subject: number): Uint8Array {
    const value = this.#call(action, subject, null);
    const bytes = this.#engine.bytesOf(value);
    this.#engine.free(value);
    return bytes;
  }

  #call(action: number, subject: number, frame: number | null): number {
    const number = this.#engine.number(action);
    const values = frame === null ? [number, subject] : [number, subject, frame];
    const result = this.#engine.call(this.#dispatch, values);
    this.#engine.free(number);
    // The dispatch throws for want of memory or stack only, while it makes its frame.
    if (result.kind === "thrown") throw new EngineAbort("no room for the answer's frame");
    return result.value;
  }

  #stepIn(frame: Uint8Array): PluginStep {
    const [outcome] = frame;
    const rest = Buffer.from(frame.buffer, frame.byteOffset + 1, frame.length - 1);
    switch (outcome) {
      case scriptOutcome.call:
        return decode(() => {
          const [operation = 0] = rest;
          return { kind: "call", call: readCall(operation, new FrameReader(rest, 1)) };
        });
      case scriptOutcome.response: {
        const max = this.#responseBytesMax;
        if (rest.length <= max) return { kind: "response", data: new Uint8Array(rest) };
        return trap("responseBytes", `a response of ${rest.length} bytes, the limit is ${max}`);
      }
      case scriptOutcome.error:
        return decode(() => ({ kind: "error", error: readError(new FrameReader(rest)) }));
      case scriptOutcome.panic:
        return { kind: "panic", text: rest.toString("utf8") };
      case scriptOutcome.protocol:
        return trap("protocol", rest.toString("utf8"));
      case scriptOutcome.depth:
        return trap("depth", "calls nested deeper than the script engine allows");
      case scriptOutcome.memory:
        return trap("memory", "wanted more memory than its limit");
      default:
        // Out of memory while a promise was settled leaves a request that waits for nothing.
        if (this.#engine.memoryRefused) return trap("memory", "wanted more memory than its limit");
        return trap("trap", rest.toString("utf8"));
    }
  }
}

function decode(read: () => PluginStep): PluginStep {
  try {
    return read();
  } catch (error) {
    if (error instanceof FrameError) return trap("protocol", error.message);
    throw error;
  }
}

function identityIn(frame: Uint8Array): ScriptIdentity {
  const from = new FrameReader(Buffer.from(frame), 1);
  const info = { name: from.text(), version: from.text() };
  const build = {
    apiVersion: from.text() || hostBuildInfo.apiVersion,
    rustc: from.text() || hostBuildInfo.rustc,
    target: from.text() || hostBuildInfo.target,
  };
  return { info, build };
}

/** Fuel for leaving a request behind: the host pays it, a script cannot make it cost more. */
const forgetFuel = 1_000_000;
