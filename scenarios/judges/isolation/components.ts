/** Strongly connected components, without recursion: histories are deeper than any stack. */
import { assert } from "../../../sim/assert.ts";
import { FREE, type Graph, RW } from "./graph.ts";
import { type Adjacency, IntList } from "./int-list.ts";
import { intTable } from "./int-table.ts";

/** Which component each node is in, and how many nodes each has. */
export type Components = {
  readonly componentOf: Int32Array;
  readonly sizes: Int32Array;
};

/** The components of a plain graph. */
export function componentsOf({ start, target }: Adjacency): Components {
  return tarjan(start.length - 1, start, (_, edge) => target[edge]!);
}

/** Components of the part of a graph that edges of the kinds in `mask` make. */
export function componentsWithin(graph: Graph, mask: number): Components {
  const { start, target, kinds } = graph;
  const wanted = mask | FREE;
  return tarjan(graph.nodes, start, (_, edge) => (kinds[edge]! & wanted ? target[edge]! : -1));
}

/**
 * Components of the walks over edges of `mask` that never take two read-write edges in a row. Node
 * n stands for "at n, not by a read-write edge", `nodes` + n for "at n by one".
 */
export function componentsApart(graph: Graph, mask: number): Components {
  const { start, target, kinds, nodes } = graph;
  const doubled = intTable(2 * nodes + 1);
  const edges = start[nodes]!;
  for (let node = 0; node <= nodes; node++) {
    doubled[node] = start[node]!;
    doubled[nodes + node] = edges + start[node]!;
  }
  const plain = mask & ~RW;
  return tarjan(2 * nodes, doubled, (node, edge) => {
    const layer = node < nodes ? 0 : nodes;
    const kind = kinds[layer === 0 ? edge : edge - edges]!;
    const to = target[layer === 0 ? edge : edge - edges]!;
    if (kind & plain) return to;
    if (kind & FREE) return layer + to;
    return kind & mask & RW && layer === 0 ? nodes + to : -1;
  });
}

/**
 * Tarjan's algorithm with a stack of its own. `follow` gives the node at the end of an edge, or -1
 * for an edge that is not there.
 *
 * Source: Tarjan, "Depth-first search and linear graph algorithms" (1972).
 */
function tarjan(
  nodes: number,
  start: Int32Array,
  follow: (node: number, edge: number) => number,
): Components {
  const order = intTable(nodes); // 0 = not visited
  const low = intTable(nodes);
  const edgeOf = intTable(nodes);
  const componentOf = intTable(nodes).fill(-1);
  const open = intTable(nodes);
  const path = intTable(nodes);
  const sizes = new IntList();
  let visited = 0;
  let opened = 0;
  let depth = 0;
  for (let root = 0; root < nodes; root++) {
    if (order[root] !== 0) continue;
    path[depth++] = root;
    while (depth > 0) {
      const node = path[depth - 1]!;
      if (order[node] === 0) {
        order[node] = low[node] = ++visited;
        edgeOf[node] = start[node]!;
        open[opened++] = node;
      }
      let deeper = false;
      let lowest = low[node]!;
      const end = start[node + 1]!;
      let edge = edgeOf[node]!;
      for (; edge < end; edge++) {
        const to = follow(node, edge);
        if (to < 0) continue;
        if (order[to] === 0) {
          path[depth++] = to;
          deeper = true;
          break;
        }
        if (componentOf[to]! < 0 && low[to]! < lowest) lowest = low[to]!;
      }
      // After a child is done this edge is looked at again, which takes over the child's lowest.
      edgeOf[node] = edge;
      low[node] = lowest;
      if (deeper) continue;
      depth--;
      if (lowest !== order[node]) continue;
      let size = 0;
      let member = -1;
      while (member !== node) {
        member = open[--opened]!;
        componentOf[member] = sizes.length;
        size++;
      }
      sizes.push(size);
    }
  }
  assert(opened === 0 && visited === nodes, "every node is in one component");
  return { componentOf, sizes: sizes.view() };
}
