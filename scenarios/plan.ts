/**
 * A plan: everything a run is made of besides its seed, as JSON data. Users write plans, generators
 * draw them, shrinking makes them smaller, repro files carry them. In JSON `clientsCheckVersions`,
 * `paired` and `pluginFiles` may be left out: plans from before there were such still hold.
 */

import type { Config } from "../nodes/index.ts";
import { artefactOf, type DirectoryOperation } from "../plugins/index.ts";
import type { HistoryRequest } from "./history.ts";

/** The version of the plan's shape. A change of meaning raises it. */
export const planSchema = 1;

/** One client operation. `id` is positive and unique; clients count from 0. */
export type PlannedOperation = {
  readonly id: number;
  readonly atUs: number;
  readonly client: number;
  readonly request: HistoryRequest;
};

/** A plugin file on stores' plugin directories from the start. */
export type PlannedPlugin = {
  /** The file's name in the directory; a scan finds files in an order of the directory's own. */
  readonly file: string;
  /** Which artefact: a name that the run's plugin set knows, or a path of the user's. */
  readonly artefact: string;
  /** The stores that have it. */
  readonly stores: readonly number[];
};

/** Which links a network fault concerns. Stores by id. */
export type Scope =
  | { readonly kind: "all" }
  /** Every link between two stores. */
  | { readonly kind: "stores" }
  /** Every link between a client and a store. */
  | { readonly kind: "clients" }
  /** Every link of a store to other stores. 0 = the store of the moment. */
  | { readonly kind: "peers"; readonly store: number }
  /** Every link of a store, those to clients too. 0 = the store of the moment. */
  | { readonly kind: "store"; readonly store: number }
  /** One direction between two stores. */
  | { readonly kind: "link"; readonly from: number; readonly to: number };

/** When a fault starts: at a time, or at the n-th time that a moment comes on a store. */
export type Trigger =
  | { readonly kind: "at"; readonly us: number }
  | {
      readonly kind: "moment";
      /** A name of `scenarios/moments`; it says whether the handler that reports goes on. */
      readonly moment: string;
      /** 0 = any store. */
      readonly store: number;
      /** Counts from 1, from `fromUs` on. */
      readonly occurrence: number;
      readonly fromUs: number;
    };

/**
 * What breaks. Each ends after the fault's `forUs`, at the latest when healing begins; what is over
 * at once (rot, a jump, a transfer) has nothing to end.
 */
export type Breakage =
  | { readonly kind: "crash" }
  | { readonly kind: "powerLoss" }
  | { readonly kind: "pause" }
  /** CPU time counts `factor` times. */
  | { readonly kind: "slow"; readonly factor: number }
  /** Nothing passes to or from the store, clients included. */
  | { readonly kind: "isolate" }
  /** Stores of `side` (0 = the store of the moment) and the others; clients reach both sides. */
  | { readonly kind: "partition"; readonly side: readonly number[]; readonly oneWay: boolean }
  /** The stores before and after `bridge` meet only through it. */
  | { readonly kind: "bridge"; readonly bridge: number }
  /** Each store reaches a majority, no two the same. From five stores on. */
  | { readonly kind: "majorityRing" }
  | { readonly kind: "drop"; readonly scope: Scope; readonly perMille: number }
  | { readonly kind: "duplicate"; readonly scope: Scope; readonly perMille: number }
  | { readonly kind: "reorder"; readonly scope: Scope; readonly perMille: number }
  | {
      readonly kind: "delay";
      readonly scope: Scope;
      readonly minUs: number;
      readonly maxUs: number;
    }
  /** At most so many messages under way on each link. */
  | { readonly kind: "capacity"; readonly scope: Scope; readonly messages: number }
  | { readonly kind: "corrupt"; readonly scope: Scope; readonly perMille: number }
  /** Messages wait at the sender. */
  | { readonly kind: "clog"; readonly scope: Scope }
  /** Messages wait at the receiver's door and come in together. */
  | { readonly kind: "hold"; readonly scope: Scope }
  | { readonly kind: "refuse"; readonly scope: Scope }
  | { readonly kind: "hang"; readonly scope: Scope }
  | { readonly kind: "diskSlow"; readonly minUs: number; readonly maxUs: number }
  | { readonly kind: "diskStall" }
  | { readonly kind: "diskError"; readonly operation: "write" | "sync" | "read" }
  | { readonly kind: "diskFull" }
  /**
   * A file that is read has one bit flipped, for good, so often in a thousand: found at the next
   * recovery. A minority of stores at most is ever damaged.
   */
  | { readonly kind: "bitRot"; readonly perMille: number }
  /** Writes land in another place of their file, about one in eight. */
  | { readonly kind: "misdirectedWrite" }
  | { readonly kind: "clockOffset"; readonly us: number }
  | { readonly kind: "clockJump"; readonly us: number }
  | { readonly kind: "clockFreeze" }
  | { readonly kind: "clockDrift"; readonly ppm: number }
  | { readonly kind: "monotonicDrift"; readonly ppm: number }
  /** Regions that splits make are numbered on, from the first beyond those of the plan. */
  | { readonly kind: "transferLeader"; readonly region: number; readonly to: number }
  /**
   * The region that has the key strictly inside is split there, if its leader can: the region keeps
   * what is from the key on, a new one gets what is before it.
   */
  | { readonly kind: "split"; readonly key: string };

export type BreakageKind = Breakage["kind"];

/**
 * A fault. `store` 0 is the store of the moment; with a time trigger, every store, or none where
 * the breakage says itself what it is about.
 */
export type PlannedFault = {
  readonly id: number;
  readonly trigger: Trigger;
  readonly store: number;
  /** How long it lasts; a crashed store restarts after it. */
  readonly forUs: number;
  readonly breakage: Breakage;
};

/** A failpoint set from the start of the break phase; it ends when healing begins. */
export type PlannedFailpoint = {
  readonly name: string;
  readonly actions: string;
  /** 0 = every store. */
  readonly store: number;
};

/**
 * Something done to plugin directories. It begins at its trigger; what takes time goes on while
 * stores crash, because the machine stays up, and ends when the machine loses its power.
 */
export type PlannedFileOperation = {
  readonly id: number;
  readonly trigger: Trigger;
  /** 0 is the store of the moment; with a time trigger, every store. */
  readonly store: number;
  readonly operation: DirectoryOperation;
};

export type Schedule =
  | { readonly kind: "fifo" }
  | { readonly kind: "random" }
  | { readonly kind: "pct"; readonly changes: number };

export type Plan = {
  readonly schema: typeof planSchema;
  readonly scenario: string;
  readonly fidelity: "tikv" | "contract";
  readonly timing: "fast" | "tikv";
  readonly schedule: Schedule;
  /** Clocks and disks may lie beyond the protocol's assumptions: safety alone is judged. */
  readonly unrestricted: boolean;
  /** Every message becomes bytes and comes back on its way: slower, and nothing can be shared. */
  readonly encodesMessages: boolean;
  /** Clients check version requirements by semver 1.x before they send them, as client-rust. */
  readonly clientsCheckVersions: boolean;
  /** Runs once more without its coprocessor calls: what they cost Raft is judged (`budget`). */
  readonly paired: boolean;
  /** Store ids are 1..stores. */
  readonly stores: number;
  /** Where the key space is cut into regions, ascending latin1 texts. */
  readonly cuts: readonly string[];
  /** The zone of each store, or [] for one zone. */
  readonly zones: readonly string[];
  readonly clients: number;
  /** Healing begins here: faults end, everything restarts. */
  readonly breakUs: number;
  /** The time after it until the run ends. */
  readonly healUs: number;
  readonly plugins: readonly PlannedPlugin[];
  /** What happens to plugin directories while stores run. */
  readonly pluginFiles: readonly PlannedFileOperation[];
  readonly operations: readonly PlannedOperation[];
  readonly faults: readonly PlannedFault[];
  readonly failpoints: readonly PlannedFailpoint[];
  /** Keys of tikv.toml with their values, above the timing profile. Left out: none. */
  readonly config?: Config;
};

/** Every artefact that a plan names, each once. */
export function artefactsOf({
  plugins,
  pluginFiles,
}: Pick<Plan, "plugins" | "pluginFiles">): readonly string[] {
  const later = pluginFiles.flatMap(({ operation }) => artefactOf(operation) ?? []);
  return [...new Set([...plugins.map(({ artefact }) => artefact), ...later])];
}

/** Every file name that a plan names, each once. */
export function filesOf({
  plugins,
  pluginFiles,
}: Pick<Plan, "plugins" | "pluginFiles">): readonly string[] {
  const later = pluginFiles.flatMap(({ operation }) => {
    if (operation.kind === "rename") return [operation.from, operation.to];
    return "file" in operation ? [operation.file] : [];
  });
  return [...new Set([...plugins.map(({ file }) => file), ...later])];
}
