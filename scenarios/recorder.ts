/** Keeps the history of a run: what was asked when, and what came back when. */
import type { Operation, Outcome, Result } from "../nodes/index.ts";
import { assert, unreachable } from "../sim/assert.ts";
import { latin1Bytes, latin1Text } from "../sim/bytes.ts";
import type { HistoryOperation, HistoryOutcome, HistoryRequest, HistoryResult } from "./history.ts";
import type { PlannedOperation } from "./plan.ts";

export class Recorder {
  readonly history: HistoryOperation[] = [];
  /** Ids are small and mostly without gaps. */
  readonly #byId: HistoryOperation[] = [];

  /** An operation begins. */
  called({ id, client, request }: PlannedOperation, callUs: number): void {
    assert(this.#byId[id] === undefined, "an operation's id is unique");
    const operation: HistoryOperation = {
      id,
      client,
      request,
      callUs,
      returnUs: null,
      outcome: null,
    };
    this.history.push(operation);
    this.#byId[id] = operation;
  }

  /** An operation ended. */
  returned(id: number, outcome: Outcome, returnUs: number): void {
    const operation = this.#byId[id];
    assert(operation !== undefined && operation.returnUs === null, "an operation ends once");
    operation.returnUs = returnUs;
    operation.outcome = outcomeText(outcome);
  }
}

/** The client's call for a planned request. */
export function operationOf(request: HistoryRequest): Operation {
  switch (request.kind) {
    case "get":
    case "batchGet":
    case "scan":
    case "delete":
    case "batchDelete":
    case "deleteRange":
      return request;
    case "put":
      return { kind: "put", key: request.key, value: latin1Bytes(request.value) };
    case "batchPut":
      return {
        kind: "batchPut",
        pairs: request.pairs.map(([key, value]) => ({ key, value: latin1Bytes(value) })),
      };
    case "compareAndSwap":
      return {
        kind: "compareAndSwap",
        key: request.key,
        previous: request.previous === null ? null : latin1Bytes(request.previous),
        value: latin1Bytes(request.value),
      };
    case "coprocessor": {
      const { name, versionReq, ranges, once = false } = request;
      const data = latin1Bytes(request.data);
      return { kind: "coprocessor", name, versionReq, ranges, buildRequest: () => data, once };
    }
    default:
      return unreachable(request);
  }
}

/** The same for all that say no more. */
const done: HistoryOutcome = { kind: "ok", result: { kind: "done" } };

function outcomeText(outcome: Outcome): HistoryOutcome {
  if (outcome.kind !== "ok") return outcome;
  const { result } = outcome;
  return result.kind === "done" ? done : { kind: "ok", result: resultText(result) };
}

function resultText(result: Result): HistoryResult {
  switch (result.kind) {
    case "value":
      return { kind: "value", value: textOrNull(result.value) };
    case "pairs": {
      const pairs = result.pairs.map(({ key, value }) => [key, latin1Text(value)] as const);
      return { kind: "pairs", pairs };
    }
    case "done":
      return result;
    case "swapped": {
      const { succeeded, previous } = result;
      return { kind: "swapped", succeeded, previous: textOrNull(previous) };
    }
    case "shards": {
      const shards = result.shards.map(({ ranges, data }) => ({ ranges, data: latin1Text(data) }));
      return { kind: "shards", shards };
    }
    default:
      return unreachable(result);
  }
}

const textOrNull = (value: Uint8Array | null): string | null =>
  value === null ? null : latin1Text(value);
