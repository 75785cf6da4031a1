/**
 * An independent check: small stores that keep known levels run random transactions, and no verdict
 * may convict a store at a level that it keeps. The stores share nothing with the judge but the
 * shape of events. To add a store: a row in STORES with what it reads, when a commit is refused and
 * which levels it keeps.
 */
import { expect, test } from "vitest";
import { checkIsolation, type IsolationEvent, LEVELS, type Level, type MicroOp } from "./index.ts";

type Store = {
  readonly name: string;
  /** Which state a read sees: that of the begin, of an older moment, or of the read itself. */
  readonly reads: "begin" | "older" | "now";
  /** Whether a commit fails if somebody else wrote one of its keys since its snapshot. */
  readonly firstCommitterWins: boolean;
  /** One transaction at a time. */
  readonly serial: boolean;
  readonly keeps: readonly Level[];
};

const weak: readonly Level[] = ["read-uncommitted", "read-committed", "monotonic-atomic-view"];
const atomic: readonly Level[] = [...weak, "read-atomic"];
const generalizedSnapshot: readonly Level[] = [...atomic, "cursor-stability", "snapshot"];
const STORES: readonly Store[] = [
  { name: "serial", reads: "begin", firstCommitterWins: true, serial: true, keeps: LEVELS },
  {
    name: "snapshot isolation",
    reads: "begin",
    firstCommitterWins: true,
    serial: false,
    keeps: [...generalizedSnapshot, "strong-session-snapshot", "strong-snapshot"],
  },
  {
    name: "no first committer wins",
    reads: "begin",
    firstCommitterWins: false,
    serial: false,
    keeps: atomic,
  },
  {
    name: "read committed",
    reads: "now",
    firstCommitterWins: false,
    serial: false,
    keeps: weak,
  },
  {
    name: "stale snapshots",
    reads: "older",
    firstCommitterWins: true,
    serial: false,
    keeps: generalizedSnapshot,
  },
];

const HISTORIES_PER_STORE = 200;
const WORKLOADS = ["list-append", "rw-register"] as const;

test("2,000 histories: no store is convicted at a level that it keeps", () => {
  const convicted = new Map<string, number>();
  let histories = 0;
  for (const store of STORES) {
    for (const workload of WORKLOADS) {
      for (let seed = 1; seed <= HISTORIES_PER_STORE; seed++) {
        histories++;
        const draw = dice(seed * 7919 + histories);
        const events = run(store, workload, draw);
        // Of a store that reads the past, no process and no clock sees the order of a key.
        const ordered = store.reads === "older" ? 0 : draw(4);
        const assumed = {
          wfrKeys: draw(3) > 0,
          sequentialKeys: ordered === 1,
          linearizableKeys: ordered === 2,
        };
        // What is not kept is judged for every second history: that is enough to be counted.
        for (const level of seed % 2 === 0 ? LEVELS : store.keeps) {
          const verdict = checkIsolation(events, { level, workload, ...assumed });
          if (verdict.kind !== "violation") continue;
          const told = verdict.anomalies.flatMap(({ name, sentences }) => [name, ...sentences]);
          if (store.keeps.includes(level)) {
            expect.fail(`${store.name} ${workload} ${seed} ${level}:\n${told.join("\n")}`);
          }
          const id = `${store.name}, ${workload}, ${level}`;
          convicted.set(id, (convicted.get(id) ?? 0) + 1);
        }
      }
    }
  }
  expect(histories).toBe(2000);
  const count = (id: string): number => convicted.get(id) ?? 0;
  process.stdout.write(
    `isolation stores: ${histories} histories, never convicted at a level kept; of 100 each: ` +
      [...convicted]
        .filter(([id]) => /serializable|, snapshot/.test(id))
        .map(([id, times]) => `${id} ${times}`)
        .join("; ") +
      "\n",
  );
  expect(count("snapshot isolation, list-append, serializable")).toBeGreaterThan(20);
  expect(count("snapshot isolation, rw-register, serializable")).toBeGreaterThan(5);
  expect(count("no first committer wins, list-append, snapshot")).toBeGreaterThan(40);
  expect(count("no first committer wins, rw-register, snapshot")).toBeGreaterThan(25);
  expect(count("read committed, list-append, read-atomic")).toBeGreaterThan(25);
  expect(count("read committed, rw-register, read-atomic")).toBeGreaterThan(25);
  expect(count("read committed, list-append, snapshot")).toBeGreaterThan(40);
  expect(count("stale snapshots, list-append, strong-snapshot")).toBeGreaterThan(40);
  expect(count("stale snapshots, rw-register, strict-serializable")).toBeGreaterThan(20);
});

type Draw = (below: number) => number;
type Committed = { readonly at: number; readonly state: readonly number[] };
type Open = {
  readonly process: number;
  readonly snapshot: number;
  readonly plan: readonly MicroOp[];
  readonly done: MicroOp[];
  readonly own: Map<string, number[]>;
};

/** Ten to twenty transactions of four processes over three keys, steps interleaved at random. */
function run(store: Store, workload: (typeof WORKLOADS)[number], draw: Draw): IsolationEvent[] {
  const events: IsolationEvent[] = [];
  const versions = new Map<string, Committed[]>([..."xyz"].map((key) => [key, []]));
  const open = new Map<number, Open>();
  let now = 0;
  let elements = 0;
  let left = 10 + draw(11);
  const emit = (type: IsolationEvent["type"], process: number, value: readonly MicroOp[]): void => {
    events.push({ index: events.length, type, process, time: events.length * 10, value });
  };
  const stateAt = (key: string, at: number): readonly number[] =>
    versions.get(key)?.findLast((one) => one.at <= at)?.state ?? [];
  const writes = workload === "list-append" ? "append" : "w";

  const begin = (process: number): void => {
    const plan: MicroOp[] = [];
    const written = new Set<string>();
    for (let count = 1 + draw(4); count > 0; count--) {
      const key = "xyz"[draw(3)] ?? "x";
      // Without first committer wins, a list read behind the own append shows another order than
      // the one that is committed: an anomaly, but of the test's store and not what it is about.
      if (draw(2) === 0 && (store.firstCommitterWins || !written.has(key)))
        plan.push(["r", key, null]);
      else {
        written.add(key);
        plan.push([writes, key, ++elements]);
      }
    }
    const snapshot = store.reads === "older" ? now - draw(Math.min(now, 6) + 1) : now;
    open.set(process, { process, snapshot, plan, done: [], own: new Map() });
    emit("invoke", process, plan);
  };
  const perform = ({ plan, done, own, snapshot }: Open): void => {
    const [f, key, value] = plan[done.length] ?? ["r", "x", null];
    const name = String(key);
    const mine = own.get(name);
    if (f !== "r") {
      own.set(name, [...(mine ?? []), Number(value)]);
      done.push([f, key, value]);
      return;
    }
    const seen = stateAt(name, store.reads === "now" ? now : snapshot);
    if (workload === "list-append") done.push(["r", key, [...seen, ...(mine ?? [])]]);
    else done.push(["r", key, mine?.at(-1) ?? seen.at(-1) ?? null]);
  };
  const end = ({ process, snapshot, plan, done, own }: Open): void => {
    open.delete(process);
    const keys = [...own.keys()];
    const newest = (key: string): number => versions.get(key)?.at(-1)?.at ?? 0;
    const lost = store.firstCommitterWins && keys.some((key) => newest(key) > snapshot);
    if (lost || draw(20) === 0) return emit("fail", process, plan);
    now++;
    for (const [key, added] of own) {
      const state = workload === "list-append" ? [...stateAt(key, now), ...added] : added;
      versions.get(key)?.push({ at: now, state });
    }
    // Sometimes the answer is lost: it happened, and nobody knows.
    if (draw(20) === 0) emit("info", process, plan);
    else emit("ok", process, done);
  };

  while (left > 0 || open.size > 0) {
    const process = store.serial ? 0 : draw(4);
    const running = open.get(process);
    if (running === undefined) {
      if (left === 0) continue;
      left--;
      begin(process);
    } else if (running.done.length < running.plan.length) perform(running);
    else end(running);
  }
  return events;
}

function dice(seed: number): Draw {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
