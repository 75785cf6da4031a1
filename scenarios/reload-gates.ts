/** The gates of plugin directories and hot reload; `gates.ts` counts them among all others. */
import {
  debouncedKinds,
  directoryChanges,
  eventKinds,
  loadCauses,
  loadRefusals,
  registryLogs,
} from "../nodes/events.ts";
import { eventKindsFrom, kernelEvents, networkFaults } from "../sim/index.ts";
import type { RunFacts, Watcher } from "./judge.ts";

/** Each with its sentence. */
export const reloadGateSentences = {
  changedWhileUp: "a plugin directory changed while its store ran",
  changedWhileDown: "a plugin directory changed while its store was down",
  hotLoaded: "a store loaded a plugin that came while it ran",
  reloadInFlight: "a plugin was loaded while a request ran on its store",
  replacedInFlight: "a plugin gave way while a request ran on it",
  partialSeen: "a store opened a file that was not whole, and refused it",
  pathRefused: "a path that had been loaded was not loaded again",
  twinsAtStart: "a store started with two files of one plugin's name",
  loadedUnderPartition: "a store loaded a new plugin while the network was cut",
  crashedMidReload: "a store died when its directory had changed and the watcher had not told",
  directoryDamaged: "a power loss took plugin files or parts of them",
  overwrittenServed: "a file was written to whose path had been seen before",
  removedServed: "a plugin file was removed from a running store",
  renamedServed: "the file of a plugin that serves got another name",
  fileEventsLost: "file events were lost because their queue was full",
  servedSideBySide: "a request ran while two versions of its plugin took requests",
  withdrawn: "a plugin was withdrawn because its file was gone",
  unloadedLate: "a plugin was unloaded when the last request on it had ended",
} as const;

export type ReloadGate = keyof typeof reloadGateSentences;

type Load = { readonly name: number; isServing: boolean; wasBusy: boolean };

/** What one store is known to do. */
type StoreState = {
  readonly loads: Map<number, Load>;
  /** Generations that requests run on, by the run's number. */
  readonly running: Map<number, number>;
  /** Names of plugins by the scan's files, while it tells of them. */
  readonly listed: number[];
  isUp: boolean;
  /** The directory changed and nothing was said of it yet. */
  isStirred: boolean;
};

export class ReloadGates implements Watcher {
  readonly kinds: readonly number[] = [
    kernelEvents.networkFault.kind,
    kernelEvents.networkRepair.kind,
    kernelEvents.boot.kind,
    kernelEvents.crash.kind,
    kernelEvents.powerLoss.kind,
    kernelEvents.death.kind,
    eventKinds.storeReady,
    eventKinds.pluginLoaded,
    eventKinds.pluginRefused,
    eventKinds.pluginStarted,
    eventKinds.pluginFinished,
    eventKinds.directoryListed,
    eventKinds.directoryChanged,
    eventKinds.watcherDelivered,
    eventKinds.registryLogged,
    eventKinds.pluginOpened,
    eventKinds.pluginMoved,
    eventKinds.pluginReplaced,
    eventKinds.pluginWithdrawn,
    eventKinds.pluginUnloaded,
  ];
  readonly counts: Record<ReloadGate, number>;
  readonly #stores = new Map<number, StoreState>();
  /** The names of plugins by their codes. */
  readonly #names: ReadonlyMap<number, number>;
  #cuts = 0;

  constructor({ stores, plugins }: RunFacts) {
    this.counts = Object.fromEntries(
      Object.keys(reloadGateSentences).map((gate) => [gate, 0]),
    ) as Record<ReloadGate, number>;
    this.#names = new Map(plugins.map(({ code, digest }) => [code, digest]));
    for (const { process } of stores) this.#stores.set(process, newState());
  }

  event(kind: number, process: number, a: number, b: number, c: number, d: number): void {
    if (kind < eventKindsFrom) return this.#world(kind, process, a);
    const store = this.#stores.get(process);
    if (store !== undefined) this.#plugin(store, kind, a, b, c, d);
  }

  /** Events of the kernel. */
  #world(kind: number, process: number, a: number): void {
    switch (kind) {
      case kernelEvents.networkFault.kind:
        if (a === networkFaults.partition) this.#cuts++;
        return;
      case kernelEvents.networkRepair.kind:
        if (a === networkFaults.partition) this.#cuts--;
        return;
      case kernelEvents.boot.kind: {
        const store = this.#stores.get(process);
        if (store !== undefined) store.isUp = true;
        return;
      }
      case kernelEvents.crash.kind:
      case kernelEvents.powerLoss.kind:
      case kernelEvents.death.kind:
        if (this.#stores.get(process)?.isStirred === true) this.counts.crashedMidReload++;
        if (this.#stores.has(process)) this.#stores.set(process, newState());
        return;
      default:
        return; // Does nothing to directories.
    }
  }

  /** Events of plugins and their directories. */
  #plugin(store: StoreState, kind: number, a: number, b: number, c: number, d: number): void {
    switch (kind) {
      case eventKinds.pluginStarted:
        return this.#started(store, b, d);
      case eventKinds.pluginFinished:
        store.running.delete(d);
        return;
      case eventKinds.directoryListed:
        store.listed.push(this.#names.get(c) ?? 0);
        return;
      case eventKinds.directoryChanged:
        return this.#changed(store, b);
      case eventKinds.watcherDelivered:
        if (b !== debouncedKinds.noticeWrite && b !== debouncedKinds.noticeRemove) {
          store.isStirred = false;
        }
        return;
      case eventKinds.registryLogged:
        if (b === registryLogs.overwritten) this.counts.overwrittenServed++;
        else if (b === registryLogs.removed) this.counts.removedServed++;
        return;
      case eventKinds.pluginRefused:
        if (b === loadRefusals.notALibrary) this.counts.partialSeen++;
        else if (b === loadRefusals.reload) this.counts.pathRefused++;
        return;
      case eventKinds.pluginOpened:
        return this.#opened(store, c);
      case eventKinds.pluginLoaded:
        store.loads.set(a, { name: b, isServing: true, wasBusy: false });
        return;
      case eventKinds.pluginMoved:
        this.counts.renamedServed++;
        return;
      case eventKinds.pluginReplaced:
        return this.#gaveWay(store, a);
      case eventKinds.pluginWithdrawn:
        this.counts.withdrawn++;
        return this.#gaveWay(store, a);
      case eventKinds.pluginUnloaded:
        if (store.loads.get(a)?.wasBusy === true) this.counts.unloadedLate++;
        store.loads.delete(a);
        return;
      case eventKinds.storeReady:
        return this.#ready(store);
      default:
        return; // Not a thing that a gate of these asks for.
    }
  }

  #started(store: StoreState, generation: number, run: number): void {
    store.running.set(run, generation);
    const name = store.loads.get(generation)?.name;
    let serving = 0;
    for (const load of store.loads.values()) {
      if (load.isServing && load.name === name) serving++;
    }
    if (serving > 1) this.counts.servedSideBySide++;
  }

  #changed(store: StoreState, change: number): void {
    const { lost, damaged, overflowed } = directoryChanges;
    if (change === lost || change === damaged) this.counts.directoryDamaged++;
    else if (change === overflowed) this.counts.fileEventsLost++;
    else if (store.isUp) {
      this.counts.changedWhileUp++;
      store.isStirred = true;
    } else this.counts.changedWhileDown++;
  }

  #opened(store: StoreState, cause: number): void {
    if (cause !== loadCauses.watcher) return;
    this.counts.hotLoaded++;
    if (store.running.size > 0) this.counts.reloadInFlight++;
    if (this.#cuts > 0) this.counts.loadedUnderPartition++;
  }

  #gaveWay(store: StoreState, generation: number): void {
    const load = store.loads.get(generation);
    if (load === undefined) return;
    load.isServing = false;
    load.wasBusy = [...store.running.values()].includes(generation);
    if (load.wasBusy) this.counts.replacedInFlight++;
  }

  #ready(store: StoreState): void {
    const names = store.listed.filter((name) => name !== 0);
    if (new Set(names).size < names.length) this.counts.twinsAtStart++;
    store.listed.length = 0;
  }
}

const newState = (): StoreState => ({
  loads: new Map(),
  running: new Map(),
  listed: [],
  isUp: false,
  isStirred: false,
});
