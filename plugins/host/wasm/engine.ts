/**
 * The part of Node's WebAssembly that the host uses, with types of its own: @types/node has none
 * and the browser's library would bring hundreds of globals that a plugin host must not touch.
 */

/** A compiled module: immutable, instantiated any number of times. */
export type CompiledModule = { readonly compiledModule: never };
/** Linear memory. `buffer` is replaced by a new one whenever the memory grows. */
export type EngineMemory = { readonly buffer: ArrayBuffer };
/** A mutable global: a number, or bigint where it is an i64. */
export type EngineGlobal<Value = number> = { value: Value };
/** What an instance exports, by name. */
export type EngineExports = Readonly<Record<string, unknown>>;
/** A host function as the guest calls it: i32 in, i32 or nothing out. */
export type HostFunction = (...values: number[]) => number | undefined;
/** Host functions by module and name. */
export type EngineImports = Readonly<Record<string, Readonly<Record<string, HostFunction>>>>;

type Engine = {
  readonly validate: (bytes: Uint8Array) => boolean;
  readonly Module: new (bytes: Uint8Array) => CompiledModule;
  readonly Instance: new (
    module: CompiledModule,
    imports: EngineImports,
  ) => { readonly exports: EngineExports };
  readonly RuntimeError: new () => Error;
};

const engine = Reflect.get(globalThis, "WebAssembly") as Engine;

/** Compiles bytes synchronously. Throws the engine's CompileError for a module it refuses. */
export function compileModule(bytes: Uint8Array): CompiledModule {
  return new engine.Module(bytes);
}

/** Makes an instance synchronously. No start section may be left in it. */
export function instantiateModule(module: CompiledModule, imports: EngineImports): EngineExports {
  return new engine.Instance(module, imports).exports;
}

/** True if the engine accepts the bytes as a module. */
export function isValidModule(bytes: Uint8Array): boolean {
  return engine.validate(bytes);
}

/** A trap of the guest: unreachable, out of bounds, division by zero and the like. */
export function isGuestTrap(error: unknown): error is Error {
  return error instanceof engine.RuntimeError;
}

/** The engine's own stack ran out; its message is the only mark that JavaScript gives it. */
export function isStackOverflow(error: unknown): error is RangeError {
  return error instanceof RangeError && error.message.includes("call stack");
}
