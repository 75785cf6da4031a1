/** The numbers and names of wasm ABI v1. `plugins/ABI.md` tells plugin authors the same. */

/** The import module of all four host functions. */
export const abiModule = "coprsim_v1";

/** Parameters and results of a function, as the value types' bytes (0x7f is i32). */
export type Signature = { readonly params: readonly number[]; readonly results: readonly number[] };

const i32 = 0x7f;

/** The host functions that a plugin may import. */
export const abiImports: ReadonlyMap<string, Signature> = new Map([
  ["storage", { params: [i32, i32, i32], results: [i32] }],
  ["take", { params: [i32], results: [] }],
  ["reply", { params: [i32, i32, i32], results: [] }],
  ["panicked", { params: [i32, i32], results: [] }],
]);

/** The functions that a plugin must export. */
export const abiExports: ReadonlyMap<string, Signature> = new Map([
  ["copr_describe", { params: [], results: [] }],
  ["copr_create", { params: [], results: [] }],
  ["copr_handle", { params: [i32], results: [] }],
  ["copr_destroy", { params: [], results: [] }],
]);

/** A reactor's initializer: called once, before anything else, where a module exports it. */
export const abiInitialize = "_initialize";
/** The exported memory's name. */
export const abiMemory = "memory";

/** Names that the host adds to a module; a plugin may export none that starts like this. */
export const reservedPrefixes: readonly string[] = ["coprsim:", "asyncify_"];

/** What the injector exports for the host. */
export const injectedNames = {
  fuel: "coprsim:fuel",
  depth: "coprsim:depth",
  pagesMax: "coprsim:pagesMax",
  growsRefused: "coprsim:growsRefused",
  start: "coprsim:start",
  /** Before the index of each mutable global of the plugin's own. */
  global: "coprsim:global:",
} as const;

/** Pages of 64 KiB behind the plugin's own memory that hold the stack of a suspended request. */
export const stackPages = 2;
/** Bytes of a WebAssembly page. */
export const pageBytes = 65_536;
/** Fuel is an i32 in the guest: no limit can be higher. */
export const fuelMax = 2_000_000_000;
/** Fuel of one `memory.grow`. */
export const growFuel = 1_000;
/** Bytes that a bulk operation or a host copy moves for one unit of fuel: 2 to this power. */
export const bytesPerFuelShift = 4;
/**
 * Part of a frame's depth weight, besides 2 for each local and each operand at the deepest. With
 * weight 1 for those, functions that Asyncify rewrites ran out of the engine's stack (984 KiB on
 * Node's main thread) at two thirds of a depth of 100,000.
 */
export const frameDepth = 16;
