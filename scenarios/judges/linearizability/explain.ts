/** A refusal in words: what cannot be placed, after what, and why. */
import type { Operation } from "../../history-files/operations.ts";
import { showOperation } from "./model.ts";
import { drawHistory } from "./picture.ts";

/** What the search found out about one key. */
export type RefusalFacts = {
  readonly key: string | number | null;
  /** The key's operations, without those that constrain nothing. */
  readonly operations: readonly Operation[];
  readonly longestPrefix: readonly Operation[];
  /** False if the search for it was cut short. */
  readonly isLongest: boolean;
  readonly culprit: Operation;
  /** The state after the prefix: "the register holds 2". */
  readonly state: string;
  /** Why no order at all would do, or null. */
  readonly impossible: string | null;
};

/** The sentences and the picture of a refusal. */
export function explainRefusal(facts: RefusalFacts): {
  readonly why: string;
  readonly picture: string;
} {
  const { key, operations, longestPrefix, isLongest, culprit, state, impossible } = facts;
  const on = key === null ? "" : ` on key ${JSON.stringify(key)}`;
  const who = `process ${culprit.process}: ${showOperation(culprit)}${on}`;
  const when = `called at ${culprit.callTime}, returned at ${culprit.returnTime}`;
  const prefix = isLongest ? "the longest linearizable prefix" : "a linearizable prefix";
  const count = longestPrefix.length === 1 ? "1 operation" : `${longestPrefix.length} operations`;
  const after = `after ${prefix} (${count}) ${state}`;
  const rest =
    impossible === null
      ? `${after}, and no other order explains the answer either`
      : `${impossible}; ${after}`;
  const why = `${who} (${when}) cannot be placed: ${rest}.`;
  return { why, picture: drawHistory({ operations, longestPrefix, culprit }) };
}
