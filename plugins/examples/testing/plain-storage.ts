/** Example plugins on a plain map: built, loaded, and one request run to its end. */
import { dirname, join } from "node:path";
import { unreachable } from "../../../sim/assert.ts";
import {
  defaultPluginLimits,
  type PluginError,
  type PluginInstance,
  type PluginRequest,
  type PluginStep,
  type PreparedPlugin,
  type StorageAnswer,
  type StorageCall,
} from "../../api.ts";
import { readArtefact } from "../../artefact/artefact-file.ts";
import { prepareArtefact } from "../../artefact/preparation.ts";
import { buildExample } from "../example-build.ts";

/** Builds and prepares the example in a folder. */
export async function preparedExample(folder: string): Promise<PreparedPlugin> {
  const built = await buildExample(folder);
  if (built.kind === "inProcess") return built.prepared;
  const { kind, bytes } = await readArtefact(built.path);
  const cacheFolder = join(dirname(built.path), "prepared");
  const plugin = await prepareArtefact(bytes, { kind, cacheFolder });
  if (plugin.kind === "broken") throw new Error(plugin.reason);
  return plugin;
}

/** The example in a folder, on a node of its own. */
export async function loadedExample(folder: string): Promise<PluginInstance> {
  const made = (await preparedExample(folder)).instantiate(defaultPluginLimits);
  if (made.kind !== "loaded") throw new Error(made.text);
  return made.plugin;
}

/** Keys and values; in any order. */
export type PlainRows = Map<string, Uint8Array>;

/** A request's storage calls and its end. */
export type PlainRun = { readonly calls: readonly StorageCall[]; readonly end: PluginStep };

/** Runs a request; rows are changed. Every call fails from number `failsFrom` (from 0) on. */
export function runOnRows(
  plugin: PluginInstance,
  request: PluginRequest,
  rows: PlainRows,
  failsFrom: number = Number.POSITIVE_INFINITY,
): PlainRun {
  const task = plugin.start(request);
  const calls: StorageCall[] = [];
  let end = task.step(null);
  while (end.kind === "call") {
    const at = calls.push(end.call) - 1;
    end = task.step(at >= failsFrom ? { kind: "error", error: plainFailure } : answer(end, rows));
  }
  return { calls, end };
}

/** What failing calls are answered with: a region error in a box. */
export const plainFailure: PluginError = { kind: "other", text: "epoch not match", handle: 5 };

function answer({ call }: { readonly call: StorageCall }, rows: PlainRows): StorageAnswer {
  const inside = (key: string, { start, end }: { readonly start: string; readonly end: string }) =>
    key >= start && (end === "" || key < end);
  switch (call.kind) {
    case "get":
      return { kind: "value", value: rows.get(call.key) ?? null };
    case "batchGet": {
      const pairs = call.keys.flatMap((key) => {
        const value = rows.get(key);
        return value === undefined ? [] : [{ key, value }];
      });
      return { kind: "pairs", pairs };
    }
    case "scan": {
      const found = [...rows].filter(([key]) => inside(key, call.range));
      const pairs = found.sort(([a], [b]) => (a < b ? -1 : 1));
      return { kind: "pairs", pairs: pairs.map(([key, value]) => ({ key, value })) };
    }
    case "put":
      rows.set(call.key, call.value);
      return { kind: "done" };
    case "batchPut":
      for (const { key, value } of call.pairs) rows.set(key, value);
      return { kind: "done" };
    case "delete":
      rows.delete(call.key);
      return { kind: "done" };
    case "batchDelete":
      for (const key of call.keys) rows.delete(key);
      return { kind: "done" };
    case "deleteRange":
      for (const key of [...rows.keys()]) if (inside(key, call.range)) rows.delete(key);
      return { kind: "done" };
    default:
      return unreachable(call);
  }
}
