/**
 * A cluster in a world: the stores of a first layout, the clients, and the handles that a plan's
 * faults need. The one entry by which scenarios start the system under test, and by which mutated
 * builds of it are started in its place.
 */
import type { DirectoryOperation, PluginLimits, PreparedPlugin } from "../plugins/index.ts";
import { assert, InvariantError } from "../sim/assert.ts";
import type { ProcessId, World } from "../sim/index.ts";
import { Client, type ClientOptions } from "./client/client.ts";
import type { Operation, Outcome } from "./client/operation.ts";
import type { Settings } from "./config/settings.ts";
import type { Fidelity } from "./copr/fidelity.ts";
import {
  type DirectoryOrder,
  type InitialFile,
  PluginDirectories,
} from "./copr/plugin-directories.ts";
import type { EnginePool } from "./engine/index.ts";
import { PlacementDriver } from "./placement.ts";
import { fixedLayout, type Region } from "./region.ts";
import { messageCostUs } from "./store/costs.ts";
import { type FailpointSource, noFailpoints, storePoints } from "./store/points.ts";
import { type RegionState, stateOf } from "./store/region-state.ts";
import { Store } from "./store/store.ts";
import type { Timing } from "./store/timing.ts";

export { wireCodec } from "./wire-codec.ts";

export type ClusterOptions = {
  readonly world: World;
  /** Store ids are 1..stores. */
  readonly stores: number;
  readonly cuts: readonly string[];
  /** Peers of a region. Left out: one on every store. */
  readonly replicas?: number;
  /** By store, or [] for one zone. Clients live in the first. */
  readonly zones: readonly string[];
  readonly settings: Settings;
  readonly clients: number;
  readonly engines: EnginePool;
  /** The first plugin files of a store's directory, or null: no directory is set, feature off. */
  readonly pluginsOf: (store: number) => readonly InitialFile[] | null;
  /** The artefact of a name, for what is copied into directories later; left out: none is. */
  readonly artefact?: (name: string) => PreparedPlugin;
  readonly fidelity: Fidelity;
  /** The order of a directory's scan; left out: arbitrary. */
  readonly directoryOrder?: DirectoryOrder;
  readonly limits: PluginLimits;
  readonly retriesUndetermined: boolean;
  /** Clients check version requirements before they send them, as client-rust does. */
  readonly clientsCheckVersions?: boolean;
  /** The failpoints of the run; left out: none is ever set. */
  readonly failpoints?: FailpointSource;
  /** Told when an operation of a client ends. */
  readonly finished: (operationId: number, outcome: Outcome) => void;
};

/** A running cluster. */
export class Cluster {
  /** The regions that it began with. */
  readonly layout: readonly Region[];
  readonly storeIds: readonly number[];
  /** The same, as disks keep them. */
  readonly #firstStates: readonly RegionState[];
  readonly #options: ClusterOptions;
  readonly #timing: Timing;
  readonly #placement: PlacementDriver;
  /** By store. */
  readonly #processes: ProcessId[] = [];
  readonly #stores = new Map<number, Store>();
  readonly #directories: PluginDirectories;
  readonly #clients: Client[] = [];
  readonly #clientProcesses: ProcessId[] = [];

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#timing = options.settings.timing;
    this.#directories = new PluginDirectories({
      world: options.world,
      processOf: (store) => this.processOf(store),
      artefact: options.artefact ?? noArtefact,
      order: options.directoryOrder ?? "arbitrary",
    });
    this.storeIds = Array.from({ length: options.stores }, (_, at) => at + 1);
    this.layout = fixedLayout(this.storeIds, options.cuts, options.replicas);
    this.#firstStates = this.layout.map(stateOf);
    this.#placement = new PlacementDriver(this.layout);
    for (const store of this.storeIds) this.#addStore(store);
    for (let client = 0; client < options.clients; client++) this.#addClient(client);
  }

  /** A store's process. */
  processOf(store: number): ProcessId {
    const process = this.#processes[store];
    assert(process !== undefined, "the store exists");
    return process;
  }

  /** The processes of all clients, in order. */
  get clientProcesses(): readonly ProcessId[] {
    return this.#clientProcesses;
  }

  /** Starts an operation on a client, 0 <= client < clients. */
  start(client: number, id: number, operation: Operation): void {
    const one = this.#clients[client];
    assert(one !== undefined, "the client exists and has booted");
    one.start(id, operation);
  }

  /** Asks the leader of a region, wherever it is, to hand its leadership to a store's peer. */
  transferLeader(region: number, to: number): void {
    for (const store of this.storeIds) {
      if (!this.#options.world.isUp(this.processOf(store))) continue;
      this.#stores.get(store)?.transferLeader(region, to);
    }
  }

  /**
   * Begins a file operation on the plugin directory of a store's machine, whether the store is up
   * or not. Where the machine has no power it begins when the store starts again; a power loss ends
   * it. Not from inside a store's handler.
   */
  changeDirectory(store: number, operation: DirectoryOperation): void {
    this.#directories.change(store, operation);
  }

  /** The regions as their leaders told the placement driver. */
  get regions(): readonly Region[] {
    return this.#placement.regions;
  }

  /**
   * Asks the leader of the region that has `key` strictly inside, wherever it is, to split it
   * there: the region keeps what is from the key on, a new one gets what is before it.
   */
  split(key: string): void {
    for (const store of this.storeIds) {
      if (this.#options.world.isUp(this.processOf(store))) this.#stores.get(store)?.split(key);
    }
  }

  #addStore(store: number): void {
    const { world, engines, zones, settings, limits, pluginsOf, failpoints } = this.#options;
    const { fidelity } = this.#options;
    const directories = this.#directories;
    const files = settings.pluginDirectory === null ? null : pluginsOf(store);
    if (files !== null) directories.add(store, files);
    const source = failpoints ?? noFailpoints;
    const points = storePoints(source, store);
    const id = world.addProcess({
      name: `store${store}`,
      zone: zones[store - 1] ?? "zone1",
      pools: [settings.grpcThreads],
      messageCostUs,
      starts: true,
      lostPower: (loses) => directories.lostPower(store, loses),
      boot: (machine) => {
        const booted = new Store(machine, {
          store,
          layout: this.#firstStates,
          timing: this.#timing,
          entryBytesMax: settings.entryBytesMax,
          keyBytesMax: settings.keyBytesMax,
          live: engines.take(machine.id),
          processOf: (other) => this.processOf(other),
          directory: directories.of(store),
          directoryPath: settings.pluginDirectory ?? "",
          fidelity,
          limits,
          points,
          failpoints: source,
          placement: this.#placement,
        });
        this.#stores.set(store, booted);
        directories.booted(store, booted);
        return booted;
      },
    });
    this.#processes[store] = id;
  }

  #addClient(client: number): void {
    const { world, zones, retriesUndetermined, clientsCheckVersions, finished } = this.#options;
    const options: ClientOptions = {
      locator: this.#placement,
      processOf: (store) => this.processOf(store),
      rpcTimeoutUs: this.#timing.rpcTimeoutUs,
      deadlineUs: this.#timing.deadlineUs,
      retriesUndetermined,
      checksVersions: clientsCheckVersions ?? false,
      responseBytesMax: 4 << 20,
      finished,
    };
    const id = world.addProcess({
      name: `client${client}`,
      zone: zones[0] ?? "zone1",
      pools: [16],
      messageCostUs: () => 0,
      starts: true,
      boot: (machine) => {
        const booted = new Client(machine, options);
        this.#clients[client] = booted;
        return booted;
      },
    });
    this.#clientProcesses.push(id);
  }
}

function noArtefact(name: string): never {
  throw new InvariantError(`a cluster without artefacts is asked for ${name}`);
}
