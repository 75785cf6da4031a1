/** One plugin at work on one request, as the endpoint keeps track of it. */
import type { Generation, KeyRange, PluginError } from "../../plugins/index.ts";
import type { Machine } from "../../sim/process.ts";
import { costs } from "../store/costs.ts";
import { TaskSink, type Waiter } from "../store/waiter.ts";
import type { RequestBody } from "../wire.ts";
import type { Timed } from "./deadlines.ts";
import { ErrorBox } from "./raw-storage.ts";
import type { Reach } from "./reach.ts";

/** The error that a storage call got. */
type CallError = { readonly call: number; readonly error: PluginError };

/** Its task waits in it: for a storage call's answer, or for who ends it early. */
export class Run extends TaskSink implements Timed {
  /** Of the store's incarnation, from 1. */
  readonly number: number;
  readonly waiter: Waiter;
  readonly plugin: Generation;
  readonly reach: Reach;
  readonly box: ErrorBox = new ErrorBox();
  /** Storage calls so far; their numbers begin at 1. */
  calls = 0;
  isOutOfTime = false;
  /** Made with the first one: most requests have none. */
  #errors: CallError[] | null = null;
  #fuel = 0;

  constructor(machine: Machine, parts: Pick<Run, "number" | "waiter" | "plugin" | "reach">) {
    super(machine);
    this.number = parts.number;
    this.waiter = parts.waiter;
    this.plugin = parts.plugin;
    this.reach = parts.reach;
  }

  /** Virtual CPU time for the fuel used since the last time; what is less than 1 us is lost. */
  cpuUs(fuelUsed: number): number {
    const spent = fuelUsed - this.#fuel;
    this.#fuel = fuelUsed;
    return Math.floor(spent / costs.fuelPerUs);
  }

  /** The last call got an error. */
  failed(error: PluginError): void {
    const failed = { call: this.calls, error };
    if (this.#errors === null) this.#errors = [failed];
    else this.#errors.push(failed);
  }

  /** The call whose error this is, as far as it tells; 0: a made-up one is none's. */
  callOf(error: PluginError): number {
    return this.#errors?.find((one) => isSame(one.error, error))?.call ?? 0;
  }
}

/** A request's ranges, as a plugin gets them. */
export function rangesOf({ keys, endKeys }: RequestBody): readonly KeyRange[] {
  return keys.map((start, at) => ({ start, end: endKeys[at] ?? "" }));
}

function isSame(one: PluginError, error: PluginError): boolean {
  if (error.kind === "other") {
    return one.kind === "other" && error.handle !== 0 && one.handle === error.handle;
  }
  if (error.kind !== "keyNotInRegion" || one.kind !== "keyNotInRegion") return false;
  return one.key === error.key && one.regionId === error.regionId;
}
