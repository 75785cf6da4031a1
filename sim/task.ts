/**
 * The tasks of one incarnation. A suspension is named by a token that carries its count, so a
 * second wake-up, or one for a suspension long past, finds another count and does nothing.
 */
import { assert } from "./assert.ts";
import type { Task, TaskToken } from "./process.ts";

const tasksMax = 2 ** 20;

type Entry = { task: Task | null; suspension: number };

/** Runs tasks up to their next yield. */
export class TaskTable {
  readonly #entries: Entry[] = [];
  readonly #free: number[] = [];
  #running = -1;

  /** How many tasks are suspended or running. */
  get live(): number {
    return this.#entries.length - this.#free.length;
  }

  /** Starts a task and runs it to its first yield. */
  spawn(task: Task): void {
    const id = this.#free.pop() ?? this.#entries.length;
    assert(id < tasksMax, "an incarnation has fewer than 2^20 tasks at a time");
    // A number is used again, its count of suspensions goes on: old tokens stay without effect.
    if (id === this.#entries.length) this.#entries.push({ task, suspension: 0 });
    else this.#entries[id]!.task = task;
    this.#run(id, undefined);
  }

  /** The token of the running task's next suspension. */
  current(): TaskToken {
    assert(this.#running >= 0, "only a running task has a next suspension");
    return (this.#entries[this.#running]!.suspension * tasksMax + this.#running) as TaskToken;
  }

  /** Resumes the suspension named by the token, unless it is over. */
  resume(token: number, value: unknown): void {
    const suspension = Math.floor(token / tasksMax);
    // The remainder of doubles would be a slow division (x87's).
    const id = token - suspension * tasksMax;
    const entry = this.#entries[id];
    if (entry === undefined || entry.task === null) return;
    if (entry.suspension !== suspension) return;
    entry.suspension += 1;
    this.#run(id, value);
  }

  #run(id: number, value: unknown): void {
    const entry = this.#entries[id]!;
    const outer = this.#running;
    this.#running = id;
    // A throw leaves `running` behind: the incarnation is dead then, and this table with it.
    const done = entry.task!.next(value).done;
    this.#running = outer;
    if (done !== true) return;
    entry.task = null;
    entry.suspension += 1;
    this.#free.push(id);
  }
}
