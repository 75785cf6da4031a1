/**
 * One plugin in two languages: the aggregate as a script against the one in this process. To add a
 * kind of request, give `requestBytes` an arbitrary.
 */
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { hex } from "../../../sim/bytes.ts";
import {
  defaultPluginLimits,
  type KvPair,
  type PluginInstance,
  type PluginRequest,
  type PreparedPlugin,
  type StorageAnswer,
} from "../../api.ts";
import { readArtefact } from "../../artefact/artefact-file.ts";
import { prepareArtefact } from "../../artefact/preparation.ts";
import { aggregateNames, encodeRequest } from "../../examples/aggregate/codec.ts";
import { aggregatePlugin } from "../../examples/aggregate/good-inprocess/plugin.ts";

const source = join(import.meta.dirname, "../../sdk/typescript/example/aggregate.ts");

const key = fc.string({ unit: fc.constantFrom("a", "b", "\xff", "\x00"), maxLength: 3 });
const value = fc.oneof(
  { weight: 9, arbitrary: fc.uint8Array({ minLength: 8, maxLength: 8 }) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 9 }) },
);
const rows = fc
  .array(fc.tuple(key, value), { maxLength: 12 })
  .map((pairs) => [...new Map(pairs)].map(([name, content]) => ({ key: name, value: content })));
const ranges = fc.array(fc.record({ start: key, end: key }), { maxLength: 4 });
const request = fc.record({
  wants: fc.subarray([...aggregateNames], { minLength: 1 }),
  order: fc.constantFrom("largest" as const, "smallest" as const),
  top: fc.oneof(fc.nat({ max: 4 }), fc.constant(1000)),
  keyPrefix: fc.oneof(fc.constant(""), key),
});
const requestBytes = fc.oneof(
  { weight: 6, arbitrary: request.map(encodeRequest) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 12 }) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(request.map(encodeRequest), fc.nat({ max: 12 }))
      .map(([whole, length]) => whole.subarray(0, length)),
  },
);

test("the aggregate as a script gives equal bytes and calls for 1,000 requests", async () => {
  const { bytes } = await readArtefact(source);
  const prepared = await prepareArtefact(bytes, { kind: "javascript", cacheFolder: null });
  if (prepared.kind === "broken") throw new Error(prepared.reason);
  expect(prepared.info).toEqual(aggregatePlugin.info);
  const [script, twin] = [load(prepared), load(aggregatePlugin)];
  const ends = { response: 0, error: 0 };
  const judge = (
    data: Uint8Array,
    over: PluginRequest["ranges"],
    pairs: KvPair[],
    fail: number,
  ) => {
    const asked = { ranges: over, data };
    const found = told(script, asked, pairs, fail);
    expect(found).toEqual(told(twin, asked, pairs, fail));
    const end = found.at(-1) ?? "";
    if (end.startsWith("response")) ends.response += 1;
    if (end.startsWith('{"kind":"error"')) ends.error += 1;
  };
  const failing = fc.oneof(fc.constant(99), fc.nat({ max: 3 }));
  fc.assert(fc.property(requestBytes, ranges, rows, failing, judge), { numRuns: 1000, seed: 1 });
  expect(ends.response).toBeGreaterThan(400);
  expect(ends.error).toBeGreaterThan(50);
});

function load(prepared: PreparedPlugin): PluginInstance {
  const loaded = prepared.instantiate(defaultPluginLimits);
  if (loaded.kind !== "loaded") throw new Error(loaded.text);
  return loaded.plugin;
}

/** The calls and the end of a request as text; scan number `fail` is answered by an error. */
function told(
  plugin: PluginInstance,
  asked: PluginRequest,
  pairs: readonly KvPair[],
  fail: number,
): readonly string[] {
  const run = plugin.start(asked);
  const lines: string[] = [];
  let step = run.step(null);
  while (step.kind === "call") {
    lines.push(JSON.stringify(step.call));
    step = run.step(lines.length > fail ? failed : scan(step.call, pairs));
  }
  lines.push(step.kind === "response" ? `response ${hex(step.data)}` : JSON.stringify(step));
  return lines;
}

const failed: StorageAnswer = {
  kind: "error",
  error: { kind: "other", text: "epoch not match", handle: 5 },
};

function scan(call: { readonly kind: string; readonly range?: unknown }, pairs: readonly KvPair[]) {
  if (call.kind !== "scan") throw new Error(`an aggregate only scans, not ${call.kind}`);
  const { start, end } = call.range as { readonly start: string; readonly end: string };
  const found = pairs.filter((pair) => pair.key >= start && (end === "" || pair.key < end));
  const sorted = [...found].sort((a, b) => (a.key < b.key ? -1 : 1));
  return { kind: "pairs", pairs: sorted } as const;
}
