/**
 * What the injected code counts and keeps: fuel by basic block, depth, memory, float bits. To add
 * a case, write the body of `copr_handle`; it replies the 8 bytes at address 0.
 */
import { describe, expect, test } from "vitest";
import { defaultPluginLimits, type PluginLimits, type PluginStep } from "../../api.ts";
import { type ModuleText, moduleText } from "../testing/module-text.ts";
import { probe } from "../testing/probe-requests.ts";
import { assembleText } from "../testing/probe-wasm.ts";
import { prepareWasm } from "./preparation.ts";

type Ran = { readonly step: PluginStep; readonly fuel: number };

/** Runs one request of a module; storage answers with nothing. */
async function run(parts: ModuleText, limits: Partial<PluginLimits> = {}): Promise<Ran> {
  const prepared = await prepareWasm(await assembleText(moduleText(parts)), null);
  if (!("kind" in prepared)) throw new Error(prepared.reason);
  const loaded = prepared.instantiate({ ...defaultPluginLimits, ...limits });
  if (loaded.kind !== "loaded") return { step: loaded, fuel: 0 };
  const task = loaded.plugin.start(probe("x"));
  let step = task.step(null);
  while (step.kind === "call") step = task.step({ kind: "value", value: null });
  return { step, fuel: task.fuelUsed() };
}

function word({ step }: Ran): string {
  if (step.kind !== "response") throw new Error(JSON.stringify(step));
  return Buffer.from(step.data).readBigUInt64LE().toString(16);
}

const idle = (await run({})).fuel;
const repeat = (times: number, body: string) =>
  `(local $i i32) (local.set $i (i32.const ${times}))
   (loop $again ${body}
     (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))`;

describe("fuel", () => {
  test("straight code pays for its instructions", async () => {
    const { fuel } = await run({ handle: "(drop (i32.const 1)) ".repeat(10) });
    expect(fuel - idle).toBe(20);
  });

  test("a loop pays for each pass, not once for all", async () => {
    const once = (await run({ handle: repeat(1, "(drop (i32.const 1))") })).fuel;
    const often = (await run({ handle: repeat(1001, "(drop (i32.const 1))") })).fuel;
    // const, drop, get, const, sub, tee, br_if.
    expect(often - once).toBe(7000);
  });

  test("only the branch that is taken pays", async () => {
    const choice = (taken: number) =>
      `(if (i32.const ${taken}) (then (drop (i32.const 1))) (else ${"(nop) ".repeat(50)}))`;
    expect((await run({ handle: choice(1) })).fuel - idle).toBe(4);
    expect((await run({ handle: choice(0) })).fuel - idle).toBe(52);
  });

  test("bulk memory pays a unit for 16 bytes, growth 1,000", async () => {
    const fill = (bytes: number) =>
      run({ handle: `(memory.fill (i32.const 0) (i32.const 0) (i32.const ${bytes}))` });
    expect((await fill(65_536)).fuel - (await fill(0)).fuel).toBe(4096);
    const grow = await run({ handle: "(drop (memory.grow (i32.const 1)))" });
    expect(grow.fuel - idle).toBe(1003);
  });

  test("a huge bulk operation is ended before it is done", async () => {
    const handle = "(memory.fill (i32.const 0) (i32.const 0) (i32.const -1))";
    expect((await run({ handle }, { fuel: 1000 })).step).toMatchObject({ reason: "fuel" });
  });

  test("suspension costs what the call costs, whatever the depth of the stack", async () => {
    const fields = `(func $deep (param $n i32)
      (if (local.get $n)
        (then (call $deep (i32.sub (local.get $n) (i32.const 1))))
        (else (drop (call $storage (i32.const 1) (i32.const 8) (i32.const 4))))))`;
    const cost = async (n: number) =>
      (await run({ fields, handle: `(call $deep (i32.const ${n}))` })).fuel;
    const [zero, one, hundred] = [await cost(0), await cost(1), await cost(100)];
    expect(hundred - zero).toBe(100 * (one - zero));
  });
});

describe("depth", () => {
  const leave = `(func $f (param $n i32) (result i32)
    (block $out (block $in
      (br_table $out $in 2 (i32.and (local.get $n) (i32.const 3))))
      (return (i32.const 1)))
    (if (i32.eqz (i32.const 1)) (then (drop (call $f (i32.const 0)))))
    (i32.const 2))`;

  test("every way out of a function gives its depth back", async () => {
    const fields = leave.replace("2 (i32.and", "$in (i32.and");
    const handle = repeat(100_000, "(drop (call $f (local.get $i)))");
    expect((await run({ fields, handle })).step.kind).toBe("response");
  });

  test("a branch out of the body gives it back too", async () => {
    const fields = `(func $f (param $n i32) (result i32)
      (br_if 0 (i32.const 7) (local.get $n))
      (drop) (if (i32.eqz (i32.const 1)) (then (drop (call $f (i32.const 0)))))
      (i32.const 2))`;
    const handle = repeat(100_000, "(drop (call $f (i32.and (local.get $i) (i32.const 1))))");
    expect((await run({ fields, handle })).step.kind).toBe("response");
  });

  test("recursion ends at a number of frames that the limit and the locals give", async () => {
    const frames = async (locals: number, depth: number) => {
      const names = Array.from({ length: locals }, (_, at) => `(local $l${at} i64)`).join(" ");
      const fields = `(global $n (mut i32) (i32.const 0))
        (func $f ${names} (global.set $n (i32.add (global.get $n) (i32.const 1))) (call $f))`;
      const { fuel } = await run({ fields, handle: "(call $f)" }, { depth });
      return fuel;
    };
    const [few, twice, heavy] = [
      await frames(0, 10_000),
      await frames(0, 20_000),
      await frames(42, 10_000),
    ];
    expect(twice / few).toBeCloseTo(2, 1);
    // 20 a frame against 104.
    expect(few / heavy).toBeCloseTo(104 / 20, 0);
  });

  test("a stack too large to suspend is a depth trap, and the host lives", async () => {
    const names = Array.from({ length: 40 }, (_, at) => `$l${at}`);
    const set = (name: string, at: number) =>
      `(local.set ${name} (i64.mul (local.get $n) (i64.const ${at + 3})))`;
    const use = (name: string) => `(local.set $n (i64.xor (local.get $n) (local.get ${name})))`;
    const fields = `(func $deep (param $n i64) (result i64)
      ${names.map((name) => `(local ${name} i64)`).join(" ")}
      ${names.map(set).join("\n")}
      (if (i64.eqz (local.get $n))
        (then (drop (call $storage (i32.const 1) (i32.const 8) (i32.const 4))))
        (else (local.set $n (call $deep (i64.sub (local.get $n) (i64.const 1))))))
      ${names.map(use).join("\n")}
      (local.get $n))`;
    const deep = (n: number) => run({ fields, handle: `(drop (call $deep (i64.const ${n})))` });
    expect((await deep(50)).step.kind).toBe("response");
    const text = "calls nested too deep to suspend";
    expect((await deep(700)).step).toEqual({ kind: "trap", reason: "depth", text });
  });
});

describe("memory", () => {
  test("the host's pages behind it stay hidden", async () => {
    const handle = `(i32.store (i32.const 0) (memory.size))
      (i32.store (i32.const 4) (memory.grow (i32.const 3)))`;
    expect(word(await run({ handle }))).toBe("100000001");
  });

  test("growth beyond the limit or the module's own maximum is refused", async () => {
    const handle = `(i32.store (i32.const 0) (memory.grow (i32.const 3)))
      (i32.store (i32.const 4) (memory.grow (i32.const -1)))`;
    expect(word(await run({ handle }, { memoryPages: 4 }))).toBe("ffffffff00000001");
    expect(word(await run({ handle }, { memoryPages: 3 }))).toBe("ffffffffffffffff");
    const memory = '(memory (export "memory") 1 3)';
    expect(word(await run({ memory, handle }))).toBe("ffffffffffffffff");
  });

  test("a trap after a refused growth is for want of memory", async () => {
    const handle = "(drop (memory.grow (i32.const 5000))) (unreachable)";
    expect((await run({ handle })).step).toMatchObject({ kind: "trap", reason: "memory" });
    expect((await run({ handle: "(unreachable)" })).step).toMatchObject({ reason: "trap" });
  });

  test("a growth refused to an earlier request says nothing of a later trap", async () => {
    const handle = `(if (i32.load (i32.const 400)) (then (unreachable)))
      (i32.store (i32.const 400) (i32.const 1)) (drop (memory.grow (i32.const 5000)))`;
    const prepared = await prepareWasm(await assembleText(moduleText({ handle })), null);
    const loaded = "kind" in prepared ? prepared.instantiate(defaultPluginLimits) : null;
    if (loaded?.kind !== "loaded") throw new Error("not loaded");
    const ends = [1, 2].map(() => loaded.plugin.start(probe("x")).step(null));
    expect(ends).toMatchObject([{ kind: "response" }, { kind: "trap", reason: "trap" }]);
  });

  test("a node with less memory than the module begins with cannot load it", async () => {
    const { step } = await run({ memory: '(memory (export "memory") 9)' }, { memoryPages: 8 });
    expect(step).toMatchObject({ kind: "trap", reason: "memory" });
  });
});

describe("floats", () => {
  // Operands come from memory, so that no compiler computes the result beforehand.
  const bits = async (result: string, low = "0", high = "0") => {
    const handle = `(i64.store (i32.const 200) (i64.const ${low}))
      (i64.store (i32.const 208) (i64.const ${high}))
      ${result}`;
    return word(await run({ handle }));
  };
  const a = "(f64.load (i32.const 200))";
  const b = "(f64.load (i32.const 208))";
  const oddNan = "0xfff80000deadbeef";
  const cases: readonly (readonly [string, string, string, string])[] = [
    ["0 / 0", `(f64.div ${a} ${b})`, "0", "0"],
    ["sqrt(-1)", `(f64.sqrt ${a})`, "0xbff0000000000000", "0"],
    ["NaN + 1", `(f64.add ${a} ${b})`, oddNan, "0x3ff0000000000000"],
    ["min(1, NaN)", `(f64.min ${b} ${a})`, oddNan, "0x3ff0000000000000"],
    ["floor(NaN)", `(f64.floor ${a})`, oddNan, "0"],
    ["infinity - infinity", `(f64.sub ${a} ${b})`, "0x7ff0000000000000", "0x7ff0000000000000"],
    ["demoted and promoted", `(f64.promote_f32 (f32.demote_f64 ${a}))`, oddNan, "0"],
  ];
  for (const [name, expression, low, high] of cases) {
    test(`${name} is the canonical NaN`, async () => {
      const found = await bits(`(f64.store (i32.const 0) ${expression})`, low, high);
      expect(found).toBe("7ff8000000000000");
    });
  }

  test("0 / 0 in 32 bits is the canonical NaN", async () => {
    const operand = "(f32.load (i32.const 200))";
    const store = `(f32.store (i32.const 0) (f32.div ${operand} ${operand}))`;
    expect(await bits(store)).toBe("7fc00000");
  });

  test("numbers, signs of zero and bits that are only moved stay as they are", async () => {
    const sum = await bits(
      `(f64.store (i32.const 0) (f64.add ${a} ${b}))`,
      "0x3ff8000000000000",
      "0x4004000000000000",
    );
    expect(sum).toBe("4010000000000000");
    expect(await bits(`(f64.store (i32.const 0) (f64.neg ${a}))`)).toBe("8000000000000000");
    expect(await bits(`(f64.store (i32.const 0) ${a})`, oddNan)).toBe("fff80000deadbeef");
  });
});
