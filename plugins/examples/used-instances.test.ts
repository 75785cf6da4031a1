/**
 * The example plugins in wasm, good and bad, on instances that served other requests in an earlier
 * load: they answer as in an instance that is new. To add a plugin, name its variants and what it
 * may be asked.
 */
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { latin1Bytes } from "../../sim/bytes.ts";
import { defaultPluginLimits, type PluginInstance, type PreparedPlugin } from "../api.ts";
import { aggregateNames, encodeRequest as aggregateRequest } from "./aggregate/codec.ts";
import { encodeRequest as nGramRequest } from "./n-gram/codec.ts";
import { indexRanges, rowsOf } from "./n-gram/rows.ts";
import { type PlainRun, preparedExample, runOnRows } from "./testing/plain-storage.ts";

const text = fc
  .string({ unit: fc.constantFrom("a", "a", "B", "\xff"), maxLength: 8 })
  .map(latin1Bytes);
const name = fc.record({
  document: fc.constantFrom("a", "ab", "b"),
  version: fc.bigInt({ min: 1n, max: 3n }),
});
const anyBytes = fc.uint8Array({ maxLength: 12 });

const aggregateData = fc
  .record({
    wants: fc.subarray([...aggregateNames], { minLength: 1 }),
    order: fc.constantFrom("largest" as const, "smallest" as const),
    top: fc.nat({ max: 5 }),
    keyPrefix: fc.constantFrom("", "t/"),
  })
  .map(aggregateRequest);
const nGramData = fc.oneof(
  text.map((query) => nGramRequest({ kind: "search", index: "t", mode: "any", query })),
  fc
    .tuple(name, text)
    .map(([one, own]) => nGramRequest({ kind: "put", index: "t", ...one, text: own })),
  name.map((one) => nGramRequest({ kind: "remove", index: "t", ...one })),
  fc.constant(nGramRequest({ kind: "stale", index: "t" })),
);

const subjects: readonly (readonly [folder: string, data: fc.Arbitrary<Uint8Array>])[] = [
  ["aggregate/good", aggregateData],
  ["aggregate/bad-average-of-averages", aggregateData],
  ["aggregate/bad-swallowed-error", aggregateData],
  ["aggregate/bad-panic-on-short-request", aggregateData],
  ["n-gram/good", nGramData],
  ["n-gram/bad-region-local-idf", nGramData],
  ["n-gram/bad-swallowed-error", nGramData],
  ["n-gram/bad-panic-on-short-text", nGramData],
  ["n-gram/bad-writes-outside", nGramData],
  ["n-gram/bad-bumps-version", nGramData],
];

/** Requests to one load of a plugin: data, what is stored, and from which call on all fail. */
type Session = readonly (readonly [Uint8Array, readonly Stored[], number])[];
type Stored = readonly [{ document: string; version: bigint }, Uint8Array];

function loaded(prepared: PreparedPlugin): PluginInstance {
  const made = prepared.instantiate(defaultPluginLimits);
  if (made.kind !== "loaded") throw new Error(made.text);
  return made.plugin;
}

function played(plugin: PluginInstance, session: Session): readonly PlainRun[] {
  return session.map(([data, stored, failsFrom]) => {
    const rows = new Map(stored.flatMap(([one, own]) => [...rowsOf("t", one, own)]));
    return runOnRows(plugin, { ranges: indexRanges("t"), data }, rows, failsFrom);
  });
}

for (const [folder, data] of subjects) {
  test(`${folder} answers in a used instance as in a new one`, { timeout: 240_000 }, async () => {
    const at = join(import.meta.dirname, folder);
    const [reusing, renewing] = [await preparedExample(at), await preparedExample(at)];
    const request = fc.tuple(
      fc.oneof({ weight: 5, arbitrary: data }, { weight: 1, arbitrary: anyBytes }),
      fc.array(fc.tuple(name, text), { maxLength: 4 }),
      fc.constantFrom(99, 99, 99, 0, 1),
    );
    const session = fc.array(request, { maxLength: 4 });
    const judge = (before: Session, after: Session) => {
      const former = loaded(reusing);
      played(former, before);
      former.destroy();
      // What is never destroyed is never used again.
      const again = loaded(reusing);
      expect(played(again, after)).toEqual(played(loaded(renewing), after));
      again.destroy();
    };
    fc.assert(fc.property(session, session, judge), { numRuns: 30 });
  });
}
