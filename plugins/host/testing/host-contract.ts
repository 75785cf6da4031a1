/**
 * What every plugin host must do, as one suite that each host runs with the probe
 * (`probe-requests.ts`). To add a case, give the probe a command and add a test here.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { concatBytes, latin1Bytes } from "../../../sim/bytes.ts";
import {
  defaultPluginLimits,
  type PluginInstance,
  type PluginLimits,
  type PreparedPlugin,
  type StorageAnswer,
} from "../../api.ts";
import { answerSize, encodeAnswer } from "../frames.ts";
import { errors, exchanges, expectSame, type Load } from "./contract-cases.ts";
import { confinementContract, limitsContract } from "./limits-contract.ts";
import { callItem, probe, u32 } from "./probe-requests.ts";
import { suspensionContract } from "./suspension-contract.ts";

/** A host with its probe. */
export type HostUnderTest = {
  readonly name: string;
  readonly prepare: () => Promise<PreparedPlugin>;
  /** False for a host of trusted code: it cannot end a loop, recursion or greed for memory. */
  readonly confines: boolean;
};

/** Registers the suite for one host. */
export function hostContract(host: HostUnderTest): void {
  describe(host.name, () => {
    let prepared: PreparedPlugin;
    beforeAll(async () => {
      prepared = await host.prepare();
    }, 120_000);
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
    expect(step.kind).toBe("panic");
    // An SDK may add the place.
    expect("text" in step && step.text).toMatch(/^index 7 of 3(?: at [\w/.-]+:\d+:\d+)?$/);
    expect(plugin.start(probe("B", u32(1))).step(null).kind).toBe("response");
  });
}

function loaded(prepared: PreparedPlugin, limits: Partial<PluginLimits>): PluginInstance {
  const result = prepared.instantiate({ ...defaultPluginLimits, ...limits });
  if (result.kind !== "loaded") throw new Error(`${result.kind}: ${result.text}`);
  return result.plugin;
}
