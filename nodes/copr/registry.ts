/**
 * The plugins that one store has loaded, in fidelity `tikv`: additive, the last plugin of a name
 * wins. Source: TiKV src/coprocessor_v2/plugin_registry.rs.
 */
import {
  type DirectoryEntry,
  hostBuildInfo,
  type PluginInstance,
  type PluginLimits,
  type PreparedPlugin,
  wholeArtefact,
} from "../../plugins/index.ts";
import { type AdmissionCheck, admit, type Version } from "../../plugins/version/index.ts";
import { digestText } from "../../sim/bytes.ts";
import type { Machine } from "../../sim/process.ts";
import { eventKinds, loadCauses, loadRefusals } from "../events.ts";

/** A plugin as loaded. `generation` counts the loads of this store's incarnation from 1. */
export type LoadedPlugin = {
  readonly generation: number;
  readonly name: string;
  readonly version: Version;
  readonly instance: PluginInstance;
};

/** The digest by which events name a plugin's code. */
export function codeDigest(prepared: PreparedPlugin): number {
  return digestText(prepared.hash);
}

/** TiKV compares in this order; the first mismatch is the reason. */
const checkOrder: readonly AdmissionCheck[] = ["api-version", "rustc", "target", "plugin-version"];

export class PluginRegistry {
  readonly #machine: Machine;
  readonly #limits: PluginLimits;
  readonly #loaded = new Map<string, LoadedPlugin>();
  #generation = 0;

  constructor(machine: Machine, limits: PluginLimits) {
    this.#machine = machine;
    this.#limits = limits;
  }

  /** The scan at the store's start: every file in the directory's order. */
  scan(entries: readonly DirectoryEntry[]): void {
    entries.forEach(({ name, file }, at) => {
      const artefact = wholeArtefact(file);
      const code = artefact === null ? 0 : codeDigest(artefact);
      const { directoryListed } = eventKinds;
      this.#machine.emit(directoryListed, digestText(name), at, code, entries.length);
    });
    for (const entry of entries) this.load(entry);
  }

  /** Loads a file as TiKV does at start: refusals are logged and change nothing else. */
  load({ name: path, file }: DirectoryEntry): void {
    const fileDigest = digestText(path);
    const prepared = wholeArtefact(file);
    if (prepared === null) {
      const { notALibrary } = loadRefusals;
      return this.#machine.emit(eventKinds.pluginRefused, 0, notALibrary, fileDigest, 0);
    }
    const code = codeDigest(prepared);
    const { name, version } = prepared.info;
    const digest = digestText(name);
    const admission = admit({ plugin: prepared.build, version, host: hostBuildInfo });
    if (admission.kind === "refused") {
      const order = checkOrder.indexOf(admission.check);
      this.#machine.emit(eventKinds.pluginRefused, digest, order, fileDigest, code);
      return;
    }
    const made = prepared.instantiate(this.#limits);
    // TiKV calls the constructor without a catch: a panic there takes the server down.
    if (made.kind === "panic") this.#machine.die("panic", `plugin constructor: ${made.text}`);
    if (made.kind === "trap") this.#machine.die("panic", `plugin constructor: ${made.text}`);
    const generation = ++this.#generation;
    const loaded = { generation, name, version: admission.version, instance: made.plugin };
    this.#loaded.set(name, loaded);
    const { scan } = loadCauses;
    this.#machine.emit(eventKinds.pluginOpened, fileDigest, generation, scan, code);
    this.#machine.emit(eventKinds.pluginLoaded, generation, digest, code, digestText(version));
  }

  /** The plugin of exactly this name. */
  find(name: string): LoadedPlugin | undefined {
    return this.#loaded.get(name);
  }
}
