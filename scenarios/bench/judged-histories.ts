/** The judges' own speed, on histories that are made here or brought along. */
import { assert } from "../../sim/assert.ts";
import type { ModelName, Operation } from "../history-files/index.ts";
import { checkIsolation, generateHistory, type IsolationEvent } from "../judges/isolation/index.ts";
import { decideByName, unlimited } from "../judges/linearizability/index.ts";
import { type Clocks, type Lap, timed } from "./stopwatch.ts";

/** A history and the model that it is judged by. */
export type ModelledHistory = {
  readonly model: ModelName;
  readonly operations: readonly Operation[];
};

/** Judges all histories once; `count` is their operations, `refused` how many did not hold. */
export function judgeLinearizability(
  histories: readonly ModelledHistory[],
  clocks: Clocks,
): { readonly lap: Lap; readonly count: number; readonly refused: number } {
  let refused = 0;
  const lap = timed(clocks, () => {
    for (const { model, operations } of histories) {
      const verdict = decideByName(operations, { model, initial: 0, budget: unlimited });
      assert(verdict !== "undecided", "a judge without limits decides");
      if (verdict === "refused") refused++;
    }
  });
  const count = histories.reduce((sum, { operations }) => sum + operations.length, 0);
  return { lap, count, refused };
}

/** A generated list-append history of so many transactions under snapshot isolation. */
export function isolationHistory(transactions: number): readonly IsolationEvent[] {
  return generateHistory({ workload: "list-append", transactions, draw: dice(12345) });
}

/** Judges a history that `isolationHistory` made. */
export function judgeIsolation(events: readonly IsolationEvent[], clocks: Clocks): Lap {
  return timed(clocks, () => {
    const { kind } = checkIsolation(events, { level: "snapshot" });
    assert(kind === "valid", "the generated history is one of snapshot isolation");
  });
}

/**
 * Histories like those that Jepsen recorded of etcd: five clients, about 170 operations on one
 * compare-and-swap register, some of which never return.
 */
export function ownHistories(count: number): readonly ModelledHistory[] {
  return Array.from({ length: count }, (_, at) => ({
    model: "cas-register" as const,
    operations: registerHistory({ clients: 5, operations: 170, draw: dice(at + 1) }),
  }));
}

type Busy = { readonly op: Operation; readonly takesEffectAt: number; readonly endsAt: number };
type Draw = (below: number) => number;

/** What clients of a real register see: each operation takes effect between its call and return. */
function registerHistory(options: {
  readonly clients: number;
  readonly operations: number;
  readonly draw: Draw;
}): readonly Operation[] {
  const { clients, operations: wanted, draw } = options;
  const done: Operation[] = [];
  const busy: (Busy | null)[] = new Array(clients).fill(null);
  let register: number | null = null;
  let begun = 0;
  for (let now = 1; done.length < wanted; now++) {
    for (let process = 0; process < clients; process++) {
      const mine = busy[process] ?? null;
      if (mine === null) {
        if (begun === wanted || draw(4) > 0) continue;
        begun++;
        busy[process] = begin(process, now, draw);
      } else if (mine.takesEffectAt === now) {
        const [answer, next]: readonly [Operation, number | null] = takeEffect(mine, register);
        register = next;
        busy[process] = { ...mine, op: answer };
      } else if (mine.endsAt === now) {
        done.push(mine.op);
        busy[process] = null;
      }
    }
  }
  return done.sort((a, b) => a.callTime - b.callTime);
}

function begin(process: number, now: number, draw: Draw): Busy {
  const takesEffectAt = now + 1 + draw(6);
  const endsAt = takesEffectAt + 1 + draw(6);
  const kind = draw(3);
  const [op, input] =
    kind === 0
      ? (["read", null] as const)
      : kind === 1
        ? (["write", draw(5)] as const)
        : (["cas", [draw(5), draw(5)] as const] as const);
  // Lost answers: one write in 25, as under Jepsen's partitions.
  const returnTime = kind === 1 && draw(25) === 0 ? null : endsAt;
  return {
    op: { process, op, input, output: null, callTime: now, returnTime },
    takesEffectAt,
    endsAt,
  };
}

function takeEffect(
  { op }: Busy,
  register: number | null,
): readonly [answer: Operation, register: number | null] {
  if (op.op === "read") return [{ ...op, output: { value: register } }, register];
  if (op.op === "write") {
    const output = op.returnTime === null ? null : {};
    return [{ ...op, output }, op.input as number];
  }
  const [from, to] = op.input as readonly [number, number];
  const ok = from === register;
  return [{ ...op, output: { ok } }, ok ? to : register];
}

// Xorshift, Marsaglia 2003: enough chance for histories to measure on.
function dice(seed: number): Draw {
  let state = Math.imul(seed, 0x9e3779b1) | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
