/**
 * A store: what a TiKV server is. It takes messages and ticks in, gives them to its peers' Raft
 * cores, and has the driver carry out what the cores want.
 * Source: TiKV components/raftstore/src/store, src/server/service/kv.rs.
 */
import type { DirectoryChange, PluginDirectory, PluginLimits } from "../../plugins/index.ts";
import { assert } from "../../sim/assert.ts";
import type { DiskError, Machine, Process, ProcessId } from "../../sim/process.ts";
import { type CommandBody, command } from "../command.ts";
import { ContractPolicy } from "../copr/contract-policy.ts";
import { Endpoint } from "../copr/endpoint.ts";
import type { Fidelity } from "../copr/fidelity.ts";
import { PluginHost } from "../copr/plugin-host.ts";
import type { EndpointPolicy } from "../copr/policy.ts";
import { tikvPolicy } from "../copr/tikv-policy.ts";
import type { LiveStore } from "../engine/live-store.ts";
import { eventKinds } from "../events.ts";
import type { RaftMessage, Snapshot } from "../raft/index.ts";
import { RawStore } from "../raw/raw-store.ts";
import { containsKey, isInitialized, type Region } from "../region.ts";
import { operations, type RaftBatch, type Request, statuses, wireKinds } from "../wire.ts";
import { Detours } from "./detours.ts";
import { RaftDriver } from "./driver.ts";
import { compactIndex } from "./log-gc.ts";
import { MessageGate } from "./message-gate.ts";
import { Newcomers } from "./newcomers.ts";
import type { StorePeer } from "./peer.ts";
import type { FailpointSource, StorePoints } from "./points.ts";
import { type RegionState, SnapshotData } from "./region-state.ts";
import { checkRequest } from "./request-check.ts";
import { StoreDisk } from "./store-disk.ts";
import type { Timing } from "./timing.ts";
import { ClientSink, Waiter } from "./waiter.ts";

export type StoreOptions = {
  readonly store: number;
  /** The first regions of the cluster; the store has a peer of those that name it. */
  readonly layout: readonly RegionState[];
  readonly timing: Timing;
  /** raftstore.raft-entry-max-size, bytes. */
  readonly entryBytesMax: number;
  /** storage.max-key-size, bytes. */
  readonly keyBytesMax: number;
  /** An empty, opened memory-level instance. */
  readonly live: LiveStore;
  readonly processOf: (store: number) => ProcessId;
  /** The machine's plugin directory, or null: none is set, the feature is off. */
  readonly directory: PluginDirectory | null;
  /** `coprocessor-plugin-directory`, where there is a directory. */
  readonly directoryPath: string;
  readonly fidelity: Fidelity;
  readonly limits: PluginLimits;
  /** The store's own points, and where those of its peers come from. */
  readonly points: StorePoints;
  readonly failpoints: FailpointSource;
  readonly placement: Placement;
};

/** The placement driver as stores see it. */
export interface Placement {
  /** A leader tells what its region is: when it is elected, and after a split. */
  heartbeat(region: Region): void;
  /** The ids of a new region with as many peers as `region` (PD's AskBatchSplit). */
  askSplit(region: Region): { readonly newRegion: number; readonly newPeers: readonly number[] };
}

const timers = { tick: 1, apply: 2, settle: 3, detour: 4, plugins: 5, deadline: 6 } as const;
export type TimerKind = (typeof timers)[keyof typeof timers];

/** One incarnation of a store. Until recovery ends it refuses everything. */
export class Store implements Process {
  readonly #machine: Machine;
  readonly #options: StoreOptions;
  readonly #points: StorePoints;
  readonly #detours: Detours;
  readonly #gate: MessageGate;
  readonly #disk: StoreDisk;
  #driver: RaftDriver | null = null;
  #newcomers: Newcomers | null = null;
  #raw: RawStore | null = null;
  readonly #plugins: PluginHost | null;
  #endpoint: Endpoint | null = null;
  /** Where answers to a client go, by its process. */
  readonly #sinks: (ClientSink | undefined)[] = [];
  #ticks = 0;

  constructor(machine: Machine, options: StoreOptions) {
    this.#machine = machine;
    this.#options = options;
    this.#points = options.points;
    this.#detours = new Detours(machine, timers.detour);
    this.#gate = new MessageGate(this.#points, this.#detours);
    this.#plugins = this.#watchPlugins();
    this.#disk = new StoreDisk({
      machine,
      store: options.store,
      layout: options.layout,
      live: options.live,
      points: this.#points,
      detours: this.#detours,
      ready: () => this.#open(),
    });
    // Ticks of different stores fall on different moments, as they do on real machines.
    const { tickUs } = options.timing;
    machine.arm(1 + machine.stream("ticks").below(tickUs), timers.tick, 0);
  }

  /** The watch on the plugin directory begins before anything in it is looked at. */
  #watchPlugins(): PluginHost | null {
    const { directory, directoryPath: path, fidelity, limits, timing } = this.#options;
    if (directory === null) return null;
    const { watcherDelayUs: delayUs } = timing;
    const [machine, timer] = [this.#machine, timers.plugins];
    return new PluginHost({ machine, directory, path, fidelity, limits, delayUs, timer });
  }

  /** Recovery is over: plugins, peers, then the doors. */
  #open(): void {
    const plugins = this.#plugins;
    plugins?.scan();
    // A constructor that never returns keeps the server's start from going on (H15).
    if (plugins?.isHung === true) return;
    const { store, timing, processOf, failpoints, placement } = this.#options;
    const { entryBytesMax, keyBytesMax } = this.#options;
    const machine = this.#machine;
    const [points, detours] = [this.#points, this.#detours];
    const driver = new RaftDriver({
      machine,
      store,
      timing,
      disk: this.#disk,
      processOf,
      applyTimer: timers.apply,
      failpoints,
      points,
      detours,
      heartbeat: (region) => placement.heartbeat(region),
      created: (peer) => newcomers.created(peer),
    });
    const newcomers = new Newcomers(driver, store);
    const touched = (peer: StorePeer) => driver.touch(peer);
    const { peers } = driver;
    const raw = new RawStore({
      storeId: store,
      peers,
      touched,
      points,
      detours,
      entryBytesMax,
      keyBytesMax,
    });
    this.#driver = driver;
    this.#newcomers = newcomers;
    this.#raw = raw;
    this.#endpoint = new Endpoint({
      machine,
      storage: raw,
      plugins,
      policy: this.#policy(peers),
      timer: timers.deadline,
      settle: () => driver.settle(),
      points,
      detours,
      regionOf: (id) => regionOf(peers, id),
    });
    machine.emit(eventKinds.storeReady, store, driver.peers.size, 0, 0);
  }

  #policy(peers: ReadonlyMap<number, StorePeer>): EndpointPolicy {
    const { store, fidelity, timing } = this.#options;
    if (fidelity === "tikv") return tikvPolicy;
    return new ContractPolicy({
      regionError: (request) => {
        const { context } = request;
        return checkRequest(context, peers.get(context.regionId), store, peers);
      },
      regionOf: (id) => regionOf(peers, id),
      timeUs: timing.rpcTimeoutUs,
    });
  }

  // What happens -------------------------------------------------------------------------------

  receive(from: ProcessId, kind: number, payload: object): void {
    if (kind === wireKinds.raft) this.#raft(payload as RaftBatch);
    else {
      assert(kind === wireKinds.request, "a store gets Raft batches and requests");
      this.#request(from, payload as Request);
    }
    this.#driver?.settle();
  }

  /** The other store is down: what was in flight to it may be lost. */
  refused(_to: ProcessId, kind: number, payload: object): void {
    const driver = this.#driver;
    if (kind !== wireKinds.raft || driver === null) return;
    const tell = (): void => driver.unreachable(payload as RaftBatch);
    if (this.#detours.passes(this.#points.messages.on_batch_raft_stream_drop_by_err, tell)) tell();
    driver.settle();
  }

  timer(kind: number, number: number): void {
    if (kind === timers.tick) this.#tick();
    else if (kind === timers.apply) this.#driver?.applyLate(number);
    else if (kind === timers.detour) this.#detours.release(number);
    else if (kind === timers.plugins) this.#plugins?.wake(number);
    else if (kind === timers.deadline) this.#endpoint?.timer();
    this.#driver?.settle();
  }

  diskDone(token: number, error: DiskError | null, bytes: Uint8Array | null): void {
    this.#disk.done(token, error, bytes);
    this.#driver?.settle();
  }

  digest(): number {
    return this.#driver === null ? 0 : this.#driver.digest();
  }

  /** The plugin directory changed while this incarnation runs; from outside of its handlers. */
  directoryChanged(change: DirectoryChange): void {
    this.#plugins?.changed(change);
  }

  /** A plan's request to hand leadership over; nothing happens unless this store leads. */
  transferLeader(region: number, to: number): void {
    const peer = this.#driver?.peers.get(region);
    const target = peer?.region.peers.find((one) => one.store === to);
    if (peer === undefined || !peer.isLeader || target === undefined) return;
    // To itself: the core would call a transfer off whose TimeoutNow may have left already, and the
    // lease would be trusted again while the target wins.
    if (target.id === peer.id) return;
    const { term } = peer.raft;
    this.#machine.emit(eventKinds.leaderTransferStarted, region, peer.id, target.id, term);
    peer.raft.transferLeader(target.id);
    this.#driver?.touch(peer);
    // No handler of the store runs now, so a failpoint could not end its process here.
    this.#machine.arm(0, timers.settle, 0);
  }

  /**
   * A request to split the region that this store leads and that has `key` strictly inside;
   * nothing happens where there is none.
   * Source: TiKV raftstore store/fsm/peer.rs (on_prepare_split_region).
   */
  split(key: string): void {
    const driver = this.#driver;
    if (driver === null) return;
    for (const peer of driver.peers.values()) {
      const { region } = peer;
      if (!peer.isLeader || key <= region.start || !containsKey(region, key)) continue;
      const ids = this.#options.placement.askSplit(region);
      const { id: regionId, version } = region;
      const header = { regionId, version, operation: 0 };
      peer.proposeSplit(command(header, { kind: "split", key, ...ids }));
      driver.touch(peer);
      this.#machine.arm(0, timers.settle, 0);
      return;
    }
  }

  #raft(batch: RaftBatch): void {
    const [driver, newcomers] = [this.#driver, this.#newcomers];
    if (driver === null || newcomers === null) return;
    const { isOpen } = this.#gate;
    for (let at = 0; at < batch.messages.length; at++) {
      const region = batch.regions[at] as number;
      const message = batch.messages[at] as RaftMessage;
      const peer = driver.peers.get(region) ?? newcomers.meet(batch, region, message);
      if (peer === null || message.to !== peer.id) continue;
      if (message.snapshot !== null && !mayTake(newcomers, message.snapshot)) continue;
      if (isOpen) step(driver, peer, message);
      else this.#raftPast(driver, peer, message);
    }
  }

  /** The way past failpoints has closures, and a method of its own: they would cost elsewhere. */
  #raftPast(driver: RaftDriver, peer: StorePeer, message: RaftMessage): void {
    const take = (): void => step(driver, peer, message);
    if (this.#gate.admits(message, take)) take();
  }

  #request(from: ProcessId, request: Request): void {
    const sink = this.#sinkOf(from);
    const waiter = new Waiter(this.#machine, request, sink);
    if (this.#raw === null || this.#endpoint === null) {
      // The gRPC service starts after recovery.
      const response = waiter.response();
      response.status = statuses.unavailable;
      sink.answer(response);
    } else if (request.body.op === operations.coprocessor) this.#endpoint.handle(waiter);
    else this.#raw.execute(waiter, false);
  }

  #sinkOf(client: ProcessId): ClientSink {
    const known = this.#sinks[client];
    if (known !== undefined) return known;
    const sink = new ClientSink(this.#machine, client);
    this.#sinks[client] = sink;
    return sink;
  }

  // Ticks --------------------------------------------------------------------------------------

  #tick(): void {
    const { timing } = this.#options;
    this.#machine.arm(timing.tickUs, timers.tick, 0);
    const driver = this.#driver;
    if (driver === null) return;
    this.#ticks++;
    for (const peer of driver.peers.values()) {
      const acted = peer.raft.tick();
      peer.reads.retry();
      if (peer.isLeader) this.#lead(peer);
      // Most ticks bring a follower's election nearer, and that is all. At the first one there may
      // be entries that were committed before the store began.
      if (acted || peer.isLeader || peer.raft.hasReady()) driver.touch(peer);
    }
    if (this.#ticks % timing.checkpointTicks === 0) this.#disk.kv.checkpoint();
    this.#disk.tick();
  }

  /** What a leader does from time to time: lost snapshots, log GC, replica checksums. */
  #lead(peer: StorePeer): void {
    const { timing } = this.#options;
    this.#driver?.watchSnapshots(peer);
    if (this.#ticks % timing.logGcTicks === 0) this.#collectPast(peer);
    if (timing.checksumTicks > 0 && this.#ticks % timing.checksumTicks === 0) {
      this.#administer(peer, { kind: "computeHash" });
    }
  }

  #collectPast(peer: StorePeer): void {
    const tick = this.#points.logGc.on_raft_gc_log_tick;
    const collect = (): void => this.#collectLog(peer);
    if (tick.actions === null || this.#detours.meet(tick, collect).kind === "go") collect();
  }

  #collectLog(peer: StorePeer): void {
    const { raft } = peer;
    if (!peer.isLeader) return; // It was held up, and the leadership is gone.
    const { timing } = this.#options;
    const index = compactIndex({ raft, timing, rounds: peer.logGcRounds });
    if (index === null) {
      peer.logGcRounds++;
      return;
    }
    peer.logGcRounds = 0;
    this.#administer(peer, { kind: "compactLog", index, term: raft.termAt(index) });
    this.#driver?.touch(peer);
  }

  #administer(peer: StorePeer, body: CommandBody): void {
    const { id, version } = peer.region;
    peer.raft.propose(command({ regionId: id, version, operation: 0 }, body));
  }
}

/** What a store knows of a region, or undefined. */
function regionOf(peers: ReadonlyMap<number, StorePeer>, id: number): Region | undefined {
  const region = peers.get(id)?.region;
  return region !== undefined && isInitialized(region) ? region : undefined;
}

function mayTake(newcomers: Newcomers, { data }: Snapshot): boolean {
  return !(data instanceof SnapshotData) || newcomers.mayTake(data.state.region);
}

function step(driver: RaftDriver, peer: StorePeer, message: RaftMessage): void {
  peer.raft.step(message);
  driver.touch(peer);
}
