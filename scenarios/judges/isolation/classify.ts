/**
 * Which cycles a graph has, by name. Whether there is one that a level forbids is decided exactly
 * and in linear time by components; only its name and its smallest example are searched for, within
 * a budget.
 *
 * Source: Adya (G0, G1c, G-single, G2-item); Cerone and Gotsman, "Analysing Snapshot Isolation"
 * (no two read-write edges in a row = what snapshot isolation forbids); the names are Elle's.
 */
import { assert } from "../../../sim/assert.ts";
import { closedWalk, simpleCycle } from "./closed-walk.ts";
import { type Components, componentsApart, componentsWithin } from "./components.ts";
import {
  type Budget,
  CycleSearch,
  kindsBetween,
  readingsOf,
  type Step,
  type Wanted,
} from "./cycle.ts";
import { cyclicPart } from "./cyclic-part.ts";
import { DATA, type Graph, PROCESS, REALTIME, RW, WR, WW } from "./graph.ts";
import {
  CYCLE_CLASSES,
  type CycleAnomaly,
  type CycleClass,
  type ForbiddenCycles,
  type Order,
} from "./levels.ts";

/** One kind of cycle that was found, with the smallest example. */
export type CycleFinding = {
  readonly name: CycleAnomaly;
  /** In how many components of the graph it was found. */
  readonly count: number;
  readonly steps: readonly Step[];
};

/** Components whose cycles are named; more of them say nothing new. */
const COMPONENTS_MAX = 100;
/** Edges that all searches for names may look at: about a second. */
const SEARCH_EDGES_MAX = 20_000_000;

const FORBIDDEN_CLASSES: Readonly<Record<ForbiddenCycles, number>> = {
  ww: 1,
  "ww-wr": 2,
  "rw-apart": 4,
  "rw-any": 5,
};

/** For each kind of cycle those that need not be told once it is found: it is one of them too. */
const IMPLIED: Readonly<Record<CycleClass, readonly CycleClass[]>> = {
  G0: ["G1c"],
  G1c: [],
  "G-single-item": ["G-nonadjacent-item", "G2-item"],
  "G-nonadjacent-item": ["G2-item"],
  "G2-item": [],
};

/** The cycles of `graph` that a level with these rules forbids, the worst first. Empty: none is. */
export function findCycles(
  graph: Graph,
  order: Order,
  forbidden: ForbiddenCycles,
  expired: () => boolean,
): readonly CycleFinding[] {
  const orderBit = order === "process" ? PROCESS : order === "realtime" ? REALTIME : 0;
  const part = cyclicPart(graph, componentsWithin(graph, DATA | orderBit));
  if (part === null) return [];
  const { members } = part;
  const whole = ({ from, to, kind }: Step): Step => {
    return { from: members[from]!, to: members[to]!, kind };
  };
  const found = new Naming(part.graph, orderBit, forbidden, expired).run();
  return found.map((one) => ({ ...one, steps: one.steps.map(whole) }));
}

type Parts = {
  readonly components: Components;
  /** Whether the components are those of walks without two read-write edges in a row. */
  readonly apart: boolean;
};

class Naming {
  readonly #graph: Graph;
  readonly #orderBit: number;
  readonly #forbidden: ForbiddenCycles;
  readonly #expired: () => boolean;
  readonly #budget: Budget = { edges: SEARCH_EDGES_MAX };
  readonly #found = new Map<CycleAnomaly, CycleFinding>();
  readonly #parts = new Map<string, Parts>();
  #search: CycleSearch | null = null;

  constructor(graph: Graph, orderBit: number, forbidden: ForbiddenCycles, expired: () => boolean) {
    this.#graph = graph;
    this.#orderBit = orderBit;
    this.#forbidden = forbidden;
    this.#expired = expired;
  }

  run(): readonly CycleFinding[] {
    const top = componentsWithin(this.#graph, DATA | this.#orderBit);
    const groups = groupsOf(top, this.#graph.transactions);
    const exact = this.#partsOf(this.#forbidden, this.#orderBit);
    if (!exact.components.sizes.some((size) => size > 1)) return [];
    for (const group of groups) {
      if (this.#budget.edges <= 0 || this.#expired()) break;
      this.#nameIn(group);
    }
    if (this.#found.size === 0) this.#note(this.#any(exact));
    assert(this.#found.size > 0, "a component with a cycle shows one");
    const worst = ({ name }: CycleFinding): number => {
      const ordered = name.endsWith("-process") || name.endsWith("-realtime");
      return CYCLE_CLASSES.findIndex((one) => name.startsWith(one)) + (ordered ? 10 : 0);
    };
    return [...this.#found.values()].sort((a, b) => worst(a) - worst(b));
  }

  /** Names the cycles of one component, the worst first, and leaves out what they imply. */
  #nameIn(group: Int32Array): void {
    const implied = new Set<CycleAnomaly>();
    for (const ordered of this.#orderBit === 0 ? [false] : [false, true]) {
      for (const cycle of CYCLE_CLASSES.slice(0, FORBIDDEN_CLASSES[this.#forbidden])) {
        const name = this.#nameOf(cycle, ordered);
        if (implied.has(name)) continue;
        const steps = this.#find(cycle, ordered, group);
        if (steps === null) continue;
        this.#note(steps);
        for (const other of [cycle, ...IMPLIED[cycle]]) {
          implied.add(other);
          implied.add(this.#nameOf(other, true));
        }
      }
    }
  }

  #find(cycle: CycleClass, ordered: boolean, group: Int32Array): readonly Step[] | null {
    const orderBit = ordered ? this.#orderBit : 0;
    const wanted = wantedFor(cycle, orderBit);
    const { components, apart } = this.#partsOf(cyclesOf(cycle), orderBit);
    const { componentOf, sizes } = components;
    const { nodes } = this.#graph;
    const starts = group.filter((node) => sizes[componentOf[node]!]! > 1);
    if (starts.length === 0) return null;
    const inside = apart
      ? (from: number, to: number) => {
          // Within such walks a transaction stands for itself twice: reached by reading or not.
          const [a, b] = [componentOf[from], componentOf[nodes + from]];
          const [c, d] = [componentOf[to], componentOf[nodes + to]];
          return a === c || a === d || b === c || b === d;
        }
      : (from: number, to: number) => componentOf[from] === componentOf[to];
    this.#search ??= new CycleSearch(this.#graph, this.#budget);
    const steps = this.#search.smallest(starts, wanted, inside);
    if (steps === null || !isSimple(steps)) return null;
    const told = this.#retold(steps);
    return classOf(told) === this.#nameOf(cycle, ordered) ? told : null;
  }

  /** A step over helper nodes may be one that the data also says directly: then it is that. */
  #retold(steps: readonly Step[]): readonly Step[] {
    return steps.map((step) => {
      const direct = readingsOf(kindsBetween(this.#graph, step.from, step.to)) & (WW | WR);
      return step.kind > WR && direct !== 0 ? { ...step, kind: direct & -direct } : step;
    });
  }

  #note(steps: readonly Step[]): void {
    const name = classOf(steps);
    const before = this.#found.get(name);
    const smallest = before !== undefined && before.steps.length <= steps.length;
    const count = (before?.count ?? 0) + 1;
    this.#found.set(name, { name, count, steps: smallest ? before.steps : steps });
  }

  /** Some cycle of components that have one: certain where the search for names gave up. */
  #any({ components, apart }: Parts): readonly Step[] {
    const walk = closedWalk(this.#graph, components, apart, this.#maskOf(this.#forbidden));
    return simpleCycle(walk, apart);
  }

  #maskOf(cycles: ForbiddenCycles): number {
    const data = cycles === "ww" ? WW : cycles === "ww-wr" ? WW | WR : DATA;
    return data | this.#orderBit;
  }

  #partsOf(cycles: ForbiddenCycles, orderBit: number): Parts {
    const key = `${cycles} ${orderBit}`;
    const known = this.#parts.get(key);
    if (known !== undefined) return known;
    const apart = cycles === "rw-apart";
    const data = cycles === "ww" ? WW : cycles === "ww-wr" ? WW | WR : DATA;
    const components = apart
      ? componentsApart(this.#graph, data | orderBit)
      : componentsWithin(this.#graph, data | orderBit);
    const parts = { components, apart };
    this.#parts.set(key, parts);
    return parts;
  }

  #nameOf(cycle: CycleClass, ordered: boolean): CycleAnomaly {
    if (!ordered || this.#orderBit === 0) return cycle;
    return this.#orderBit === PROCESS ? `${cycle}-process` : `${cycle}-realtime`;
  }
}

/** Which rule's components hold the cycles of a class. */
function cyclesOf(cycle: CycleClass): ForbiddenCycles {
  if (cycle === "G0") return "ww";
  if (cycle === "G1c") return "ww-wr";
  return cycle === "G2-item" ? "rw-any" : "rw-apart";
}

function wantedFor(cycle: CycleClass, orderBit: number): Wanted {
  // No cycle consists of an order alone. That one with an order has a step of it need not be asked
  // for: were there one without, it would have been found before and this one not be looked for.
  if (cycle === "G0") return { mask: WW | orderBit, begin: WW, rw: "none" };
  const mask = WW | WR | orderBit;
  if (cycle === "G1c") return { mask, begin: WR, rw: "none" };
  if (cycle === "G-single-item") return { mask, begin: RW, rw: "none" };
  const rw = cycle === "G2-item" ? "any" : "apart";
  return { mask: mask | RW, begin: RW, rw };
}

/** The name of a cycle by the kinds of its steps. */
export function classOf(steps: readonly Step[]): CycleAnomaly {
  const kinds = steps.map(({ kind }) => kind);
  const rws = kinds.filter((kind) => kind === RW).length;
  const adjacent = kinds.some((kind, at) => kind === RW && kinds.at(at - 1) === RW);
  const data: CycleClass =
    rws === 1
      ? "G-single-item"
      : rws > 1
        ? adjacent
          ? "G2-item"
          : "G-nonadjacent-item"
        : kinds.includes(WR)
          ? "G1c"
          : "G0";
  if (kinds.includes(REALTIME)) return `${data}-realtime`;
  return kinds.includes(PROCESS) ? `${data}-process` : data;
}

/** The transactions of each component with a cycle, the smallest components first. */
function groupsOf({ componentOf, sizes }: Components, count: number): readonly Int32Array[] {
  const cyclic: number[] = [];
  sizes.forEach((size, component) => {
    if (size > 1) cyclic.push(component);
  });
  cyclic.sort((a, b) => sizes[a]! - sizes[b]! || a - b);
  const wanted = new Map(cyclic.slice(0, COMPONENTS_MAX).map((one, at) => [one, at] as const));
  const groups: number[][] = [...wanted].map(() => []);
  for (let node = 0; node < count; node++) {
    if (sizes[componentOf[node]!]! < 2) continue;
    const at = wanted.get(componentOf[node]!);
    if (at !== undefined) groups[at]!.push(node);
  }
  return groups.map((group) => Int32Array.from(group));
}

function isSimple(steps: readonly Step[]): boolean {
  return new Set(steps.map(({ from }) => from)).size === steps.length;
}
