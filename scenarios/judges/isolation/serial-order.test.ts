/**
 * Soundness against brute force: tiny random histories, most of them nonsense. If some order of the
 * transactions, one at a time, explains every read, then no verdict may say that `serializable` or
 * anything weaker is broken; if that order also respects real time, nor `strict-serializable`.
 * Reads of a list that come back in another order are explained by nothing.
 */
import { expect, test } from "vitest";
import { checkIsolation, type IsolationEvent, LEVELS, type Level, type MicroOp } from "./index.ts";

const HISTORIES = 4000;

test("what an order of transactions explains is never convicted", () => {
  const counts = { serializable: 0, strict: 0, neither: 0, convicted: 0, missed: 0 };
  for (let seed = 1; seed <= HISTORIES; seed++) {
    const draw = dice(seed * 104729);
    const workload = seed % 2 === 0 ? "list-append" : "rw-register";
    const events = randomHistory(workload, draw);
    const explained = explain(events, workload);
    counts[explained]++;
    const convicts = (level: Level): boolean =>
      checkIsolation(events, { level, workload, wfrKeys: true }).kind === "violation";
    const weaker = LEVELS.filter((level) => !/^stri|^strong/.test(level));
    if (explained !== "neither") {
      // Half of them at the strongest level alone: whatever breaks a weaker one breaks that too.
      const all = explained === "strict" ? LEVELS : weaker;
      const wrong = (seed % 4 < 2 ? all : all.slice(-1)).filter(convicts);
      if (wrong.length > 0) expect.fail(`${seed} ${wrong.join()}:\n${JSON.stringify(events)}`);
    } else if (convicts("serializable")) counts.convicted++;
    else counts.missed++;
  }
  process.stdout.write(
    `isolation brute force: ${HISTORIES} histories, explained strictly ${counts.strict}, ` +
      `serially ${counts.serializable}, not at all ${counts.neither}, ` +
      `of which convicted ${counts.convicted}\n`,
  );
  expect(counts.strict).toBeGreaterThan(200);
  expect(counts.serializable).toBeGreaterThan(50);
  // Not a must: what was never read, or a register's order, may leave a history undecidable.
  expect(counts.convicted).toBeGreaterThan(counts.missed * 2);
});

type Draw = (below: number) => number;
type Txn = { from: number; to: number; ops: readonly MicroOp[] };

function randomHistory(workload: "list-append" | "rw-register", draw: Draw): IsolationEvent[] {
  const f = workload === "list-append" ? "append" : "w";
  const plans: MicroOp[][] = [];
  const written: Record<string, number[]> = { x: [], y: [] };
  for (let count = 2 + draw(3); count > 0; count--) {
    const plan: MicroOp[] = [];
    for (let ops = 1 + draw(3); ops > 0; ops--) {
      const key = draw(2) === 0 ? "x" : "y";
      if (draw(2) === 0) plan.push(["r", key, null]);
      else plan.push([f, key, written[key]!.push(0)]);
    }
    plans.push(plan);
  }
  const fill = (plan: readonly MicroOp[]): MicroOp[] =>
    plan.map((op) => {
      if (op[0] !== "r") return op;
      const length = draw(written[op[1]]!.length + 1);
      const list = Array.from({ length }, (_, at) => at + 1);
      // Prefixes mostly, so that not every history is nonsense.
      if (workload === "list-append" && draw(12) === 0) list.reverse();
      return ["r", op[1], workload === "list-append" ? list : (list.at(-1) ?? null)];
    });
  const events: IsolationEvent[] = [];
  const emit = (type: "invoke" | "ok", process: number, value: readonly MicroOp[]): void => {
    events.push({ index: events.length, type, process, time: null, value });
  };
  const state = plans.map(() => 0);
  while (state.some((one) => one < 2)) {
    const at = draw(plans.length);
    if (state[at] === 0) emit("invoke", at, plans[at]!);
    else if (state[at] === 1) emit("ok", at, fill(plans[at]!));
    state[at]!++;
  }
  return events;
}

function explain(
  events: readonly IsolationEvent[],
  workload: string,
): "strict" | "serializable" | "neither" {
  const txns: Txn[] = [];
  events.forEach(({ type, process, value }, at) => {
    if (type === "invoke") txns[Number(process)] = { from: at, to: at, ops: [] };
    else txns[Number(process)] = { ...txns[Number(process)]!, to: at, ops: value ?? [] };
  });
  let result: "serializable" | "neither" = "neither";
  for (const order of permutations(txns)) {
    if (!holds(order, workload)) continue;
    const realtime = order.every((one, at) => order.slice(at + 1).every(({ to }) => to > one.from));
    if (realtime) return "strict";
    result = "serializable";
  }
  return result;
}

function holds(order: readonly Txn[], workload: string): boolean {
  const state: Record<string, unknown[]> = { x: [], y: [] };
  for (const { ops } of order) {
    for (const [f, key, value] of ops) {
      const now = state[key]!;
      if (f !== "r") state[key] = workload === "list-append" ? [...now, value] : [value];
      else if (workload === "list-append") {
        if (JSON.stringify(now) !== JSON.stringify(value)) return false;
      } else if ((now[0] ?? null) !== value) return false;
    }
  }
  return true;
}

function* permutations<T>(items: readonly T[]): Generator<readonly T[]> {
  if (items.length === 0) yield [];
  for (const [at, item] of items.entries()) {
    for (const rest of permutations(items.toSpliced(at, 1))) yield [item, ...rest];
  }
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
