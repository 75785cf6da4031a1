/**
 * Plays a plan's faults into a world: starts each at its trigger, ends it after its time, and heals
 * everything at the end of the break phase.
 */
import { eventKinds } from "../../nodes/events.ts";
import type { Cluster } from "../../nodes/index.ts";
import type { DirectoryOperation } from "../../plugins/index.ts";
import { assert } from "../../sim/assert.ts";
import { kernelEvents, type World } from "../../sim/index.ts";
import type { NodeStop, Watcher } from "../judge.ts";
import { type Moment, momentOf } from "../moments/index.ts";
import type { Plan, PlannedFault, Trigger } from "../plan.ts";
import { Levers, type Undo } from "./lever.ts";
import { breakMachine } from "./machine-breakages.ts";
import { breakLinks, cutNetwork } from "./network-breakages.ts";
import { StoreLives } from "./store-lives.ts";

export type InjectorOptions = {
  readonly world: World;
  readonly cluster: Cluster;
  readonly plan: Plan;
};

/** What waits for its moment. */
type Armed = {
  readonly moment: Moment;
  readonly store: number;
  readonly fromUs: number;
  left: number;
  /** False: only in an event of its own, never inside the handler that reports. */
  readonly mayInterrupt: boolean;
  /** `store` is the one of the moment. */
  readonly begin: (store: number) => void;
};

const kindsMax = 256;
const nothing: Undo = () => {};

export class FaultInjector implements Watcher {
  readonly #world: World;
  readonly #cluster: Cluster;
  readonly #plan: Plan;
  readonly #levers = new Levers();
  readonly #lives: StoreLives;
  /** Waiting faults by the kind of event they wait for. */
  readonly #armed: (Armed[] | null)[] = new Array<Armed[] | null>(kindsMax).fill(null);
  /** How to end each fault that lasts. */
  readonly #lasting = new Map<number, Undo>();
  #isHealed = false;
  /** A store is being called from outside of its handlers: no crash may come inside that call. */
  #isCalling = false;

  constructor({ world, cluster, plan }: InjectorOptions) {
    this.#world = world;
    this.#cluster = cluster;
    this.#plan = plan;
    this.#lives = new StoreLives(world, cluster, plan);
  }

  /** Makes everything ready; called once, before the run. */
  schedule(): void {
    for (const fault of this.#plan.faults) {
      // These are calls into the store: never from inside one of its handlers.
      const { kind } = fault.breakage;
      const mayInterrupt = kind !== "transferLeader" && kind !== "split";
      this.#arm(fault.trigger, mayInterrupt, (store) =>
        this.#begin(fault, fault.store === 0 ? store : fault.store),
      );
    }
    for (const { trigger, store, operation } of this.#plan.pluginFiles) {
      this.#arm(trigger, false, (at) => this.#change(store === 0 ? at : store, operation));
    }
    this.#world.at(this.#plan.breakUs, () => this.#heal());
  }

  /** The kinds of events that faults wait for, once all is scheduled, and those of stores' ends. */
  get kinds(): readonly number[] {
    const armed = [...this.#armed.keys()].filter((kind) => this.#armed[kind] !== null);
    return [...new Set([...armed, kernelEvents.death.kind, eventKinds.corruptionFound])];
  }

  /** Takes one event, while it happens. */
  event(kind: number, process: number, a: number, b: number, c: number, d: number): void {
    if (kind === kernelEvents.death.kind) this.#lives.died(process);
    else if (kind === eventKinds.corruptionFound) this.#lives.corrupt(process);
    const armed = this.#armed[kind];
    if (armed === null || armed === undefined || armed.length === 0) return;
    this.#strike(armed, process, a, b, c, d);
  }

  /** A moment for which faults wait. */
  #strike(armed: Armed[], process: number, a: number, b: number, c: number, d: number): void {
    if (this.#isHealed) return;
    const store = this.#lives.storeOf(process);
    if (store === 0) return;
    // Backwards: a fault that goes off leaves the list.
    for (let at = armed.length - 1; at >= 0; at--) {
      const one = armed[at];
      if (one === undefined || (one.store !== 0 && one.store !== store)) continue;
      if (this.#world.nowUs < one.fromUs) continue;
      if (one.moment.when !== undefined && !one.moment.when(a, b, c, d)) continue;
      if (--one.left > 0) continue;
      armed.splice(at, 1);
      this.#goOff(one, store);
    }
  }

  /** The stores that must be up and repaired at the end. */
  healthyStores(): readonly number[] {
    return this.#lives.healthy();
  }

  /** Every end of a store, and whether the plan explains it. */
  stops(): readonly NodeStop[] {
    return this.#lives.stops();
  }

  /** Has something begin at its trigger; at a time, the store is 0. */
  #arm(trigger: Trigger, mayInterrupt: boolean, begin: (store: number) => void): void {
    if (trigger.kind === "at") {
      this.#world.at(trigger.us, () => begin(0));
      return;
    }
    const moment = momentOf(trigger.moment);
    assert(moment !== null && moment.kind < kindsMax, "a valid plan names moments that exist");
    const { store, fromUs, occurrence } = trigger;
    const armed = { moment, store, fromUs, left: occurrence, mayInterrupt, begin };
    const others = this.#armed[moment.kind];
    if (others === null || others === undefined) this.#armed[moment.kind] = [armed];
    else others.push(armed);
  }

  #goOff({ moment, mayInterrupt, begin }: Armed, store: number): void {
    if (moment.place === "inside" && mayInterrupt && !this.#isCalling) begin(store);
    else this.#world.at(this.#world.nowUs, () => begin(store));
  }

  /** Begins a file operation on one directory, or on every one for 0. */
  #change(store: number, operation: DirectoryOperation): void {
    if (this.#isHealed) return;
    const stores = store === 0 ? this.#cluster.storeIds : [store];
    for (const one of stores) this.#cluster.changeDirectory(one, operation);
  }

  #begin(fault: PlannedFault, store: number): void {
    if (this.#isHealed) return;
    const undo = this.#break(fault, store);
    if (undo === nothing) return;
    assert(!this.#lasting.has(fault.id), "a fault begins once");
    this.#lasting.set(fault.id, undo);
    const endUs = this.#world.nowUs + fault.forUs;
    if (endUs < this.#plan.breakUs) this.#world.at(endUs, () => this.#end(fault.id));
  }

  #end(id: number): void {
    const undo = this.#lasting.get(id);
    if (undo === undefined) return; // Healing was faster.
    this.#lasting.delete(id);
    undo();
  }

  #break({ breakage }: PlannedFault, store: number): Undo {
    const [world, cluster, levers] = [this.#world, this.#cluster, this.#levers];
    switch (breakage.kind) {
      case "crash":
      case "powerLoss": {
        const { kind } = breakage;
        return this.#each(store, (one) => this.#lives.outage(one, kind));
      }
      case "isolate":
      case "partition":
      case "bridge":
      case "majorityRing":
        return cutNetwork({ network: world.network, cluster, levers }, breakage, store);
      case "drop":
      case "duplicate":
      case "reorder":
      case "delay":
      case "capacity":
      case "corrupt":
      case "clog":
      case "hold":
      case "refuse":
      case "hang":
        return breakLinks({ network: world.network, cluster, levers }, breakage, store);
      case "transferLeader":
        this.#isCalling = true;
        cluster.transferLeader(breakage.region, breakage.to);
        this.#isCalling = false;
        return nothing;
      case "split":
        this.#isCalling = true;
        cluster.split(breakage.key);
        this.#isCalling = false;
        return nothing;
      default:
        return this.#each(store, (one) => {
          this.#lives.broke(one, breakage.kind);
          return breakMachine({ world, levers }, breakage, cluster.processOf(one));
        });
    }
  }

  /** Does it to one store, or to every one for 0. */
  #each(store: number, begin: (store: number) => Undo): Undo {
    if (store !== 0) return begin(store);
    const undos = this.#cluster.storeIds.map(begin);
    return () => {
      for (const undo of undos) undo();
    };
  }

  /** The network is whole, disks are honest, clocks right, and every store that can runs. */
  #heal(): void {
    this.#isHealed = true;
    for (const undo of this.#lasting.values()) undo();
    this.#lasting.clear();
    this.#world.network.calm();
    for (const store of this.#cluster.storeIds) {
      this.#world.clock(this.#cluster.processOf(store)).align();
    }
    this.#lives.heal();
  }
}
