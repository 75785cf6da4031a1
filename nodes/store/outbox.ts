/** Raft messages of one event, bundled by the store they go to: one envelope each. */
import type { Machine, ProcessId } from "../../sim/process.ts";
import { type Entry, entrySize, type RaftMessage } from "../raft/index.ts";
import type { Region } from "../region.ts";
import { noRegions, RaftBatch, wireKinds } from "../wire.ts";

type Bundle = {
  readonly store: number;
  readonly process: ProcessId;
  /** How many messages wait. The lists are filled over and over: an envelope gets its own. */
  count: number;
  readonly regions: number[];
  readonly messages: RaftMessage[];
  /** Replaced when the first one comes: mostly there is none. */
  descriptors: readonly Region[];
  sizeBytes: number;
};

export class Outbox {
  readonly #machine: Machine;
  readonly #processOf: (store: number) => ProcessId;
  readonly #bundles: Bundle[] = [];
  #isEmpty = true;

  constructor(machine: Machine, processOf: (store: number) => ProcessId) {
    this.#machine = machine;
    this.#processOf = processOf;
  }

  add(store: number, region: number, message: RaftMessage): void {
    const bundle = this.#bundle(store);
    bundle.sizeBytes += messageSize(message);
    bundle.regions[bundle.count] = region;
    bundle.messages[bundle.count] = message;
    bundle.count++;
    this.#isEmpty = false;
  }

  #bundle(store: number): Bundle {
    const bundles = this.#bundles;
    for (let at = 0; at < bundles.length; at++) {
      const bundle = bundles[at] as Bundle;
      if (bundle.store === store) return bundle;
    }
    const bundle: Bundle = {
      store,
      process: this.#processOf(store),
      count: 0,
      regions: [],
      messages: [],
      descriptors: noRegions,
      sizeBytes: 0,
    };
    bundles.push(bundle);
    return bundle;
  }

  /** Tells a store that was just added to what the message's region is: it may not have it. */
  describe(store: number, region: Region): void {
    const bundle = this.#bundles.find((one) => one.store === store);
    if (bundle !== undefined) bundle.descriptors = [...bundle.descriptors, region];
  }

  /** Sends what was added, one envelope a store. */
  flush(): void {
    if (this.#isEmpty) return;
    this.#isEmpty = true;
    for (const bundle of this.#bundles) {
      if (bundle.count === 0) continue;
      const { regions, messages, descriptors, count, sizeBytes } = bundle;
      const batch = new RaftBatch(firstOf(regions, count), firstOf(messages, count), descriptors);
      bundle.count = 0;
      bundle.descriptors = noRegions;
      bundle.sizeBytes = 0;
      this.#machine.send(bundle.process, wireKinds.raft, batch, sizeBytes);
    }
  }
}

/** Mostly there is one: a literal is the quickest list of it. */
function firstOf<Item>(items: readonly Item[], count: number): readonly Item[] {
  return count === 1 ? [items[0] as Item] : items.slice(0, count);
}

function messageSize({ entries, snapshot }: RaftMessage): number {
  let size = 48;
  for (let at = 0; at < entries.length; at++) size += entrySize(entries[at] as Entry);
  if (snapshot !== null) size += snapshot.data === null ? 64 : snapshot.data.size;
  return size;
}
