/**
 * What keeps a module out, and that nothing in its bytes can hurt the host. To add a case, put a
 * module's parts and the refusal's beginning into `refused`, or parts alone into `admitted`.
 */
import { describe, expect, test } from "vitest";
import { type ModuleText, moduleText } from "../testing/module-text.ts";
import { assembleText, wasmProbe } from "../testing/probe-wasm.ts";
import { describeWasm } from "./description.ts";

const func = (body: string): ModuleText => ({ fields: `(func $f ${body})` });
const withImport = (imports: string): ModuleText => ({ imports });

const refused: readonly (readonly [name: string, parts: ModuleText, problem: string])[] = [
  ["SIMD", func("(drop (i32x4.splat (i32.const 1)))"), "feature: uses SIMD"],
  ["SIMD locals", func("(local v128)"), "feature: uses SIMD"],
  ["atomics", func("(drop (i32.atomic.load (i32.const 0)))"), "feature: uses atomics"],
  ["a fence", func("(atomic.fence)"), "feature: uses atomics"],
  ["tail calls", func("(return_call $f)"), "feature: uses tail calls"],
  ["exceptions", { fields: "(tag $t) (func $f (throw $t))" }, "feature: uses exception handling"],
  [
    "multi-value",
    func("(result i32 i32) (i32.const 1) (i32.const 2)"),
    "feature: uses multi-value",
  ],
  ["references", func("(drop (ref.null func))"), "feature: uses reference types"],
  ["a table of anything", { fields: "(table 1 externref)" }, "feature: uses reference types"],
  [
    "structures",
    { fields: "(type $s (struct (field i32)))(func (drop (struct.new_default $s)))" },
    "feature: uses garbage collection",
  ],
  ["64-bit memory", { memory: '(memory (export "memory") i64 1)' }, "feature: uses 64-bit memory"],
  [
    "shared memory",
    { memory: '(memory (export "memory") 1 2 shared)' },
    "feature: uses shared memory",
  ],
  ["two memories", { fields: "(memory 1)" }, "feature: uses multiple memories"],
  [
    "table.grow",
    {
      fields: "(table $t 1 funcref) (func $g (drop (table.grow $t (ref.null func) (i32.const 1))))",
    },
    "feature: uses reference types",
  ],
  [
    "an unknown import",
    withImport('(import "coprsim_v1" "clock" (func (result i64)))'),
    'import: imports function "coprsim_v1.clock": only storage, take, reply, panicked of',
  ],
  [
    "WASI",
    withImport('(import "wasi_snapshot_preview1" "fd_write" (func))'),
    'import: imports function "wasi_snapshot_preview1.fd_write": there is no WASI',
  ],
  [
    "AssemblyScript's abort",
    withImport('(import "env" "abort" (func (param i32 i32 i32 i32)))'),
    'import: imports function "env.abort": build AssemblyScript with --use abort=',
  ],
  [
    "an imported global",
    withImport('(import "env" "g" (global i32))'),
    'import: imports global "env.g"',
  ],
  [
    "another signature",
    withImport('(import "coprsim_v1" "take" (func (param i64)))'),
    'import: imports "coprsim_v1.take" as another function than (i32) -> ()',
  ],
  ["no exports", { exports: "" }, 'export: "copr_describe" is not exported (exports: memory)'],
  [
    "an export of another signature",
    { exports: `(func (export "copr_describe") (param i32))` },
    'export: exports "copr_describe" as something else than () -> ()',
  ],
  [
    "a reserved name",
    { fields: '(func (export "asyncify_get_state"))' },
    'export: exports "asyncify_get_state": that name belongs to the host',
  ],
  ["a hidden memory", { memory: "(memory 1)" }, 'export: its memory is not exported as "memory"'],
  [
    "too much memory",
    { memory: '(memory (export "memory") 1025)' },
    "memory: wants 1025 pages of memory from the start, the limit is 1024",
  ],
  ["no description", { describe: "" }, "describe: copr_describe replied nothing"],
  [
    "a short description",
    { describe: "(call $reply (i32.const 0) (i32.const 16) (i32.const 77))" },
    "describe: copr_describe replied a bad frame",
  ],
  [
    "a description elsewhere",
    { describe: "(call $reply (i32.const 0) (i32.const 65536) (i32.const 1))" },
    "describe: copr_describe: trap: 1 bytes at 65536 lie outside its 65536 bytes of memory",
  ],
  [
    "a trap in describe",
    { describe: "(unreachable)" },
    "describe: copr_describe: trap: unreachable",
  ],
  [
    "an endless describe",
    { describe: "(loop $l (br $l))" },
    "describe: copr_describe: trap: used more than 50000000 units of fuel",
  ],
  [
    "storage in describe",
    { describe: "(drop (call $storage (i32.const 1) (i32.const 0) (i32.const 4)))" },
    "describe: copr_describe: trap: storage in describe",
  ],
  [
    "an endless start function",
    { fields: "(func $s (loop $l (br $l))) (start $s)" },
    "describe: its initializer: trap: used more than 50000000 units of fuel",
  ],
];

const admitted: readonly (readonly [name: string, parts: ModuleText])[] = [
  ["the smallest plugin", {}],
  [
    "a start function and an initializer",
    { fields: '(func $s) (start $s) (func (export "_initialize"))' },
  ],
  [
    "bulk memory",
    {
      fields: `(data $d "x") (func (data.drop $d)
          (memory.init $d (i32.const 0) (i32.const 0) (i32.const 1)))`,
    },
  ],
  [
    "sign extension and saturation",
    func("(drop (i32.extend8_s (i32.trunc_sat_f32_s (f32.const 1))))"),
  ],
  [
    "function tables",
    {
      fields:
        "(table 2 funcref) (elem (i32.const 0) func $f) (func $f (call_indirect (i32.const 0)))",
    },
  ],
  ["other exports", { fields: '(func (export "helper")) (global (export "g") i32 (i32.const 1))' }],
  ["a memory at its limit", { memory: '(memory (export "memory") 1024)' }],
];

describe("refused modules", () => {
  for (const [name, parts, problem] of refused) {
    test(name, async () => {
      const found = describeWasm(await assembleText(moduleText(parts))).problem;
      expect(`${found?.code}: ${found?.reason}`.slice(0, problem.length)).toBe(problem);
    });
  }

  test("no memory at all", async () => {
    const text = moduleText({ memory: "" }).replace(/\(data [^\n]*\n/g, "");
    expect(describeWasm(await assembleText(text)).problem?.reason).toBe("has no memory of its own");
  });

  test("bytes that are no module", () => {
    for (const bytes of ["", "\0asm", "\0asm\x02\0\0\0", "#!/bin/sh\n"]) {
      expect(describeWasm(Buffer.from(bytes, "latin1")).problem?.reason).toMatch(
        /^not a WebAssembly/,
      );
    }
  });
});

describe("admitted modules", () => {
  for (const [name, parts] of admitted) {
    test(name, async () => {
      const { problem, info } = describeWasm(await assembleText(moduleText(parts)));
      expect({ problem, info }).toEqual({
        problem: null,
        info: { name: "tiny", version: "1.0.0" },
      });
    });
  }
});

test("a description tells what is in a module even when it is refused", async () => {
  const bytes = await assembleText(moduleText({ imports: '(import "env" "now" (func))' }));
  const { imports, exports, functions, memoryPages, hash } = describeWasm(bytes);
  expect(imports).toContain("env.now");
  expect(exports).toContain("copr_handle");
  expect({ functions, memoryPages }).toEqual({ functions: 4, memoryPages: { min: 1, max: null } });
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
});

test("a module cut off anywhere is refused; a changed one never breaks the host", async () => {
  const bytes = await wasmProbe();
  for (let length = 0; length < bytes.length; length++) {
    expect(describeWasm(bytes.subarray(0, length)).problem).not.toBeNull();
  }
  let refusals = 0;
  for (let turn = 0; turn < 1000; turn++) {
    const changed = new Uint8Array(bytes);
    // A multiplicative walk over places and values: spread out, and the same every time.
    const at = (turn * 7919) % bytes.length;
    changed[at] = (changed[at] as number) ^ (1 << (turn % 8));
    if (describeWasm(changed).problem !== null) refusals += 1;
  }
  expect(refusals).toBeGreaterThan(300);
});
