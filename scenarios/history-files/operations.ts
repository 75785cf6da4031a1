/**
 * The vocabulary of linearizability: operations on shared objects as clients saw them. Files are
 * decoded to it, simulations record it, and the judge reads it.
 */

/** What a register, a set or a reply holds. Numbers are finite and, if whole, within 2^53. */
export type Scalar = string | number | boolean | null;

/** True for what a register can hold. */
export function isScalar(value: unknown): value is Scalar {
  if (value === null) return true;
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

/** The names of the models on the command line. */
export const modelNames = ["register", "register0", "cas-register", "kv-append", "set"] as const;
/** One of the five models. */
export type ModelName = (typeof modelNames)[number];

/**
 * What came back. `value` of a read (a set's is a list), `ok` of a compare-and-swap; `unknown` when
 * an answer came that told nothing. Nothing of it is given for an operation that only succeeds.
 */
export type Output = {
  readonly value?: Scalar | readonly Scalar[];
  readonly ok?: boolean;
  readonly unknown?: boolean;
};

/**
 * One operation of one client. It takes effect at one instant between its call and its return, both
 * included. One that never returned (`returnTime` null) is *pending*: it takes effect at any
 * instant from its call on, or never.
 */
export type Operation = {
  readonly process: number | string;
  /** register and cas-register: read, write, cas; kv-append: get, put, append; set: add, read. */
  readonly op: string;
  /** The object, each judged on its own. Left out: the one object of the history. */
  readonly key?: string | number;
  /** What is written, put, appended or added; [from, to] of a cas; null of a read. */
  readonly input: Scalar | readonly [from: Scalar, to: Scalar];
  /** Null if and only if it never returned. */
  readonly output: Output | null;
  /** Whole units of one clock, microseconds in a simulation. */
  readonly callTime: number;
  /** Not before `callTime`, or null. */
  readonly returnTime: number | null;
};
