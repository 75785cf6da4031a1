/** Running what a test has built. */
import {
  defaultPluginLimits,
  type PluginInstance,
  type PluginRequest,
  type PluginStep,
  type StorageAnswer,
} from "../../api.ts";
import { readArtefact } from "../../artefact/artefact-file.ts";
import { prepareArtefact } from "../../artefact/preparation.ts";

/** Loads an artefact as a node does. */
export async function loadArtefact(path: string): Promise<PluginInstance> {
  const { kind, bytes } = await readArtefact(path);
  const prepared = await prepareArtefact(bytes, { kind, cacheFolder: null });
  if (prepared.kind === "broken") throw new Error(prepared.reason);
  const loaded = prepared.instantiate(defaultPluginLimits);
  if (loaded.kind !== "loaded") throw new Error(loaded.text);
  return loaded.plugin;
}

/** How a request ends whose storage calls all get `answer`. */
export function endOf(
  plugin: PluginInstance,
  request: PluginRequest,
  answer: StorageAnswer = { kind: "done" },
): PluginStep {
  const run = plugin.start(request);
  let step = run.step(null);
  while (step.kind === "call") step = run.step(answer);
  return step;
}
