/** The coprocessor calls of a history. */
import type { HistoryOperation, HistoryRequest } from "../history.ts";

/** What a coprocessor call asks. */
export type CoprocessorRequest = Extract<HistoryRequest, { kind: "coprocessor" }>;

/** An operation that is one. */
export type CoprocessorOperation = Omit<HistoryOperation, "request"> & {
  readonly request: CoprocessorRequest;
};

export const isCoprocessor = (operation: HistoryOperation): operation is CoprocessorOperation =>
  operation.request.kind === "coprocessor";
