/**
 * What every plugin host must do, as one suite that each host runs with the probe
 * (`probe-requests.ts`). To add a case, give the probe a command and add a test here.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { concatBytes, hex, latin1Bytes } from "../../../sim/bytes.ts";
import {
  defaultPluginLimits,
  type PluginError,
  type PluginInstance,
  type PluginLimits,
  type PluginRun,
  type PluginStep,
  type PreparedPlugin,
  type StorageAnswer,
  type StorageCall,
} from "../../api.ts";
import { answerSize, encodeAnswer } from "../frames.ts";
import { callItem, probe, u32 } from "./probe-requests.ts";

/** A host with its probe. */
export type HostUnderTest = {
  readonly name: string;
  readonly prepare: () => Promise<PreparedPlugin>;
  /** False for a host of trusted code: it cannot end a loop, recursion or greed for memory. */
  readonly confines: boolean;
};

const value = latin1Bytes("\x00v\xff");
/** Every storage call with an answer of its kind, among them the odd bytes. */
const exchanges: readonly (readonly [StorageCall, StorageAnswer])[] = [
  [
    { kind: "get", key: "a\x00\xff" },
    { kind: "value", value },
  ],
  [
    { kind: "get", key: "" },
    { kind: "value", value: null },
  ],
  [
    { kind: "get", key: "e" },
    { kind: "value", value: new Uint8Array(0) },
  ],
  [
    { kind: "batchGet", keys: ["a", "b\xfe"] },
    { kind: "pairs", pairs: [{ key: "a", value }] },
  ],
  [
    { kind: "batchGet", keys: [] },
    { kind: "pairs", pairs: [] },
  ],
  [
    { kind: "scan", range: { start: "a", end: "" } },
    {
      kind: "pairs",
      pairs: [
        { key: "", value: new Uint8Array(0) },
        { key: "k".repeat(300), value },
      ],
    },
  ],
  [{ kind: "put", key: "k", value }, { kind: "done" }],
  [
    {
      kind: "batchPut",
      pairs: [
        { key: "k", value },
        { key: "", value },
      ],
    },
    { kind: "done" },
  ],
  [{ kind: "delete", key: "k" }, { kind: "done" }],
  [{ kind: "batchDelete", keys: ["k", "l"] }, { kind: "done" }],
  [{ kind: "deleteRange", range: { start: "", end: "z" } }, { kind: "done" }],
];

/** Bytes are bytes, whether a Buffer or not. */
function plain(item: unknown): unknown {
  if (item instanceof Uint8Array) return `0x${hex(item)}`;
  if (Array.isArray(item)) return item.map(plain);
  if (typeof item !== "object" || item === null) return item;
  return Object.fromEntries(Object.entries(item).map(([name, field]) => [name, plain(field)]));
}

function expectSame(found: unknown, wanted: unknown): void {
  expect(plain(found)).toEqual(plain(wanted));
}

/** One error of each class; `other` with a handle stands for a region error. */
const errors: readonly PluginError[] = [
  { kind: "keyNotInRegion", key: "k\x80", regionId: 2 ** 40 + 7, start: "a", end: "" },
  { kind: "timeout", timeoutUs: 1_500_000.25 },
  { kind: "canceled" },
  { kind: "other", text: "epoch not match é", handle: 9 },
];

/** Registers the suite for one host. */
export function hostContract(host: HostUnderTest): void {
  describe(host.name, () => {
    let prepared: PreparedPlugin;
    beforeAll(async () => {
      prepared = await host.prepare();
    });
    const load = (limits: Partial<PluginLimits> = {}) => loaded(prepared, limits);
    answersContract(load);
    errorsContract(load);
    suspensionContract(load);
    limitsContract(load);
    if (host.confines) confinementContract(load);

    test("says who it is and what it was built with", () => {
      expectSame(prepared.info, { name: "probe", version: "1.0.0" });
      expect(prepared.build.apiVersion).toBe("0.1.0");
      expect(prepared.hash).toMatch(/^[0-9a-f]{64}$/);
      expectSame(load().info, prepared.info);
    });
  });
}

type Load = (limits?: Partial<PluginLimits>) => PluginInstance;

function answersContract(load: Load): void {
  test("a request reaches the plugin byte for byte", () => {
    const ranges = [
      { start: "a\xff", end: "" },
      { start: "", end: "\x00" },
    ];
    const step = load()
      .start({ ranges, data: latin1Bytes("E\x01") })
      .step(null);
    const frame = "\x02\0\0\0\x02\0\0\0a\xff\0\0\0\0\0\0\0\0\x01\0\0\0\x00\x02\0\0\0E\x01";
    expectSame(step, { kind: "response", data: latin1Bytes(frame) });
  });

  test("each storage call comes out as it was made and its answer goes in", () => {
    const plugin = load();
    for (const [call, answer] of exchanges) {
      const run = plugin.start(probe("S", callItem(call)));
      expectSame(run.step(null), { kind: "call", call });
      expectSame(run.step(answer), { kind: "response", data: encodeAnswer(answer) });
    }
  });

  test("many calls in one request, in order", () => {
    const run = load().start(probe("S", ...exchanges.map(([call]) => callItem(call))));
    let step = run.step(null);
    for (const [call, answer] of exchanges) {
      expectSame(step, { kind: "call", call });
      step = run.step(answer);
    }
    const data = concatBytes(exchanges.map(([, answer]) => encodeAnswer(answer)));
    expectSame(step, { kind: "response", data });
  });

  test("an answer larger than the plugin's first memory", () => {
    const answer: StorageAnswer = { kind: "value", value: new Uint8Array(300_000).fill(7) };
    const run = load().start(probe("S", callItem({ kind: "get", key: "k" })));
    run.step(null);
    const step = run.step(answer);
    expect(step.kind === "response" && step.data.length).toBe(answerSize(answer));
    expect(step.kind === "response" && step.data.at(-1)).toBe(7);
  });

  test("requests one after another share statics; nodes do not", () => {
    const [plugin, other] = [load(), load()];
    const count = (on: PluginInstance) => on.start(probe("C")).step(null);
    expectSame(
      [count(plugin), count(plugin), count(other)],
      [1, 2, 1].map((n) => ({ kind: "response", data: u32(n) })),
    );
  });
}

function errorsContract(load: Load): void {
  test("a storage error returned untouched keeps class, fields and handle", () => {
    const plugin = load();
    for (const error of errors) {
      const run = plugin.start(probe("S", callItem({ kind: "get", key: "k" })));
      run.step(null);
      expectSame(run.step({ kind: "error", error }), { kind: "error", error });
    }
  });

  test("an error made anew has handle 0", () => {
    const run = load().start(probe("A", callItem({ kind: "get", key: "k" })));
    run.step(null);
    const step = run.step({ kind: "error", error: { kind: "other", text: "x", handle: 9 } });
    expectSame(step, { kind: "error", error: { kind: "other", text: "again", handle: 0 } });
  });

  test("a handle that the request was never given is 0", () => {
    const plugin = load();
    const run = plugin.start(probe("S", callItem({ kind: "get", key: "k" })));
    run.step(null);
    run.step({ kind: "error", error: { kind: "other", text: "x", handle: 77 } });
    const step = plugin.start(probe("G")).step(null);
    expectSame(step, { kind: "error", error: { kind: "other", text: "forged", handle: 0 } });
  });

  test("a panic gives its text, and the plugin answers on", () => {
    const plugin = load();
    const step = plugin.start(probe("P", latin1Bytes("index 7 of 3"))).step(null);
    expectSame(step, { kind: "panic", text: "index 7 of 3" });
    expect(plugin.start(probe("B", u32(1))).step(null).kind).toBe("response");
  });
}

function suspensionContract(load: Load): void {
  test("1,000 requests are suspended at once and end in any order", () => {
    const plugin = load();
    const calls = [0, 1, 2].map((at) => ({ kind: "get", key: `k${at}` }) as const);
    const runs = Array.from({ length: 1000 }, () =>
      plugin.start(probe("S", ...calls.map((call) => callItem(call)))),
    );
    const ends: PluginStep[] = [];
    for (const run of runs) expectSame(run.step(null), { kind: "call", call: calls[0] });
    for (let round = 0; round < 3; round++) {
      // 7 and 1,000 have no common divisor: each run once, in a scattered order.
      for (let turn = 0; turn < 1000; turn++) {
        const index = (turn * 7 + round * 13) % 1000;
        const step = (runs[index] as PluginRun).step({ kind: "value", value: u32(index + round) });
        if (round === 2) ends[index] = step;
        else expectSame(step, { kind: "call", call: calls[round + 1] });
      }
    }
    for (const [index, end] of ends.entries()) {
      const answers = [0, 1, 2].map((round) =>
        encodeAnswer({ kind: "value", value: u32(index + round) }),
      );
      expectSame(end, { kind: "response", data: concatBytes(answers) });
    }
  });

  test("a request that is dropped leaves the others alone", () => {
    const plugin = load();
    const item = callItem({ kind: "get", key: "k" });
    const [kept, dropped, unstarted] = [0, 1, 2].map(() => plugin.start(probe("S", item)));
    kept?.step(null);
    dropped?.step(null);
    dropped?.drop();
    unstarted?.drop();
    expectSame(kept?.step({ kind: "done" }), { kind: "response", data: Uint8Array.of(0) });
    expect(plugin.start(probe("B", u32(2))).step(null).kind).toBe("response");
    kept?.drop();
    plugin.destroy();
  });

  test("a new request takes a free place between running ones", () => {
    const plugin = load();
    const start = (at: number) => {
      const run = plugin.start(probe("S", callItem({ kind: "get", key: `k${at}` })));
      expectSame(run.step(null), { kind: "call", call: { kind: "get", key: `k${at}` } });
      return run;
    };
    const finish = (run: PluginRun | undefined, at: number) => {
      const answer = { kind: "value", value: u32(at) } as const;
      expectSame(run?.step(answer), { kind: "response", data: encodeAnswer(answer) });
    };
    const runs = [0, 1, 2].map(start);
    finish(runs[0], 0);
    runs.push(start(3), start(4));
    for (const at of [4, 1, 3, 2]) finish(runs[at], at);
  });

  test("fuel is counted, the same each time", () => {
    const used = () => {
      const run = load().start(probe("S", ...exchanges.map(([call]) => callItem(call))));
      const fuel = [run.fuelUsed()];
      run.step(null);
      for (const [, answer] of exchanges) {
        fuel.push(run.fuelUsed());
        run.step(answer);
      }
      return [...fuel, run.fuelUsed()];
    };
    const fuel = used();
    expectSame(used(), fuel);
    for (let at = 1; at < fuel.length; at++) {
      expect(fuel[at]).toBeGreaterThan(fuel[at - 1] as number);
    }
  });
}

function limitsContract(load: Load): void {
  const reasonOf = (limits: Partial<PluginLimits>, command: string, ...parts: Uint8Array[]) =>
    reasonOn(load(limits), command, ...parts);

  test("fuel", () => {
    expect(reasonOf({ fuel: 50_000, storageCalls: 1e9 }, "F")).toBe("fuel");
  });

  test("bytes that the host moves cost fuel", () => {
    const fuel = (bytes: number) => {
      const run = load().start(probe("C", new Uint8Array(bytes)));
      expect(run.step(null).kind).toBe("response");
      return run.fuelUsed();
    };
    expect(fuel(160_000) - fuel(0)).toBeGreaterThanOrEqual(10_000);
  });

  test("storage calls", () => {
    const items = [1, 2, 3].map(() => callItem({ kind: "get", key: "k" }));
    expect(reasonOf({ storageCalls: 2 }, "S", ...items)).toBe("storageCalls");
    expect(reasonOf({ storageCalls: 3 }, "S", ...items)).toBe("response");
  });

  test("scanned bytes", () => {
    const items = [1, 2, 3].map(() => callItem({ kind: "get", key: "k" }));
    expect(reasonOf({ scannedBytes: 8 }, "S", ...items)).toBe("scannedBytes");
    expect(reasonOf({ scannedBytes: 9 }, "S", ...items)).toBe("response");
  });

  test("limits are each request's own", () => {
    const plugin = load({ storageCalls: 3, scannedBytes: 9 });
    const items = [1, 2, 3].map(() => callItem({ kind: "get", key: "k" }));
    for (let turn = 0; turn < 3; turn++) expect(reasonOn(plugin, "S", ...items)).toBe("response");
  });

  test("response bytes", () => {
    expect(reasonOf({ responseBytes: 99 }, "B", u32(100))).toBe("responseBytes");
    expect(reasonOf({ responseBytes: 100 }, "B", u32(100))).toBe("response");
  });

  test("a plugin answers on after a trap", () => {
    const plugin = load({ responseBytes: 10 });
    expect(reasonOn(plugin, "B", u32(100))).toBe("responseBytes");
    expect(reasonOn(plugin, "B", u32(10))).toBe("response");
  });
}

/** Runs to the end; get answers are three bytes. The trap's reason, or the last step's kind. */
function reasonOn(plugin: PluginInstance, command: string, ...parts: Uint8Array[]): string {
  const run = plugin.start(probe(command, ...parts));
  let step = run.step(null);
  while (step.kind === "call") step = run.step({ kind: "value", value });
  return step.kind === "trap" ? step.reason : step.kind;
}

function confinementContract(load: Load): void {
  const cases: readonly (readonly [command: string, reason: string, Partial<PluginLimits>])[] = [
    ["L", "fuel", { fuel: 100_000 }],
    ["Y", "fuel", { fuel: 100_000 }],
    ["D", "depth", {}],
    ["M", "memory", { memoryPages: 8 }],
    ["T", "trap", {}],
    ["N", "protocol", {}],
    ["O", "protocol", {}],
  ];
  for (const [command, reason, limits] of cases) {
    test(`command ${command} ends as ${reason}, twice alike, and the plugin answers on`, () => {
      const plugin = load(limits);
      const end = () => {
        const run = plugin.start(probe(command));
        return [run.step(null), run.fuelUsed()];
      };
      const first = end();
      expect(first[0]).toMatchObject({ kind: "trap", reason });
      expectSame(end(), first);
      expect(reasonOn(plugin, "B", u32(1))).toBe("response");
    });
  }

  test("the reply of an earlier request is not a later one's", () => {
    const plugin = load();
    expect(reasonOn(plugin, "B", u32(1))).toBe("response");
    expect(reasonOn(plugin, "N")).toBe("protocol");
  });

  test("an unknown storage operation and a frame too short are protocol traps", () => {
    const plugin = load();
    const unknown = Uint8Array.of(99, 0, 0, 0, 0);
    expect(reasonOn(plugin, "S", unknown)).toBe("protocol");
    expect(reasonOn(plugin, "S", Uint8Array.of(1, 4, 0, 0, 0), u32(0xffffffff))).toBe("protocol");
    expect(reasonOn(plugin, "S", Uint8Array.of(2, 4, 0, 0, 0), u32(0xffffffff))).toBe("protocol");
  });

  test("a request is suspended under 3,000 frames and comes back through all of them", () => {
    const run = load().start(probe("W", u32(3000)));
    expect(run.step(null).kind).toBe("call");
    expectSame(run.step({ kind: "value", value: null }), { kind: "response", data: u32(3000) });
  });

  test("memory that grew reads zero, where the host kept a suspended stack too", () => {
    const run = load().start(probe("Z"));
    expect(run.step(null).kind).toBe("call");
    expectSame(run.step({ kind: "value", value }), { kind: "response", data: u32(0) });
  });
}

function loaded(prepared: PreparedPlugin, limits: Partial<PluginLimits>): PluginInstance {
  const result = prepared.instantiate({ ...defaultPluginLimits, ...limits });
  if (result.kind !== "loaded") throw new Error(`${result.kind}: ${result.text}`);
  return result.plugin;
}
