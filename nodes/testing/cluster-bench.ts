/**
 * A bench for tests of stores and clients: a world with a cluster of one to three stores, a probe
 * that sends requests no client would send, ordinary clients, and every event as a row. Latencies
 * are constant, so that a test can name moments.
 */
import {
  type DirectoryOperation,
  defaultPluginLimits,
  type PluginLimits,
  type PreparedPlugin,
} from "../../plugins/index.ts";
import { assert } from "../../sim/assert.ts";
import { type Machine, type Process, type ProcessId, World } from "../../sim/index.ts";
import { defaultSettings } from "../config/settings.ts";
import { type EventName, eventFields, eventKinds, roles } from "../events.ts";
import {
  Cluster,
  type DirectoryOrder,
  EnginePool,
  type Fidelity,
  type Operation,
  type Outcome,
  type Region,
  Request,
  RequestBody,
  RequestContext,
  type Response,
} from "../index.ts";
import { keyBytesDefault } from "../raw/write.ts";
import { wireKinds } from "../wire.ts";

/** The fields of a request in one record, whichever part they stand in. */
export type RequestFields = Partial<
  Pick<Request, "operation" | "timeoutUs"> & Mutable<RequestContext> & RequestBody
>;
type Mutable<Part> = { -readonly [Field in keyof Part]: Part[Field] };

export type BenchOptions = {
  readonly engines: EnginePool;
  readonly stores?: number;
  readonly cuts?: readonly string[];
  readonly replicas?: number;
  readonly seed?: string;
  /** In every store's directory as `plugin0.so`.., in this order; null: the feature is off. */
  readonly plugins?: readonly PreparedPlugin[] | null;
  /** Artefacts that come into directories later, by name. */
  readonly artefacts?: Readonly<Record<string, PreparedPlugin>>;
  readonly directoryPath?: string;
  /** Left out: `tikv`. */
  readonly fidelity?: Fidelity;
  /** Left out: in order of creation. */
  readonly directoryOrder?: DirectoryOrder;
  readonly limits?: Partial<PluginLimits>;
  readonly grpcThreads?: number;
  readonly keyBytesMax?: number;
  readonly retriesUndetermined?: boolean;
};

/** One event. `what` has the fields' names; `at` is the time in microseconds. */
export type BenchEvent = {
  readonly at: number;
  readonly store: number;
  readonly name: EventName;
  readonly what: Readonly<Record<string, number>>;
};

/** A pool that serves one bench after another. */
export async function benchEngines(): Promise<EnginePool> {
  const engines = new EnginePool({
    onFailure: (error) => {
      throw error;
    },
  });
  await engines.prepare(3);
  return engines;
}

const names = new Map<number, EventName>();
for (const [name, kind] of Object.entries(eventKinds)) names.set(kind, name as EventName);

const latencyUs = 500;
const diskUs = 200;

export class ClusterBench {
  readonly world: World;
  readonly cluster: Cluster;
  readonly events: BenchEvent[] = [];
  readonly #probe = new Probe(() => this.world.stop());
  readonly #outcomes = new Map<number, Outcome>();
  #rpc = 0;
  #operation = 0;

  constructor(options: BenchOptions) {
    const { engines, plugins = [], stores = 3, seed = "bench" } = options;
    engines.giveBackAll();
    this.world = new World({
      seed,
      strategy: { kind: "fifo" },
      slackUs: 0,
      limits: { events: 2_000_000, eventsPerSecond: 400_000, timeUs: 600_000_000 },
      network: { latency: { minUs: latencyUs, maxUs: latencyUs }, bytesPerSecond: 0 },
      disk: { latency: { minUs: diskUs, maxUs: diskUs } },
      keepTrace: false,
    });
    this.cluster = new Cluster({
      world: this.world,
      stores,
      cuts: options.cuts ?? [],
      replicas: options.replicas ?? stores,
      zones: [],
      settings: {
        ...defaultSettings("fast"),
        grpcThreads: options.grpcThreads ?? 5,
        keyBytesMax: options.keyBytesMax ?? keyBytesDefault,
        pluginDirectory: options.directoryPath ?? "/coprocessors",
      },
      clients: 2,
      engines,
      pluginsOf: () =>
        plugins === null
          ? null
          : plugins.map((prepared, at) => ({ file: `plugin${at}.so`, prepared })),
      artefact: (name) => {
        const artefact = options.artefacts?.[name];
        assert(artefact !== undefined, "the bench knows the artefact");
        return artefact;
      },
      fidelity: options.fidelity ?? "tikv",
      directoryOrder: options.directoryOrder ?? "asCreated",
      limits: { ...defaultPluginLimits, ...options.limits },
      retriesUndetermined: options.retriesUndetermined ?? false,
      finished: (id, outcome) => {
        this.#outcomes.set(id, outcome);
        this.world.stop();
      },
    });
    this.world.addProcess({
      name: "probe",
      zone: "zone1",
      pools: [16],
      messageCostUs: () => 0,
      boot: (machine) => this.#probe.boot(machine),
    });
    this.world.observe({
      event: (kind, process, a, b, c, d) => {
        const name = names.get(kind);
        if (name !== undefined) this.#record(name, process, [a, b, c, d]);
      },
    });
  }

  #record(name: EventName, process: ProcessId, values: readonly number[]): void {
    const store = this.cluster.storeIds.find((id) => this.cluster.processOf(id) === process) ?? 0;
    const what: Record<string, number> = {};
    eventFields[name].forEach((field, at) => {
      if (field !== "") what[field] = values[at] ?? 0;
    });
    this.events.push({ at: this.world.nowUs, store, name, what });
  }

  /** The events of a kind so far, or from a place in `events` on. */
  of(name: EventName, from = 0): readonly BenchEvent[] {
    return this.events.slice(from).filter((event) => event.name === name);
  }

  /** Runs for so long. A broken invariant fails the test that runs it. */
  run(us: number): void {
    this.#runTo(this.world.nowUs + us);
  }

  /**
   * Runs until something holds, looking every `stepUs` and whenever something was answered. Fails
   * after `maxUs`.
   */
  until(holds: () => boolean, how: { maxUs?: number; stepUs?: number } = {}): void {
    const { maxUs = 20_000_000, stepUs = 100 } = how;
    const endUs = this.world.nowUs + maxUs;
    while (!holds()) {
      assert(this.world.nowUs < endUs, `it comes to hold: ${holds}`);
      this.#advance(this.world.nowUs + stepUs);
    }
  }

  #runTo(untilUs: number): void {
    while (this.world.nowUs < untilUs) this.#advance(untilUs);
  }

  /** Runs up to a time, or to the next answer. */
  #advance(untilUs: number): void {
    this.world.run(untilUs);
    if (this.world.failure !== null) throw this.world.failure.error;
  }

  // Leaders ------------------------------------------------------------------------------------

  /** The store of a region's latest leader that still leads and is up, 0 = none. */
  leaderOf(region = 1): number {
    const terms = new Map<number, { readonly role: number; readonly term: number }>();
    for (const { name, store, what } of this.events) {
      if (name !== "roleChanged" && name !== "regionRecovered") continue;
      if (what["region"] !== region) continue;
      terms.set(store, { role: what["role"] ?? roles.follower, term: what["term"] ?? 0 });
    }
    let leader = { store: 0, term: 0 };
    for (const [store, { role, term }] of terms) {
      const isUp = this.world.isUp(this.cluster.processOf(store));
      if (role === roles.leader && isUp && term > leader.term) leader = { store, term };
    }
    return leader.store;
  }

  /** Runs until a region is led by a store and its lease holds. */
  lead(store: number, region = 1): void {
    this.until(() => this.leaderOf(region) !== 0, { stepUs: 10_000 });
    for (let tries = 0; this.leaderOf(region) !== store; tries++) {
      assert(tries < 10, "a leadership can be handed over");
      this.transfer(region, store);
      this.run(300_000);
    }
    this.run(300_000);
  }

  transfer(region: number, to: number): void {
    this.#now(() => this.cluster.transferLeader(region, to));
  }

  /** Begins a file operation on a store's plugin directory. */
  changeDirectory(store: number, operation: DirectoryOperation): void {
    this.#now(() => this.cluster.changeDirectory(store, operation));
  }

  /** Asks for a split at a key, and does not wait for it. */
  split(key: string): void {
    this.#now(() => this.cluster.split(key));
  }

  /** Splits at a key and runs until `stores` of the stores have done so. Returns the new region. */
  splitAt(key: string, stores: number = this.cluster.storeIds.length): number {
    const from = this.events.length;
    this.split(key);
    this.until(() => this.of("regionSplit", from).length >= stores, { maxUs: 5_000_000 });
    return this.of("regionSplit", from)[0]?.what["newRegion"] ?? 0;
  }

  /** Does something in an event of its own, outside of all processes. */
  #now(action: () => void): void {
    let isDone = false;
    this.world.at(this.world.nowUs, () => {
      action();
      isDone = true;
    });
    while (!isDone) this.#advance(this.world.nowUs);
  }

  /** Cuts stores from each other; clients and the probe reach all. Undone by the result. */
  cut(...groups: readonly (readonly number[])[]): () => void {
    const { network } = this.world;
    const id = network.partition(groups.map((group) => group.map((one) => this.process(one))));
    return () => network.heal(id);
  }

  process(store: number): ProcessId {
    return this.cluster.processOf(store);
  }

  // Requests -----------------------------------------------------------------------------------

  region(id: number): Region {
    const region = this.cluster.regions.find((one) => one.id === id);
    assert(region !== undefined, "the region exists");
    return region;
  }

  /** Sends a request as it stands; what is left out fits the store. Returns its rpc. */
  send(store: number, fields: RequestFields): number {
    const rpc = ++this.#rpc;
    const { operation = 1_000_000 + rpc, timeoutUs = 0, regionId = 1 } = fields;
    const meant = this.cluster.regions.find((one) => one.id === regionId) ?? this.region(1);
    const peerId = meant.peers.find((peer) => peer.store === store)?.id ?? 0;
    const { version, confVer } = meant;
    const context = new RequestContext(regionId, version, confVer, peerId, store, 0, false);
    const request = new Request(
      operation,
      rpc,
      timeoutUs,
      filledIn(context, fields),
      filledIn(new RequestBody(), fields),
    );
    this.#now(() => this.#probe.send(this.cluster.processOf(store), request));
    return rpc;
  }

  /** The answer to a request; undefined as long as there is none. */
  answer(rpc: number): Response | "refused" | undefined {
    return this.#probe.answers.get(rpc);
  }

  /** Sends and runs until answered. Fails when there is no answer in `maxUs`. */
  ask(store: number, fields: RequestFields, maxUs = 20_000_000): Response {
    const rpc = this.send(store, fields);
    this.until(() => this.answer(rpc) !== undefined, { maxUs, stepUs: maxUs });
    const answer = this.answer(rpc);
    assert(answer !== undefined && answer !== "refused", "the request was answered");
    return answer;
  }

  // Clients ------------------------------------------------------------------------------------

  start(operation: Operation, client = 0): number {
    const id = ++this.#operation;
    this.#now(() => this.cluster.start(client, id, operation));
    return id;
  }

  outcome(id: number): Outcome | undefined {
    return this.#outcomes.get(id);
  }

  /** Has a client do something and runs until it ended. */
  call(operation: Operation, client = 0): Outcome {
    const id = this.start(operation, client);
    this.until(() => this.outcome(id) !== undefined, { stepUs: 20_000_000 });
    return this.outcome(id) as Outcome;
  }
}

/** A part of a request with those of the fields that it has. */
function filledIn<Part extends object>(part: Part, fields: RequestFields): Part {
  const own = Object.entries(fields).filter(([name]) => name in part);
  return Object.assign(part, Object.fromEntries(own));
}

class Probe implements Process {
  readonly answers = new Map<number, Response | "refused">();
  readonly #answered: () => void;
  #machine: Machine | null = null;

  constructor(answered: () => void) {
    this.#answered = answered;
  }

  boot(machine: Machine): Process {
    this.#machine = machine;
    return this;
  }

  send(to: ProcessId, request: Request): void {
    assert(this.#machine !== null, "the probe has booted");
    this.#machine.send(to, wireKinds.request, request, 64);
  }

  receive(_from: ProcessId, _kind: number, payload: object): void {
    const response = payload as Response;
    assert(!this.answers.has(response.rpc), "a request is answered at most once");
    this.answers.set(response.rpc, response);
    this.#answered();
  }

  refused(_to: ProcessId, _kind: number, payload: object): void {
    this.answers.set((payload as Request).rpc, "refused");
    this.#answered();
  }

  timer(): void {}
  diskDone(): void {}
  digest(): number {
    return 0;
  }
}
