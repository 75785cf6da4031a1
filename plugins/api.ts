/**
 * The plugin contract: TiKV's `coprocessor_plugin_api` 0.1.0 as data. A plugin answers requests; at
 * each storage call it suspends and hands the call out, so that other events can fall between two
 * calls. Source: TiKV components/coprocessor_plugin_api/src/{plugin_api,storage_api,errors}.rs.
 */

/** `[start, end)` as latin1 keys; "" as `end` means no end. */
export type KeyRange = { readonly start: string; readonly end: string };

/** A key (latin1) and its value. */
export type KvPair = { readonly key: string; readonly value: Uint8Array };

/** What the plugin was built with; compared for equality when it is loaded. */
export type BuildInfo = {
  readonly apiVersion: string;
  readonly rustc: string;
  readonly target: string;
};

/** What the plugin says of itself. `version` is text: it may fail to be a version. */
export type PluginInfo = { readonly name: string; readonly version: string };

/** One call of a plugin on `RawStorage`. */
export type StorageCall =
  | { readonly kind: "get"; readonly key: string }
  | { readonly kind: "batchGet"; readonly keys: readonly string[] }
  | { readonly kind: "scan"; readonly range: KeyRange }
  | { readonly kind: "put"; readonly key: string; readonly value: Uint8Array }
  | { readonly kind: "batchPut"; readonly pairs: readonly KvPair[] }
  | { readonly kind: "delete"; readonly key: string }
  | { readonly kind: "batchDelete"; readonly keys: readonly string[] }
  | { readonly kind: "deleteRange"; readonly range: KeyRange };

/**
 * An error as a plugin sees it and returns it. `handle` stands for TiKV's boxed error inside
 * `Other`: returned untouched it keeps its region error; 0 is an error that the plugin made.
 */
export type PluginError =
  | {
      readonly kind: "keyNotInRegion";
      readonly key: string;
      readonly regionId: number;
      readonly start: string;
      readonly end: string;
    }
  | { readonly kind: "timeout"; readonly timeoutUs: number }
  | { readonly kind: "canceled" }
  | { readonly kind: "other"; readonly text: string; readonly handle: number };

/** The answer to a storage call. `value` answers get, `pairs` batchGet and scan, `done` writes. */
export type StorageAnswer =
  | { readonly kind: "value"; readonly value: Uint8Array | null }
  | { readonly kind: "pairs"; readonly pairs: readonly KvPair[] }
  | { readonly kind: "done" }
  | { readonly kind: "error"; readonly error: PluginError };

/** A request as the endpoint hands it to a plugin. */
export type PluginRequest = { readonly ranges: readonly KeyRange[]; readonly data: Uint8Array };

/** Why a plugin did not finish by itself. */
export type TrapReason =
  | "fuel"
  | "depth"
  | "memory"
  | "responseBytes"
  | "storageCalls"
  | "scannedBytes"
  | "protocol" // a frame or call that the ABI does not allow
  | "trap"; // any other wasm trap or escaped error

/** What a run does next, after its start or after an answer. */
export type PluginStep =
  | { readonly kind: "call"; readonly call: StorageCall }
  | { readonly kind: "response"; readonly data: Uint8Array }
  | { readonly kind: "error"; readonly error: PluginError }
  /** The plugin panicked (Rust panic, abort, thrown error): TiKV's process dies. */
  | { readonly kind: "panic"; readonly text: string }
  /** The host stopped it. */
  | { readonly kind: "trap"; readonly reason: TrapReason; readonly text: string };

/** One running request. After a step that is not a call it is over and must be dropped. */
export interface PluginRun {
  /** Runs to the next storage call or to the end. The first time `answer` is null. */
  step(answer: StorageAnswer | null): PluginStep;
  /** Units of fuel used so far: deterministic, the basis of virtual CPU time. */
  fuelUsed(): number;
  /** Frees what it holds, at any point: the request was given up or its node died. */
  drop(): void;
}

/** A plugin as one node has it loaded: its statics live here, as in one `dlopen`ed library. */
export interface PluginInstance {
  readonly info: PluginInfo;
  start(request: PluginRequest): PluginRun;
  /** The node unloads it or dies. Runs that are under way must be dropped first. */
  destroy(): void;
}

/** A plugin artefact, read and prepared before any run. Immutable and shared by all nodes. */
export interface PreparedPlugin {
  /** Lower-case hex digest of the artefact's bytes. */
  readonly hash: string;
  readonly kind: "wasm" | "javascript" | "inProcess";
  /** What the artefact says when asked, without running its constructor. */
  readonly build: BuildInfo;
  readonly info: PluginInfo;
  /** Constructs the plugin on a node. Synchronous. */
  instantiate(limits: PluginLimits): InstantiateResult;
}

export type InstantiateResult =
  | { readonly kind: "loaded"; readonly plugin: PluginInstance }
  | { readonly kind: "panic"; readonly text: string }
  | { readonly kind: "trap"; readonly reason: TrapReason; readonly text: string };

/** Bounds of one request and one instance. Every one is a clear trap when reached. */
export type PluginLimits = {
  /** Units of fuel of one request (about one per executed basic-block instruction). */
  readonly fuel: number;
  /** Weighted call depth (16 + 2 for each local and operand a frame), at most about 100,000. */
  readonly depth: number;
  /** WebAssembly pages of 64 KiB, or the same amount of memory of a script engine. */
  readonly memoryPages: number;
  readonly responseBytes: number;
  readonly storageCalls: number;
  readonly scannedBytes: number;
};

/** The defaults: generous for a real plugin, quick to stop a runaway. */
export const defaultPluginLimits: PluginLimits = {
  fuel: 50_000_000,
  depth: 100_000,
  memoryPages: 1024,
  responseBytes: 8 << 20,
  storageCalls: 10_000,
  scannedBytes: 64 << 20,
};

/** The host's own build info: a plugin whose three strings differ is refused (TiKV's words). */
export const hostBuildInfo: BuildInfo = {
  apiVersion: "0.1.0",
  rustc: "rustc 1.89.0-nightly",
  target: "x86_64-unknown-linux-gnu",
};
