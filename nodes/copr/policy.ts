/** Where the endpoint of fidelity `tikv` and that of `contract` differ. */
import type { PluginError, PluginStep } from "../../plugins/index.ts";
import type { RegionError } from "../errors.ts";
import type { ErrorClass, Request, RequestBody } from "../wire.ts";
import type { ErrorBox } from "./raw-storage.ts";
import type { Reach } from "./reach.ts";

/** Why a request is refused before any plugin is looked for. */
export type EarlyRefusal =
  | { readonly kind: "regionError"; readonly error: RegionError }
  | { readonly kind: "rangeOutside"; readonly text: string };

/** What a client gets for a run without a response. */
export type ErrorAnswer =
  | { readonly kind: "text"; readonly text: string; readonly errorClass: ErrorClass }
  | { readonly kind: "regionError"; readonly error: RegionError };

/** A run that did not end by itself. */
export type BrokenOff = Extract<PluginStep, { kind: "panic" | "trap" }>;

/** What becomes of the store, and of the client, when a run breaks off. */
export type Ending =
  | ErrorAnswer
  | { readonly kind: "dies"; readonly reason: "panic" | "abort"; readonly text: string }
  /** It stands for a plugin that never returns: its thread is gone, and nobody answers. */
  | { readonly kind: "never" };

/** An error that a plugin returned, with what the endpoint knows of it. */
export type ReturnedError = {
  readonly error: PluginError;
  readonly box: ErrorBox;
  /** The storage call that gave exactly this error, 0 = none did. */
  readonly call: number;
};

export interface EndpointPolicy {
  /** Why no plugin may see a request, or null. */
  refusal(request: Request): EarlyRefusal | null;
  /** What answers a requirement with a number beyond 2^64 - 1; null: the process ends (H1). */
  readonly overflowText: string | null;
  /** A plugin keeps the gRPC thread that took its request up; else it has a pool of its own. */
  readonly holdsThread: boolean;
  /** How long a plugin may take for a request, microseconds; Infinity: as long as it likes. */
  timeUs(request: Request): number;
  /** The error of a storage call that is not even carried out, or null. */
  callRefusal(body: RequestBody, reach: Reach): RegionError | null;
  /** KeyNotInRegion stays a region error on its way through a plugin. */
  readonly keepsKeyErrors: boolean;
  answerOf(returned: ReturnedError): ErrorAnswer;
  /** A plugin of this name panicked or was stopped. */
  ending(name: string, step: BrokenOff): Ending;
}
