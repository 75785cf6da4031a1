/**
 * One failpoint of one simulation: its actions and their evaluation after fail-rs 0.5.1. Nothing
 * blocks here: sleep, delay, pause and yield are answers that the caller carries out in virtual
 * time. Chance is an integer draw from the seed's stream.
 */
import { assert, unreachable } from "../sim/assert.ts";
import type { Action, Task } from "./grammar.ts";
import type { U64 } from "./rust.ts";

/** What the code at the point must do. Only `return` leaves the place early. */
export type Outcome =
  | { readonly kind: "continue" }
  | { readonly kind: "return"; readonly value: string | null }
  /** The process dies with this text, as of a planned stop. */
  | { readonly kind: "panic"; readonly text: string }
  /** Wait, giving up the thread. Microseconds, 0 to 2^52. */
  | { readonly kind: "sleep"; readonly us: number }
  /** Wait, keeping the thread busy. */
  | { readonly kind: "delay"; readonly us: number }
  /** Wait until `wakeOnChange` calls back, then go on without another evaluation. */
  | { readonly kind: "pause" }
  | { readonly kind: "yield" }
  /** Log the text and go on. */
  | { readonly kind: "print"; readonly text: string };

/** An action made ready for evaluation: everything that can be computed is. */
export type ArmedAction = {
  /** Below this a 32-bit draw triggers; null triggers without a draw. */
  readonly threshold: number | null;
  /** How often it can still trigger. */
  remaining: number;
  readonly outcome: Outcome;
  /** The outcome at a place that cannot return early. */
  readonly plainOutcome: Outcome;
  readonly callback: (() => void) | null;
};

const proceed: Outcome = { kind: "continue" };

/** A place in the code that can be made to fail. Made by `Failpoints`, resolved once by a user. */
export class Failpoint {
  /** TiKV's name. */
  readonly name: string;
  /**
   * Null while unset, which is what a hot path checks before it calls `evaluate`. Written by
   * `change` alone.
   */
  actions: readonly ArmedAction[] | null = null;
  /** How often it was configured or removed: what a poller compares. */
  version = 0;
  readonly #mayReturn: boolean;
  readonly #draw: () => number;
  readonly #groups: PointGroup[] = [];
  #waiters: (() => void)[] = [];

  /** `draw` gives integers from 0 to 2^32 - 1; `mayReturn` is true where `return` has a meaning. */
  constructor({ name, mayReturn, draw }: FailpointOptions) {
    this.name = name;
    this.#mayReturn = mayReturn;
    this.#draw = draw;
  }

  /** The first action that triggers, in order, decides; if none does, the code continues. */
  evaluate(): Outcome {
    if (!this.#mayReturn) return this.evaluatePlain();
    return this.#trigger()?.outcome ?? proceed;
  }

  /** The one-argument form of `fail_point!`: a `return` there is a panic. */
  evaluatePlain(): Outcome {
    return this.#trigger()?.plainOutcome ?? proceed;
  }

  /**
   * Calls `wake` once, at the next configuration or removal, in the order of these calls. Setting
   * `pause` again lets go who waits; who comes next is paused. `wake` must bear that its process
   * died meanwhile.
   */
  wakeOnChange(wake: () => void): void {
    this.#waiters.push(wake);
  }

  /** Counts in `group` from now on. For `PointGroup`. */
  join(group: PointGroup): void {
    this.#groups.push(group);
    if (this.actions !== null) group.count(1);
  }

  /** Sets or unsets (null) the actions and lets go whoever is paused here. For `Failpoints`. */
  change(actions: readonly ArmedAction[] | null): void {
    assert(actions === null || actions.length > 0, "a set failpoint has an action");
    const more = Number(actions !== null) - Number(this.actions !== null);
    for (const group of this.#groups) group.count(more);
    this.actions = actions;
    this.version += 1;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }

  #trigger(): ArmedAction | null {
    if (this.actions === null) return null;
    for (const action of this.actions) {
      // Used up: not even a draw, so what follows gets the same chance as if it stood alone.
      if (action.remaining === 0) continue;
      if (action.threshold !== null && this.#draw() >= action.threshold) continue;
      action.remaining -= 1;
      action.callback?.();
      return action;
    }
    return null;
  }
}

/** Whether any of some points is set, known without a look at each: for paths that pass many. */
export class PointGroup {
  #set = 0;

  constructor(points: readonly Failpoint[]) {
    for (const point of points) point.join(this);
  }

  get isAnySet(): boolean {
    return this.#set > 0;
  }

  /** So many more of them are set, or fewer. For `Failpoint`. */
  count(more: number): void {
    this.#set += more;
  }
}

export type FailpointOptions = {
  readonly name: string;
  readonly mayReturn: boolean;
  readonly draw: () => number;
};

/** Makes an action ready for the point of this name. */
export function arm({ task, chance, count }: Action, name: string): ArmedAction {
  // rand's gen_bool, which fail-rs asks below 1, panics on a negative chance. That happens before
  // the count is taken, so a count above 0 never runs out.
  if (chance < 0) {
    const outcome = { kind: "panic", text: invalidChanceText } as const;
    const remaining = count === 0 ? 0 : Number.POSITIVE_INFINITY;
    return { threshold: null, remaining, outcome, plainOutcome: outcome, callback: null };
  }
  const outcome = outcomeOf(task, name);
  const plainOutcome: Outcome =
    outcome.kind === "return" ? { kind: "panic", text: returnUnsupportedText(name) } : outcome;
  const threshold = thresholdOf(chance);
  return { threshold, remaining: remainingOf(count), outcome, plainOutcome, callback: null };
}

/** An action that runs `callback` at each evaluation and lets the code continue. */
export function armCallback(callback: () => void): ArmedAction {
  const remaining = Number.POSITIVE_INFINITY;
  return { threshold: null, remaining, outcome: proceed, plainOutcome: proceed, callback };
}

/** rand's panic for a chance below 0, as fail-rs shows it. */
const invalidChanceText = "called `Result::unwrap()` on an `Err` value: InvalidProbability";

function returnUnsupportedText(name: string): string {
  return `Return is not supported for the fail point "${name}"`;
}

/**
 * NaN and all from 1 up trigger without a draw. A chance above 0 never rounds to never: at least
 * one draw in 2^32 triggers.
 */
function thresholdOf(chance: number): number | null {
  if (Number.isNaN(chance) || chance >= 1) return null;
  return chance > 0 ? Math.max(1, Math.round(chance * 0x1_0000_0000)) : 0;
}

/** Counts over 2^53 are without limit: no run comes near. */
function remainingOf(count: U64 | null): number {
  return typeof count === "number" ? count : Number.POSITIVE_INFINITY;
}

function outcomeOf(task: Task, name: string): Outcome {
  switch (task.kind) {
    case "off":
      return proceed;
    case "return":
      return { kind: "return", value: task.value };
    case "panic":
      return { kind: "panic", text: task.text ?? `failpoint ${name} panic` };
    case "print":
      return { kind: "print", text: task.text ?? `failpoint ${name} executed.` };
    case "sleep":
    case "delay":
      return { kind: task.kind, us: microseconds(task.ms) };
    case "pause":
    case "yield":
      return { kind: task.kind };
    default:
      return unreachable(task);
  }
}

/** At most 2^52 (142 years): longer than any run, and still exact when added to a time in one. */
function microseconds(ms: U64): number {
  return Math.min(Number(ms) * 1000, 2 ** 52);
}
