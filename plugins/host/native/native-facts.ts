/** What can be told of a native library without running a byte of it. */
import type { BuildInfo, PluginInfo } from "../../api.ts";

/** The functions that TiKV looks up in a plugin, in its order (plugin_registry.rs). */
export const pluginSymbols = [
  "_plugin_get_build_info",
  "_plugin_get_plugin_info",
  "_plugin_create",
] as const;
/** One of them. */
export type PluginSymbol = (typeof pluginSymbols)[number];

/** What was read; null and `notRead` where it was not: an absent fact is no finding. */
export type NativeFacts = {
  readonly format: "elf" | "machO" | "pe" | "unknown";
  readonly bytes: number;
  /** The platform that its header names, as a Rust target without what the header cannot tell. */
  readonly target: string | null;
  /** The compiler as it signed the file: `1.89.0-nightly (...)`. */
  readonly compiler: string | null;
  /** Which of TiKV's functions it exports. */
  readonly symbols: readonly PluginSymbol[] | null;
  /** What `_plugin_get_build_info` would return. */
  readonly build: BuildInfo | null;
  /** What `_plugin_get_plugin_info` would return. */
  readonly info: PluginInfo | null;
  /** Whether `build` and `info` were read from those functions or from what our SDK embeds. */
  readonly readFrom: "code" | "embedded" | null;
  /** What could not be read, each with the reason. */
  readonly notRead: readonly string[];
};
