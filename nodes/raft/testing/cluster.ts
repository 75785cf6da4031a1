/**
 * Test peers and one queue of messages between them, moved by hand: what a message or a tick does
 * is seen before anything else happens. No clock and no chance.
 */
import { assert } from "../../../sim/assert.ts";
import { messageTypeNames, type RaftMessage } from "../message.ts";
import type { RaftSettings, RecoveredState } from "../options.ts";
import { TestPeer } from "./peer.ts";

export class Cluster {
  readonly peers: Map<number, TestPeer> = new Map();
  /** The messages on their way, the oldest first. */
  queue: RaftMessage[] = [];
  readonly #down = new Set<number>();
  readonly #cut = new Set<string>();
  readonly #ignored = new Set<string>();
  #draws = 0;

  add(id: number, settings: RaftSettings, disk: RecoveredState): TestPeer {
    assert(!this.peers.has(id), "a peer is added once");
    const { electionTicks } = settings;
    // Any timeout will do: a script that cares says which.
    const draw = (): number => {
      this.#draws += 7;
      return electionTicks + (this.#draws % electionTicks);
    };
    const peer = new TestPeer(id, settings, disk, draw);
    this.peers.set(id, peer);
    return peer;
  }

  get ids(): readonly number[] {
    return [...this.peers.keys()].sort((a, b) => a - b);
  }

  peer(id: number): TestPeer {
    const peer = this.peers.get(id);
    assert(peer !== undefined, `peer ${id} exists`);
    return peer;
  }

  isDown(id: number): boolean {
    return this.#down.has(id);
  }

  processReady(id: number): void {
    this.peer(id).processReady((message) => this.send(message));
  }

  send(message: RaftMessage): void {
    const { from, to, type } = message;
    if (this.#cut.has(`${from}>${to}`) || this.#ignored.has(messageTypeNames[type]!)) return;
    // One that does not exist yet may still come to read them; one that is down never will.
    if (!this.#down.has(to)) this.queue.push(message);
  }

  /** Takes the first messages that `matches` off the queue, at most `max` of them. */
  take(
    matches: (message: RaftMessage) => boolean,
    max: number = Number.POSITIVE_INFINITY,
  ): RaftMessage[] {
    const taken: RaftMessage[] = [];
    this.queue = this.queue.filter((message) => {
      if (taken.length >= max || !matches(message)) return true;
      taken.push(message);
      return false;
    });
    return taken;
  }

  /** Hands every message for `id` over that is on its way now. Returns how many there were. */
  deliverTo(id: number): number {
    const taken = this.take(({ to }) => to === id);
    for (const message of taken) this.peer(id).raft.step(message);
    return taken.length;
  }

  /** Lets `ids` work and talk until nothing moves any more. */
  stabilize(ids: readonly number[] = this.ids): void {
    for (let rounds = 0, moved = true; moved; rounds += 1) {
      assert(rounds < 10_000, "peers that are left alone come to rest");
      moved = false;
      const up = ids.filter((id) => !this.#down.has(id));
      for (const id of up) {
        if (!this.peer(id).hasReady()) continue;
        this.processReady(id);
        moved = true;
      }
      for (const id of up) if (this.deliverTo(id) > 0) moved = true;
    }
  }

  cut(from: number, to: number): void {
    this.#cut.add(`${from}>${to}`);
  }

  isolate(id: number): void {
    for (const other of this.ids) {
      this.cut(id, other);
      this.cut(other, id);
    }
  }

  ignore(typeName: string): void {
    this.#ignored.add(typeName);
  }

  heal(): void {
    this.#cut.clear();
    this.#ignored.clear();
  }

  crash(id: number): void {
    this.#down.add(id);
    this.take(({ to }) => to === id);
  }

  restart(id: number): void {
    assert(this.#down.delete(id), "only who crashed restarts");
    this.peer(id).restart();
  }
}
