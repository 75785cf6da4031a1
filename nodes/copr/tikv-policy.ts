/**
 * The endpoint as TiKV has it: nothing is checked before a plugin runs, nothing stops it, and error
 * classes get lost. Source: TiKV src/coprocessor_v2/endpoint.rs; tikv-semantics.md section 1.
 */
import type { TrapReason } from "../../plugins/index.ts";
import { unreachable } from "../../sim/assert.ts";
import { keyNotInRegionText } from "../errors.ts";
import { errorClasses } from "../wire.ts";
import type {
  BrokenOff,
  EarlyRefusal,
  Ending,
  EndpointPolicy,
  ErrorAnswer,
  ReturnedError,
} from "./policy.ts";

/** The traps that stand for a plugin which never returns. */
const endlessTraps: readonly TrapReason[] = ["fuel", "storageCalls", "scannedBytes"];

export const tikvPolicy: EndpointPolicy = {
  overflowText: null,
  holdsThread: true,
  keepsKeyErrors: false,
  refusal: (): EarlyRefusal | null => null,
  timeUs: () => Number.POSITIVE_INFINITY,
  callRefusal: () => null,
  answerOf,
  ending,
};

/** Only an error whose box comes back untouched keeps its region error. */
function answerOf({ error, box }: ReturnedError): ErrorAnswer {
  switch (error.kind) {
    case "keyNotInRegion":
      return textAnswer(keyNotInRegionText(error.key, error.regionId));
    case "timeout":
      return textAnswer(`timeout after ${rustDuration(error.timeoutUs)}`);
    case "canceled":
      return textAnswer("request canceled");
    case "other": {
      const regionError = box.regionError(error.handle);
      if (regionError !== null) return { kind: "regionError", error: regionError };
      return textAnswer(error.text);
    }
    default:
      return unreachable(error);
  }
}

function ending(name: string, step: BrokenOff): Ending {
  if (step.kind === "panic") {
    return { kind: "dies", reason: "panic", text: `plugin '${name}' panicked: ${step.text}` };
  }
  // Without fuel or an end to its calls, a real plugin would never give its thread back.
  if (endlessTraps.includes(step.reason)) return { kind: "never" };
  // Stack or memory exhausted, or foreign code gone astray: the process goes.
  return { kind: "dies", reason: "abort", text: `plugin '${name}': ${step.reason}: ${step.text}` };
}

function textAnswer(text: string): ErrorAnswer {
  return { kind: "text", text, errorClass: errorClasses.none };
}

/** Rust's Debug form of a Duration: `1s`, `1.5s`, `20ms`, `7µs`. */
function rustDuration(us: number): string {
  if (us === 0) return "0ns";
  if (us >= 1_000_000) return `${us / 1_000_000}s`;
  if (us >= 1_000) return `${us / 1_000}ms`;
  return `${us}µs`;
}
