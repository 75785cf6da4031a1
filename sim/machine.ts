/** The world as one incarnation sees it. After its death every call does nothing. */
import { assert } from "./assert.ts";
import type { Handler } from "./handler.ts";
import type { Host } from "./host.ts";
import type { Kernel } from "./kernel.ts";
import * as operations from "./operation.ts";
import type { Disk, Machine, ProcessId, Task, TaskToken, ThreadToken } from "./process.ts";
import type { Stream } from "./random.ts";
import { processStop } from "./stop.ts";
import { TaskTable } from "./task.ts";

/** One incarnation's machine. */
export class SimMachine implements Machine {
  readonly id: ProcessId;
  readonly name: string;
  readonly incarnation: number;
  readonly disk: Disk;
  /** Suspended tasks; dropped with the machine. */
  readonly tasks: TaskTable = new TaskTable();
  readonly #kernel: Kernel;
  readonly #handler: Handler;
  readonly #host: Host;
  /** Threads that handlers kept: a few, so a list costs less than a set. */
  readonly #held: ThreadToken[] = [];
  #threads = 0;
  #alive = true;

  constructor(host: Host, kernel: Kernel) {
    this.id = host.id;
    this.name = host.setup.name;
    this.incarnation = host.incarnation;
    this.disk = host.disk.mount(host.incarnation);
    this.#host = host;
    this.#kernel = kernel;
    this.#handler = kernel.handler;
  }

  /** The incarnation is over. */
  end(): void {
    this.#alive = false;
  }

  /** Whether this incarnation lives. */
  get isAlive(): boolean {
    return this.#alive;
  }

  monotonicUs(): number {
    return this.#host.clock.monotonicUs();
  }

  wallUs(): number {
    return this.#host.clock.wallUs();
  }

  stream(label: string): Stream {
    return this.#kernel.random.stream(`process/${this.id}/${label}`);
  }

  arm(delayUs: number, kind: number, number: number): void {
    if (!this.#alive) return;
    assert(delayUs >= 0, "a timer lies in the future");
    this.#schedule(operations.timer, this.#host.clock.delayUs(delayUs), 0, kind, number, 0, null);
  }

  send(to: ProcessId, kind: number, payload: object, sizeBytes: number): void {
    if (!this.#alive) return;
    assert(sizeBytes >= 0, "a message has a size");
    assert(this.#kernel.isRunning, "a machine is called inside a run, not by a late promise");
    const { network, timeline } = this.#kernel;
    const slot = network.compose(this.id, this.incarnation, to, kind, payload);
    if (this.#handler.machine === this) this.#handler.send(slot, sizeBytes);
    else network.transmit(slot, sizeBytes, timeline.nowUs);
  }

  spend(costUs: number): void {
    assert(costUs >= 0, "CPU time is not negative");
    if (this.#handler.machine === this) {
      this.#handler.costUs += Math.ceil(costUs * this.#host.slowFactor);
    }
  }

  holdThread(): ThreadToken {
    const token = this.#threads++ as ThreadToken;
    if (!this.#alive) return token;
    const handler = this.#handler;
    assert(handler.machine === this && handler.pool === 0, "a handler of the first pool holds");
    assert(!handler.holds, "a handler has one thread to hold");
    handler.holds = true;
    this.#held.push(token);
    return token;
  }

  releaseThread(token: ThreadToken): void {
    if (!this.#alive) return;
    const at = this.#held.indexOf(token);
    assert(at >= 0, "a held thread is released once");
    this.#held[at] = this.#held[this.#held.length - 1]!;
    this.#held.pop();
    const isOwn = this.#handler.machine === this && this.#handler.holds;
    if (isOwn && token === this.#threads - 1) {
      this.#handler.holds = false; // Within one event: it was never kept beyond its time.
      return;
    }
    // The thread that is released also finishes the CPU time of the handler that releases it.
    const costUs = this.#handler.machine === this ? this.#handler.costUs : 0;
    const pool = this.#host.messagePool!;
    pool.release(this.#kernel.timeline.nowUs + costUs);
    if (pool.waiting === 0) return;
    pool.isWatched = true;
    this.#schedule(operations.thread, costUs, 0, 0, 0, 0, null);
  }

  submit(pool: number, costUs: number, kind: number, number: number): void {
    if (!this.#alive) return;
    assert(pool >= 0 && pool < this.#host.pools.length, "work is submitted to a pool there is");
    this.#schedule(operations.submit, 0, pool, kind, number, pool, costUs);
  }

  spawn(task: Task): void {
    if (this.#alive) this.tasks.spawn(task);
  }

  current(): TaskToken {
    return this.tasks.current();
  }

  wake(token: TaskToken, value: unknown): void {
    if (this.#alive) this.#schedule(operations.wake, 0, 0, 0, token, 0, value);
  }

  sleep(delayUs: number): void {
    if (!this.#alive) return;
    assert(delayUs >= 0, "a sleep lies in the future");
    const worldUs = this.#host.clock.delayUs(delayUs);
    this.#schedule(operations.wake, worldUs, 0, 0, this.tasks.current(), 0, undefined);
  }

  emit(kind: number, a: number, b: number, c: number, d: number): void {
    if (!this.#alive) return;
    assert(this.#kernel.isRunning, "a machine is called inside a run, not by a late promise");
    this.#kernel.emit(kind, this.id, a, b, c, d);
    // An observer may have crashed this very process: its handler ends here.
    if (!this.#alive) throw processStop;
  }

  die(reason: "panic" | "abort" | "exit", text: string): never {
    if (this.#alive) this.#kernel.dies(this.#host, reason, text);
    throw processStop;
  }

  #schedule(
    operation: number,
    delayUs: number,
    pool: number,
    a: number,
    b: number,
    c: number,
    object: unknown,
  ): void {
    assert(this.#kernel.isRunning, "a machine is called inside a run, not by a late promise");
    const timeline = this.#kernel.timeline;
    const slot = timeline.queue.allocate(operation, this.id, this.incarnation, a, b, c, object);
    timeline.schedule(slot, timeline.nowUs + delayUs, this.id, pool);
  }
}
