/** The part of a graph that cycles can be in. Of a history worth judging it is nearly nothing. */
import { assert } from "../../../sim/assert.ts";
import type { Components } from "./components.ts";
import type { Graph } from "./graph.ts";
import { IntList } from "./int-list.ts";
import { intTable } from "./int-table.ts";

/** A graph of some of another one's nodes. */
export type Part = {
  readonly graph: Graph;
  /** By node of the part: the node of the whole. Rising, so transactions stay before helpers. */
  readonly members: Int32Array;
};

/** The nodes of components with more than one, and the edges within them; null if there is none. */
export function cyclicPart(whole: Graph, { componentOf, sizes }: Components): Part | null {
  const members = new IntList();
  const numberOf = intTable(whole.nodes).fill(-1);
  let transactions = 0;
  for (let node = 0; node < whole.nodes; node++) {
    if (sizes[componentOf[node]!]! < 2) continue;
    numberOf[node] = members.length;
    members.push(node);
    if (node < whole.transactions) transactions++;
  }
  if (members.length === 0) return null;
  assert(transactions >= 2, "helper nodes alone have no cycle, nor has one transaction");
  const start = intTable(members.length + 1);
  const target = new IntList();
  const kinds = new IntList();
  for (let number = 0; number < members.length; number++) {
    const node = members.at(number);
    for (let edge = whole.start[node]!; edge < whole.start[node + 1]!; edge++) {
      const to = whole.target[edge]!;
      if (componentOf[to] !== componentOf[node]) continue;
      target.push(numberOf[to]!);
      kinds.push(whole.kinds[edge]!);
    }
    start[number + 1] = target.length;
  }
  const nodes = members.length;
  const edges = { start, target: target.view(), kinds: Uint8Array.from(kinds.view()) };
  return { graph: { ...edges, nodes, transactions, related: true }, members: members.view() };
}
