/** What one request leaves behind that nobody asked for, as far as a sandbox shows it. */
import type { KeyRange, KvPair, StorageCall } from "../../plugins/index.ts";
import { hex } from "../../sim/bytes.ts";
import type { StorageApi } from "./contract-policy.ts";
import type { TracedCall } from "./emulator.ts";
import { keyText } from "./number-line.ts";
import { isEmptyRange, uncovered } from "./strays.ts";
import { isWriteCall } from "./told-text.ts";

/** How bad a side effect is. `low` is told and fails nothing. */
export type Severity = "high" | "medium" | "low";

/** Values shorter than this could stand in any text. */
const secretBytes = 6;

/** The stored value that a text gives away, or null: as it is, in hexadecimal, as a list. */
export function secretIn(text: string, rows: readonly KvPair[]): KvPair | null {
  const lower = text.toLowerCase();
  const found = rows.find(({ value }) => {
    if (value.length < secretBytes || new Set(value).size < 3) return false;
    const forms = [
      Buffer.from(value).toString("latin1").toLowerCase(),
      Buffer.from(value).toString("utf8").toLowerCase(),
      Buffer.from(value).toString("base64").toLowerCase(),
      hex(value),
      value.join(", "),
      value.join(","),
    ];
    return forms.some((form) => lower.includes(form));
  });
  return found ?? null;
}

/** Keys that a trace puts although a row was there: their TTL would be gone (hazard H28). */
export function overwritten(
  trace: readonly TracedCall[],
  rows: readonly KvPair[],
): readonly string[] {
  const there = new Set(rows.map(({ key }) => key));
  return trace.flatMap(({ call }) => putKeys(call).filter((key) => there.has(key)));
}

function putKeys(call: StorageCall): readonly string[] {
  if (call.kind === "put") return [call.key];
  return call.kind === "batchPut" ? call.pairs.map(({ key }) => key) : [];
}

/** A key that is written below no keyspace of the given ranges, or null. API V2 only. */
export function foreignKey(
  storage: StorageApi,
  trace: readonly TracedCall[],
  ranges: readonly KeyRange[],
): string | null {
  if (storage !== "v2") return null;
  const own = new Set(ranges.map(({ start }) => start.slice(0, keyspaceBytes)));
  for (const { call } of trace) {
    if (!isWriteCall(call)) continue;
    const foreign = writtenKeys(call).find((key) => !own.has(key.slice(0, keyspaceBytes)));
    if (foreign !== undefined) return foreign;
  }
  return null;
}

/** Mode byte and keyspace of an API V2 key. */
const keyspaceBytes = 4;

function writtenKeys(call: StorageCall): readonly string[] {
  if (call.kind === "delete") return [call.key];
  if (call.kind === "batchDelete") return call.keys;
  return call.kind === "deleteRange" ? [call.range.start] : putKeys(call);
}

/** Deletes of a trace that hit no row: each is a tombstone that scans have to step over. */
export function wastedDeletes(trace: readonly TracedCall[], rows: readonly KvPair[]): number {
  const there = new Set(rows.map(({ key }) => key));
  let wasted = 0;
  for (const { call } of trace) {
    for (const key of putKeys(call)) there.add(key);
    if (call.kind === "delete" || call.kind === "batchDelete") {
      for (const key of writtenKeys(call)) if (!there.delete(key)) wasted++;
    } else if (call.kind === "deleteRange" && !isEmptyRange(call.range)) {
      const hit = [...there].filter((key) => {
        return uncovered({ start: key, end: `${key}\0` }, [call.range]) === null;
      });
      if (hit.length === 0) wasted++;
      for (const key of hit) there.delete(key);
    }
  }
  return wasted;
}

/** Keys as a list that fits a line. */
export function keyList(keys: readonly string[]): string {
  const shown = keys.slice(0, 3).map(keyText).join(", ");
  return keys.length > 3 ? `${shown} and ${keys.length - 3} more` : shown;
}
