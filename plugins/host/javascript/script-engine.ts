/**
 * One QuickJS with a memory of its own: a plugin on a node. The host evaluates text in it, calls
 * the one function that it holds and runs pending jobs; whatever happens, the engine stops when
 * its fuel, depth or memory is used up, at the same instruction each time.
 */
import { assert } from "../../../sim/assert.ts";
import type { PluginLimits } from "../../api.ts";
import { instantiateModule, isGuestTrap, isStackOverflow } from "../wasm/engine.ts";
import { type Failure, trap } from "../wasm/guest-failure.ts";
import { readScriptExports, type ScriptExports } from "./engine-exports.ts";
import type { ScriptEngineModule } from "./engine-module.ts";

/**
 * WebAssembly instructions of the engine for one unit of fuel: about a tenth of one step of a
 * script, so that the same limit lets a script do a fraction of what it lets a module do.
 */
const instructionsPerFuel = 8;
const instructionsMax = 2_000_000_000;
/**
 * Share of the depth limit: frames of the interpreter are large. At 70,000 of 100,000 the stack of
 * the main thread of Node (984 KiB) ran out, and a limit by the stack of a host is none.
 */
const depthShare = 0.4;
const pageBytes = 65_536;
/** Parts of an image: as the operating system hands out memory, so that zeros cost nothing. */
const chunkBytes = 4_096;

/** The engine cannot go on: its own assertion failed, or the host's frame found no memory. */
export class EngineAbort extends Error {
  override readonly name = "EngineAbort";
}

/** An exception that a script threw: a value in the engine, to be freed. */
export type Thrown = { readonly kind: "thrown"; readonly value: number };
/** A value in the engine, to be freed. */
export type Value = { readonly kind: "value"; readonly value: number };

/** An engine at rest, to go on from: copying its memory is far cheaper than loading a plugin. */
export type EngineImage = {
  readonly pages: number;
  readonly pagesMax: number;
  readonly runtime: number;
  readonly context: number;
  readonly jobContext: number;
  /** What is not zero. */
  readonly chunks: readonly { readonly at: number; readonly bytes: Uint8Array }[];
};

/** An engine. After a failure it must be thrown away. */
export class ScriptEngine {
  readonly #native: ScriptExports;
  readonly #runtime: number;
  readonly #context: number;
  readonly #jobContext: number;
  /** Pages that the memory may have. Without bound until the host's own script is loaded. */
  #pagesMax = Number.POSITIVE_INFINITY;
  #pages: number;
  #memoryRefused = false;
  #armed = 0;
  readonly #depth: number;

  /** Without an image it is empty; an image must be of the same module and limits. */
  constructor(
    { module, pagesMin }: ScriptEngineModule,
    limits: PluginLimits,
    image: EngineImage | null,
  ) {
    this.#pages = pagesMin;
    this.#depth = Math.floor(limits.depth * depthShare);
    this.#native = readScriptExports(instantiateModule(module, { a: this.#imports() }));
    this.arm(instructionsMax / instructionsPerFuel);
    if (image !== null) {
      this.#runtime = image.runtime;
      this.#context = image.context;
      this.#jobContext = image.jobContext;
      this.#pagesMax = image.pagesMax;
      this.#native.memory.grow(image.pages - pagesMin);
      this.#pages = image.pages;
      this.#copy(image);
      return;
    }
    this.#native.initialize();
    this.#runtime = this.#native.newRuntime();
    this.#context = this.#native.newContext(this.#runtime, 0);
    this.#jobContext = this.#native.allocate(4);
    assert(this.#runtime !== 0 && this.#context !== 0, "a fresh engine has room for a context");
  }

  /**
   * The engine as it is between two calls. Its one hidden global is the stack pointer, which is
   * back at its start then.
   */
  image(): EngineImage {
    const memory = this.#bytes();
    const zeros = Buffer.alloc(chunkBytes);
    const chunks: { readonly at: number; readonly bytes: Uint8Array }[] = [];
    for (let at = 0; at < memory.length; at += chunkBytes) {
      const page = memory.subarray(at, at + chunkBytes);
      if (!page.equals(zeros)) chunks.push({ at, bytes: new Uint8Array(page) });
    }
    return {
      pages: this.#pages,
      pagesMax: this.#pagesMax,
      runtime: this.#runtime,
      context: this.#context,
      jobContext: this.#jobContext,
      chunks,
    };
  }

  /** Goes back to an image of its own limits; false if it cannot, because its memory has grown. */
  reset(image: EngineImage): boolean {
    if (this.#pages !== image.pages) return false;
    this.#memoryRefused = false;
    this.#bytes().fill(0);
    this.#copy(image);
    return true;
  }

  #copy({ chunks }: EngineImage): void {
    const memory = this.#bytes();
    for (const { at, bytes } of chunks) memory.set(bytes, at);
  }

  /** From now on the memory may grow by so many pages of 64 KiB. */
  limitMemory(pages: number): void {
    this.#pagesMax = this.#pages + pages;
  }

  /** Whether it wanted more memory than its limit since then. */
  get memoryRefused(): boolean {
    return this.#memoryRefused;
  }

  /** Gives it fuel for what comes next. */
  arm(fuel: number): void {
    this.#armed = Math.min(Math.max(fuel, 0) * instructionsPerFuel, instructionsMax);
    this.#native.fuel.value = this.#armed;
    this.#native.depth.value = this.#depth;
  }

  /** Units used since `arm`, rounded up. */
  fuelUsed(): number {
    return Math.ceil((this.#armed - Math.max(this.#native.fuel.value, 0)) / instructionsPerFuel);
  }

  /** The failure behind an error that came out of the engine; throws it if it is the host's. */
  failureOf(error: unknown): Failure {
    const { fuel, depth } = this.#native;
    if (error instanceof EngineAbort) {
      return trap(this.#memoryRefused ? "memory" : "trap", error.message);
    }
    if (isStackOverflow(error)) return trap("depth", "calls nested deeper than the engine's stack");
    if (!isGuestTrap(error)) throw error;
    if (fuel.value < 0) return trap("fuel", "used more units of fuel than its limit");
    if (depth.value < 0) return trap("depth", "calls nested deeper than the limit");
    if (this.#memoryRefused) return trap("memory", `wanted too much memory: ${error.message}`);
    return trap("trap", error.message);
  }

  /** Evaluates a script in the global scope. */
  evaluate(source: string, file: string): Value | Thrown {
    const [text, name] = [this.#text(source), this.#text(file)];
    const length = Buffer.byteLength(source);
    const value = this.#native.evaluate(this.#context, text, length, name, 0, 0);
    this.#native.free(text);
    this.#native.free(name);
    return this.#judge(value);
  }

  /** Calls a function with values, which it does not free. */
  call(target: number, values: readonly number[]): Value | Thrown {
    const native = this.#native;
    const list = this.#allocate(4 * values.length);
    const bytes = this.#bytes();
    for (const [at, value] of values.entries()) bytes.writeUInt32LE(value, list + 4 * at);
    const self = native.getUndefined();
    const value = native.call(this.#context, target, self, values.length, list);
    native.free(list);
    return this.#judge(value);
  }

  /** Runs jobs until none is left. What a job throws is lost: promises keep their own errors. */
  runJobs(): void {
    const native = this.#native;
    for (;;) {
      const value = native.executeJobs(this.#runtime, -1, this.#jobContext);
      const result = this.#judge(value);
      this.free(result.value);
      if (result.kind === "value") return;
    }
  }

  /** A number as a value. */
  number(value: number): number {
    return this.#native.newFloat64(this.#context, value);
  }

  /** An ArrayBuffer of bytes that `write` fills in. */
  buffer(length: number, write: (into: Buffer, at: number) => void): number {
    const place = this.#allocate(length);
    write(this.#bytes(), place);
    return this.#native.newArrayBuffer(this.#context, place, length);
  }

  /** A copy of an ArrayBuffer's bytes. */
  bytesOf(value: number): Uint8Array {
    const length = this.#native.bytesLength(this.#context, value);
    const place = this.#native.bytesOf(this.#context, value);
    return new Uint8Array(this.#bytes().subarray(place, place + length));
  }

  /** The length of an ArrayBuffer. */
  lengthOf(value: number): number {
    return this.#native.bytesLength(this.#context, value);
  }

  free(value: number): void {
    this.#native.freeValue(this.#context, value);
  }

  #judge(value: number): Value | Thrown {
    const thrown = this.#native.exceptionOf(this.#context, value);
    if (thrown === 0) return { kind: "value", value };
    this.free(value);
    return { kind: "thrown", value: thrown };
  }

  #bytes(): Buffer {
    return Buffer.from(this.#native.memory.buffer);
  }

  #allocate(length: number): number {
    const place = this.#native.allocate(Math.max(length, 1));
    if (place === 0) throw new EngineAbort("out of memory");
    return place;
  }

  #text(text: string): number {
    const length = Buffer.byteLength(text);
    const place = this.#allocate(length + 1);
    const bytes = this.#bytes();
    bytes.write(text, place, "utf8");
    bytes[place + length] = 0;
    return place;
  }

  /** No clock, file, environment or time zone: whatever asks for them gets nothing. */
  #imports(): Readonly<Record<string, (...values: number[]) => number | undefined>> {
    const nothing = () => 0;
    const abort = () => {
      throw new EngineAbort("the script engine gave up");
    };
    const imports: Record<string, () => number> = {};
    for (const name of "cdefghijlmnopst") imports[name] = nothing;
    for (const name of "bqr") imports[name] = abort;
    return { ...imports, k: (bytes) => this.#grow((bytes as number) >>> 0) };
  }

  #grow(bytes: number): number {
    const wanted = Math.ceil(bytes / pageBytes);
    if (wanted > this.#pagesMax || wanted > 30_000) {
      this.#memoryRefused = true;
      return 0;
    }
    this.#native.memory.grow(wanted - this.#pages);
    this.#pages = wanted;
    return 1;
  }
}
