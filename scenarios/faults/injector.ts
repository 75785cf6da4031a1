/** Plays a plan's faults into a world: starts them at their triggers, ends them, heals at the end. */
import type { Cluster } from "../../nodes/index.ts";
import type { ProcessId, World } from "../../sim/index.ts";
import type { NodeStop } from "../judge.ts";
import type { Plan, PlannedFault } from "../plan.ts";

export type InjectorOptions = {
  readonly world: World;
  readonly cluster: Cluster;
  readonly plan: Plan;
};

export class FaultInjector {
  readonly #world: World;
  readonly #cluster: Cluster;
  readonly #plan: Plan;

  constructor({ world, cluster, plan }: InjectorOptions) {
    this.#world = world;
    this.#cluster = cluster;
    this.#plan = plan;
  }

  schedule(): void {
    for (const fault of this.#plan.faults) {
      if (fault.trigger.kind === "at") this.#world.at(fault.trigger.us, () => this.#begin(fault));
    }
    this.#world.at(this.#plan.breakUs, () => this.#heal());
  }

  event(_kind: number, _process: number, _a: number, _b: number, _c: number, _d: number): void {}

  #begin(fault: PlannedFault): void {
    const process = this.#cluster.processOf(fault.store);
    if (fault.breakage.kind === "crash") this.#world.crash(process, "planned");
    else if (fault.breakage.kind === "powerLoss") this.#world.powerLoss(process);
    else return;
    const endUs = Math.min(this.#world.nowUs + fault.forUs, this.#plan.breakUs);
    this.#world.at(endUs, () => this.#restart(process));
  }

  #restart(process: ProcessId): void {
    if (!this.#world.isUp(process)) this.#world.restart(process);
  }

  #heal(): void {
    for (const store of this.#cluster.storeIds) this.#restart(this.#cluster.processOf(store));
  }

  healthyStores(): readonly number[] {
    return this.#cluster.storeIds;
  }

  stops(): readonly NodeStop[] {
    return this.#world.deaths.map(({ process, timeUs, kind, isPlanned, text }) => ({
      process,
      store: this.#cluster.storeIds.find((id) => this.#cluster.processOf(id) === process) ?? 0,
      atUs: timeUs,
      reason: kind === "failure" ? "abort" : kind,
      text,
      planned: isPlanned,
    }));
  }
}
