/** The script engine's file, read when the first script is prepared and kept for the process. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { compileScriptEngine, type ScriptEngineModule } from "../host/javascript/engine-module.ts";

let engine: Promise<ScriptEngineModule> | null = null;

/** The engine. Compiling it takes about half a second, once. */
export function scriptEngine(): Promise<ScriptEngineModule> {
  engine ??= readEngine();
  return engine;
}

async function readEngine(): Promise<ScriptEngineModule> {
  const { resolve } = createRequire(import.meta.url);
  const path = resolve("@jitl/quickjs-wasmfile-release-sync/wasm");
  return compileScriptEngine(new Uint8Array(await readFile(path)));
}
