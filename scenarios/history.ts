/**
 * The history of a run: what clients asked and got, with virtual times. Together with the events it
 * is all that a judge sees. Outcomes are honest: `error` = no effect, `unknown` = may have
 * happened, now or later.
 */

/** What a client asked. Keys and values are latin1 texts. */
export type HistoryRequest =
  | { readonly kind: "get"; readonly key: string }
  | { readonly kind: "batchGet"; readonly keys: readonly string[] }
  | {
      readonly kind: "scan";
      readonly start: string;
      readonly end: string;
      readonly limit: number;
      readonly reverse: boolean;
    }
  | { readonly kind: "put"; readonly key: string; readonly value: string }
  | { readonly kind: "batchPut"; readonly pairs: readonly (readonly [string, string])[] }
  | { readonly kind: "delete"; readonly key: string }
  | { readonly kind: "batchDelete"; readonly keys: readonly string[] }
  | { readonly kind: "deleteRange"; readonly start: string; readonly end: string }
  | {
      readonly kind: "compareAndSwap";
      readonly key: string;
      /** null = absent. */
      readonly previous: string | null;
      readonly value: string;
    }
  | {
      readonly kind: "coprocessor";
      readonly name: string;
      readonly versionReq: string;
      readonly ranges: readonly { readonly start: string; readonly end: string }[];
      readonly data: string;
      /** Never sent again once it may have reached a plugin; left out: at least once. */
      readonly once?: boolean | undefined;
    };

/** What it got when it was `ok`. */
export type HistoryResult =
  | { readonly kind: "value"; readonly value: string | null }
  | { readonly kind: "pairs"; readonly pairs: readonly (readonly [string, string])[] }
  | { readonly kind: "done" }
  | { readonly kind: "swapped"; readonly succeeded: boolean; readonly previous: string | null }
  | {
      readonly kind: "shards";
      readonly shards: readonly {
        readonly ranges: readonly { readonly start: string; readonly end: string }[];
        readonly data: string;
      }[];
    };

export type HistoryOutcome =
  | { readonly kind: "ok"; readonly result: HistoryResult }
  | { readonly kind: "error"; readonly text: string }
  | { readonly kind: "unknown"; readonly text: string };

/** One operation. `returnUs` null and `outcome` null: it never came back. */
export type HistoryOperation = {
  readonly id: number;
  readonly client: number;
  readonly request: HistoryRequest;
  readonly callUs: number;
  returnUs: number | null;
  outcome: HistoryOutcome | null;
};

/** Operations in order of their calls. */
export type History = readonly HistoryOperation[];
