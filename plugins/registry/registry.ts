/** What the registries of both fidelities have in common. */
import type { Generation } from "./generation.ts";
import type { Refusal } from "./library.ts";
import type { DirectoryEntry } from "./plugin-directory.ts";
import type { DebouncedEvent } from "./watcher.ts";

/** What made a registry load a file. */
export type LoadCause = "scan" | "watcher";

/** What TiKV's registry logs about a file. */
export type RegistryLog = "loadFailed" | "reloadRefused" | "overwritten" | "removed";

/** TiKV's log texts (src/coprocessor_v2/plugin_registry.rs). */
export const registryLogTexts: Readonly<Record<RegistryLog, string>> = {
  loadFailed: "failed to load coprocessor plugin. Maybe not compiled correctly as a TiKV plugin?",
  reloadRefused: "Unloaded plugin should not load again!",
  overwritten:
    "another process is overwriting a coprocessor plugin while the plugin is loaded. " +
    "Be aware that original plugin is still running",
  removed: "a loaded coprocessor plugin is removed. Be aware that original plugin is still running",
};

/** Told of what a registry does, in the order in which it does it. Files by their bare names. */
export interface RegistryListener {
  refused(file: string, refusal: Refusal): void;
  loaded(file: string, generation: Generation, cause: LoadCause): void;
  /** A generation takes no more requests because another took its place. */
  replaced(generation: Generation, by: Generation): void;
  /** A generation takes no more requests because its file is gone. */
  withdrawn(generation: Generation, file: string): void;
  /** The last request ended on a generation that takes no more. */
  retired(generation: Generation): void;
  /** A retired generation is gone, its instance and its code. */
  unloaded(generation: Generation): void;
  /** A loaded plugin's file has another name. */
  moved(generation: Generation, from: string, to: string): void;
  /** `text` is the message with the error that belongs to it. */
  logged(file: string, log: RegistryLog, text: string): void;
  /** A constructor ends the process: does not return. */
  died(text: string): never;
  /** A constructor never returns, and nothing that needs the registry goes on. */
  hung(text: string): void;
}

/** The plugins of one store's incarnation. */
export interface PluginRegistry {
  /** The scan at the start: every file in the directory's order. */
  scan(entries: readonly DirectoryEntry[]): void;
  /** The watcher has something to say. */
  react(event: DebouncedEvent): void;
  /** The plugins of exactly this name that take requests, the one to try first before others. */
  serving(name: string): readonly Generation[];
  /** A request begins on one of them. */
  begin(generation: Generation): void;
  /** It is over. */
  end(generation: Generation): void;
}

/** No plugin of a name. */
export const noGenerations: readonly Generation[] = Object.freeze([]);
