/**
 * A spec: the ranges that a scenario's plans are drawn from. `generate.ts` draws; a spec is data,
 * but for the requests of coprocessor calls, which their plugins' own formats make functions.
 */
import type { Stream } from "../sim/index.ts";

/** Both ends included. */
export type Range = { readonly min: number; readonly max: number };

/** The kinds of operations, in the order in which they are drawn: that of a mix must not matter. */
export const operationKinds = [
  "get",
  "batchGet",
  "scan",
  "put",
  "batchPut",
  "delete",
  "batchDelete",
  "deleteRange",
  "compareAndSwap",
  "coprocessor",
] as const;

export type OperationKind = (typeof operationKinds)[number];

/** Weights of operations. What is missing does not happen. */
export type OperationMix = Readonly<Partial<Record<OperationKind, number>>>;

/** What a coprocessor request may be made of. */
export type CallParts = {
  readonly stream: Stream;
  /** The operation's id: what a request writes can be told from what others write by it. */
  readonly id: number;
  /** How many keys the plan has; `keyOf` gives each its text. */
  readonly keys: number;
};

/** One sort of coprocessor call. */
export type PluginCall = {
  readonly weight: number;
  /** `copr_name`: one of them. */
  readonly names: readonly string[];
  /** `copr_version_req`: one of them. */
  readonly requirements: readonly string[];
  /** The ranges: key positions from 0, `to` exclusive; over them the client shards the call. */
  readonly span: Range;
  /** Keys of the plugins' own, which no other operation touches. */
  readonly ownKeys: boolean;
  /** Only before healing begins: what it asks for stops stores. */
  readonly breakOnly: boolean;
  /**
   * At least so far apart. A plugin's write on a leader that is cut off keeps its gRPC thread until
   * Raft messages come in, which need such a thread: five of them, and the store is lost for good.
   */
  readonly spacingUs: number;
  /** In fidelity `contract`, where plugins hold no gRPC thread; left out: as `spacingUs`. */
  readonly contractSpacingUs?: number;
  /** The request's bytes as latin1 text. */
  readonly data: (parts: CallParts) => string;
};

/** A plugin file on the stores. */
export type PluginPlacement = {
  readonly file: string;
  /** One of these, by chance. */
  readonly artefacts: readonly string[];
  /** "some" leaves stores out, by chance, at least one each way. */
  readonly stores: "every" | "some";
};

/** Families of faults: what swarm testing switches on and off as one. */
export const faultFamilies = [
  "crash",
  "powerLoss",
  "pause",
  "slow",
  "partition",
  "loss",
  "latency",
  "connection",
  "diskLatency",
  "diskError",
  "diskDamage",
  "wallClock",
  "monotonicDrift",
  "transfer",
  "succession",
  "heldBack",
  "coup",
  "abdication",
  "split",
] as const;
export type FaultFamily = (typeof faultFamilies)[number];

/** How many faults of each family a plan of the fullest strategy has. */
export type FaultCounts = Readonly<Partial<Record<FaultFamily, Range>>>;

/** Stories of file operations on plugin directories (`workloads/directory-stories.ts`). */
export const directoryStories = [
  "upgrade",
  "upgradeInPlace",
  "slowCopy",
  "partialCopy",
  "renameSoon",
  "renameLate",
  "renameServed",
  "moveIn",
  "moveOver",
  "remove",
  "moveOut",
  "removeAndBack",
  "flutter",
  "overwrite",
  "truncate",
  "touch",
  "overflow",
] as const;
export type DirectoryStory = (typeof directoryStories)[number];

/** What happens to plugin directories while stores run. */
export type DirectoryActivity = {
  readonly stories: readonly DirectoryStory[];
  /** How many stories a plan has. */
  readonly count: Range;
  /** What new files hold: one of these artefacts. */
  readonly artefacts: readonly string[];
  /** Crashes and power losses between two file operations or in the middle of a reload. */
  readonly outages: Range;
  /** In half of the plans every store restarts once directories have come to rest. */
  readonly rollingRestart: boolean;
};

export type Spec = {
  readonly scenario: string;
  /** One of these numbers of stores. */
  readonly stores: readonly number[];
  readonly regions: Range;
  readonly clients: Range;
  readonly keys: Range;
  readonly valueBytes: Range;
  /** All clients together, in the fast profile; a fifth of it in TiKV's own timing. */
  readonly operationsPerSecond: Range;
  readonly mix: OperationMix;
  readonly calls: readonly PluginCall[];
  /**
   * After healing one in so many coprocessor calls stays one, the others become gets. Plugins that
   * wait for Raft hold the threads that Raft's messages need (TiKV's gRPC threads), so a steady
   * stream of them keeps a starved store starved: true to TiKV, and no answer to "does it heal".
   */
  readonly healedCallsOneIn: number;
  readonly plugins: readonly PluginPlacement[];
  /** null: nobody touches a directory. The break phase must be 12 seconds at least. */
  readonly directories: DirectoryActivity | null;
  /** Clients check version requirements by semver 1.x before they send them, as client-rust. */
  readonly clientsCheckVersions: boolean;
  /** Each run is judged beside itself without its coprocessor calls (`budget.ts`). */
  readonly paired: boolean;
  readonly faults: FaultCounts;
  /** Virtual time with faults and after them, in the fast profile; ten times it in TiKV's. */
  readonly breakUs: number;
  readonly healUs: number;
  /** When operations begin. By default they meet a cluster that elects its first leaders. */
  readonly firstUs: number;
  /** No operation begins so shortly before the end. */
  readonly quietUs: number;
  /** Reads every key when the cluster has healed: what was acknowledged must be there. */
  readonly finalReads: boolean;
  readonly unrestricted: boolean;
};

/** The texts of keys so far: plans name few keys, many times, and compare them ever after. */
const keyTexts: string[] = [];

/** The key of a position: as long for all, so that byte order is the order of positions. */
export function keyOf(position: number): string {
  keyTexts[position] ??= `k${String(position).padStart(4, "0")}`;
  return keyTexts[position];
}

/** A key of the plugins' own: behind all others, in the last region. */
export function ownKeyOf(position: number): string {
  return `p${String(position).padStart(4, "0")}`;
}

/** What suites have in common; a scenario names what is its own. */
export const baseSpec: Omit<Spec, "scenario"> = {
  stores: [3],
  regions: { min: 1, max: 4 },
  clients: { min: 2, max: 6 },
  keys: { min: 8, max: 24 },
  valueBytes: { min: 8, max: 64 },
  operationsPerSecond: { min: 15, max: 40 },
  mix: { put: 40, get: 40, scan: 6, delete: 4, compareAndSwap: 6, batchPut: 2, batchGet: 2 },
  calls: [],
  healedCallsOneIn: 8,
  plugins: [],
  directories: null,
  clientsCheckVersions: false,
  paired: false,
  faults: {},
  breakUs: 10_000_000,
  healUs: 9_000_000,
  firstUs: 200_000,
  quietUs: 4_500_000,
  finalReads: true,
  unrestricted: false,
};
