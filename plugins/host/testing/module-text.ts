/** Small plugins in WebAssembly's text form, for tests of what the host admits and rewrites. */

/** What a test changes in the smallest plugin; the defaults make one that is admitted. */
export type ModuleText = {
  /** Imports besides `storage` and `reply`. */
  readonly imports?: string;
  readonly memory?: string;
  /** Functions, globals, tables, segments. */
  readonly fields?: string;
  /** The body of `copr_describe`. */
  readonly describe?: string;
  /** The body of `copr_create`. */
  readonly create?: string;
  /** The body of `copr_handle`, before its reply of the 8 bytes at 0. */
  readonly handle?: string;
  /** Replaces the four exported functions. */
  readonly exports?: string;
};

/** The module's text. Its description lies at 16 and is 78 bytes: plugin "tiny" 1.0.0. */
export function moduleText(parts: ModuleText): string {
  const {
    imports = "",
    memory = '(memory (export "memory") 1)',
    fields = "",
    describe = "(call $reply (i32.const 0) (i32.const 16) (i32.const 78))",
    create = "",
    handle = "",
  } = parts;
  const exports =
    parts.exports ??
    `(func (export "copr_describe") ${describe})
     (func (export "copr_create") ${create})
     (func (export "copr_destroy"))
     (func (export "copr_handle") (param i32) ${handle}
       (call $reply (i32.const 0) (i32.const 0) (i32.const 8)))`;
  return `(module
    (import "coprsim_v1" "storage" (func $storage (param i32 i32 i32) (result i32)))
    (import "coprsim_v1" "reply" (func $reply (param i32 i32 i32)))
    ${imports} ${memory}
    (data (i32.const 16) "\\05\\00\\00\\000.1.0\\14\\00\\00\\00rustc 1.89.0-nightly")
    (data (i32.const 49) "\\18\\00\\00\\00x86_64-unknown-linux-gnu")
    (data (i32.const 77) "\\04\\00\\00\\00tiny\\05\\00\\00\\001.0.0")
    ${fields} ${exports})`;
}
