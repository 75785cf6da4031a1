/**
 * Frames and modules with damage: a value, never an error of the host's own. To add a way to do
 * damage, extend `damaged`. `npm test` does a tenth of it; HOSTILE=full does 100,000 frames and
 * 10,000 modules: `HOSTILE=full npx vitest run plugins/host/hostile/mutations.test.ts`.
 */
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { concatBytes, latin1Bytes } from "../../../sim/bytes.ts";
import {
  defaultPluginLimits,
  type PluginInstance,
  type PluginStep,
  type PreparedPlugin,
} from "../../api.ts";
import { FrameError, FrameReader } from "../frame-bytes.ts";
import { encodeAnswer, operationCodes, readCall, readError } from "../frames.ts";
import { errors, exchanges } from "../testing/contract-cases.ts";
import { callItem, probe, u32 } from "../testing/probe-requests.ts";
import { wasmProbe } from "../testing/probe-wasm.ts";
import { describeWasm } from "../wasm/description.ts";
import { prepareWasm } from "../wasm/preparation.ts";

const share = process.env["HOSTILE"] === "full" ? 10 : 1;
const timeoutMs = 60_000 * share;
const limits = { ...defaultPluginLimits, fuel: 200_000, memoryPages: 32 };

let module: Uint8Array = new Uint8Array(0);
let plugin: PluginInstance;
beforeAll(async () => {
  module = await wasmProbe();
  plugin = instantiated(await prepareWasm(module, null));
});

function instantiated(prepared: PreparedPlugin | { readonly reason: string }): PluginInstance {
  if (!("kind" in prepared)) throw new Error(prepared.reason);
  const loaded = prepared.instantiate(limits);
  if (loaded.kind !== "loaded") throw new Error(loaded.text);
  return loaded.plugin;
}

type Damage = readonly [place: number, kind: number, value: number];
const damages: fc.Arbitrary<readonly Damage[]> = fc.array(
  fc.tuple(fc.nat(), fc.nat({ max: 4 }), fc.nat({ max: 255 })),
  { minLength: 1, maxLength: 3 },
);

/** Mostly a single bit or byte: more seldom leaves a module that is admitted. */
const slight: fc.Arbitrary<readonly Damage[]> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(fc.nat(), fc.nat({ max: 1 }), fc.nat({ max: 255 })).map((one) => [one]),
  },
  { weight: 1, arbitrary: damages },
);

/** A bit turned, a byte set, cut off, a byte more, or four bytes of 0xff as lengths have. */
function damaged(bytes: Uint8Array, list: readonly Damage[]): Uint8Array {
  return list.reduce((whole, [place, kind, value]) => {
    const at = place % (whole.length + 1);
    const changed = new Uint8Array(whole);
    if (kind === 0 && at < changed.length) changed[at] = (changed[at] ?? 0) ^ (1 << (value % 8));
    if (kind === 1 && at < changed.length) changed[at] = value;
    if (kind === 2) return changed.subarray(0, at);
    if (kind === 3) {
      return concatBytes([changed.subarray(0, at), Uint8Array.of(value), changed.subarray(at)]);
    }
    if (kind === 4) changed.fill(0xff, at, at + 4);
    return changed;
  }, bytes);
}

const codes = Object.values(operationCodes);
const callFrames = exchanges.map(([call]) => callItem(call).subarray(5));
const errorFrames = errors.map((error) => encodeAnswer({ kind: "error", error }).subarray(1));
const frames = [...callFrames, ...errorFrames];

test(
  "a damaged frame is a call, an error, or a FrameError",
  () => {
    let read = 0;
    let refused = 0;
    const attempt = (action: () => unknown) => {
      try {
        action();
        read += 1;
      } catch (error) {
        if (!(error instanceof FrameError)) throw error;
        refused += 1;
      }
    };
    const judge = (index: number, list: readonly Damage[]) => {
      const bytes = Buffer.from(damaged(frames[index % frames.length] as Uint8Array, list));
      for (const code of codes) attempt(() => readCall(code, new FrameReader(bytes)));
      attempt(() => readError(new FrameReader(bytes)));
    };
    fc.assert(fc.property(fc.nat(), damages, judge), { numRuns: 5_000 * share, seed: 1 });
    expect(Math.min(read, refused)).toBeGreaterThan(1_000);
  },
  timeoutMs,
);

test(
  "a plugin that makes a damaged call gets to its end, and answers on",
  () => {
    const kinds = new Map<string, number>();
    const judge = (index: number, list: readonly Damage[]) => {
      const [call, answer] = exchanges[index % exchanges.length] as (typeof exchanges)[number];
      const frame = damaged(callItem(call).subarray(5), list);
      const item = concatBytes([
        Uint8Array.of(operationCodes[call.kind]),
        u32(frame.length),
        frame,
      ]);
      const run = plugin.start(probe("S", item));
      let step: PluginStep = run.step(null);
      while (step.kind === "call") step = run.step(answer);
      kinds.set(step.kind, (kinds.get(step.kind) ?? 0) + 1);
      run.drop();
    };
    fc.assert(fc.property(fc.nat(), damages, judge), { numRuns: 5_000 * share, seed: 2 });
    expect([...kinds.keys()].sort()).toEqual(["response", "trap"]);
    expect(plugin.start(probe("B", u32(1))).step(null).kind).toBe("response");
  },
  timeoutMs,
);

test(
  "a damaged module is refused or described; one in twenty of the described is run",
  async () => {
    const admitted: Uint8Array[] = [];
    const judge = (list: readonly Damage[]) => {
      const bytes = damaged(module, list);
      const { problem, info } = describeWasm(bytes);
      expect(problem === null).toBe(info !== null);
      if (problem === null) admitted.push(bytes);
    };
    fc.assert(fc.property(slight, judge), { numRuns: 1_000 * share, seed: 3 });
    expect(admitted.length).toBeGreaterThan(50);
    const kinds = new Set<string>();
    for (const bytes of admitted.filter((_, at) => at % 20 === 0)) {
      const prepared = await prepareWasm(bytes, null);
      if (!("kind" in prepared)) throw new Error(prepared.reason);
      const loaded = prepared.instantiate(limits);
      if (loaded.kind !== "loaded") continue;
      for (const command of ["E", "C", "L", "D", "B\x01\0\0\0"]) {
        const run = loaded.plugin.start({ ranges: [], data: latin1Bytes(command) });
        kinds.add(run.step(null).kind);
        run.drop();
      }
    }
    expect(kinds.size).toBeGreaterThan(1);
  },
  timeoutMs,
);
