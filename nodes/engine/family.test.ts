/**
 * A family against the plainest model of one, a map, while its values move to memory-level and
 * frozen views are taken. To add an operation, add it to `step` and to the loop.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { latin1Bytes, latin1Text } from "../../sim/bytes.ts";
import type { KvPair } from "./engine.ts";
import { Family, type FamilyView, FrozenFamily, firstPairs, lastPairs } from "./family.ts";
import { type LiveOperation, LiveStore } from "./live-store.ts";

const key = fc.constantFrom("a", "b", "c", "d", "e");
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("put" as const), key }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("delete" as const), key }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("flush" as const), key }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("freeze" as const), key }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("digest" as const), key }) },
);

const shown = (pairs: readonly KvPair[]): string =>
  pairs.map((pair) => `${pair.key}=${latin1Text(pair.value)}`).join(" ");

function check(view: FamilyView, model: ReadonlyMap<string, string>): void {
  const pairs = [...model].sort(([a], [b]) => (a < b ? -1 : 1)).map(([one, v]) => `${one}=${v}`);
  expect(shown(firstPairs(view, "", "", 9))).toBe(pairs.join(" "));
  expect(shown(lastPairs(view, "", "", 2))).toBe(pairs.reverse().slice(0, 2).join(" "));
  for (const one of ["a", "b", "c", "d", "e"]) {
    const value = view.get(one);
    expect(value === undefined ? undefined : latin1Text(value)).toBe(model.get(one));
  }
}

/** The digest of what a family has, however it came about. */
async function digestOf(model: ReadonlyMap<string, string>): Promise<number> {
  const fresh = new Family("default", await openStore());
  for (const [one, value] of model) fresh.put(one, latin1Bytes(value));
  fresh.digestChanges();
  return fresh.index.digest;
}

async function openStore(): Promise<LiveStore> {
  const live = new LiveStore((error) => {
    throw error;
  });
  await live.open();
  return live;
}

test("keys, values and digests are a map's, wherever the values lie", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const live = await openStore();
      const family = new Family("default", live);
      const model = new Map<string, string>();
      const frozen: [FrozenFamily, Map<string, string>][] = [];
      const flush = (): void => {
        const operations: LiveOperation[] = [];
        family.takeChanges(operations);
        live.batch(operations);
        expect(family.changes).toBe(0);
      };
      for (const [at, one] of steps.entries()) {
        if (one.kind === "put") {
          family.put(one.key, latin1Bytes(`${at}`));
          model.set(one.key, `${at}`);
        } else if (one.kind === "delete") {
          family.delete(one.key);
          model.delete(one.key);
        } else if (one.kind === "digest") family.digestChanges();
        else flush();
        if (one.kind === "freeze") {
          const view = new FrozenFamily("default", family.index, live.snapshot());
          frozen.push([view, new Map(model)]);
        }
        check(family, model);
      }
      for (const [view, then] of frozen) {
        check(view, then);
        expect(view.index.digest).toBe(await digestOf(then));
      }
      family.digestChanges();
      expect(family.index.digest).toBe(await digestOf(model));
    }),
    { numRuns: 150 },
  );
});
