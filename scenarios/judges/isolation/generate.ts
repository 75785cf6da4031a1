/**
 * Histories of a store with snapshot isolation, for measuring and testing: what `bench` judges for
 * `isolationTxnsPerSecond`. The store is real (versions, snapshots, first committer wins), so that
 * a judge that convicts one of its histories at `strong-snapshot` or below is wrong.
 */
import type { IsolationEvent, MicroOp, Scalar, Workload } from "./history.ts";

/** What to generate. */
export type GenerateOptions = {
  readonly workload: Workload;
  /** How many transactions to begin. */
  readonly transactions: number;
  /** An integer from 0 up to and without `below`, at least 1: the only source of chance. */
  readonly draw: (below: number) => number;
  /** Processes at work at once. Default 10. */
  readonly clients?: number;
  /** Keys in use at any time. Default 100. */
  readonly liveKeys?: number;
  /** Writes after which a key is left and a new one takes its place. Default 32. */
  readonly writesPerKey?: number;
  /** Operations in a transaction are 1 up to this many. Default 4. */
  readonly opsMax?: number;
};

/** One key: its committed states, oldest first, and when each was committed. */
type Item = {
  readonly name: string;
  readonly states: (readonly Scalar[])[];
  readonly since: number[];
  /** Writes begun, so that values are unique. */
  writes: number;
};

type Planned = { readonly item: Item; readonly element: number | null };
type Running = { readonly snapshot: number; readonly ops: readonly Planned[] };

/** A history of `transactions` transactions; those that lose a conflict end with `fail`. */
export function generateHistory(options: GenerateOptions): readonly IsolationEvent[] {
  const store = new SnapshotStore(options);
  const { clients = 10, transactions, draw } = options;
  const running: (Running | null)[] = new Array(clients).fill(null);
  let begun = 0;
  let open = 0;
  while (begun < transactions || open > 0) {
    const process = draw(clients);
    const mine = running[process] ?? null;
    if (mine === null) {
      if (begun === transactions) continue;
      running[process] = store.begin(process);
      begun++;
      open++;
    } else {
      store.commit(process, mine);
      running[process] = null;
      open--;
    }
  }
  return store.events;
}

class SnapshotStore {
  readonly events: IsolationEvent[] = [];
  readonly #draw: (below: number) => number;
  readonly #workload: Workload;
  readonly #opsMax: number;
  readonly #writesMax: number;
  readonly #items: Item[] = [];
  #created = 0;
  #commits = 0;

  constructor(options: GenerateOptions) {
    this.#draw = options.draw;
    this.#workload = options.workload;
    this.#opsMax = options.opsMax ?? 4;
    this.#writesMax = options.writesPerKey ?? 32;
    const liveKeys = options.liveKeys ?? 100;
    while (this.#items.length < liveKeys) this.#items.push(this.#create());
  }

  begin(process: number): Running {
    const ops: Planned[] = [];
    const count = 1 + this.#draw(this.#opsMax);
    while (ops.length < count) {
      const slot = this.#draw(this.#items.length);
      const item = this.#items[slot]!;
      const writes = this.#draw(2) === 0;
      ops.push({ item, element: writes ? ++item.writes : null });
      if (item.writes >= this.#writesMax) this.#items[slot] = this.#create();
    }
    const asked = ops.map(({ item, element }) => this.#op(item.name, element, null));
    this.#emit("invoke", process, asked);
    return { snapshot: this.#commits, ops };
  }

  commit(process: number, { snapshot, ops }: Running): void {
    const own = new Map<Item, readonly Scalar[]>();
    const told: MicroOp[] = [];
    for (const { item, element } of ops) {
      const state = own.get(item) ?? this.#at(item, snapshot);
      told.push(this.#op(item.name, element, state));
      if (element === null) continue;
      own.set(item, this.#workload === "list-append" ? [...state, element] : [element]);
    }
    const lost = [...own.keys()].some(({ since }) => (since.at(-1) ?? 0) > snapshot);
    if (lost) {
      const asked = ops.map(({ item, element }) => this.#op(item.name, element, null));
      this.#emit("fail", process, asked);
      return;
    }
    this.#commits++;
    for (const [item, state] of own) {
      item.states.push(state);
      item.since.push(this.#commits);
    }
    this.#emit("ok", process, told);
  }

  #create(): Item {
    return { name: `k${this.#created++}`, states: [], since: [], writes: 0 };
  }

  #at({ states, since }: Item, snapshot: number): readonly Scalar[] {
    let last = states.length - 1;
    while (last >= 0 && since[last]! > snapshot) last--;
    return last < 0 ? [] : states[last]!;
  }

  #op(key: string, element: number | null, state: readonly Scalar[] | null): MicroOp {
    const lists = this.#workload === "list-append";
    if (element !== null) return [lists ? "append" : "w", key, element];
    if (state === null) return ["r", key, null];
    return ["r", key, lists ? state : (state[0] ?? null)];
  }

  #emit(type: IsolationEvent["type"], process: number, value: readonly MicroOp[]): void {
    const index = this.events.length;
    this.events.push({ index, type, process, time: index, value });
  }
}
