/** The part of the host contract suite about limits, and about guests that must be confined. */
import { expect, test } from "vitest";
import type { PluginInstance, PluginLimits } from "../../api.ts";
import { expectSame, type Load, value } from "./contract-cases.ts";
import { callItem, probe, u32 } from "./probe-requests.ts";

/** Registers the tests of limits that every host keeps. */
export function limitsContract(load: Load): void {
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

/** Registers the tests of hosts that run code that is not trusted. */
export function confinementContract(load: Load): void {
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
