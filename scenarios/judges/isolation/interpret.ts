/** From events to transactions: which completion belongs to which invocation. */
import { assert } from "../../../sim/assert.ts";
import { UserError } from "../../../sim/errors.ts";
import type { IsolationEvent, MicroOp, Workload } from "./history.ts";
import { IntList } from "./int-list.ts";
import { byteTable, intTable } from "./int-table.ts";

/** The transaction happened. */
export const OK = 0;
/** Nobody knows whether it happened; its reads carry no information. */
export const INFO = 1;
/** It did not happen. */
export const FAIL = 2;

/** The transactions of a history, numbered in the order of their invocations. */
export type Transactions = {
  readonly events: readonly IsolationEvent[];
  readonly count: number;
  /** OK, INFO or FAIL. */
  readonly outcome: Uint8Array;
  /** A number for each process, from 0. */
  readonly process: Int32Array;
  /** The position of the invocation in `events`. */
  readonly invokedAt: Int32Array;
  /** The position of the completion in `events`, or -1 for none. */
  readonly returnedAt: Int32Array;
  /** By position in `events`: the number of the transaction. */
  readonly transactionOf: Int32Array;
  readonly ops: readonly (readonly MicroOp[])[];
  /** How many operations there are in all, so that tables need not grow. */
  readonly opCount: number;
};

/** Why events do not make transactions: the position of the event, what is found and expected. */
export type PairingFault = {
  readonly at: number;
  readonly found: string;
  readonly expected: string;
};

const NO_OPS: readonly MicroOp[] = [];

/** Pairs invocations with completions; an invocation without one may or may not have happened. */
export function pairEvents(events: readonly IsolationEvent[]): Transactions | PairingFault {
  const invokedAt = new IntList((events.length >> 1) + 1);
  const process = new IntList((events.length >> 1) + 1);
  const transactionOf = intTable(events.length);
  const returnedAt = intTable(events.length).fill(-1);
  const outcome = byteTable(events.length).fill(INFO);
  const ops: (readonly MicroOp[])[] = [];
  const processes = new Map<number | string, number>();
  const open = new IntList();
  for (let at = 0; at < events.length; at++) {
    const event = events[at]!;
    let who = processes.get(event.process);
    if (who === undefined) {
      who = processes.size;
      processes.set(event.process, who);
      open.push(-1);
    }
    const running = open.at(who);
    if (event.type === "invoke") {
      if (running >= 0) return twiceInvoked(event, events[invokedAt.at(running)]!, at);
      open.set(who, ops.length);
      transactionOf[at] = ops.length;
      invokedAt.push(at);
      process.push(who);
      ops.push(event.value ?? NO_OPS);
      continue;
    }
    if (running < 0) return neverInvoked(event, at);
    open.set(who, -1);
    transactionOf[at] = running;
    returnedAt[running] = at;
    outcome[running] = event.type === "ok" ? OK : event.type === "fail" ? FAIL : INFO;
    if (event.value !== null) ops[running] = event.value;
  }
  const count = ops.length;
  let opCount = 0;
  for (const one of ops) opCount += one.length;
  assert(invokedAt.length === count, "each transaction has one invocation");
  return {
    events,
    count,
    outcome: outcome.subarray(0, count),
    process: process.view(),
    invokedAt: invokedAt.view(),
    returnedAt: returnedAt.subarray(0, count),
    transactionOf,
    ops,
    opCount,
  };
}

/** The transactions of a history. Throws UserError `bad-history` where events do not pair. */
export function interpret(events: readonly IsolationEvent[]): Transactions {
  const result = pairEvents(events);
  if (!("at" in result)) return result;
  const where = `event ${events[result.at]!.index}`;
  throw new UserError(result.found, { code: "bad-history", where, hint: result.expected });
}

/**
 * Which workload a history is of: what is appended is a list, what is overwritten a register; with
 * reads alone, what they returned decides. Null where nothing tells. Throws UserError `bad-history`
 * for a mixture.
 */
export function recogniseWorkload(events: readonly IsolationEvent[]): Workload | null {
  let found: Workload | null = null;
  for (const { value, index } of events) {
    if (value === null) continue;
    for (const op of value) {
      const workload = workloadOf(op);
      if (workload === null || workload === found) continue;
      if (found !== null) throw mixture(op, found, index);
      found = workload;
    }
  }
  return found;
}

/** The workload that an operation can only be of, or null for a read that fits both. */
export function workloadOf(op: MicroOp): Workload | null {
  const f = op[0];
  if (f === "append") return "list-append";
  if (f === "w") return "rw-register";
  const value = op[2];
  return value === null ? null : Array.isArray(value) ? "list-append" : "rw-register";
}

/** The error for an operation that is not of the history's workload. */
export function mixture(op: MicroOp, workload: Workload, index: number): UserError {
  const found = `operation ${JSON.stringify(op)} in a history of ${workload}`;
  const hint = "either append and reads of lists, or w and reads of single values";
  return new UserError(found, { code: "bad-history", where: `event ${index}`, hint });
}

function twiceInvoked(event: IsolationEvent, before: IsolationEvent, at: number): PairingFault {
  const who = JSON.stringify(event.process);
  const found = `process ${who} invokes while its transaction of index ${before.index} is open`;
  return { at, found, expected: "the completion (ok, fail or info) of that transaction first" };
}

function neverInvoked(event: IsolationEvent, at: number): PairingFault {
  const found = `${event.type} of process ${JSON.stringify(event.process)} without an invocation`;
  return { at, found, expected: "an event of type invoke by the same process before it" };
}
