/** The events of a recorded history of transactions: what this judge reads. */

/** A key as the history names it. `1` and `"1"` are different keys. */
export type ItemKey = string | number;
/** A value written to a register, or an element appended to a list. */
export type Scalar = string | number | boolean;
/** What a read returned; null is "empty" in list-append and "never written" in rw-register. */
export type ReadResult = Scalar | null | readonly Scalar[];

/** One operation inside a transaction: `[f, key, value]`. */
export type MicroOp = readonly [f: "append" | "w" | "r", key: ItemKey, value: ReadResult];

/** What an event says of its transaction; `info` = nobody knows whether it happened. */
export type EventType = "invoke" | "ok" | "fail" | "info";

/** One line of a history file. The order of the events is the order in real time. */
export type IsolationEvent = {
  /** Rises from event to event; the name of the event in explanations. */
  readonly index: number;
  readonly type: EventType;
  /** Who ran the transaction. One process runs one transaction at a time. */
  readonly process: number | string;
  /** Of the recorder's clock, in any unit; shown, never compared. */
  readonly time: number | null;
  /** Reads carry null in `invoke`. Null as a whole: as in the invocation. */
  readonly value: readonly MicroOp[] | null;
};

/** Lists that are appended to and read whole, or registers that are overwritten. */
export type Workload = "list-append" | "rw-register";
