/**
 * QuickJS as the host runs it: the engine's own WebAssembly module with a memory of its own, and
 * metered like a plugin. Interrupts of QuickJS come once in 10,000 of its operations, and one
 * operation can search 64 MB; fuel counted in the module itself bounds every loop in it.
 */
import { assert } from "../../../sim/assert.ts";
import { type CompiledModule, compileModule } from "../wasm/engine.ts";
import { injectLimits } from "../wasm/injection.ts";
import { ModuleReader, ModuleWriter } from "../wasm/module-bytes.ts";
import { readSections, section } from "../wasm/module-sections.ts";

/** The engine, ready for any number of instances. */
export type ScriptEngineModule = {
  readonly module: CompiledModule;
  /** Pages of 64 KiB that hold the engine's constants and stack. */
  readonly pagesMin: number;
};

/** Pages of 64 KiB at most: four times the default limit, and as many as emscripten asks for. */
const pagesMax = 32_768;
const memoryExport = "memory";

/** Rewrites and compiles the bytes of `@jitl/quickjs-wasmfile-release-sync` 0.32.0. */
export function compileScriptEngine(bytes: Uint8Array): ScriptEngineModule {
  const pagesMin = Math.ceil(stackTop(bytes) / 65_536);
  const own = withOwnMemory(bytes, pagesMin);
  const injected = injectLimits(own, readSections(own)).bytes;
  return { module: compileModule(withExportsOf(own, injected)), pagesMin };
}

/** Where the heap begins: the stack lies below it, and its pointer is the module's first global. */
function stackTop(bytes: Uint8Array): number {
  const { globals } = readSections(bytes);
  const [type, mutable, opcode, ...number] = globals.bytes.subarray(0, 8);
  assert(
    type === 0x7f && mutable === 1 && opcode === 0x41,
    "the stack pointer is the first global",
  );
  return new ModuleReader(Uint8Array.from(number)).u32();
}

/** The module with the imported memory as its own, exported; function indices stay. */
function withOwnMemory(bytes: Uint8Array, pagesMin: number): Uint8Array {
  return rewrite(bytes, (id, content, into) => {
    if (id === section.import) {
      into.section(id, (out) => copyFunctionImports(content, out));
    } else if (id === section.export) {
      into.section(id, (out) => {
        const from = new ModuleReader(content);
        out.u32(from.u32() + 1);
        out.name(memoryExport);
        out.put(2, 0);
        out.bytes(from.rest());
      });
    } else {
      if (id === section.global) {
        into.section(section.memory, (out) => {
          out.put(1, 1);
          out.u32(pagesMin);
          out.u32(pagesMax);
        });
      }
      into.section(id, (out) => out.bytes(content));
    }
  });
}

function copyFunctionImports(content: Uint8Array, into: ModuleWriter): void {
  const from = new ModuleReader(content);
  const count = from.u32();
  into.u32(count - 1);
  for (let left = count; left > 0; left--) {
    const start = from.at;
    from.name();
    from.name();
    const kind = from.u8();
    if (kind === 2) {
      const flags = from.u8();
      from.u32();
      if (flags === 1) from.u32();
      continue;
    }
    assert(kind === 0, "the engine imports functions and one memory");
    from.u32();
    into.bytes(content.subarray(start, from.at));
  }
}

/** `injected` with the exports of `own` besides its own: the injector keeps only a plugin's. */
function withExportsOf(own: Uint8Array, injected: Uint8Array): Uint8Array {
  const kept = readSections(own).exports.filter(({ name }) => name !== memoryExport);
  return rewrite(injected, (id, content, into) => {
    into.section(id, (out) => {
      if (id !== section.export) return out.bytes(content);
      const from = new ModuleReader(content);
      out.u32(from.u32() + kept.length);
      out.bytes(from.rest());
      for (const { name, kind, index } of kept) {
        assert(kind === "function", "the engine exports functions");
        out.name(name);
        out.u8(0);
        out.u32(index);
      }
    });
  });
}

/** A module with each section written by `write`, custom ones left out. */
function rewrite(
  bytes: Uint8Array,
  write: (id: number, content: Uint8Array, into: ModuleWriter) => void,
): Uint8Array {
  const from = new ModuleReader(bytes);
  const into = new ModuleWriter();
  into.bytes(bytes.subarray(0, 8));
  from.skip(8);
  while (from.at < from.end) {
    const id = from.u8();
    const length = from.u32();
    const start = from.skip(length);
    if (id !== 0) write(id, bytes.subarray(start, from.at), into);
  }
  return into.done();
}
