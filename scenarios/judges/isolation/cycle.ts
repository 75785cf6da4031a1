/**
 * Smallest cycles of a wanted kind. A breadth-first search over pairs of a node and a small state,
 * which remembers what the walk has taken so far, from each edge that such a cycle must begin with.
 */
import { assert, InvariantError } from "../../../sim/assert.ts";
import { FREE, type Graph, RW, WR, WW } from "./graph.ts";
import { IntList } from "./int-list.ts";
import { intTable } from "./int-table.ts";

/** One step of a cycle between transactions; `kind` is a single bit. */
export type Step = { readonly from: number; readonly to: number; readonly kind: number };

/** What kind of cycle is wanted. */
export type Wanted = {
  /** The kinds of edge that it may have. */
  readonly mask: number;
  /** A kind that it must have: the search begins with such an edge. */
  readonly begin: number;
  /** Read-write edges besides the first: none, none next to another, or any number. */
  readonly rw: "none" | "apart" | "any";
};

/** How many edges a search may still look at; shared by all searches of a verdict. */
export type Budget = { edges: number };

const STATES = 4;
const SEEN_RW = 1;
const AFTER_RW = 2;

/** The kinds that an edge can stand for: what the data says directly hides the rest. */
export function readingsOf(kinds: number): number {
  return kinds & (WW | WR) ? kinds & (WW | WR) : kinds;
}

/** The state after one more edge of one kind, or -1 where the wanted cycle has no such edge. */
function after(wanted: Wanted, state: number, kind: number): number {
  if (kind === FREE) return state;
  if ((kind & wanted.mask) === 0) return -1;
  if (kind === RW) {
    if (wanted.rw === "none" || (wanted.rw === "apart" && state & AFTER_RW)) return -1;
    return state | SEEN_RW | AFTER_RW;
  }
  return state & ~AFTER_RW;
}

function accepts(wanted: Wanted, state: number): boolean {
  if (wanted.rw === "none") return true;
  // The cycle closes at its first edge, which is a read-write one.
  return (state & SEEN_RW) !== 0 && !(wanted.rw === "apart" && state & AFTER_RW);
}

/** Searches the cycles of one graph; its tables are made once. */
export class CycleSearch {
  readonly #graph: Graph;
  readonly #budget: Budget;
  /** By node and state: the search that came here, at which distance, and from where. */
  readonly #stamp: Int32Array;
  readonly #distance: Int32Array;
  readonly #parent: Int32Array;
  #search = 0;
  #current = new IntList();
  #next = new IntList();

  constructor(graph: Graph, budget: Budget) {
    this.#graph = graph;
    this.#budget = budget;
    const places = graph.nodes * STATES;
    this.#stamp = intTable(places);
    this.#distance = intTable(places);
    this.#parent = intTable(places);
  }

  /**
   * The smallest wanted cycle through any of `nodes`, never leaving what `inside` accepts, or null
   * if there is none or the budget is used up before one is found.
   */
  smallest(
    nodes: readonly number[] | Int32Array,
    wanted: Wanted,
    inside: (from: number, to: number) => boolean,
  ): readonly Step[] | null {
    let best: readonly Step[] | null = null;
    for (const node of nodes) {
      if (node >= this.#graph.transactions) continue;
      if (this.#budget.edges <= 0) break;
      const found = this.#from(node, wanted, inside, best?.length ?? 0x7fffffff);
      if (found !== null) best = found;
      if (best?.length === 2) break;
    }
    return best;
  }

  #from(
    origin: number,
    wanted: Wanted,
    inside: (from: number, to: number) => boolean,
    shorterThan: number,
  ): readonly Step[] | null {
    const { start, target, kinds } = this.#graph;
    this.#search++;
    this.#current.truncate(0);
    this.#next.truncate(0);
    for (let edge = start[origin]!; edge < start[origin + 1]!; edge++) {
      const to = target[edge]!;
      if ((readingsOf(kinds[edge]!) & wanted.begin) === 0 || !inside(origin, to)) continue;
      const state = wanted.begin === RW ? AFTER_RW : 0;
      this.#reach(to * STATES + state, 1, -1, this.#next);
    }
    for (let distance = 1; this.#next.length > 0 && distance < shorterThan; distance++) {
      [this.#current, this.#next] = [this.#next, this.#current];
      this.#next.truncate(0);
      const end = this.#expand(distance, origin, wanted, inside);
      if (end >= 0) return this.#path(end, origin, wanted);
    }
    return null;
  }

  /** Follows all edges from one distance; the place from which the cycle closes, or -1. */
  #expand(
    distance: number,
    origin: number,
    wanted: Wanted,
    inside: (from: number, to: number) => boolean,
  ): number {
    const { start, target, kinds } = this.#graph;
    for (let at = 0; at < this.#current.length; at++) {
      const place = this.#current.at(at);
      if (this.#distance[place]! !== distance) continue;
      const node = Math.floor(place / STATES);
      const state = place % STATES;
      for (let edge = start[node]!; edge < start[node + 1]!; edge++) {
        this.#budget.edges--;
        const to = target[edge]!;
        if (!inside(node, to)) continue;
        let left = readingsOf(kinds[edge]!);
        while (left !== 0) {
          const kind = left & -left;
          left ^= kind;
          const then = after(wanted, state, kind);
          if (then < 0) continue;
          if (to === origin) {
            if (accepts(wanted, then)) return this.#close(place, kind);
          } else if (kind === FREE) this.#reach(to * STATES + then, distance, place, this.#current);
          else this.#reach(to * STATES + then, distance + 1, place, this.#next);
        }
      }
    }
    return -1;
  }

  #closing = 0;
  #close(place: number, kind: number): number {
    this.#closing = kind;
    return place;
  }

  #reach(place: number, distance: number, parent: number, queue: IntList): void {
    if (this.#stamp[place] === this.#search && this.#distance[place]! <= distance) return;
    this.#stamp[place] = this.#search;
    this.#distance[place] = distance;
    this.#parent[place] = parent;
    queue.push(place);
  }

  /** The steps between transactions of the walk that closes from `end`. */
  #path(end: number, origin: number, wanted: Wanted): readonly Step[] {
    const places: number[] = [];
    for (let place = end; place >= 0; place = this.#parent[place]!) places.push(place);
    places.reverse();
    const steps: Step[] = [];
    let from = origin;
    let kind = wanted.begin;
    for (let at = 0; at <= places.length; at++) {
      const place = places[at];
      const to = place === undefined ? origin : Math.floor(place / STATES);
      if (at > 0) {
        const taken =
          place === undefined ? this.#closing : this.#kindOf(places[at - 1]!, place, wanted);
        // A step through helper nodes is of the kind of its first edge.
        if (taken !== FREE) kind = taken;
      }
      if (to >= this.#graph.transactions) continue;
      steps.push({ from, to, kind });
      from = to;
    }
    assert(from === origin && steps.length >= 2, "a cycle comes back over another transaction");
    return steps;
  }

  #kindOf(place: number, next: number, wanted: Wanted): number {
    const { start, target, kinds } = this.#graph;
    const node = Math.floor(place / STATES);
    const to = Math.floor(next / STATES);
    for (let edge = start[node]!; edge < start[node + 1]!; edge++) {
      if (target[edge] !== to) continue;
      for (let left = readingsOf(kinds[edge]!); left !== 0; left &= left - 1) {
        const kind = left & -left;
        if (after(wanted, place % STATES, kind) === next % STATES) return kind;
      }
    }
    throw new InvariantError("every step of a path follows an edge");
  }
}

/** The kinds of the edge between two nodes, 0 for none. */
export function kindsBetween({ start, target, kinds }: Graph, from: number, to: number): number {
  for (let edge = start[from]!; edge < start[from + 1]!; edge++) {
    if (target[edge] === to) return kinds[edge]!;
  }
  return 0;
}
