/**
 * Carries out what failpoints ask for, in virtual time. A store's step is a plain call that must
 * not wait, so a step that a point holds is put aside, and goes on from a timer of the store: when
 * its time is over, or when the point changes (healing begins). A task waits in its place.
 */
import type { Failpoint, Outcome } from "../../failpoints/index.ts";
import { assert, unreachable } from "../../sim/assert.ts";
import type { Machine } from "../../sim/process.ts";

/** What the code at a set point does now. */
export type Met =
  | { readonly kind: "go" }
  /** Nothing: the rest of the step was put aside. */
  | { readonly kind: "held" }
  /** What the catalogue says of this point's `return`. */
  | { readonly kind: "return"; readonly value: string | null };

const go: Met = { kind: "go" };
const held: Met = { kind: "held" };

/** The steps of one incarnation that failpoints hold. */
export class Detours {
  readonly #machine: Machine;
  readonly #timer: number;
  readonly #held = new Map<number, () => void>();
  #last = 0;

  /** `timer` is the kind of timer by which steps come back to `release`. */
  constructor(machine: Machine, timer: number) {
    this.#machine = machine;
    this.#timer = timer;
  }

  /** How many steps are held. */
  get count(): number {
    return this.#held.size;
  }

  /** Evaluates a set point. If it holds the step, `rest` is called later, once, from a timer. */
  meet(point: Failpoint, rest: () => void): Met {
    assert(point.actions !== null, "only a set point is met");
    const outcome = point.evaluate();
    switch (outcome.kind) {
      case "continue":
      case "print": // A simulated store keeps no log of texts.
        return go;
      case "return":
        return outcome;
      case "panic":
        return this.#die(point, outcome);
      case "sleep":
      case "delay":
        return this.#hold(point, rest, outcome.us);
      case "yield":
        return this.#hold(point, rest, 0);
      case "pause":
        return this.#hold(point, rest, null);
      default:
        return unreachable(outcome);
    }
  }

  /** For a point that returns nothing: false if the step is held. Unset points let pass. */
  passes(point: Failpoint, rest: () => void): boolean {
    return point.actions === null || this.meet(point, rest).kind !== "held";
  }

  /** For a point that only returns: true if it does. */
  returns(point: Failpoint): boolean {
    if (point.actions === null) return false;
    const outcome = point.evaluate();
    if (outcome.kind === "panic") return this.#die(point, outcome);
    return outcome.kind === "return"; // There is nothing to wait with.
  }

  /** Holds a step until the point changes, as if it were paused. */
  holdUntilChange(point: Failpoint, rest: () => void): void {
    this.#hold(point, rest, null);
  }

  /** The same as `meet` inside a task, which waits where it is. */
  *wait(point: Failpoint): Generator<void, Met, unknown> {
    if (point.actions === null) return go;
    const outcome = point.evaluate();
    switch (outcome.kind) {
      case "continue":
      case "print":
        return go;
      case "return":
        return outcome;
      case "panic":
        return this.#die(point, outcome);
      case "sleep":
      case "delay":
      case "yield":
      case "pause": {
        const token = this.#machine.current();
        if (outcome.kind === "yield") this.#machine.sleep(0);
        else if (outcome.kind !== "pause") this.#machine.sleep(outcome.us);
        point.wakeOnChange(() => this.#machine.wake(token, undefined));
        yield;
        return go;
      }
      default:
        return unreachable(outcome);
    }
  }

  /** A held step's timer went off. */
  release(number: number): void {
    const rest = this.#held.get(number);
    // Its time and the point's change may both have armed a timer.
    if (rest === undefined) return;
    this.#held.delete(number);
    rest();
  }

  #hold(point: Failpoint, rest: () => void, us: number | null): Met {
    const number = ++this.#last;
    this.#held.set(number, rest);
    if (us !== null) this.#machine.arm(us, this.#timer, number);
    point.wakeOnChange(() => {
      if (this.#held.has(number)) this.#machine.arm(0, this.#timer, number);
    });
    return held;
  }

  /** The prefix by which the plan's failpoints explain a stop. */
  #die({ name }: Failpoint, { text }: Outcome & { kind: "panic" }): never {
    const full = text.startsWith("failpoint ") ? text : `failpoint ${name}: ${text}`;
    return this.#machine.die("panic", full);
  }
}
