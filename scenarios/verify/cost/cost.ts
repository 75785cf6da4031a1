/** What one request costs, in figures that are the same on every machine. */
import { fixedLayout } from "../../../nodes/index.ts";
import {
  defaultPluginLimits,
  type KeyRange,
  type KvPair,
  type PluginInstance,
  type PluginLimits,
  type PreparedPlugin,
  type StorageCall,
  type TrapReason,
} from "../../../plugins/index.ts";
import { assert, unreachable } from "../../../sim/assert.ts";
import { Rows, SteppedCall, type TracedCall } from "../emulator.ts";

/** What is counted of a request, in the order of reports. */
export const costMetrics = [
  "cost", // units of fuel
  "ops", // storage calls
  "keys", // pairs and values that storage gave
  "readBytes", // bytes of them
  "writeBytes", // bytes of keys and values that the request wrote
  "resBytes", // bytes of the answer
] as const;
/** One of them. */
export type CostMetric = (typeof costMetrics)[number];

/** The figures of one request. */
export type Cost = Readonly<Record<CostMetric, number>>;

export type CostlyCall = {
  readonly plugin: PreparedPlugin;
  readonly limits: PluginLimits;
  readonly rows: readonly KvPair[];
  readonly ranges: readonly KeyRange[];
  readonly request: Uint8Array;
};

/** The limits of measuring: those of a runaway, whatever the contract's budgets are. */
export const measuringLimits: PluginLimits = {
  ...defaultPluginLimits,
  fuel: 4 * defaultPluginLimits.fuel, // A script engine takes ten times what compiled code does.
  storageCalls: 50_000,
};

export type Measured =
  | { readonly kind: "answered"; readonly cost: Cost }
  /** It ran into a limit. */
  | { readonly kind: "limit"; readonly reason: TrapReason; readonly text: string }
  /** It panicked, or could not be constructed: not a matter of cost. */
  | { readonly kind: "died" };

/** Runs one request on a plugin freshly loaded. An error that the plugin returns is an answer. */
export function measure(call: CostlyCall): Measured {
  return measureRepeated(call, 1)[0] ?? { kind: "died" };
}

/** Runs a request again and again on one node, over the same rows each time, until it dies. */
export function measureRepeated(call: CostlyCall, times: number): readonly Measured[] {
  const made = call.plugin.instantiate(call.limits);
  if (made.kind === "trap") return [{ kind: "limit", reason: made.reason, text: made.text }];
  if (made.kind === "panic") return [{ kind: "died" }];
  const results: Measured[] = [];
  while (results.length < times && results.every(({ kind }) => kind === "answered")) {
    results.push(measureOn(made.plugin, call));
  }
  made.plugin.destroy();
  return results;
}

function measureOn(plugin: PluginInstance, { rows, ranges, request }: CostlyCall): Measured {
  const [region] = fixedLayout([1], []);
  assert(region !== undefined, "a layout without cuts has one region");
  const call = { request: { ranges, data: request }, region, rows: new Rows(rows) };
  const run = new SteppedCall(plugin, call);
  while (run.pending !== null) run.advance();
  const { end, trace } = run.told();
  if (end.kind === "trap") return { kind: "limit", reason: end.reason, text: end.text };
  if (end.kind === "panic") return { kind: "died" };
  const resBytes = end.kind === "response" ? end.data.length : 0;
  const cost = run.fuelUsed();
  return { kind: "answered", cost: { cost, resBytes, ...storageCost(trace) } };
}

function storageCost(trace: readonly TracedCall[]): Omit<Cost, "cost" | "resBytes"> {
  let keys = 0;
  let readBytes = 0;
  let writeBytes = 0;
  for (const { call, answer } of trace) {
    if (answer.kind === "pairs") {
      keys += answer.pairs.length;
      for (const { key, value } of answer.pairs) readBytes += key.length + value.length;
    } else if (answer.kind === "value" && answer.value !== null) {
      keys += 1;
      readBytes += answer.value.length;
    }
    writeBytes += writtenBytes(call);
  }
  return { ops: trace.length, keys, readBytes, writeBytes };
}

function writtenBytes(call: StorageCall): number {
  switch (call.kind) {
    case "put":
      return call.key.length + call.value.length;
    case "batchPut":
      return call.pairs.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
    case "delete":
      return call.key.length;
    case "batchDelete":
      return call.keys.reduce((sum, key) => sum + key.length, 0);
    case "deleteRange":
      return call.range.start.length + call.range.end.length;
    case "get":
    case "batchGet":
    case "scan":
      return 0;
    default:
      return unreachable(call);
  }
}

const pageBytes = 65_536;

/**
 * The least memory in which a request is answered, in steps of 64 KiB, or null: the host has no
 * limit of memory, or no amount is enough. `atLeast` bytes are known to be needed.
 */
export function peakMemory(call: CostlyCall, atLeast: number): number | null {
  if (call.plugin.kind === "inProcess") return null;
  const fits = (pages: number): boolean =>
    measure({ ...call, limits: { ...call.limits, memoryPages: pages } }).kind === "answered";
  const from = Math.max(1, atLeast / pageBytes);
  if (fits(from)) return from * pageBytes;
  let tooSmall = from;
  let enough = call.limits.memoryPages;
  if (!fits(enough)) return null;
  while (enough - tooSmall > 1) {
    const middle = (enough + tooSmall) >> 1;
    if (fits(middle)) enough = middle;
    else tooSmall = middle;
  }
  return enough * pageBytes;
}
