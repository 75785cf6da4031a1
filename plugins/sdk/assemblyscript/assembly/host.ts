// The four host functions of wasm ABI v1 (plugins/ABI.md). AssemblyScript, not TypeScript.

/** Carries out storage operation `code`; the only call that suspends. Returns the answer's size. */
@external("coprsim_v1", "storage")
export declare function storage(code: i32, pointer: usize, length: i32): i32;

/** Copies the waiting frame, the request or the last answer, to `pointer`. */
@external("coprsim_v1", "take")
export declare function take(pointer: usize): void;

/** Replies: status 0 with response bytes, 1 with an error frame. The last one counts. */
@external("coprsim_v1", "reply")
export declare function reply(status: i32, pointer: usize, length: i32): void;

/** Says in UTF-8 why the plugin cannot go on. Does not return. */
@external("coprsim_v1", "panicked")
export declare function panicked(pointer: usize, length: i32): void;
