/**
 * The load-time checks of a plugin: build info, then the plugin's own version text, in TiKV's order
 * and words. Nothing else is looked at: not TiKV's version, features, dependencies or a signature.
 * Source: tikv/tikv 8e96471 src/coprocessor_v2/plugin_registry.rs (`err_on_mismatch`, `load`).
 */
import { debugString } from "../../failpoints/index.ts";
import type { BuildInfo } from "../api.ts";
import { knownTexts } from "./known-texts.ts";
import { parseVersion, type Version } from "./version.ts";

const versionOf = knownTexts(parseVersion);

/** What was compared, in the order of comparison; the first mismatch wins. */
export type AdmissionCheck = "api-version" | "rustc" | "target" | "plugin-version";

export type Admission =
  /** `version` is the plugin's parsed version, which requests are matched against. */
  | { readonly kind: "admitted"; readonly version: Version }
  /** `text` is TiKV's log text; no client ever sees it. */
  | { readonly kind: "refused"; readonly check: AdmissionCheck; readonly text: string };

export type AdmissionOptions = {
  /** What the plugin says it was built with. */
  readonly plugin: BuildInfo;
  /** The version that the plugin says it has. */
  readonly version: string;
  /** What the node was built with, normally `hostBuildInfo`. */
  readonly host: BuildInfo;
};

/** TiKV's text where `dlopen` fails or one of the three symbols is missing. */
export const libraryFailedText = "failed to load library";
/** TiKV's text for a plugin version that `Version::parse` refuses. */
export const badVersionText = "plugin version string does not follow SemVer standard";

/** TiKV's text for a path that was loaded before in the life of this process. */
export function reloadRefusedText(path: string): string {
  return `unloaded plugin \`${debugString(path)}\` cannot be reloaded`;
}

/** Decides whether a node loads a plugin. Strings are compared as they are. */
export function admit({ plugin, version, host }: AdmissionOptions): Admission {
  const mismatch = firstMismatch(plugin, host);
  if (mismatch !== null) return mismatch;
  const parsed = versionOf(version);
  if ("error" in parsed) return refused("plugin-version", badVersionText);
  return { kind: "admitted", version: parsed };
}

function firstMismatch(plugin: BuildInfo, host: BuildInfo): Admission | null {
  if (plugin.apiVersion !== host.apiVersion) {
    const built = `plugin was compiled with ${plugin.apiVersion}, but TiKV with ${host.apiVersion}`;
    return refused("api-version", `coprocessor_plugin_api mismatch: ${built}`);
  }
  if (plugin.rustc !== host.rustc) {
    const built = `plugin was compiled with ${plugin.rustc}, but TiKV with ${host.rustc}`;
    return refused("rustc", `version mismatch of rustc: ${built}`);
  }
  if (plugin.target !== host.target) {
    const built = `plugin was compiled for ${plugin.target}, but TiKV for ${host.target}`;
    return refused("target", `target mismatch: ${built}`);
  }
  return null;
}

function refused(check: AdmissionCheck, text: string): Admission {
  return { kind: "refused", check, text };
}
