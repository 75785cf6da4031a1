/** What the host calls and reads in an instance, typed once. */
import { assert } from "../../../sim/assert.ts";
import { abiInitialize, abiMemory, injectedNames } from "./abi.ts";
import type { EngineExports, EngineGlobal, EngineMemory } from "./engine.ts";

/** The functions, memory and globals of an injected module. */
export type GuestExports = {
  readonly memory: EngineMemory;
  readonly describe: () => void;
  readonly create: () => void;
  readonly handle: (length: number) => void;
  readonly destroy: () => void;
  readonly initialize: (() => void) | undefined;
  readonly start: (() => void) | undefined;
  readonly fuel: EngineGlobal;
  readonly depth: EngineGlobal;
  readonly pagesMax: EngineGlobal;
  readonly growsRefused: EngineGlobal;
  /** The plugin's own mutable globals. */
  readonly globals: readonly EngineGlobal<number | bigint>[];
  /** Asyncify's four; a module that is only described does without. */
  readonly startUnwind: (stack: number) => void;
  readonly stopUnwind: () => void;
  readonly startRewind: (stack: number) => void;
  readonly stopRewind: () => void;
};

/** Picks them out of an instance's exports. Admission has checked what the plugin owes. */
export function readGuestExports(exports: EngineExports): GuestExports {
  const get = <Value>(name: string): Value => {
    assert(exports[name] !== undefined, `an injected module exports ${name}`);
    return exports[name] as Value;
  };
  const optional = <Value>(name: string) => exports[name] as Value | undefined;
  return {
    memory: get(abiMemory),
    describe: get("copr_describe"),
    create: get("copr_create"),
    handle: get("copr_handle"),
    destroy: get("copr_destroy"),
    initialize: optional(abiInitialize),
    start: optional(injectedNames.start),
    fuel: get(injectedNames.fuel),
    depth: get(injectedNames.depth),
    pagesMax: get(injectedNames.pagesMax),
    growsRefused: get(injectedNames.growsRefused),
    globals: Object.keys(exports)
      .filter((name) => name.startsWith(injectedNames.global))
      .map((name) => get(name)),
    startUnwind: optional("asyncify_start_unwind") ?? unsuspendable,
    stopUnwind: optional("asyncify_stop_unwind") ?? unsuspendable,
    startRewind: optional("asyncify_start_rewind") ?? unsuspendable,
    stopRewind: optional("asyncify_stop_rewind") ?? unsuspendable,
  };
}

function unsuspendable(): never {
  assert(false, "only modules with suspension run requests");
}
