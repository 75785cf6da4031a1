/** Storage calls and ends of plugin calls, as text for people. */
import type { PluginError, StorageAnswer, StorageCall } from "../../plugins/index.ts";
import { unreachable } from "../../sim/assert.ts";
import { hex } from "../../sim/bytes.ts";
import type { OtherWrite } from "./disturbance.ts";
import type { PluginEnd } from "./emulator.ts";
import { keyText, rangesText } from "./number-line.ts";

/** `put k1=00ff`, `scan [a, b)`. */
export function callText(call: StorageCall): string {
  switch (call.kind) {
    case "get":
    case "delete":
      return `${call.kind} ${keyText(call.key)}`;
    case "batchGet":
    case "batchDelete":
      return `${call.kind} ${call.keys.map(keyText).join(" ")}`;
    case "scan":
    case "deleteRange":
      return `${call.kind} ${rangesText([call.range])}`;
    case "put":
      return `put ${keyText(call.key)}=${hex(call.value)}`;
    case "batchPut": {
      const pairs = call.pairs.map(({ key, value }) => `${keyText(key)}=${hex(value)}`);
      return `batchPut ${pairs.join(" ")}`;
    }
    default:
      return unreachable(call);
  }
}

/** The answer to a storage call: `2 pairs k1=00 (phantom)`. */
export function answerWords(answer: StorageAnswer): string {
  switch (answer.kind) {
    case "value":
      return answer.value === null ? "no value" : `value ${shortHex(answer.value) || '""'}`;
    case "pairs": {
      const shown = answer.pairs.map(({ key, value }) =>
        key === "" ? "(phantom pair)" : `${keyText(key)}=${shortHex(value)}`,
      );
      return shown.length === 0 ? "no pair" : shown.join(" ");
    }
    case "done":
      return "done";
    case "error":
      return `error "${errorText(answer.error)}"`;
    default:
      return unreachable(answer);
  }
}

/** True for calls that change data. */
export function isWriteCall({ kind }: StorageCall): boolean {
  return kind !== "get" && kind !== "batchGet" && kind !== "scan";
}

/** How a call ended. */
export function endText(end: PluginEnd): string {
  switch (end.kind) {
    case "response":
      return `${end.data.length} bytes ${shortHex(end.data)}`.trimEnd();
    case "error":
      return `error "${errorText(end.error)}"`;
    case "panic":
      return `panic: ${end.text}`;
    case "trap":
      return `stopped by the limit "${end.reason}": ${end.text}`;
    default:
      return unreachable(end);
  }
}

/** An error as its text. */
export function errorText(error: PluginError): string {
  switch (error.kind) {
    case "keyNotInRegion":
      return `key ${keyText(error.key)} not in region ${error.regionId}`;
    case "timeout":
      return `timeout after ${error.timeoutUs} us`;
    case "canceled":
      return "canceled";
    case "other":
      return error.text;
    default:
      return unreachable(error);
  }
}

/** Bytes in hexadecimal, at most 32 of them. */
export function shortHex(bytes: Uint8Array): string {
  return bytes.length <= 32 ? hex(bytes) : `${hex(bytes.subarray(0, 32))}...`;
}

/** What a storage call was answered: `07`, `nothing`, `3 rows`, `error "..."`. */
export function answerOfCallText(
  answer: StorageAnswer,
  valueText: (value: Uint8Array) => string,
): string {
  switch (answer.kind) {
    case "value":
      return answer.value === null ? "nothing" : valueText(answer.value) || '""';
    case "pairs": {
      if (answer.pairs.length === 0) return "no rows";
      const shown = answer.pairs.slice(0, 3);
      const texts = shown.map(({ key, value }) => `${keyText(key)}=${valueText(value) || '""'}`);
      const more = answer.pairs.length - shown.length;
      return [...texts, ...(more > 0 ? [`${more} more`] : [])].join(" ");
    }
    case "done":
      return "done";
    case "error":
      return `error "${errorText(answer.error)}"`;
    default:
      return unreachable(answer);
  }
}

/** Writes of others: `x=07, y is deleted`. */
export function writesText(
  writes: readonly OtherWrite[],
  valueText: (value: Uint8Array) => string = hex,
): string {
  const texts = writes.map(({ key, value }) =>
    value === null ? `${keyText(key)} is deleted` : `${keyText(key)}=${valueText(value) || '""'}`,
  );
  return texts.join(", ");
}
