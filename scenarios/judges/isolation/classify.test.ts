/**
 * Cycles in random small graphs against an enumeration of all of them: one is found exactly where
 * one is, and what is found is a cycle of the name it is given. The enumeration is written from the
 * definitions and shares nothing with the search.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { classOf, findCycles } from "./classify.ts";
import { closedWalk, simpleCycle } from "./closed-walk.ts";
import { componentsApart, componentsOf, componentsWithin } from "./components.ts";
import { kindsBetween, type Step } from "./cycle.ts";
import { DATA, type Graph, PROCESS, REALTIME, RW, WR, WW } from "./graph.ts";
import { adjacency } from "./int-list.ts";
import { type CycleAnomaly, type ForbiddenCycles, forbids, LEVELS, ruleOf } from "./levels.ts";

const NODES = 5;
const edge = fc.tuple(
  fc.nat(NODES - 1),
  fc.nat(NODES - 1),
  fc.constantFrom(WW, WR, RW, RW, PROCESS),
);
const edges = fc.array(edge, { minLength: 6, maxLength: 16, size: "max" });

function graphOf(all: readonly (readonly [number, number, number])[]): Graph {
  const kinds = new Map<string, number>();
  for (const [from, to, kind] of all) {
    if (from !== to) kinds.set(`${from} ${to}`, (kinds.get(`${from} ${to}`) ?? 0) | kind);
  }
  const pairs = [...kinds].map(([pair, kind]) => [...pair.split(" ").map(Number), kind]);
  pairs.sort((a, b) => a[0]! - b[0]!);
  const column = (at: number): Int32Array => Int32Array.from(pairs, (pair) => pair[at]!);
  return {
    ...adjacency(NODES, column(0), column(1)),
    kinds: Uint8Array.from(column(2)),
    nodes: NODES,
    transactions: NODES,
    related: true,
  };
}

/** All simple cycles, each edge read as each of its kinds. */
function* cyclesOf(graph: Graph, path: readonly Step[], start: number): Generator<readonly Step[]> {
  const node = path.at(-1)?.to ?? start;
  for (let to = start; to < graph.nodes; to++) {
    for (const kind of [WW, WR, RW, PROCESS, REALTIME]) {
      if ((kindsBetween(graph, node, to) & kind) === 0) continue;
      const next = [...path, { from: node, to, kind }];
      if (to === start) yield next;
      else if (!path.some((step) => step.from === to)) yield* cyclesOf(graph, next, start);
    }
  }
}

function allNames(graph: Graph): ReadonlySet<CycleAnomaly> {
  const names = new Set<CycleAnomaly>();
  for (let start = 0; start < graph.nodes; start++) {
    for (const cycle of cyclesOf(graph, [], start)) {
      // An order alone has no cycle in a history; in a random graph it may, which says nothing.
      if (cycle.some(({ kind }) => kind <= RW)) names.add(classOf(cycle));
    }
  }
  return names;
}

function isCycle(graph: Graph, steps: readonly Step[]): boolean {
  return steps.every(
    ({ from, to, kind }, at) =>
      (kindsBetween(graph, from, to) & kind) !== 0 && to === steps[(at + 1) % steps.length]!.from,
  );
}

/** Process edges from lower to higher numbers only: an order never has a cycle. */
const ordered = edges.map((all) => all.filter(([from, to, kind]) => kind !== PROCESS || from < to));

test("a cycle that a level forbids is found exactly where there is one", () => {
  let found = 0;
  fc.assert(
    fc.property(ordered, fc.constantFrom(...LEVELS), (all, level) => {
      const graph = graphOf(all);
      const { cycles, order } = ruleOf(level);
      if (order === "realtime") return;
      const names = [...allNames(graph)].filter((name) => forbids(level, name));
      const findings = findCycles(graph, order, cycles, () => false);
      expect(findings.length > 0, `${level}: ${names.join()}`).toBe(names.length > 0);
      for (const { name, steps } of findings) {
        found++;
        expect(isCycle(graph, steps)).toBe(true);
        expect(classOf(steps)).toBe(name);
        expect(forbids(level, name)).toBe(true);
        expect(names).toContain(name);
        expect(new Set(steps.map(({ from }) => from)).size).toBe(steps.length);
      }
    }),
    { numRuns: 3000, seed: 1 },
  );
  expect(found).toBeGreaterThan(1000);
});

test("the worst name that there is comes first, whatever else there is", () => {
  fc.assert(
    fc.property(ordered, (all) => {
      const graph = graphOf(all);
      const names = allNames(graph);
      const [first] = findCycles(graph, "data", "rw-any", () => false);
      if (names.has("G0")) expect(first?.name).toBe("G0");
    }),
    { numRuns: 1000, seed: 2 },
  );
});

test("the certain answer is a cycle of the forbidden kind", () => {
  let walks = 0;
  const rules: readonly [ForbiddenCycles, number][] = [
    ["ww", WW],
    ["ww-wr", WW | WR],
    ["rw-apart", DATA],
    ["rw-any", DATA],
  ];
  fc.assert(
    fc.property(ordered, fc.constantFrom(...rules), (all, [cycles, mask]) => {
      const graph = graphOf(all);
      const apart = cycles === "rw-apart";
      const components = apart ? componentsApart(graph, mask) : componentsWithin(graph, mask);
      if (!components.sizes.some((size) => size > 1)) return;
      walks++;
      const steps = simpleCycle(closedWalk(graph, components, apart, mask), apart);
      expect(isCycle(graph, steps)).toBe(true);
      expect(new Set(steps.map(({ from }) => from)).size).toBe(steps.length);
      expect(steps.every(({ kind }) => (kind & mask) !== 0)).toBe(true);
      if (apart) expect(classOf(steps)).not.toBe("G2-item");
    }),
    { numRuns: 2000, seed: 3 },
  );
  expect(walks).toBeGreaterThan(300);
});

test("without time for names there is still a cycle, and none where there is none", () => {
  let found = 0;
  fc.assert(
    fc.property(ordered, fc.constantFrom(...LEVELS), (all, level) => {
      const graph = graphOf(all);
      const { cycles, order } = ruleOf(level);
      const unhurried = findCycles(graph, order, cycles, () => false);
      const hurried = findCycles(graph, order, cycles, () => true);
      expect(hurried.length > 0).toBe(unhurried.length > 0);
      found += hurried.length;
      for (const { name } of hurried) expect(forbids(level, name)).toBe(true);
    }),
    { numRuns: 1000, seed: 5 },
  );
  expect(found).toBeGreaterThan(200);
});

test("a walk that crosses itself is cut where no two read-write edges meet", () => {
  const walk: readonly Step[] = [
    { from: 0, to: 1, kind: RW },
    { from: 1, to: 2, kind: WW },
    { from: 2, to: 0, kind: RW },
    { from: 0, to: 3, kind: WR },
    { from: 3, to: 0, kind: WW },
  ];
  expect(simpleCycle(walk, true)).toEqual(walk.slice(3));
  expect(simpleCycle(walk, false)).toEqual(walk.slice(0, 3));
});

test("components are the sets of nodes that reach each other", () => {
  fc.assert(
    fc.property(edges, (all) => {
      const graph = graphOf(all);
      const { componentOf, sizes } = componentsOf(graph);
      const reach = reachability(graph);
      for (let a = 0; a < NODES; a++) {
        let size = 0;
        for (let b = 0; b < NODES; b++) {
          const together = reach[a]!.has(b) && reach[b]!.has(a);
          expect(componentOf[a] === componentOf[b]).toBe(together);
          if (together) size++;
        }
        expect(sizes[componentOf[a]!]).toBe(size);
      }
    }),
    { numRuns: 1000, seed: 4 },
  );
});

test("300,000 transactions in one path do not exhaust a stack", () => {
  const nodes = 300_000;
  const from = Int32Array.from({ length: nodes }, (_, at) => at);
  const to = from.map((at) => (at + 1) % nodes);
  const graph = { ...adjacency(nodes, from, to), nodes, transactions: nodes, related: true };
  const kinds = new Uint8Array(nodes).fill(WW);
  kinds[7] = RW;
  const [first] = findCycles({ ...graph, kinds }, "data", "rw-apart", () => false);
  expect(first?.name).toBe("G-single-item");
  expect(first?.steps).toHaveLength(nodes);
});

function reachability(graph: Graph): readonly Set<number>[] {
  return Array.from({ length: NODES }, (_, start) => {
    const seen = new Set([start]);
    for (const node of seen) {
      for (let to = 0; to < NODES; to++) if (kindsBetween(graph, node, to) !== 0) seen.add(to);
    }
    return seen;
  });
}
