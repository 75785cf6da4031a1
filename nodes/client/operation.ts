/** What a client can be asked to do, and how it can end. */
import type { KeyRange, KvPair } from "../../plugins/index.ts";

/** One call of the client's API: RawKV, or a coprocessor call sharded over regions. */
export type Operation =
  | { readonly kind: "get"; readonly key: string }
  | { readonly kind: "batchGet"; readonly keys: readonly string[] }
  | {
      readonly kind: "scan";
      readonly start: string;
      readonly end: string;
      readonly limit: number;
      /** From the end downwards. */
      readonly reverse: boolean;
    }
  | { readonly kind: "put"; readonly key: string; readonly value: Uint8Array }
  | { readonly kind: "batchPut"; readonly pairs: readonly KvPair[] }
  | { readonly kind: "delete"; readonly key: string }
  | { readonly kind: "batchDelete"; readonly keys: readonly string[] }
  | { readonly kind: "deleteRange"; readonly start: string; readonly end: string }
  | {
      readonly kind: "compareAndSwap";
      readonly key: string;
      /** The expected value; null = absent. */
      readonly previous: Uint8Array | null;
      readonly value: Uint8Array;
    }
  | {
      readonly kind: "coprocessor";
      readonly name: string;
      readonly versionReq: string;
      readonly ranges: readonly KeyRange[];
      /** The request's bytes for a shard; must be a pure function of the shard's ranges. */
      readonly buildRequest: (ranges: readonly KeyRange[]) => Uint8Array;
      /**
       * A client without back-off: what may have reached a plugin is never sent again. Left out:
       * at least once, as client-rust does by default.
       */
      readonly once?: boolean;
    };

/** A coprocessor shard's answer: the ranges that one region served, and its bytes. */
export type ShardAnswer = { readonly ranges: readonly KeyRange[]; readonly data: Uint8Array };

/** What an operation gives back when it is `ok`. */
export type Result =
  | { readonly kind: "value"; readonly value: Uint8Array | null }
  | { readonly kind: "pairs"; readonly pairs: readonly KvPair[] }
  | { readonly kind: "done" }
  | {
      readonly kind: "swapped";
      readonly succeeded: boolean;
      readonly previous: Uint8Array | null;
    }
  | { readonly kind: "shards"; readonly shards: readonly ShardAnswer[] };

/**
 * How an operation ended: `ok`; `error` = it had no effect (for a coprocessor call: it is over,
 * what its plugin did stays); `unknown` = a write that may have happened, now or later.
 */
export type Outcome =
  | { readonly kind: "ok"; readonly result: Result }
  | { readonly kind: "error"; readonly text: string }
  | { readonly kind: "unknown"; readonly text: string };
