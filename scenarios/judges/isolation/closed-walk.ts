/**
 * Some cycle of a component that has one, in linear time: the certain answer where the search for
 * a small cycle with a name gave up.
 */
import { assert } from "../../../sim/assert.ts";
import type { Components } from "./components.ts";
import type { Step } from "./cycle.ts";
import { FREE, type Graph, RW } from "./graph.ts";
import { byteTable, intTable } from "./int-table.ts";

/** A walk inside the first component with a cycle, from one of its nodes back to it. */
export function closedWalk(
  graph: Graph,
  { componentOf, sizes }: Components,
  apart: boolean,
  mask: number,
): readonly Step[] {
  const { nodes, transactions, start, target, kinds } = graph;
  const origin = componentOf.findIndex(
    (one, place) => sizes[one]! > 1 && place % nodes < transactions,
  );
  const parent = intTable(componentOf.length).fill(-1);
  const parentKind = byteTable(componentOf.length);
  const queue = [origin];
  for (let at = 0; at < queue.length && parent[origin]! < 0; at++) {
    const place = queue[at]!;
    const [node, layer] = [place % nodes, place < nodes ? 0 : 1];
    for (let edge = start[node]!; edge < start[node + 1]!; edge++) {
      const usable = kinds[edge]! & (mask | FREE);
      const plain = usable & ~RW;
      if (usable === 0 || (apart && layer === 1 && plain === 0)) continue;
      // Whatever else the edge is, it counts as read-write only where it must.
      const kind = plain !== 0 ? plain & -plain : RW;
      const by = kind === FREE ? layer : kind === RW && apart ? 1 : 0;
      const to = target[edge]! + by * nodes;
      if (parent[to]! >= 0 || componentOf[to] !== componentOf[origin]) continue;
      parent[to] = place;
      parentKind[to] = kind;
      queue.push(to);
    }
  }
  assert(parent[origin]! >= 0, "a component leads back to each of its nodes");
  const edges: Step[] = [];
  for (let to = origin; edges.length === 0 || to !== origin; to = parent[to]!) {
    edges.push({ from: parent[to]! % nodes, to: to % nodes, kind: parentKind[to]! });
  }
  edges.reverse();
  return withoutHelpers(edges, transactions);
}

function withoutHelpers(edges: readonly Step[], transactions: number): readonly Step[] {
  const steps: Step[] = [];
  let open: Step | null = null;
  for (const edge of edges) {
    const begun: Step = open ?? edge;
    open = { ...begun, to: edge.to };
    if (edge.to >= transactions) continue;
    steps.push(open);
    open = null;
  }
  return steps;
}

/**
 * A cycle within a closed walk that visits no transaction twice. Of the two halves at a repeated
 * transaction one at least has no two read-write edges in a row if the whole has none: a half that
 * has them begins and ends with such edges, and then the other one neither begins nor ends so.
 */
export function simpleCycle(walk: readonly Step[], apart: boolean): readonly Step[] {
  for (let rest = walk; ; ) {
    const repeat = firstRepeat(rest);
    if (repeat === null) return rest;
    const [first, at] = repeat;
    const inner = rest.slice(first, at);
    const bad = inner[0]!.kind === RW && inner.at(-1)!.kind === RW;
    rest = apart && bad ? [...rest.slice(0, first), ...rest.slice(at)] : inner;
  }
}

/** The first two places at which a walk leaves the same transaction. */
function firstRepeat(walk: readonly Step[]): readonly [number, number] | null {
  const firstAt = new Map<number, number>();
  for (let at = 0; at < walk.length; at++) {
    const { from } = walk[at]!;
    const first = firstAt.get(from);
    if (first !== undefined) return [first, at];
    firstAt.set(from, at);
  }
  return null;
}
