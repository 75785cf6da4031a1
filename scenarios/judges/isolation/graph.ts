/**
 * The graph of transactions: an edge from each to those that must come after it. Besides the
 * transactions it has helper nodes, so that what is quadratic in edges stays linear: a real-time
 * order through a chain of moments, "all of these before all of those" through two chains.
 *
 * Source of the edges: Adya, "Weak Consistency" (1999), direct serialization graph.
 */
import { assert } from "../../../sim/assert.ts";
import type { Workload } from "./history.ts";
import { type Adjacency, IntList } from "./int-list.ts";
import { byteTable, intTable } from "./int-table.ts";
import { FAIL, OK, type Transactions } from "./interpret.ts";
import type { Order } from "./levels.ts";
import { NOBODY, type Versions } from "./versions.ts";

/** One wrote a version that the other overwrote. */
export const WW = 1;
/** One wrote what the other read. */
export const WR = 2;
/** One read a version that the other overwrote: it did not see the other. */
export const RW = 4;
/** One process ran the one before the other. */
export const PROCESS = 8;
/** One had returned before the other was invoked. */
export const REALTIME = 16;
/** From a helper node onwards; its step belongs to the edge that led to the helper. */
export const FREE = 32;

/** The kinds of edge that data shows. */
export const DATA: number = WW | WR | RW;

/** Nodes below `transactions` are transactions, the others helpers. */
export type Graph = Adjacency & {
  readonly nodes: number;
  readonly transactions: number;
  /** By edge, beside `target`: the kinds of edge between the two, as a sum of bits. */
  readonly kinds: Uint8Array;
  /** False if no two transactions have anything to do with each other: nothing was judged. */
  readonly related: boolean;
};

/** FREE is the largest kind that an edge is added with: six bits. */
const KIND_BITS = 6;
const KINDS = 64;
const NODES_MAX = 2 ** 25;

/** Above this many edges, products go through helper nodes. */
const PRODUCT_EDGES_MAX = 64;

/** The graph of a history's data, and of the order that a level adds. */
export function buildGraph(
  txns: Transactions,
  versions: Versions,
  { workload, order }: { readonly workload: Workload; readonly order: Order },
): Graph {
  const edges = new EdgeList(txns, workload, order === "realtime" ? 8 : 4);
  addData(edges, txns, versions);
  if (order === "process") addProcessOrder(edges, txns);
  if (order === "realtime") addRealtimeOrder(edges, txns);
  return edges.build();
}

class EdgeList {
  readonly #txns: Transactions;
  readonly #workload: Workload;
  #nodes: number;
  /** Where each edge begins, times 64, and its kind: large tables are what large histories cost. */
  readonly #from: IntList;
  readonly #to: IntList;
  related = false;

  constructor(txns: Transactions, workload: Workload, edgesEach: number) {
    this.#txns = txns;
    this.#workload = workload;
    this.#nodes = txns.count;
    this.#from = new IntList(edgesEach * txns.count + 64);
    this.#to = new IntList(edgesEach * txns.count + 64);
  }

  helper(): number {
    return this.#nodes++;
  }

  add(from: number, to: number, kind: number): void {
    this.#from.push(from * KINDS + kind);
    this.#to.push(to);
  }

  /** An edge between two transactions; none of one with itself. */
  link(from: number, to: number, kind: number): void {
    const { outcome } = this.#txns;
    // What is something to judge is as in Elle. Reads of lists prove that their elements were
    // written; of registers committed transactions count, also one that overwrote what it read.
    this.related ||=
      this.#workload === "list-append" ? from !== to : outcome[from] === OK && outcome[to] === OK;
    if (from !== to) this.add(from, to, kind);
  }

  /** Groups the edges by source and joins those between the same two nodes. */
  build(): Graph {
    const nodes = this.#nodes;
    const [from, to] = [this.#from.view(), this.#to.view()];
    assert(nodes < NODES_MAX, "a node and a kind fit into 31 bits");
    const start = intTable(nodes + 1);
    for (let at = 0; at < from.length; at++) start[(from[at]! >> KIND_BITS) + 1]!++;
    for (let node = 0; node < nodes; node++) start[node + 1]! += start[node]!;
    const fill = start.slice(0, nodes);
    const target = intTable(from.length);
    const kinds = byteTable(from.length);
    for (let at = 0; at < from.length; at++) {
      const place = fill[from[at]! >> KIND_BITS]!++;
      target[place] = to[at]!;
      kinds[place] = from[at]! & (KINDS - 1);
    }
    const used = joinParallel(start, target, kinds);
    const transactions = this.#txns.count;
    const joined = { start, target: target.subarray(0, used), kinds: kinds.subarray(0, used) };
    return { nodes, transactions, ...joined, related: this.related };
  }
}

/** Joins edges with the same two ends, in place. Returns how many are left. */
function joinParallel(start: Int32Array, target: Int32Array, kinds: Uint8Array): number {
  const nodes = start.length - 1;
  const placeOf = intTable(nodes).fill(-1);
  let used = 0;
  let from = 0;
  for (let node = 0; node < nodes; node++) {
    const to = start[node + 1]!;
    const first = used;
    for (let at = from; at < to; at++) {
      const place = placeOf[target[at]!]!;
      if (place >= first) {
        kinds[place]! |= kinds[at]!;
        continue;
      }
      placeOf[target[at]!] = used;
      target[used] = target[at]!;
      kinds[used++] = kinds[at]!;
    }
    from = to;
    start[node + 1] = used;
  }
  return used;
}

function addData(edges: EdgeList, txns: Transactions, versions: Versions): void {
  const { outcome } = txns;
  const { count, writerOf, readers, next } = versions;
  const happened = (writer: number): boolean => writer !== NOBODY && outcome[writer] !== FAIL;
  const overwriters = new IntList();
  for (let version = 0; version < count; version++) {
    const writer = writerOf[version]!;
    const wrote = happened(writer);
    const [from, to] = [readers.start[version]!, readers.start[version + 1]!];
    if (wrote) {
      for (let at = from; at < to; at++) edges.link(writer, readers.target[at]!, WR);
    }
    overwriters.truncate(0);
    for (let at = next.start[version]!; at < next.start[version + 1]!; at++) {
      const after = writerOf[next.target[at]!]!;
      if (!happened(after)) continue;
      overwriters.push(after);
      if (wrote) edges.link(writer, after, WW);
    }
    addProduct(edges, readers.target, from, to, overwriters);
  }
}

/** RW edges from each of the readers `from` up to `to` to each writer, itself excepted. */
function addProduct(
  edges: EdgeList,
  readers: Int32Array,
  from: number,
  to: number,
  writers: IntList,
): void {
  const product = (to - from) * writers.length;
  if (product === 0) return;
  if (product <= PRODUCT_EDGES_MAX) {
    for (let at = from; at < to; at++) {
      for (let one = 0; one < writers.length; one++) edges.link(readers[at]!, writers.at(one), RW);
    }
    return;
  }
  edges.related = true;
  // Two chains over the writers in order, one backwards and one onwards: from node p of the first,
  // all up to p can be reached, from node p of the second all from p on. So a reader that is itself
  // among the writers reaches all but itself.
  const sorted = Int32Array.from(new Set(writers.view())).sort();
  const last = sorted.length - 1;
  const [upTo, onwards] = [edges.helper(), edges.helper()];
  for (let at = 1; at <= last; at++) {
    edges.helper();
    edges.helper();
  }
  const upToNode = (at: number): number => upTo + 2 * at;
  const onwardsNode = (at: number): number => onwards + 2 * at;
  for (let at = 0; at <= last; at++) {
    edges.add(upToNode(at), sorted[at]!, FREE);
    edges.add(onwardsNode(at), sorted[at]!, FREE);
    if (at === 0) continue;
    edges.add(upToNode(at), upToNode(at - 1), FREE);
    edges.add(onwardsNode(at - 1), onwardsNode(at), FREE);
  }
  for (const reader of readers.subarray(from, to)) {
    const own = placeIn(sorted, reader);
    if (own < 0) {
      edges.add(reader, onwardsNode(0), RW);
      continue;
    }
    if (own > 0) edges.add(reader, upToNode(own - 1), RW);
    if (own < last) edges.add(reader, onwardsNode(own + 1), RW);
  }
}

/** The place of `value` among rising values, or -1. */
function placeIn(sorted: Int32Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return sorted[low] === value ? low : -1;
}

function addProcessOrder(edges: EdgeList, txns: Transactions): void {
  const { count, outcome, process } = txns;
  const last: number[] = [];
  for (let txn = 0; txn < count; txn++) {
    // What may not have happened orders nothing, and its process usually ends with it.
    if (outcome[txn] !== OK) continue;
    const who = process[txn]!;
    const before = last[who];
    if (before !== undefined) edges.link(before, txn, PROCESS);
    last[who] = txn;
  }
}

/**
 * A chain of moments through the history: what returned leads to the moment of its return, a
 * moment to what is invoked before the next moment, and to the next one. Three edges a transaction
 * at most, however many run at once.
 */
function addRealtimeOrder(edges: EdgeList, txns: Transactions): void {
  const { events, transactionOf, outcome } = txns;
  let moment = -1;
  let used = false;
  for (let at = 0; at < events.length; at++) {
    const txn = transactionOf[at]!;
    const { type } = events[at]!;
    if (type === "invoke") {
      if (moment < 0) continue;
      used = true;
      // Also towards one that failed: two transactions in order are something to judge.
      edges.related = true;
      if (outcome[txn] !== FAIL) edges.add(moment, txn, FREE);
    } else if (type === "ok") {
      if (moment < 0 || used) {
        const next = edges.helper();
        if (moment >= 0) edges.add(moment, next, FREE);
        moment = next;
        used = false;
      }
      assert(txn < moment, "helper nodes are numbered behind transactions");
      edges.add(txn, moment, REALTIME);
    }
  }
}
