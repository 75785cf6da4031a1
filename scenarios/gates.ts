/**
 * Gates: what must have happened at least once over the seeds of a scenario, or a green run says
 * nothing. Each is counted from the same events that judges see.
 */
import { eventKinds, rejections, roles } from "../nodes/events.ts";
import { kernelEvents } from "../sim/index.ts";
import type { RunFacts } from "./judge.ts";

/** Every gate, with its sentence. */
export const gateSentences = {
  leaderChanged: "a region changed its leader after the first election",
  crashed: "a store crashed and came back",
  powerLost: "a store lost its power and came back",
  snapshotInstalled: "a follower caught up by snapshot",
  logCompacted: "a log was compacted",
  staleRequestRefused: "a request reached a store that did not lead",
  readByLease: "a read was served by lease",
  readByQuorum: "a read was served by ReadIndex",
  pluginAnswered: "a plugin answered a request",
  pluginFailedCall: "a plugin got an error from storage",
  leaderChangedMidRequest: "a region changed its leader while a plugin ran on it",
  versionRejected: "a version requirement refused a plugin",
  requirementRejected: "a version requirement did not parse",
  nameRejected: "a request named a plugin that is not loaded",
  networkCut: "the network was cut",
  crashedMidPlugin: "a store died while a plugin ran on it",
} as const;

export type Gate = keyof typeof gateSentences;

/** How often each gate was passed. */
export type GateCounts = Readonly<Record<Gate, number>>;

export class Gates {
  readonly #counts = Object.fromEntries(
    Object.keys(gateSentences).map((gate) => [gate, 0]),
  ) as Record<Gate, number>;
  readonly #storeProcesses: ReadonlySet<number>;
  readonly #led = new Set<number>();
  /** Running plugins: the region of each, by process and request. */
  readonly #running = new Map<string, number>();
  readonly #down = new Map<number, "crashed" | "powerLost">();

  constructor(facts: RunFacts) {
    this.#storeProcesses = new Set(facts.stores.map(({ process }) => process));
  }

  counts(): GateCounts {
    return { ...this.#counts };
  }

  event(kind: number, process: number, a: number, b: number, c: number, _d: number): void {
    const counts = this.#counts;
    switch (kind) {
      case eventKinds.roleChanged:
        if (c === roles.leader) this.#elected(a);
        break;
      case eventKinds.snapshotInstalled:
        counts.snapshotInstalled++;
        break;
      case eventKinds.logCompacted:
        counts.logCompacted++;
        break;
      case eventKinds.requestRefused:
        if (c === 2) counts.staleRequestRefused++;
        break;
      case eventKinds.readServed:
        if (c === 0) counts.readByLease++;
        else counts.readByQuorum++;
        break;
      case eventKinds.pluginStarted:
        this.#running.set(`${process}/${a}`, c);
        break;
      case eventKinds.pluginAnswered:
        if (c === 1) counts.pluginFailedCall++;
        break;
      case eventKinds.pluginFinished:
        this.#running.delete(`${process}/${a}`);
        if (c === 0) counts.pluginAnswered++;
        break;
      case eventKinds.coprocessorRejected:
        if (b === rejections.unknownName) counts.nameRejected++;
        else if (b === rejections.badRequirement) counts.requirementRejected++;
        else if (b === rejections.versionMismatch) counts.versionRejected++;
        break;
      case eventKinds.storeReady:
        this.#returned(process);
        break;
      case kernelEvents.networkFault.kind:
        counts.networkCut++;
        break;
      case kernelEvents.crash.kind:
      case kernelEvents.death.kind:
        this.#died(process, "crashed");
        break;
      case kernelEvents.powerLoss.kind:
        this.#died(process, "powerLost");
        break;
      default:
        break; // Not a thing that a gate asks for.
    }
  }

  #elected(region: number): void {
    if (this.#led.has(region)) {
      this.#counts.leaderChanged++;
      for (const running of this.#running.values()) {
        if (running === region) this.#counts.leaderChangedMidRequest++;
      }
    }
    this.#led.add(region);
  }

  #died(process: number, how: "crashed" | "powerLost"): void {
    if (!this.#storeProcesses.has(process)) return;
    this.#down.set(process, how);
    for (const key of [...this.#running.keys()]) {
      if (!key.startsWith(`${process}/`)) continue;
      this.#running.delete(key);
      this.#counts.crashedMidPlugin++;
    }
  }

  #returned(process: number): void {
    const how = this.#down.get(process);
    if (how !== undefined) this.#counts[how]++;
    this.#down.delete(process);
  }
}
