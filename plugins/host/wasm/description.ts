/**
 * What a module says of itself when asked, without suspension and without its constructor: for
 * `inspect`, and the first half of preparing it.
 */
import { createHash } from "node:crypto";
import {
  type BuildInfo,
  defaultPluginLimits,
  type PluginInfo,
  type PluginLimits,
} from "../../api.ts";
import { FrameError, FrameReader } from "../frame-bytes.ts";
import { admit, artefactBytesMax } from "./admission.ts";
import { compileModule, isGuestTrap } from "./engine.ts";
import { type InjectedModule, injectLimits } from "./injection.ts";
import { Refusal, type RefusalCode } from "./module-bytes.ts";
import { type ModuleSections, readSections } from "./module-sections.ts";
import { WasmInstance } from "./wasm-instance.ts";

/** Why an artefact cannot be used. */
export type ArtefactProblem = { readonly code: RefusalCode; readonly reason: string };

/** Everything that can be told of a module; what could not be read is empty or null. */
export type WasmDescription = {
  /** SHA-256 of the bytes, lower-case hexadecimal. */
  readonly hash: string;
  readonly bytes: number;
  /** `module.name`, in the module's order. */
  readonly imports: readonly string[];
  readonly exports: readonly string[];
  readonly functions: number;
  /** Pages of 64 KiB; `max` is null where the module names no maximum. */
  readonly memoryPages: { readonly min: number; readonly max: number | null } | null;
  readonly build: BuildInfo | null;
  readonly info: PluginInfo | null;
  /** What keeps it from being hosted, or null. Load-time version rules are not judged here. */
  readonly problem: ArtefactProblem | null;
};

/** A description, with the injected module if it can be hosted. */
export type WasmExamination = {
  readonly description: WasmDescription;
  readonly injected: InjectedModule | null;
};

/** Describes a module. Never throws for what is in `bytes`. */
export function describeWasm(bytes: Uint8Array): WasmDescription {
  return examineWasm(bytes, defaultPluginLimits).description;
}

/** Reads, admits and injects a module and asks it who it is, within `limits`. */
export function examineWasm(bytes: Uint8Array, limits: PluginLimits): WasmExamination {
  const hash = createHash("sha256").update(bytes).digest("hex");
  const nothing = { imports: [], exports: [], functions: 0, memoryPages: null };
  let found: WasmDescription = { hash, bytes: bytes.length, ...nothing, ...unknown, problem: null };
  try {
    if (bytes.length > artefactBytesMax) {
      throw new Refusal("size", `${bytes.length} bytes, at most ${artefactBytesMax} are read`);
    }
    const sections = readSections(bytes);
    found = { ...found, ...describeSections(sections) };
    admit(sections, limits.memoryPages);
    const injected = injectLimits(bytes, sections);
    return { description: { ...found, ...askWho(injected.bytes, limits) }, injected };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const problem = { code: error.code, reason: error.message };
    return { description: { ...found, problem }, injected: null };
  }
}

const unknown = { build: null, info: null } as const;

function describeSections(sections: ModuleSections): Partial<WasmDescription> {
  const { imports, exports, functions, memory } = sections;
  return {
    imports: imports.map(({ module, name }) => `${module}.${name}`),
    exports: exports.map(({ name }) => name),
    functions: functions.length,
    memoryPages: memory === null ? null : { min: memory.pagesMin, max: memory.pagesMax },
  };
}

function askWho(
  injected: Uint8Array,
  limits: PluginLimits,
): { readonly build: BuildInfo; readonly info: PluginInfo } {
  const instance = instantiate(injected, limits);
  const failure = instance.initialize();
  if (failure !== null) throw refuseDescribe(`its initializer: ${failure.kind}: ${failure.text}`);
  const said = instance.describe();
  if (said === null) throw refuseDescribe("copr_describe replied nothing");
  if (!(said instanceof Uint8Array)) {
    throw refuseDescribe(`copr_describe: ${said.kind}: ${said.text}`);
  }
  try {
    const from = new FrameReader(Buffer.from(said));
    const build = { apiVersion: from.text(), rustc: from.text(), target: from.text() };
    const info = { name: from.text(), version: from.text() };
    from.finish();
    return { build, info };
  } catch (error) {
    if (!(error instanceof FrameError)) throw error;
    throw refuseDescribe(`copr_describe replied a bad frame: ${error.message}`);
  }
}

/**
 * A module may compile and yet break when its memory is set up: a data segment that lies outside.
 */
function instantiate(injected: Uint8Array, limits: PluginLimits): WasmInstance {
  const module = compile(injected);
  try {
    return new WasmInstance(module, limits);
  } catch (error) {
    if (!isGuestTrap(error)) throw error;
    throw new Refusal("malformed", error.message);
  }
}

/** The engine is the last to judge: it checks the types of every instruction's operands. */
function compile(injected: Uint8Array): ReturnType<typeof compileModule> {
  try {
    return compileModule(injected);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new Refusal("malformed", `the engine refuses it: ${text}`);
  }
}

function refuseDescribe(reason: string): Refusal {
  return new Refusal("describe", reason);
}
