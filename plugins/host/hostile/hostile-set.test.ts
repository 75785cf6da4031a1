/**
 * Plugins that want to stop, slow or grow the host. To add one, add a row with the end it must
 * have to testing/hostile-scripts.ts or testing/hostile-modules.ts.
 */
import { expect, test } from "vitest";
import {
  defaultPluginLimits,
  type PluginInstance,
  type PluginLimits,
  type PluginStep,
  type StorageCall,
} from "../../api.ts";
import type { ArtefactKind } from "../../artefact/artefact-file.ts";
import { prepareArtefact } from "../../artefact/preparation.ts";
import { hostileModules } from "./testing/hostile-modules.ts";
import { type HostileCase, hostileScripts } from "./testing/hostile-scripts.ts";

const limits: PluginLimits = {
  ...defaultPluginLimits,
  fuel: 8_000_000,
  memoryPages: 256,
  responseBytes: 1 << 20,
  storageCalls: 500,
};
/** Host memory that the whole set may leave behind. */
const grownBytesMax = 300 << 20;

test("each hostile script is a value with its reason, the same twice", async () => {
  await judgeAll(hostileScripts, "javascript");
});

test("each hostile module is a value with its reason, the same twice", async () => {
  await judgeAll(await hostileModules(), "wasm");
});

async function judgeAll(cases: readonly HostileCase[], kind: ArtefactKind): Promise<void> {
  const { rss } = process.memoryUsage();
  const wrong: string[] = [];
  expect(cases.length).toBeGreaterThan(25);
  for (const { name, bytes, end } of cases) {
    const ends = [await endOf(bytes, kind), await endOf(bytes, kind)];
    if (ends[0] !== ends[1]) wrong.push(`${name}: ${ends[0]} and then ${ends[1]}`);
    else if (!end.test(ends[0] ?? "")) wrong.push(`${name}: ${ends[0]}, not ${end}`);
  }
  expect(wrong).toEqual([]);
  expect(process.memoryUsage().rss - rss).toBeLessThan(grownBytesMax);
}

/** How a plugin ends, in one line; a request that follows must be answered. */
async function endOf(bytes: Uint8Array, kind: ArtefactKind): Promise<string> {
  const plugin = await prepareArtefact(bytes, { kind, cacheFolder: null });
  if (plugin.kind === "broken") return `broken ${plugin.code} ${plugin.reason}`;
  const made = plugin.instantiate(limits);
  if (made.kind === "panic") return `constructor panic ${made.text}`;
  if (made.kind === "trap") return `constructor trap ${made.reason} ${made.text}`;
  const end = ask(made.plugin, 1);
  if (!end.startsWith("error other first")) {
    const calm = kind === "javascript" ? ask(made.plugin, 0) : "response 1";
    // What the plugin did to itself between requests is its own affair, but the host answers.
    if (!/^(?:response|trap|panic)/.test(calm)) return `${end}; and then ${calm}`;
    made.plugin.destroy();
    return end;
  }
  return `${end}; then ${ask(made.plugin, 1)}`;
}

function ask(plugin: PluginInstance, first: number): string {
  const run = plugin.start({ ranges: [], data: Uint8Array.of(first) });
  let step = run.step(null);
  while (step.kind === "call") step = run.step(answerTo(step.call));
  if (run.fuelUsed() > limits.fuel) return `used ${run.fuelUsed()} units of fuel`;
  return line(step);
}

function answerTo(call: StorageCall) {
  if (call.kind === "get") return { kind: "value", value: Uint8Array.of(7) } as const;
  if (call.kind === "scan" || call.kind === "batchGet")
    return { kind: "pairs", pairs: [] } as const;
  return { kind: "done" } as const;
}

function line(step: PluginStep): string {
  if (step.kind === "response") return `response ${step.data.length}`;
  if (step.kind === "panic") return `panic ${step.text}`;
  if (step.kind === "trap") return `trap ${step.reason} ${step.text}`;
  if (step.kind === "call") return "call";
  const { error } = step;
  return `error ${error.kind}${error.kind === "other" ? ` ${error.text} ${error.handle}` : ""}`;
}
