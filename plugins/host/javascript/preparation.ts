/** From a script's text to a plugin that any number of simulated nodes can instantiate. */
import {
  type BuildInfo,
  defaultPluginLimits,
  type InstantiateResult,
  type PluginInfo,
  type PluginLimits,
  type PreparedPlugin,
} from "../../api.ts";
import type { ArtefactProblem } from "../wasm/description.ts";
import { bundleScript } from "./bundle.ts";
import type { ScriptEngineModule } from "./engine-module.ts";
import { instantiateScript, newProgram, type ScriptProgram } from "./script-plugin.ts";
import { ScriptSandbox } from "./script-sandbox.ts";

/** A script to prepare. */
export type ScriptArtefact = {
  /** SHA-256 of `bytes`, lower-case hexadecimal. */
  readonly hash: string;
  /** JavaScript or TypeScript, one module in UTF-8. */
  readonly bytes: Uint8Array;
  readonly engine: ScriptEngineModule;
};

/** Bundles a script and asks it who it is, within the default limits. A problem is a value. */
export async function prepareScript(
  artefact: ScriptArtefact,
): Promise<PreparedPlugin | ArtefactProblem> {
  const { hash, bytes, engine } = artefact;
  const bundled = await bundleScript(bytes);
  if (typeof bundled !== "string") return bundled;
  const sandbox = new ScriptSandbox(engine, defaultPluginLimits, null);
  const loaded = sandbox.load(bundled, defaultPluginLimits.fuel);
  if ("kind" in loaded) return { code: "describe", reason: `${loaded.kind}: ${loaded.text}` };
  const { info, build } = loaded;
  return new PreparedScript({
    hash,
    build,
    program: newProgram({ engine, info, source: bundled }),
  });
}

type Parts = {
  readonly hash: string;
  readonly build: BuildInfo;
  readonly program: ScriptProgram;
};

class PreparedScript implements PreparedPlugin {
  readonly kind = "javascript";
  readonly hash: string;
  readonly build: BuildInfo;
  readonly info: PluginInfo;
  readonly #program: ScriptProgram;

  constructor({ hash, build, program }: Parts) {
    this.hash = hash;
    this.build = build;
    this.info = program.info;
    this.#program = program;
  }

  instantiate(limits: PluginLimits): InstantiateResult {
    return instantiateScript(this.#program, limits);
  }
}
