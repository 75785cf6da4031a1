/**
 * Opening a plugin file: what TiKV does from `dlopen` to the constructor, in its order.
 * Source: TiKV src/coprocessor_v2/plugin_registry.rs (`LoadedPlugin::new`); tikv-semantics.md 2.1.
 */
import { unreachable } from "../../sim/assert.ts";
import {
  hostBuildInfo,
  type PluginInstance,
  type PluginLimits,
  type PreparedPlugin,
} from "../api.ts";
import { type AdmissionCheck, admit, libraryFailedText, type Version } from "../version/index.ts";
import { type PluginFile, wholeArtefact } from "./plugin-directory.ts";

/** Why a file was not loaded: the check that it did not pass. */
export type RefusalReason = AdmissionCheck | "not-a-library" | "reload" | "constructor";

export type Refusal = {
  readonly reason: RefusalReason;
  /** TiKV's log text, where TiKV has one. */
  readonly text: string;
  /** What the file holds, or null: it is no library. */
  readonly artefact: PreparedPlugin | null;
};

export type Opened =
  | { readonly kind: "refused"; readonly refusal: Refusal }
  | {
      readonly kind: "opened";
      readonly artefact: PreparedPlugin;
      readonly version: Version;
      readonly instance: PluginInstance;
    }
  /** The constructor panicked, or used up its stack or memory. */
  | { readonly kind: "panicked"; readonly artefact: PreparedPlugin; readonly text: string }
  /** The constructor would never return. */
  | { readonly kind: "hangs"; readonly artefact: PreparedPlugin; readonly text: string };

/** Endings of file names that are looked at, without the dot: Linux's, and what we host for it. */
const libraryEndings: readonly string[] = ["so", "wasm", "js", "mjs", "ts"];

/**
 * Whether TiKV on Linux would look at a file: its last ending is exactly `so`. The endings of the
 * artefacts that the test bed hosts in place of libraries count like it. `x.so.1` does not.
 */
export function isLibraryName(file: string): boolean {
  const dot = file.lastIndexOf(".");
  return dot > 0 && libraryEndings.includes(file.slice(dot + 1));
}

/** Opens what lies in a file, and constructs its plugin. */
export function openLibrary(file: PluginFile | undefined, limits: PluginLimits): Opened {
  const artefact = wholeArtefact(file);
  if (artefact === null) {
    const refusal: Refusal = { reason: "not-a-library", text: libraryFailedText, artefact: null };
    return { kind: "refused", refusal };
  }
  const { build, info } = artefact;
  const admission = admit({ plugin: build, version: info.version, host: hostBuildInfo });
  if (admission.kind === "refused") {
    const { check, text } = admission;
    return { kind: "refused", refusal: { reason: check, text, artefact } };
  }
  const made = artefact.instantiate(limits);
  switch (made.kind) {
    case "loaded":
      return { kind: "opened", artefact, version: admission.version, instance: made.plugin };
    case "panic":
      return { kind: "panicked", artefact, text: made.text };
    case "trap": {
      const kind = made.reason === "fuel" ? "hangs" : "panicked";
      return { kind, artefact, text: made.text };
    }
    default:
      return unreachable(made);
  }
}
