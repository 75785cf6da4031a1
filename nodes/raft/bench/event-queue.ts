/** A queue of timed events in slots of arrays: the smallest that a benchmark of the core needs. */
import { assert } from "../../../sim/assert.ts";

// A key is time and order in one double: one comparison decides, and 2^53 is not reached.
const perUs = 2 ** 28;

export class EventQueue<Item> {
  /** The event taken last: its time, kind, two numbers and an object. */
  timeUs = 0;
  kind = 0;
  number = 0;
  life = 0;
  item: Item | null = null;
  readonly #keys: number[] = [];
  readonly #slots: number[] = [];
  #count = 0;
  #order = 0;
  readonly #kinds: number[] = [];
  readonly #numbers: number[] = [];
  readonly #lives: number[] = [];
  readonly #items: (Item | null)[] = [];
  readonly #free: number[] = [];
  #freeCount = 0;

  get count(): number {
    return this.#count;
  }

  push(timeUs: number, kind: number, number: number, life: number, item: Item | null): void {
    assert(this.#order < perUs, "a run has fewer events than its keys can tell apart");
    const slot = this.#freeCount > 0 ? this.#free[--this.#freeCount]! : this.#kinds.length;
    this.#kinds[slot] = kind;
    this.#numbers[slot] = number;
    this.#lives[slot] = life;
    this.#items[slot] = item;
    const key = timeUs * perUs + this.#order;
    this.#order += 1;
    let at = this.#count;
    this.#count += 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#keys[parent]! <= key) break;
      this.#keys[at] = this.#keys[parent]!;
      this.#slots[at] = this.#slots[parent]!;
      at = parent;
    }
    this.#keys[at] = key;
    this.#slots[at] = slot;
  }

  /** Takes the earliest event, of equals the one pushed first, into the fields above. */
  pop(): void {
    assert(this.#count > 0, "an event is taken from a queue that has one");
    const slot = this.#slots[0]!;
    this.timeUs = Math.floor(this.#keys[0]! / perUs);
    this.kind = this.#kinds[slot]!;
    this.number = this.#numbers[slot]!;
    this.life = this.#lives[slot]!;
    this.item = this.#items[slot] ?? null;
    this.#items[slot] = null;
    this.#free[this.#freeCount] = slot;
    this.#freeCount += 1;
    this.#count -= 1;
    this.#sink(this.#keys[this.#count]!, this.#slots[this.#count]!);
  }

  #sink(key: number, slot: number): void {
    const count = this.#count;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= count) break;
      if (child + 1 < count && this.#keys[child + 1]! < this.#keys[child]!) child += 1;
      if (this.#keys[child]! >= key) break;
      this.#keys[at] = this.#keys[child]!;
      this.#slots[at] = this.#slots[child]!;
      at = child;
    }
    this.#keys[at] = key;
    this.#slots[at] = slot;
  }
}
