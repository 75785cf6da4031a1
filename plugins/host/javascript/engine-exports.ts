/**
 * The functions of `@jitl/quickjs-wasmfile-release-sync` 0.32.0 under the short names that its
 * build gives them. Source: dist/emscripten-module.mjs of that package (`d._QTS_Eval=b.pa`).
 */
import { assert } from "../../../sim/assert.ts";
import { injectedNames } from "../wasm/abi.ts";
import type { EngineExports, EngineGlobal } from "../wasm/engine.ts";

/** The engine's memory. `buffer` is replaced whenever it grows; `grow` takes pages of 64 KiB. */
export type ScriptMemory = {
  readonly buffer: ArrayBuffer;
  readonly grow: (pages: number) => number;
};

/** Pointers and numbers in, a pointer or number out. */
type Native = (...values: readonly number[]) => number;

const names = {
  initialize: "u",
  allocate: "v",
  free: "M",
  newRuntime: "K",
  newContext: "N",
  getUndefined: "E",
  newFloat64: "Y",
  newArrayBuffer: "X",
  evaluate: "pa",
  call: "ma",
  exceptionOf: "na",
  executeJobs: "ga",
  bytesOf: "aa",
  bytesLength: "ba",
  freeValue: "P",
} as const;

/** What the host calls in an engine, and the counters that the injector put into it. */
export type ScriptExports = Readonly<Record<keyof typeof names, Native>> & {
  readonly memory: ScriptMemory;
  readonly fuel: EngineGlobal;
  readonly depth: EngineGlobal;
};

/** Finds them. */
export function readScriptExports(exports: EngineExports): ScriptExports {
  const found: Record<string, unknown> = {
    memory: exports["memory"],
    fuel: exports[injectedNames.fuel],
    depth: exports[injectedNames.depth],
  };
  for (const [name, short] of Object.entries(names)) {
    assert(typeof exports[short] === "function", `the engine has ${name} under its known name`);
    found[name] = exports[short];
  }
  return found as ScriptExports;
}
