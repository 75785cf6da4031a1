/**
 * Types for plugins in TypeScript or JavaScript. A plugin is one file (bundle its imports first;
 * `import type` is fine) that exports `plugin` and a handler, by `export default` or as `handle`.
 * It runs in a sandbox without clock, chance, files or network. What it keeps in variables is
 * shared by all requests on one node, also by those that overlap.
 */

/** Keys are latin1 strings, one character a byte: they compare as bytes. */
export type Key = string;
/** `[start, end)`; "" as `end` means no end. */
export type KeyRange = { readonly start: Key; readonly end: Key };
export type KvPair = { readonly key: Key; readonly value: Uint8Array };

/**
 * TiKV's `RawStorage`. Each call suspends the request: other requests, faults and region changes
 * fall between two calls. Calls of one request are carried out one after another. A call that
 * fails rejects with a PluginError: throw it on untouched, so that the client can retry well.
 */
export interface Storage {
  get(key: Key): Promise<Uint8Array | null>;
  /** Keys that have no value are left out. */
  batchGet(keys: readonly Key[]): Promise<readonly KvPair[]>;
  /** Has no limit, and is cut at the region's end without a word. */
  scan(range: KeyRange): Promise<readonly KvPair[]>;
  put(key: Key, value: Uint8Array): Promise<void>;
  batchPut(pairs: readonly KvPair[]): Promise<void>;
  delete(key: Key): Promise<void>;
  batchDelete(keys: readonly Key[]): Promise<void>;
  deleteRange(range: KeyRange): Promise<void>;
}

/**
 * Answers a request. A PluginError that it throws is the request's error; any other error is a
 * panic, which stops TiKV's process. It must await each storage call before it answers.
 */
export type Handler = (
  ranges: readonly KeyRange[],
  request: Uint8Array,
  storage: Storage,
) => Promise<Uint8Array> | Uint8Array;

/** What a plugin exports as `plugin`. Build strings that it leaves out are those of the host. */
export type PluginIdentity = {
  readonly name: string;
  readonly version: string;
  readonly build?: {
    readonly apiVersion?: string;
    readonly rustc?: string;
    readonly target?: string;
  };
};

/** What a PluginError is made of. */
export type PluginErrorFields =
  | {
      readonly kind: "keyNotInRegion";
      readonly key: Key;
      readonly regionId: number;
      readonly start: Key;
      readonly end: Key;
    }
  | { readonly kind: "timeout"; readonly timeoutUs: number }
  | { readonly kind: "canceled" }
  | { readonly kind: "other"; readonly text: string };

declare global {
  /** TiKV's `PluginError`. A text alone makes one of kind `other`. */
  class PluginError extends Error {
    constructor(fields: PluginErrorFields | string);
    readonly kind: PluginErrorFields["kind"];
    readonly key: Key | undefined;
    readonly regionId: number | undefined;
    readonly start: Key | undefined;
    readonly end: Key | undefined;
    readonly timeoutUs: number | undefined;
    readonly text: string | undefined;
  }
}
