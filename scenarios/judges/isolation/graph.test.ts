/**
 * The helper nodes: what they connect is what the edges that they stand for would connect. The
 * cases have more readers and writers of one version than edges are drawn for one by one.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { buildGraph, FREE, type Graph, RW } from "./graph.ts";
import { checkIsolation, type IsolationEvent, type MicroOp } from "./index.ts";
import { interpret } from "./interpret.ts";
import { readRegisters } from "./versions-register.ts";

test("every reader comes before every writer but itself, through helper nodes or not", () => {
  // 0: reads, 1: writes, 2: both.
  const roles = fc.array(fc.nat(2), { minLength: 1, maxLength: 60, size: "max" });
  let helped = 0;
  fc.assert(
    fc.property(roles, (all) => {
      const events = concurrent(
        all.map((role, at) => {
          const ops: MicroOp[] = [];
          if (role !== 1) ops.push(["r", "x", null]);
          if (role !== 0) ops.push(["w", "x", at]);
          return ops;
        }),
      );
      const transactions = interpret(events);
      const assumed = { wfrKeys: false, sequentialKeys: false, linearizableKeys: false };
      const { versions } = readRegisters(transactions, assumed);
      const graph = buildGraph(transactions, versions, { workload: "rw-register", order: "data" });
      if (graph.nodes > graph.transactions) helped++;
      all.forEach((role, from) => {
        const expected = all.flatMap((other, to) => (other > 0 && to !== from ? [to] : []));
        expect(beyond(graph, from)).toEqual(role === 1 ? [] : expected);
      });
    }),
    { numRuns: 200, seed: 1 },
  );
  expect(helped).toBeGreaterThan(50);
});

test("two read-write edges in a row through helper nodes are still two in a row", () => {
  const skew = concurrent(
    Array.from({ length: 40 }, (_, at): MicroOp[] =>
      at % 2 === 0
        ? [
            ["r", "x", null],
            ["append", "y", at],
          ]
        : [
            ["r", "y", null],
            ["append", "x", at],
          ],
    ),
  );
  expect(checkIsolation(skew, { level: "strong-snapshot" }).kind).toBe("valid");
  expect(checkIsolation(skew, { level: "serializable" })).toMatchObject({
    kind: "violation",
    anomalies: [{ name: "G2-item", transactions: { length: 2 } }],
  });
});

/** The transactions that read-write edges lead to from one, straight or over helper nodes. */
function beyond({ start, target, kinds, transactions }: Graph, from: number): readonly number[] {
  const seen = new Set<number>();
  for (let edge = start[from]!; edge < start[from + 1]!; edge++) {
    if (kinds[edge]! & RW) seen.add(target[edge]!);
  }
  for (const node of seen) {
    if (node < transactions) continue;
    for (let edge = start[node]!; edge < start[node + 1]!; edge++) {
      if (kinds[edge]! & FREE) seen.add(target[edge]!);
    }
  }
  return [...seen].filter((node) => node < transactions).sort((a, b) => a - b);
}

function concurrent(all: readonly (readonly MicroOp[])[]): readonly IsolationEvent[] {
  return (["invoke", "ok"] as const).flatMap((type, half) =>
    all.map((value, process) => {
      return { index: half * all.length + process, type, process, time: null, value };
    }),
  );
}
