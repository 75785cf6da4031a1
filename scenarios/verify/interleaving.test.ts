/**
 * Interleavings of two requests: the reduced search meets every outcome that the whole one meets.
 * Requests here are scripts of reads and writes on two keys; what is written tells what was read.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { hostBuildInfo, inProcessPlugin } from "../../plugins/index.ts";
import { hex } from "../../sim/bytes.ts";
import type { VerifyCase } from "./case.ts";
import { Subject } from "./check.ts";
import type { Rival } from "./disturbance.ts";
import { type Interleaved, interleave, interleavings, type LaneStep } from "./interleaving.ts";
import { confirmingEnvironment } from "./testing/verified.ts";

const keys = ["k", "l"] as const;

/** Bytes of a request: 0 1 read k, l; 2 3 write them. */
const scripted = inProcessPlugin({
  info: { name: "scripted", version: "1.0.0" },
  build: hostBuildInfo,
  create: () =>
    function* handle(_, data, storage) {
      let seen = data[0] ?? 0;
      for (const step of data.slice(1)) {
        const key = keys[(step & 1) as 0 | 1];
        if (step < 2) {
          const found = yield* storage.get(key);
          if (found.kind === "ok") seen = (seen * 31 + (found.value?.[0] ?? 7)) & 0xff;
        } else yield* storage.put(key, Uint8Array.of((seen * 5 + step) & 0xff));
      }
      return { kind: "response", data: Uint8Array.of(seen) };
    },
});

const environment = await confirmingEnvironment();
const parts = { contract: null, environment, fidelity: "tikv" } as const;
const subject = new Subject({ ...parts, plugin: scripted });

const script = (name: number) =>
  fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 4 }).map((steps) => [name, ...steps]);

function duoOf(a: readonly number[], b: readonly number[]) {
  const one: VerifyCase = {
    rows: [{ key: "k", value: Uint8Array.of(1) }],
    ranges: [],
    request: Uint8Array.from(a),
    cuts: [],
    relation: "requests",
    fault: null,
    disturbance: null,
  };
  const rival: Rival = { kind: "request", ranges: [], request: Uint8Array.from(b) };
  return { one, rival };
}

function outcome({ ends, rows }: Interleaved): string {
  const answers = [ends.a, ends.b].map((end) => (end.kind === "response" ? hex(end.data) : "?"));
  return [...answers, ...[...rows.map()].map(([key, value]) => `${key}=${hex(value)}`)].join(" ");
}

/** Changes away from a lane that could have gone on. */
function preemptionsOf(steps: readonly LaneStep[]): number {
  return steps.filter(({ lane }, at) => {
    const before = steps[at - 1];
    return (
      before !== undefined &&
      before.lane !== lane &&
      steps.slice(at).some((step) => step.lane === before.lane)
    );
  }).length;
}

/** All orders of so many calls of each lane. */
function orders(a: number, b: number): readonly string[] {
  if (a === 0) return ["b".repeat(b)];
  if (b === 0) return ["a".repeat(a)];
  return [
    ...orders(a - 1, b).map((rest) => `a${rest}`),
    ...orders(a, b - 1).map((rest) => `b${rest}`),
  ];
}

test("every outcome of every order within the bound is met by the reduced search", () => {
  fc.assert(
    fc.property(script(10), script(20), fc.nat({ max: 3 }), (a, b, bound) => {
      const duo = duoOf(a, b);
      const run = (order: string) => interleave(subject, duo, order);
      const all = orders(a.length - 1, b.length - 1)
        .map(run)
        .filter(({ steps }) => preemptionsOf(steps) <= bound);
      const reduced = [...interleavings(run, bound)].map(run);
      expect(reduced.every(({ steps }) => preemptionsOf(steps) <= bound)).toBe(true);
      expect(new Set(reduced.map(outcome))).toEqual(new Set(all.map(outcome)));
      expect(reduced.length).toBeLessThanOrEqual(all.length);
    }),
    { numRuns: 200, seed: 1 },
  );
});

test.each<[a: readonly number[], b: readonly number[], orders: readonly string[]]>([
  // Reads commute with reads; requests on keys of their own with everything.
  [
    [1, 0, 0],
    [2, 0, 0],
    ["a", "b"],
  ],
  [
    [1, 0, 2],
    [2, 1, 3],
    ["a", "b"],
  ],
  [
    [1, 0, 2],
    [2, 0, 2],
    ["a", "b", "ab", "ba", "aba", "bab"],
  ],
  [
    [1, 0, 0],
    [2, 2],
    ["a", "b", "ab"],
  ],
])("%j and %j: %j", (a, b, expected) => {
  const run = (order: string) => interleave(subject, duoOf(a, b), order);
  expect([...interleavings(run, 3)]).toEqual(expected);
});

test("a plain put is a lane of one call", () => {
  const { one } = duoOf([1, 0, 2], []);
  const rival: Rival = { kind: "put", key: "k", value: Uint8Array.of(9) };
  const { steps, rows, ends } = interleave(subject, { one, rival }, "ab");
  expect(steps.map(({ lane, call }) => `${lane} ${call.kind}`)).toEqual([
    "a get",
    "b put",
    "a put",
  ]);
  expect(rows.get("default", "k")).not.toEqual(Uint8Array.of(9));
  expect(ends.b.kind).toBe("done");
});
