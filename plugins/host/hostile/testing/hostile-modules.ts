/** Hostile plugins as WebAssembly. `moduleText` names the parts; most replace `copr_handle`. */
import { type ModuleText, moduleText } from "../../testing/module-text.ts";
import { assembleText } from "../../testing/probe-wasm.ts";
import type { HostileCase } from "./hostile-scripts.ts";

type Case = readonly [name: string, parts: ModuleText, end: RegExp];

/** `copr_handle` with this body; it takes the length as local 0. */
const handle = (body: string, fields = ""): ModuleText => ({ handle: body, fields });
const text = (value: string) => `(data (i32.const 256) "${value}")`;

const cases: readonly Case[] = [
  ["an endless loop", handle("(loop $l (br $l))"), /^trap fuel/],
  ["endless recursion", handle("(call $f)", "(func $f (call $f))"), /^trap depth/],
  [
    "recursion with many locals",
    handle("(call $f)", `(func $f ${"(local i64)".repeat(2000)} (call $f))`),
    /^trap depth/,
  ],
  [
    "memory without end",
    handle(
      "(loop $l (br_if $l (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) (unreachable)",
    ),
    /^trap memory/,
  ],
  [
    "growth without end",
    handle("(loop $l (drop (memory.grow (i32.const 0))) (br $l))"),
    /^trap fuel/,
  ],
  [
    "filling without end",
    handle("(loop $l (memory.fill (i32.const 0) (i32.const 7) (i32.const 65536)) (br $l))"),
    /^trap fuel/,
  ],
  [
    "a response too large",
    handle(`(drop (memory.grow (i32.const 200)))
      (call $reply (i32.const 0) (i32.const 0) (i32.const 9437184))`),
    /^trap responseBytes/,
  ],
  [
    "a reply of negative length",
    handle("(call $reply (i32.const 0) (i32.const 0) (i32.const -1))"),
    /^trap responseBytes/,
  ],
  [
    "a reply from outside the memory",
    handle("(call $reply (i32.const 0) (i32.const -8) (i32.const 8))"),
    /^trap protocol/,
  ],
  [
    "a reply of unknown status",
    handle("(call $reply (i32.const 77) (i32.const 0) (i32.const 8))"),
    /^trap protocol/,
  ],
  [
    "replies without end",
    handle("(loop $l (call $reply (i32.const 0) (i32.const 0) (i32.const 8)) (br $l))"),
    /^trap fuel/,
  ],
  [
    "a storage call of negative length",
    handle("(drop (call $storage (i32.const 1) (i32.const 0) (i32.const -1)))"),
    /^trap protocol/,
  ],
  [
    "an unknown storage operation",
    handle("(drop (call $storage (i32.const -5) (i32.const 0) (i32.const 4)))"),
    /^trap protocol/,
  ],
  [
    "a list of 2^32-1 keys",
    handle(
      "(drop (call $storage (i32.const 2) (i32.const 256) (i32.const 4)))",
      text("\\ff\\ff\\ff\\ff"),
    ),
    /^trap protocol/,
  ],
  [
    "a key longer than its frame",
    handle(
      "(drop (call $storage (i32.const 1) (i32.const 256) (i32.const 5)))",
      text("\\ff\\ff\\ff\\7fk"),
    ),
    /^trap protocol/,
  ],
  [
    "an error of unknown class",
    handle("(call $reply (i32.const 1) (i32.const 256) (i32.const 1))", text("\\63")),
    /^trap protocol/,
  ],
  [
    "a forged handle",
    handle(
      "(call $reply (i32.const 1) (i32.const 256) (i32.const 10)) (return)",
      text("\\04\\05\\00\\00\\00\\01\\00\\00\\00x"),
    ),
    /^error other x 0/,
  ],
  [
    "a call of another type through a table",
    handle(
      "(call_indirect (type $t) (i32.const 1) (i32.const 0))",
      "(type $t (func (param i32))) (table 1 funcref) (elem (i32.const 0) $n) (func $n)",
    ),
    /^trap trap/,
  ],
  ["a division by zero", handle("(drop (i32.div_s (i32.const 1) (i32.const 0)))"), /^trap trap/],
  ["a read outside", handle("(drop (i32.load (i32.const -4)))"), /^trap trap/],
  [
    "a storage call in the constructor",
    { create: "(drop (call $storage (i32.const 1) (i32.const 0) (i32.const 4)))" },
    /^constructor trap protocol/,
  ],
  ["an endless constructor", { create: "(loop $l (br $l))" }, /^constructor trap fuel/],
  [
    "an endless start function",
    { fields: "(func $s (loop $l (br $l))) (start $s)" },
    /^broken describe/,
  ],
  ["an endless description", { describe: "(loop $l (br $l))" }, /^broken describe/],
  [
    "an import that does not exist",
    { imports: '(import "coprsim_v1" "clock" (func (result i64)))' },
    /^broken import/,
  ],
  [
    "an import of WASI",
    { imports: '(import "wasi_snapshot_preview1" "fd_write" (func))' },
    /^broken import/,
  ],
  ["an import of memory", { imports: '(import "env" "m" (global i32))' }, /^broken import/],
  ["an export of the host's", { fields: '(func (export "coprsim:fuel"))' }, /^broken export/],
  [
    "all of the memory from the start",
    { memory: '(memory (export "memory") 65536)' },
    /^broken memory/,
  ],
];

/** All of them, and modules that are damaged. */
export async function hostileModules(): Promise<readonly HostileCase[]> {
  const made = cases.map(async ([name, parts, end]) => {
    return { name, bytes: await assembleText(moduleText(parts)), end };
  });
  const good = await assembleText(moduleText({}));
  const damaged: readonly HostileCase[] = [
    { name: "0 bytes", bytes: new Uint8Array(0), end: /^broken malformed/ },
    { name: "4 bytes", bytes: good.subarray(0, 4), end: /^broken malformed/ },
    { name: "a header alone", bytes: good.subarray(0, 8), end: /^broken/ },
    { name: "half a module", bytes: good.subarray(0, good.length >> 1), end: /^broken malformed/ },
    { name: "33 MB of zeros", bytes: new Uint8Array(33 << 20), end: /^broken size/ },
    { name: "a script", bytes: Buffer.from("export default 1;"), end: /^broken malformed/ },
  ];
  return [...(await Promise.all(made)), ...damaged];
}
