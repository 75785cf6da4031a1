/**
 * A model over one key's operations as a machine of integers for the search: states are numbered as
 * they are first reached, all those that no answer can tell apart as one; operations that ask and
 * answer the same are one class; and each step from a state by a class is worked out once.
 */
import { assert } from "../../../sim/assert.ts";
import type { Operation, Scalar } from "../../history-files/operations.ts";
import { type Model, refused } from "./model.ts";

/** Steps known so far take a slot of three integers each: state, class, result. */
const slotLength = 3;
const isUnknown = 0;
const isRefused = -1;

/** One machine per key; it keeps what it learnt for every further search of that key. */
export class Machine<State> {
  readonly #model: Model<State>;
  readonly #operations: readonly Operation[];
  readonly #classes: Int32Array;
  readonly #isTold: (state: State) => boolean;
  /** The number of all the states that no answer fits. */
  readonly untold: number;
  readonly #states: State[] = [];
  readonly #numbers = new Map<Scalar, number>();
  #slots = new Int32Array(256 * slotLength);
  #known = 0;
  #textLength = 0;

  constructor(model: Model<State>, operations: readonly Operation[]) {
    this.#model = model;
    this.#operations = operations;
    this.#classes = classesOf(operations);
    this.#isTold = model.observer(operations);
    // One of them stands for the others, so until one is reached the initial state keeps the place.
    this.#states.push(model.initial);
    this.untold = this.#isTold(model.initial) ? this.#states.push(model.initial) - 1 : 0;
    if (this.untold !== 0) this.#numbers.set(model.stateKey(model.initial), 0);
    assert(this.numberOf(model.initial) === 0, "the initial state is number 0");
  }

  /** The operation's class, from 0. */
  classOf(operation: number): number {
    return this.#classes[operation]!;
  }

  /**
   * The state that operations lead to, one after another: states by number may stand for others.
   */
  replay(path: readonly number[]): State {
    return path.reduce((state, operation) => {
      const after = this.#model.step(state, this.#operations[operation]!);
      assert(after !== refused, "the operations of a path fit one after another");
      return after;
    }, this.#model.initial);
  }

  /** Characters of the states' keys, which is what a machine's memory goes into. */
  get textLength(): number {
    return this.#textLength;
  }

  /** The number of the state after an operation, or -1 if its answer contradicts the state. */
  step(state: number, operation: number): number {
    const slot = this.#slotOf(state, this.#classes[operation]!);
    const known = this.#slots[slot + 2]!;
    if (known !== isUnknown) return known < 0 ? -1 : known - 1;
    const after = this.#model.step(this.#states[state]!, this.#operations[operation]!);
    const number = after === refused ? -1 : this.numberOf(after);
    this.#slots[slot] = state;
    this.#slots[slot + 1] = this.#classes[operation]!;
    this.#slots[slot + 2] = number < 0 ? isRefused : number + 1;
    this.#known++;
    if (this.#known * 2 * slotLength > this.#slots.length) this.#grow();
    return number;
  }

  #slotOf(state: number, kind: number): number {
    const mask = this.#slots.length / slotLength - 1;
    let hash = Math.imul(state, 0x9e3779b1) ^ Math.imul(kind + 1, 0x85ebca6b);
    hash ^= hash >>> 15;
    for (let index = hash & mask; ; index = (index + 1) & mask) {
      const slot = index * slotLength;
      const isEmpty = this.#slots[slot + 2] === isUnknown;
      if (isEmpty || (this.#slots[slot] === state && this.#slots[slot + 1] === kind)) return slot;
    }
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Int32Array(before.length * 2);
    for (let from = 0; from < before.length; from += slotLength) {
      if (before[from + 2] === isUnknown) continue;
      const slot = this.#slotOf(before[from]!, before[from + 1]!);
      this.#slots.set(before.subarray(from, from + slotLength), slot);
    }
  }

  /** The state's number, a new one if it was not reached before. */
  numberOf(state: State): number {
    if (!this.#isTold(state)) {
      this.#states[this.untold] = state;
      return this.untold;
    }
    const key = this.#model.stateKey(state);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#states.length;
    this.#states.push(state);
    this.#numbers.set(key, number);
    this.#textLength += typeof key === "string" ? key.length : 1;
    return number;
  }
}

function classesOf(operations: readonly Operation[]): Int32Array {
  const known = new Map<string, number>();
  return Int32Array.from(operations, ({ op, input, output }) => {
    const key = `${op}\n${textOf(input)}\n${textOf(output)}`;
    const found = known.get(key) ?? known.size;
    known.set(key, found);
    return found;
  });
}

/** A text of its own for each value. Numbers, the usual case, need no JSON. */
function textOf(value: Operation["input"] | Operation["output"]): string {
  return typeof value === "number" ? `${value}` : JSON.stringify(value);
}
