/**
 * One instance of a plugin's module: the four host functions, limits, and suspension. A storage
 * call unwinds the guest's stack into the hidden pages behind its memory (Asyncify); the answer
 * winds it up again. Between the two nothing of the guest runs.
 */
import { assert } from "../../../sim/assert.ts";
import type {
  PluginError,
  PluginLimits,
  PluginRequest,
  PluginStep,
  StorageAnswer,
  StorageCall,
} from "../../api.ts";
import { bytesCopy, FrameError, FrameReader, FrameWriter } from "../frame-bytes.ts";
import {
  answerContentBytes,
  answerSize,
  readCall,
  readError,
  requestSize,
  writeAnswer,
  writeRequest,
} from "../frames.ts";
import { abiModule, bytesPerFuelShift, fuelMax, pageBytes, stackPages } from "./abi.ts";
import { type CompiledModule, instantiateModule } from "./engine.ts";
import { type GuestExports, readGuestExports } from "./guest-exports.ts";
import { type Failure, guestFailure, trap } from "./guest-failure.ts";
import { type InstanceImage, readImage, restoreImage } from "./instance-image.ts";

/** What the guest is doing, which decides what its host functions may do. */
type Mode = "idle" | "describe" | "construct" | "handle" | "destroy";
type Flow = "running" | "unwinding" | "rewinding";

/** Leaves the guest at once; the reason is kept beside it. */
class GuestStop extends Error {
  override readonly name = "GuestStop";
}

const stackBytes = stackPages * pageBytes;
/** Fuel of one call of a host function, besides its bytes. */
const hostCallFuel = 100;

/** One instance with its memory. After a failure it must be thrown away: see `isUsable`. */
export class WasmInstance {
  readonly #guest: GuestExports;
  readonly limits: PluginLimits;
  readonly #fuelStart: number;
  #memory: Buffer;
  #mode: Mode = "idle";
  #flow: Flow = "running";
  #usable = true;
  #failure: Failure | null = null;
  #request: PluginRequest | null = null;
  #requestBytes = 0;
  #answer: StorageAnswer | null = null;
  #answerBytes = 0;
  #call: StorageCall | null = null;
  #reply: PluginStep | null = null;
  #described: Uint8Array | null = null;
  #storageCalls = 0;
  #scannedBytes = 0;
  /** Fuel of what the host did for the guest; the guest's own balance is in `#guest.fuel`. */
  #hostFuel = 0;
  #fuelUsed = 0;
  /** Handles of errors that this request was given: a plugin cannot make one up. */
  #handles: number[] | null = null;

  constructor(module: CompiledModule, limits: PluginLimits) {
    this.limits = limits;
    this.#fuelStart = Math.min(limits.fuel, fuelMax);
    const exports = instantiateModule(module, {
      [abiModule]: {
        storage: (code, pointer, length) =>
          this.#storage(code as number, pointer as number, length as number),
        take: (pointer) => this.#take(pointer as number),
        reply: (status, pointer, length) =>
          this.#replied(status as number, pointer as number, length as number),
        panicked: (pointer, length) => this.#panicked(pointer as number, length as number),
      },
    });
    this.#guest = readGuestExports(exports);
    this.#memory = Buffer.from(this.#guest.memory.buffer);
    this.#guest.pagesMax.value = limits.memoryPages;
    // Each function that returns gives back what it took of it: once is enough.
    this.#guest.depth.value = limits.depth;
  }

  /** False after a panic, a trap or a dropped request: its memory is in no known state. */
  get isUsable(): boolean {
    return this.#usable;
  }

  /** Bytes of its whole memory, with the host's pages. */
  get totalBytes(): number {
    return this.#guest.memory.buffer.byteLength;
  }

  /** Bytes of memory that the plugin has. */
  get memoryBytes(): number {
    return this.#memory.length - stackBytes;
  }

  /** Runs the module's initializers. Null if they returned. */
  initialize(): Failure | null {
    const { start, initialize } = this.#guest;
    return this.#runWhole("construct", () => {
      start?.();
      initialize?.();
    });
  }

  /** Runs `copr_create`. Null if it returned. */
  create(): Failure | null {
    return this.#runWhole("construct", this.#guest.create);
  }

  /** Runs `copr_describe`: the replied frame, null if it replied none, or its failure. */
  describe(): Uint8Array | null | Failure {
    return this.#runWhole("describe", this.#guest.describe) ?? this.#described;
  }

  /** Runs `copr_destroy`; how it ends changes nothing for who used it. */
  destroy(): void {
    if (this.#usable) this.#runWhole("destroy", this.#guest.destroy);
  }

  /** Its state, for `reset` of others of its module and limits; null if nobody can read that. */
  image(): InstanceImage | null {
    assert(this.#usable && this.#mode === "idle", "an image is of an instance at rest");
    return readImage(this.#guest);
  }

  /** Puts it back to an image. False if that cannot be done: it must be thrown away. */
  reset(image: InstanceImage): boolean {
    return this.#usable && this.#mode === "idle" && restoreImage(this.#guest, image);
  }

  /** Starts a request and runs to its first storage call or its end. */
  begin(request: PluginRequest): PluginStep {
    this.#arm("handle");
    this.#request = request;
    this.#requestBytes = requestSize(request);
    this.#answer = null;
    this.#reply = null;
    this.#storageCalls = 0;
    this.#scannedBytes = 0;
    this.#handles = null;
    return this.#enter();
  }

  /** Hands in the answer to the storage call under way and runs on. */
  resume(answer: StorageAnswer): PluginStep {
    assert(this.#call !== null && this.#usable, "an answer belongs to a suspended request");
    this.#call = null;
    this.#answer = answer;
    const content = answerContentBytes(answer);
    this.#answerBytes = answerSize(answer, content);
    if (answer.kind === "error" && answer.error.kind === "other") {
      const { handle } = answer.error;
      if (this.#handles === null) this.#handles = [handle];
      else this.#handles.push(handle);
    }
    this.#scannedBytes += content;
    if (this.#scannedBytes > this.limits.scannedBytes) {
      const text = `storage answered with more than ${this.limits.scannedBytes} bytes`;
      return this.#fail({ kind: "trap", reason: "scannedBytes", text });
    }
    this.#flow = "rewinding";
    this.#guest.startRewind(this.#memory.length - stackBytes);
    return this.#enter();
  }

  /** Gives up the request under way. */
  abandon(): void {
    this.#usable = false;
  }

  /** Units used since the request began, at most the limit. */
  fuelUsed(): number {
    return this.#fuelUsed;
  }

  #arm(mode: Mode): void {
    assert(this.#usable && this.#mode === "idle", "a guest does one thing at a time");
    this.#mode = mode;
    this.#hostFuel = 0;
    this.#guest.fuel.value = this.#fuelStart;
    this.#guest.growsRefused.value = 0;
  }

  #enter(): PluginStep {
    try {
      this.#guest.handle(this.#requestBytes);
      if (this.#flow === "unwinding") this.#guest.stopUnwind();
    } catch (error) {
      return this.#fail(this.#failureOf(error));
    }
    if (!this.#settleFuel()) return this.#fail(this.#outOfFuel());
    if (this.#flow === "unwinding") {
      this.#flow = "running";
      assert(this.#call !== null, "the guest unwinds for a storage call only");
      return { kind: "call", call: this.#call };
    }
    this.#mode = "idle";
    const text = "copr_handle returned without a reply";
    return this.#reply ?? this.#fail({ kind: "trap", reason: "protocol", text });
  }

  #runWhole(mode: Mode, body: () => void): Failure | null {
    this.#arm(mode);
    try {
      body();
    } catch (error) {
      return this.#fail(this.#failureOf(error));
    }
    if (!this.#settleFuel()) return this.#fail(this.#outOfFuel());
    this.#mode = "idle";
    return null;
  }

  #fail(failure: Failure): Failure {
    this.#usable = false;
    return failure;
  }

  #failureOf(error: unknown): Failure {
    const unwinding = this.#flow === "unwinding";
    const failure =
      error instanceof GuestStop && this.#failure !== null
        ? this.#failure
        : guestFailure(error, { guest: this.#guest, limits: this.limits, unwinding });
    // Without fuel it would not have come as far as that.
    return this.#settleFuel() ? failure : this.#outOfFuel();
  }

  #stop(failure: Failure): GuestStop {
    this.#failure = failure;
    return new GuestStop(failure.text);
  }

  /**
   * Work of the host for the guest costs fuel too: otherwise a loop of it had no end. What is in
   * the guest is left alone, which is costly from here: the two are added up when the guest stops.
   */
  #pay(bytes: number): void {
    this.#hostFuel += hostCallFuel + (bytes >>> bytesPerFuelShift);
    if (this.#hostFuel > this.#fuelStart) throw this.#stop(this.#outOfFuel());
  }

  /** The guest has stopped. False if the fuel was used up. */
  #settleFuel(): boolean {
    const left = this.#guest.fuel.value - this.#hostFuel;
    this.#fuelUsed = this.#fuelStart - Math.max(left, 0);
    return left >= 0;
  }

  #outOfFuel(): Failure {
    return trap("fuel", `used more than ${this.#fuelStart} units of fuel`);
  }

  /** The place of guest bytes in `#memory`, after looking that they lie in the guest's part. */
  #place(pointer: number, length: number): number {
    // Memory that grows leaves its former buffer without a length.
    if (this.#memory.length === 0) this.#memory = Buffer.from(this.#guest.memory.buffer);
    const from = pointer >>> 0;
    if (length > this.memoryBytes - from) {
      const text = `${length} bytes at ${from} lie outside its ${this.memoryBytes} bytes of memory`;
      throw this.#stop(trap("protocol", text));
    }
    return from;
  }

  #storage(code: number, pointer: number, length: number): number {
    if (this.#flow === "rewinding") {
      this.#guest.stopRewind();
      this.#flow = "running";
      assert(this.#answer !== null, "the guest rewinds with an answer");
      return this.#answerBytes;
    }
    if (this.#mode !== "handle") throw this.#stop(trap("protocol", `storage in ${this.#mode}`));
    const bytes = length >>> 0;
    const from = this.#place(pointer, bytes);
    this.#pay(bytes);
    this.#storageCalls += 1;
    if (this.#storageCalls > this.limits.storageCalls) {
      const text = `made more than ${this.limits.storageCalls} storage calls`;
      throw this.#stop(trap("storageCalls", text));
    }
    this.#call = this.#readCall(code, from, bytes);
    const stack = this.#memory.length - stackBytes;
    const into = new FrameWriter(this.#memory, stack);
    into.u32(stack + 8);
    into.u32(this.#memory.length);
    this.#flow = "unwinding";
    this.#guest.startUnwind(stack);
    return 0;
  }

  #take(pointer: number): undefined {
    if (this.#mode !== "handle") throw this.#stop(trap("protocol", `take in ${this.#mode}`));
    const size = this.#answer === null ? this.#requestBytes : this.#answerBytes;
    const from = this.#place(pointer, size);
    this.#pay(size);
    const into = new FrameWriter(this.#memory, from);
    if (this.#answer !== null) writeAnswer(into, this.#answer);
    else if (this.#request !== null) writeRequest(into, this.#request);
  }

  #replied(status: number, pointer: number, length: number): undefined {
    const bytes = length >>> 0;
    if (this.#mode === "handle" && status === 0 && bytes > this.limits.responseBytes) {
      const text = `a response of ${bytes} bytes, the limit is ${this.limits.responseBytes}`;
      throw this.#stop(trap("responseBytes", text));
    }
    const from = this.#place(pointer, bytes);
    this.#pay(bytes);
    if (this.#mode === "describe" && status === 0) {
      this.#described = bytesCopy(this.#memory, from, bytes);
    } else if (this.#mode === "handle" && status === 0) {
      this.#reply = { kind: "response", data: bytesCopy(this.#memory, from, bytes) };
    } else if (this.#mode === "handle" && status === 1) {
      this.#reply = { kind: "error", error: this.#known(this.#readError(from, bytes)) };
    } else {
      throw this.#stop(trap("protocol", `reply with status ${status} in ${this.#mode}`));
    }
  }

  #panicked(pointer: number, length: number): undefined {
    const bytes = length >>> 0;
    const from = this.#place(pointer, bytes);
    const text = this.#memory.toString("utf8", from, from + Math.min(bytes, panicBytesMax));
    throw this.#stop({ kind: "panic", text });
  }

  #known(error: PluginError): PluginError {
    if (error.kind !== "other" || this.#handles?.includes(error.handle) === true) return error;
    return { ...error, handle: 0 };
  }

  #readCall(code: number, from: number, length: number): StorageCall {
    try {
      return readCall(code, new FrameReader(this.#memory, from, from + length));
    } catch (error) {
      throw this.#frameStop(error);
    }
  }

  #readError(from: number, length: number): PluginError {
    try {
      return readError(new FrameReader(this.#memory, from, from + length));
    } catch (error) {
      throw this.#frameStop(error);
    }
  }

  #frameStop(error: unknown): unknown {
    return error instanceof FrameError ? this.#stop(trap("protocol", error.message)) : error;
  }
}

/** A panic's text is cut after this many bytes. */
const panicBytesMax = 4096;
