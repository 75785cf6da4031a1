/** Raft messages of one event, bundled by the store they go to: one envelope each. */
import type { Machine, ProcessId } from "../../sim/process.ts";
import { type Entry, entrySize, type RaftMessage } from "../raft/index.ts";
import type { Region } from "../region.ts";
import { noRegions, RaftBatch, wireKinds } from "../wire.ts";

type Bundle = {
  readonly store: number;
  readonly process: ProcessId;
  /** False: the lists are those of an envelope that was sent. */
  isOpen: boolean;
  regions: number[];
  messages: RaftMessage[];
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
    if (bundle.isOpen) {
      bundle.regions.push(region);
      bundle.messages.push(message);
      return;
    }
    // Mostly it stays the only one: a push onto an empty list makes room for seventeen.
    bundle.regions = [region];
    bundle.messages = [message];
    bundle.isOpen = true;
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
      isOpen: false,
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
      if (!bundle.isOpen) continue;
      const batch = new RaftBatch(bundle.regions, bundle.messages, bundle.descriptors);
      const { sizeBytes } = bundle;
      bundle.isOpen = false;
      bundle.descriptors = noRegions;
      bundle.sizeBytes = 0;
      this.#machine.send(bundle.process, wireKinds.raft, batch, sizeBytes);
    }
  }
}

function messageSize({ entries, snapshot }: RaftMessage): number {
  let size = 48;
  for (let at = 0; at < entries.length; at++) size += entrySize(entries[at] as Entry);
  if (snapshot !== null) size += snapshot.data === null ? 64 : snapshot.data.size;
  return size;
}
