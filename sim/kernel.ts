/** What the parts of one world share: time, chance, the trace, the network, the observers. */
import type { Observer } from "./events.ts";
import { Handler } from "./handler.ts";
import type { Host } from "./host.ts";
import type { Network } from "./network/network.ts";
import type { ProcessId } from "./process.ts";
import type { Randomness } from "./random.ts";
import type { Timeline } from "./scheduler/timeline.ts";
import type { Trace } from "./trace.ts";

/** How a process ends by itself. */
export type OwnDeath = "panic" | "abort" | "exit";

/** The shared parts. */
export class Kernel {
  readonly timeline: Timeline;
  readonly random: Randomness;
  readonly trace: Trace;
  readonly network: Network;
  readonly handler: Handler = new Handler();
  /** True inside `World.run`. A call from elsewhere comes from a promise, and would be lost. */
  isRunning = false;
  /** Ends a process from inside its own handler. Set by the world. */
  readonly dies: (host: Host, reason: OwnDeath, text: string) => void;
  /** What an observer threw: a failure of the test bed, not of the process that reported. */
  observerError: { readonly error: unknown } | null = null;
  readonly #observers: Observer[] = [];

  constructor(parts: {
    readonly timeline: Timeline;
    readonly random: Randomness;
    readonly trace: Trace;
    readonly network: Network;
    readonly dies: (host: Host, reason: OwnDeath, text: string) => void;
  }) {
    this.timeline = parts.timeline;
    this.random = parts.random;
    this.trace = parts.trace;
    this.network = parts.network;
    this.dies = parts.dies;
  }

  /** Adds an observer, told after those before it. */
  observe(observer: Observer): void {
    this.#observers.push(observer);
  }

  /** Something happened: into the hash, and to every observer. */
  emit(kind: number, process: ProcessId, a: number, b: number, c: number, d: number): void {
    this.trace.emit(this.timeline.nowUs, kind, process, a, b, c, d);
    const observers = this.#observers;
    try {
      for (let at = 0; at < observers.length; at++) {
        observers[at]!.event(kind, process, a, b, c, d);
      }
    } catch (error) {
      this.observerError ??= { error };
      throw error;
    }
  }
}
