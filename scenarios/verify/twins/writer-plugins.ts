/**
 * A small plugin that reads and writes accounts, in several ways of doing it, good and bad: what
 * the checks of retries, concurrency and clusters are tested and scored with. Rows: `x`, `y`:
 * decimal numbers. Request: `[1, amount, id]`. Answer: `[0, number]`, modulo 256; `[1]` refuses.
 */
import fc from "fast-check";
import {
  type HandlerResult,
  hostBuildInfo,
  type InProcessHandler,
  type InProcessStorage,
  inProcessPlugin,
  type KvPair,
  type PluginTask,
  type PreparedPlugin,
} from "../../../plugins/index.ts";
import { latin1Bytes, latin1Text } from "../../../sim/bytes.ts";
import { type Contract, type ContractDefinition, defineContract } from "../contract.ts";

/** What the plugin does with a request of an amount and an id. */
export type Writing =
  /** Puts the amount into x. */
  | "sets"
  /** Puts the amount into x, and answers what was there before. */
  | "sets-and-answers-old"
  /** Reads x, puts x + amount. */
  | "adds"
  /** The same, and answers the amount: only the rows tell how often it ran. */
  | "adds-silently"
  /** The same, but only once for an id: reads both in one call, writes both in one call. */
  | "adds-once"
  /** The same, but the id is written after the number. */
  | "adds-once-in-two-writes"
  /** The same, but the id is read before the number. */
  | "adds-once-in-two-reads"
  /** Writes a row of its own for each id. */
  | "adds-a-row"
  /** Puts the amount into x, then into y. */
  | "sets-both"
  /** The same in an order that memory keeps: who is overtaken between the two writes both again. */
  | "sets-both-in-turn"
  /** Adds the amount to a total that no other request touches. */
  | "adds-to-own-total"
  /** Answers x + y of one call. */
  | "sums"
  /** Answers x + y of two calls. */
  | "sums-in-two-reads"
  /** Reads x and y one by one until it has seen both twice unchanged, and answers their sum. */
  | "reads-twice-and-compares"
  /** Writes a note of every read. */
  | "reads-and-writes"
  /** Answers x as it was first seen on this node. */
  | "caches"
  /** An odd amount sets x, an even one reads it; the node keeps what it has seen. */
  | "caches-writes-through"
  /** The same, but what is set is only kept, never written. */
  | "writes-behind"
  /** The same without keeping anything. */
  | "sets-or-reads"
  /** Answers without a storage call. */
  | "answers-at-once"
  /** Writes three hundred times. */
  | "hogs";

/** The toy in one of its ways. */
export function writerPlugin(writing: Writing): PreparedPlugin {
  return inProcessPlugin({
    info: { name: `writer-${writing}`, version: "1.0.0" },
    build: hostBuildInfo,
    create: () => handlerOf(writing, { x: null, turn: 0, latest: 0 }),
  });
}

/** What a node keeps in memory. */
type Memory = { x: number | null; turn: number; latest: number };

function handlerOf(writing: Writing, memory: Memory): InProcessHandler {
  return function* handle(_ranges, data, storage) {
    const [version, amount, id] = data;
    if (data.length !== 3 || version !== 1 || amount === undefined || id === undefined) {
      return { kind: "response", data: Uint8Array.of(1) };
    }
    return yield* writings[writing](new Accounts(storage), { amount, id, memory });
  };
}

type Order = { readonly amount: number; readonly id: number; readonly memory: Memory };
type Task = PluginTask<HandlerResult>;

/** What stops a request: a storage error on its way to the client. */
class Refused {
  readonly result: HandlerResult;

  constructor(result: HandlerResult) {
    this.result = result;
  }
}

/** Storage as numbers. An error comes back as `Refused`. */
class Accounts {
  readonly #storage: InProcessStorage;

  constructor(storage: InProcessStorage) {
    this.#storage = storage;
  }

  *get(...keys: readonly string[]): PluginTask<readonly (number | null)[] | Refused> {
    if (keys.length === 1) {
      const found = yield* this.#storage.get(keys[0] ?? "");
      return found.kind === "error" ? new Refused(found) : [numberOf(found.value)];
    }
    const found = yield* this.#storage.batchGet(keys);
    if (found.kind === "error") return new Refused(found);
    const values = new Map(found.value.map(({ key, value }) => [key, value]));
    return keys.map((key) => numberOf(values.get(key) ?? null));
  }

  *put(...rows: readonly (readonly [key: string, value: number])[]): PluginTask<Refused | null> {
    const pairs = rows.map(([key, value]): KvPair => ({ key, value: latin1Bytes(`${value}`) }));
    const [first] = pairs;
    const done =
      pairs.length === 1 && first !== undefined
        ? yield* this.#storage.put(first.key, first.value)
        : yield* this.#storage.batchPut(pairs);
    return done.kind === "error" ? new Refused(done) : null;
  }
}

function numberOf(value: Uint8Array | null): number | null {
  if (value === null) return null;
  const found = Number.parseInt(latin1Text(value), 10);
  return Number.isNaN(found) ? 0 : found;
}

const answer = (value: number): HandlerResult => {
  return { kind: "response", data: Uint8Array.of(0, value & 0xff) };
};

/** Reads, computes what to write, writes; answers the last value. */
function* change(
  accounts: Accounts,
  reads: readonly string[],
  write: (values: readonly (number | null)[]) => readonly (readonly [string, number])[][],
  answered: (values: readonly (number | null)[]) => number,
): Task {
  const values: (number | null)[] = [];
  const found = reads.length === 0 ? [] : yield* accounts.get(...reads);
  if (found instanceof Refused) return found.result;
  values.push(...found);
  for (const rows of write(values)) {
    const refused = yield* accounts.put(...rows);
    if (refused !== null) return refused.result;
  }
  return answer(answered(values));
}

function addOnce(writesApart: boolean) {
  return (accounts: Accounts, { amount, id }: Order): Task =>
    change(
      accounts,
      ["x", `id/${id}`],
      ([x, seen]) => {
        if (seen !== null && seen !== undefined) return [];
        const sum = (x ?? 0) + amount;
        const rows = [
          ["x", sum],
          [`id/${id}`, sum],
        ] as const;
        return writesApart ? rows.map((row) => [row]) : [[...rows]];
      },
      ([x, seen]) => seen ?? (x ?? 0) + amount,
    );
}

const writings: Readonly<Record<Writing, (accounts: Accounts, order: Order) => Task>> = {
  sets: (accounts, { amount }) =>
    change(
      accounts,
      [],
      () => [[["x", amount]]],
      () => amount,
    ),
  "sets-and-answers-old": (accounts, { amount }) =>
    change(
      accounts,
      ["x"],
      () => [[["x", amount]]],
      ([x]) => x ?? 0,
    ),
  adds: (accounts, { amount }) =>
    change(
      accounts,
      ["x"],
      ([x]) => [[["x", (x ?? 0) + amount]]],
      ([x]) => (x ?? 0) + amount,
    ),
  "adds-silently": (accounts, { amount }) =>
    change(
      accounts,
      ["x"],
      ([x]) => [[["x", (x ?? 0) + amount]]],
      () => amount,
    ),
  "adds-once": addOnce(false),
  "adds-once-in-two-writes": addOnce(true),
  *"adds-once-in-two-reads"(accounts, { amount, id }) {
    const seen = yield* accounts.get(`id/${id}`);
    if (seen instanceof Refused) return seen.result;
    if (seen[0] !== null && seen[0] !== undefined) return answer(seen[0]);
    return yield* change(
      accounts,
      ["x"],
      ([x]) => [
        [
          ["x", (x ?? 0) + amount],
          [`id/${id}`, (x ?? 0) + amount],
        ],
      ],
      ([x]) => (x ?? 0) + amount,
    );
  },
  "adds-a-row": (accounts, { amount, id }) =>
    change(
      accounts,
      [],
      () => [[[`add/${id}`, amount]]],
      () => amount,
    ),
  "sets-both": (accounts, { amount }) =>
    change(
      accounts,
      [],
      () => [[["x", amount]], [["y", amount]]],
      () => amount,
    ),
  *"sets-both-in-turn"(accounts, { amount, memory }) {
    let refused = yield* accounts.put(["x", amount]);
    if (refused !== null) return refused.result;
    let turn = ++memory.turn;
    memory.latest = amount;
    refused = yield* accounts.put(["y", amount]);
    while (refused === null && turn !== memory.turn) {
      turn = memory.turn;
      refused = yield* accounts.put(["x", memory.latest], ["y", memory.latest]);
    }
    return refused?.result ?? answer(amount);
  },
  "adds-to-own-total": (accounts, { amount, id }) =>
    change(
      accounts,
      [`total/${id}`],
      ([total]) => [[[`total/${id}`, (total ?? 0) + amount]]],
      ([total]) => (total ?? 0) + amount,
    ),
  sums: (accounts) =>
    change(
      accounts,
      ["x", "y"],
      () => [],
      ([x, y]) => (x ?? 0) + (y ?? 0),
    ),
  *"sums-in-two-reads"(accounts) {
    const x = yield* accounts.get("x");
    if (x instanceof Refused) return x.result;
    const y = yield* accounts.get("y");
    if (y instanceof Refused) return y.result;
    return answer((x[0] ?? 0) + (y[0] ?? 0));
  },
  *"reads-twice-and-compares"(accounts) {
    let last: readonly (number | null)[] | null = null;
    for (;;) {
      const x = yield* accounts.get("x");
      if (x instanceof Refused) return x.result;
      const y = yield* accounts.get("y");
      if (y instanceof Refused) return y.result;
      const seen = [x[0] ?? null, y[0] ?? null];
      if (last !== null && last[0] === seen[0] && last[1] === seen[1]) {
        return answer((seen[0] ?? 0) + (seen[1] ?? 0));
      }
      last = seen;
    }
  },
  "reads-and-writes": (accounts) =>
    change(
      accounts,
      ["x"],
      () => [[["seen", 1]]],
      ([x]) => x ?? 0,
    ),
  *caches(accounts, { memory }) {
    if (memory.x !== null) return answer(memory.x);
    const x = yield* accounts.get("x");
    if (x instanceof Refused) return x.result;
    memory.x = x[0] ?? 0;
    return answer(memory.x);
  },
  *"caches-writes-through"(accounts, { amount, memory }) {
    if (amount % 2 === 1) {
      const refused = yield* accounts.put(["x", amount]);
      if (refused !== null) return refused.result;
      memory.x = amount;
    }
    if (memory.x !== null) return answer(memory.x);
    const x = yield* accounts.get("x");
    if (x instanceof Refused) return x.result;
    memory.x = x[0] ?? 0;
    return answer(memory.x);
  },
  *"writes-behind"(accounts, { amount, memory }) {
    if (amount % 2 === 1) {
      memory.x = amount;
      return answer(amount);
    }
    const x = yield* accounts.get("x");
    if (x instanceof Refused) return x.result;
    return answer(memory.x ?? x[0] ?? 0);
  },
  *"sets-or-reads"(accounts, order) {
    if (order.amount % 2 === 1) return yield* writings.sets(accounts, order);
    return yield* change(
      accounts,
      ["x"],
      () => [],
      ([x]) => x ?? 0,
    );
  },
  "answers-at-once": (accounts, { amount }) =>
    change(
      accounts,
      [],
      () => [],
      () => amount,
    ),
  hogs: (accounts, { amount }) =>
    change(
      accounts,
      [],
      () => Array.from({ length: 300 }, (_, at) => [[`hog/${at}`, amount] as const]),
      () => amount,
    ),
};

type Request = { readonly amount: number; readonly id: number };
type Definition = ContractDefinition<Request, number | "refused", number | "refused">;

/** The toy's contract, with parts replaced. */
export function writerContract(changes: Partial<Definition> = {}): Contract {
  return defineContract({ ...definition, ...changes });
}

const account = fc.record({
  key: fc.constantFrom("x", "y"),
  value: fc.integer({ min: 0, max: 50 }).map((value) => latin1Bytes(`${value}`)),
});

const definition: Definition = {
  codec: {
    encodeReq: ({ amount, id }) => Uint8Array.of(1, amount, id),
    decodeReq: (data) => {
      const [version, amount = 0, id = 0] = data;
      return data.length === 3 && version === 1 ? { amount, id } : null;
    },
    decodeRes: (data) => (data[0] === 1 ? "refused" : data[0] === 0 ? (data[1] ?? null) : null),
  },
  isRefusal: (one) => one === "refused",
  merge: (parts) => {
    const answers = parts.map(({ res }) => res).filter((res) => res !== "refused");
    if (answers.length < parts.length) return "refused";
    return answers.reduce((sum, one) => sum + one, 0) & 0xff;
  },
  show: {
    request: ({ amount, id }) => `amount ${amount}, id ${id}`,
    value: (value) => latin1Text(value),
  },
  gen: {
    data: fc.array(account, { minLength: 1, maxLength: 2 }),
    request: fc.record({
      amount: fc.integer({ min: 1, max: 9 }),
      id: fc.integer({ min: 0, max: 200 }),
    }),
    ranges: fc.constant([{ start: "", end: "" }]),
  },
};
