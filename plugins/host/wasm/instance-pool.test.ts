/**
 * Instances that begin again. To add a way for a plugin to keep something, give `keepers` a module
 * (`testing/module-text.ts`) that the pool sets back, or `lasting` one that it must throw away.
 */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { latin1Bytes } from "../../../sim/bytes.ts";
import {
  defaultPluginLimits,
  type PluginLimits,
  type PluginRequest,
  type PluginStep,
  type StorageAnswer,
} from "../../api.ts";
import { exchanges } from "../testing/contract-cases.ts";
import { type ModuleText, moduleText } from "../testing/module-text.ts";
import { callItem, probe, u32 } from "../testing/probe-requests.ts";
import { assembleText, wasmProbe } from "../testing/probe-wasm.ts";
import { addSuspension } from "./asyncify.ts";
import { examineWasm } from "./description.ts";
import { type CompiledModule, compileModule } from "./engine.ts";
import { InstancePool } from "./instance-pool.ts";
import { WasmInstance } from "./wasm-instance.ts";

type Subject = { readonly module: CompiledModule; readonly isResettable: boolean };

async function subjectOf(bytes: Uint8Array): Promise<Subject> {
  const { injected, description } = examineWasm(bytes, defaultPluginLimits);
  if (injected === null) throw new Error(description.problem?.reason);
  const module = compileModule(await addSuspension(injected.bytes));
  return { module, isResettable: injected.isResettable };
}

const tiny = async (parts: ModuleText): Promise<Subject> =>
  subjectOf(await assembleText(moduleText(parts)));

function poolOf({ module, isResettable }: Subject): InstancePool {
  return new InstancePool(module, isResettable);
}

function made(pool: InstancePool, limits: PluginLimits = defaultPluginLimits): WasmInstance {
  const instance = pool.make(limits);
  if (!(instance instanceof WasmInstance)) throw new Error(instance.text);
  return instance;
}

const anything: PluginRequest = { ranges: [], data: new Uint8Array(0) };

/** What a tiny plugin has at address 0 when it replies: hex of 8 bytes; or how it ended. */
function reply(instance: WasmInstance): string {
  const step = instance.begin(anything);
  return step.kind === "response" ? Buffer.from(step.data).toString("hex") : step.kind;
}

const count = (at: string): string => `${at}00000000000000`;
const counted = ["01", "02", "03"].map(count);
const addOne = (get: string, set: string): string => `(${set} (i32.add ${get} (i32.const 1)))`;
const global = (type: string) => ({
  fields: `(global $kept (mut ${type}) (${type}.const 0))`,
  handle: `(global.set $kept (${type}.add (global.get $kept) (${type}.const 1)))
    (i32.store (i32.const 0) (${type === "i32" ? "i32.add (i32.const 0)" : convert[type]}
      (global.get $kept)))`,
});
const convert: Readonly<Record<string, string>> = {
  i64: "i32.wrap_i64",
  f32: "i32.trunc_f32_u",
  f64: "i32.trunc_f64_u",
};

const keepers: Readonly<Record<string, ModuleText>> = {
  "an i32 global": global("i32"),
  "an i64 global": global("i64"),
  "an f32 global": global("f32"),
  "an f64 global": global("f64"),
  memory: {
    handle: `(i32.store (i32.const 0)
      (i32.add (i32.load (i32.const 0)) (i32.const 1)))`,
  },
  "memory behind its own, where the host has a suspended stack": {
    handle: `(i32.store (i32.const 70000) (i32.add (i32.load (i32.const 70000)) (i32.const 1)))
      (i32.store (i32.const 0) (i32.load (i32.const 70000)))`,
  },
  "a constructor's work": {
    fields: "(global $kept (mut i32) (i32.const 7))",
    create: "(global.set $kept (i32.sub (global.get $kept) (i32.const 7)))",
    handle: `${addOne("(global.get $kept)", "global.set $kept")}
      (i32.store (i32.const 0) (global.get $kept))`,
  },
};

for (const [what, parts] of Object.entries(keepers)) {
  test(`does not see again what it kept in ${what}`, async () => {
    const pool = poolOf(await tiny(parts));
    const first = made(pool);
    expect([1, 2, 3].map(() => reply(first))).toEqual(counted);
    pool.give(first);
    const second = made(pool);
    expect(second).toBe(first);
    expect([1, 2, 3].map(() => reply(second))).toEqual(counted);
  });
}

const table = "(table 2 funcref) (func $f) (elem (i32.const 0) $f)";
const lasting: Readonly<Record<string, ModuleText>> = {
  "a table": { fields: table, handle: "(table.copy (i32.const 1) (i32.const 0) (i32.const 1))" },
  "a table filled from a segment": {
    fields: "(table 2 funcref) (func $f) (elem $e func $f)",
    handle: "(table.init $e (i32.const 0) (i32.const 0) (i32.const 1))",
  },
  "a dropped segment of functions": {
    fields: "(table 2 funcref) (func $f) (elem $e func $f)",
    handle: "(elem.drop $e)",
  },
  "a dropped segment of data": { fields: '(data $d "x")', handle: "(data.drop $d)" },
  "a global whose bits the host cannot read": {
    fields: "(global $kept (mut f32) (f32.const nan:0x200001))",
    handle: "(i32.store (i32.const 0) (i32.reinterpret_f32 (global.get $kept)))",
  },
  "grown memory": { handle: "(drop (memory.grow (i32.const 1)))" },
  "a memory too large to copy": { memory: '(memory (export "memory") 7)' },
  "a trap": { handle: "(unreachable)" },
};

for (const [what, parts] of Object.entries(lasting)) {
  test(`an instance is not used again after ${what}`, async () => {
    const pool = poolOf(await tiny(parts));
    const first = made(pool);
    reply(first);
    pool.give(first);
    expect(made(pool)).not.toBe(first);
  });
}

test("each set of limits has instances of its own", async () => {
  const pool = poolOf(await tiny({}));
  const other = { ...defaultPluginLimits, storageCalls: 1 };
  const [a, b] = [made(pool), made(pool, other)];
  pool.give(a);
  pool.give(b);
  expect(made(pool, other)).toBe(b);
  expect(made(pool)).toBe(a);
});

// The probe, a plugin that does everything ------------------------------------------------------

let subject: Subject;
beforeAll(async () => {
  subject = await subjectOf(await wasmProbe());
}, 60_000);

const item = fc.nat({ max: exchanges.length - 1 });
const request: fc.Arbitrary<PluginRequest> = fc.oneof(
  { weight: 4, arbitrary: fc.array(item, { maxLength: 4 }).map((items) => calls("S", items)) },
  { weight: 1, arbitrary: fc.array(item, { maxLength: 4 }).map((items) => calls("A", items)) },
  { weight: 4, arbitrary: fc.constantFrom("C", "E", "G").map((letter) => probe(letter)) },
  { weight: 2, arbitrary: fc.nat({ max: 5_000 }).map((size) => probe("B", u32(size))) },
  { weight: 1, arbitrary: fc.nat({ max: 200_000 }).map((size) => probe("B", u32(size))) },
  { weight: 1, arbitrary: fc.nat({ max: 40 }).map((frames) => probe("W", u32(frames))) },
  { weight: 1, arbitrary: fc.constantFrom("P", "T", "D", "M", "N", "O").map((one) => probe(one)) },
);

function calls(letter: string, items: readonly number[]): PluginRequest {
  return probe(letter, ...items.map((at) => callItem((exchanges[at] as Exchange)[0])));
}
type Exchange = (typeof exchanges)[number];

/** Runs requests until one leaves it unusable: every step, and the fuel after it. */
function played(instance: WasmInstance, requests: readonly PluginRequest[]): unknown {
  const told: unknown[] = [];
  for (const one of requests) {
    if (!instance.isUsable) break;
    let step = instance.begin(one);
    told.push(shown(step), instance.fuelUsed());
    while (step.kind === "call") {
      const { kind } = step.call;
      const answer: StorageAnswer | undefined = exchanges.find(([call]) => call.kind === kind)?.[1];
      step = instance.resume(answer ?? { kind: "value", value: latin1Bytes("v") });
      told.push(shown(step), instance.fuelUsed());
    }
  }
  return told;
}

/** A step with its bytes as text: long ones are compared faster so. */
function shown(step: PluginStep): unknown {
  return step.kind === "response" ? Buffer.from(step.data).toString("latin1") : step;
}

/** Memory and globals, as a text that is compared faster than bytes are. */
function state(instance: WasmInstance): string {
  if (!instance.isUsable) return "unusable";
  const none = { memory: new Uint8Array(0), memoryBytes: 0, globals: [] };
  const { memory, memoryBytes, globals } = instance.image() ?? none;
  return `${globals.join()} ${memoryBytes} ${createHash("sha256").update(memory).digest("hex")}`;
}

const small = { ...defaultPluginLimits, fuel: 200_000, depth: 5_000, memoryPages: 8 };

test("after any requests it is, byte for byte, a new one, and answers like one", () => {
  let reused = 0;
  const judge = (before: readonly PluginRequest[], after: readonly PluginRequest[]) => {
    const pool = poolOf(subject);
    const used = made(pool, small);
    played(used, before);
    if (used.isUsable) used.destroy();
    pool.give(used);
    const again = made(pool, small);
    const fresh = made(poolOf(subject), small);
    if (again === used) reused++;
    expect(state(again)).toBe(state(fresh));
    expect(played(again, after)).toEqual(played(fresh, after));
    expect(state(again)).toBe(state(fresh));
  };
  const requests = fc.array(request, { maxLength: 6 });
  fc.assert(fc.property(requests, requests, judge), { numRuns: 60 });
  expect(reused).toBeGreaterThan(12);
});
