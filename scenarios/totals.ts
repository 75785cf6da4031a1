/** What a run amounted to, in numbers that people compare. */
import { eventKinds, roles } from "../nodes/events.ts";
import { kernelEvents } from "../sim/index.ts";
import type { Watcher } from "./judge.ts";

export type TotalCounts = {
  readonly events: number;
  /** Leaders that came into office. */
  readonly elections: number;
  /** Crashes, power losses and stops of their own. */
  readonly crashes: number;
  readonly acknowledgedWrites: number;
  readonly pluginCalls: number;
};

export const noTotals: TotalCounts = {
  events: 0,
  elections: 0,
  crashes: 0,
  acknowledgedWrites: 0,
  pluginCalls: 0,
};

/** The totals of two runs together. */
export function addTotals(a: TotalCounts, b: TotalCounts): TotalCounts {
  return {
    events: a.events + b.events,
    elections: a.elections + b.elections,
    crashes: a.crashes + b.crashes,
    acknowledgedWrites: a.acknowledgedWrites + b.acknowledgedWrites,
    pluginCalls: a.pluginCalls + b.pluginCalls,
  };
}

/** Counts as events come in. */
export class Totals implements Watcher {
  readonly kinds: readonly number[] = [
    eventKinds.roleChanged,
    eventKinds.writeAcknowledged,
    eventKinds.pluginStarted,
    kernelEvents.crash.kind,
    kernelEvents.powerLoss.kind,
    kernelEvents.death.kind,
  ];
  #elections = 0;
  #crashes = 0;
  #acknowledgedWrites = 0;
  #pluginCalls = 0;

  event(kind: number, _process: number, _a: number, _b: number, c: number): void {
    switch (kind) {
      case eventKinds.roleChanged:
        if (c === roles.leader) this.#elections++;
        break;
      case eventKinds.writeAcknowledged:
        this.#acknowledgedWrites++;
        break;
      case eventKinds.pluginStarted:
        this.#pluginCalls++;
        break;
      case kernelEvents.crash.kind:
      case kernelEvents.powerLoss.kind:
      case kernelEvents.death.kind:
        this.#crashes++;
        break;
      default:
        break; // Not a thing that is counted.
    }
  }

  counts(events: number): TotalCounts {
    return {
      events,
      elections: this.#elections,
      crashes: this.#crashes,
      acknowledgedWrites: this.#acknowledgedWrites,
      pluginCalls: this.#pluginCalls,
    };
  }
}
