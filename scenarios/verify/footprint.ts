/** What storage calls touch, and which of them do not commute. */
import type { KeyRange, StorageCall } from "../../plugins/index.ts";
import { unreachable } from "../../sim/assert.ts";
import { isWriteCall } from "./told-text.ts";

/** The keys that a call touches, as ranges. */
export function touchedBy(call: StorageCall): readonly KeyRange[] {
  switch (call.kind) {
    case "get":
    case "put":
    case "delete":
      return [only(call.key)];
    case "batchGet":
    case "batchDelete":
      return call.keys.map(only);
    case "batchPut":
      return call.pairs.map(({ key }) => only(key));
    case "scan":
    case "deleteRange":
      return [call.range];
    default:
      return unreachable(call);
  }
}

/** The single keys that a call names. */
export function namedKeys(call: StorageCall): readonly string[] {
  if (call.kind === "scan" || call.kind === "deleteRange") return [];
  return touchedBy(call).map(({ start }) => start);
}

/** True if a call touches a key. */
export function touches(call: StorageCall, key: string): boolean {
  return touchedBy(call).some(({ start, end }) => key >= start && (end === "" || key < end));
}

/** True if the order of two calls may matter: they meet on a key, and one of them writes. */
export function conflict(a: StorageCall, b: StorageCall): boolean {
  if (!isWriteCall(a) && !isWriteCall(b)) return false;
  const theirs = touchedBy(b);
  return touchedBy(a).some((own) => theirs.some((other) => overlap(own, other)));
}

const only = (key: string): KeyRange => ({ start: key, end: `${key}\0` });

function overlap(a: KeyRange, b: KeyRange): boolean {
  const empty = ({ start, end }: KeyRange) => end !== "" && end <= start;
  if (empty(a) || empty(b)) return false;
  return (a.end === "" || b.start < a.end) && (b.end === "" || a.start < b.end);
}
