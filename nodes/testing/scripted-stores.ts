/**
 * A client among stores that say what a script says: every request is a line with its time, and the
 * script's answer to it comes a millisecond after it was sent.
 */
import { assert } from "../../sim/assert.ts";
import { type Machine, type Process, type ProcessId, World } from "../../sim/index.ts";
import { Client, type ClientOptions } from "../client/client.ts";
import type { Locator } from "../client/region-cache.ts";
import { fixedLayout, fixedLocator, type Operation, type Outcome, Response } from "../index.ts";
import { operations, type Request, wireKinds } from "../wire.ts";

/** What a store answers to the n-th request of all (from 0); null: nothing, ever. */
export type Script = (request: Request, count: number) => Partial<Response> | null;

export type ScriptedOptions = {
  readonly script: Script;
  readonly cuts?: readonly string[];
  readonly locator?: Locator;
  readonly options?: Partial<ClientOptions>;
};

export type Scripted = {
  readonly outcome: Outcome;
  /** `12ms store 1 get region 1 v1`: time since the first request. */
  readonly log: readonly string[];
  readonly requests: readonly Request[];
};

const names = new Map<number, string>(Object.entries(operations).map(([name, at]) => [at, name]));

/** Has one client do these operations, one after another; gives what came of the last. */
export function runScripted(options: ScriptedOptions, ...calls: readonly Operation[]): Scripted {
  const { script, cuts = [] } = options;
  const world = new World({
    seed: "scripted",
    strategy: { kind: "fifo" },
    slackUs: 0,
    limits: { events: 100_000, eventsPerSecond: 50_000, timeUs: 100_000_000 },
    network: { latency: { minUs: 500, maxUs: 500 }, bytesPerSecond: 0 },
    disk: { latency: { minUs: 100, maxUs: 100 } },
    keepTrace: false,
  });
  const requests: Request[] = [];
  const log: string[] = [];
  let firstUs = -1;
  const heard = (store: number, request: Request): Partial<Response> | null => {
    const sentUs = world.nowUs - 500;
    if (firstUs < 0) firstUs = sentUs;
    const at = Math.round((sentUs - firstUs) / 100) / 10;
    const { op } = request.body;
    const { regionId, version } = request.context;
    log.push(`${at}ms store ${store} ${names.get(op)} region ${regionId} v${version}`);
    requests.push(request);
    return script(request, requests.length - 1);
  };
  const stores = new Map<number, ProcessId>();
  const add = (name: string, boot: (machine: Machine) => Process): ProcessId =>
    world.addProcess({ name, zone: "zone1", pools: [4], messageCostUs: () => 0, boot });
  for (const store of [1, 2, 3]) {
    stores.set(
      store,
      add(`store${store}`, (machine) => new ScriptedStore(machine, store, heard)),
    );
  }
  const outcomes: Outcome[] = [];
  const ready: { client: Client | null } = { client: null };
  add("client", (machine) => {
    ready.client = new Client(machine, {
      locator: options.locator ?? fixedLocator(fixedLayout([1, 2, 3], cuts)),
      processOf: (store) => stores.get(store) as ProcessId,
      rpcTimeoutUs: 1_000_000,
      deadlineUs: 4_000_000,
      retriesUndetermined: false,
      checksVersions: false,
      responseBytesMax: 4 << 20,
      finished: (_, outcome) => outcomes.push(outcome),
      ...options.options,
    });
    return ready.client;
  });
  calls.forEach((operation, at) => {
    world.at(world.nowUs, () => ready.client?.start(at + 1, operation));
    world.run(world.nowUs + 20_000_000);
  });
  if (world.failure !== null) throw world.failure.error;
  assert(outcomes.length === calls.length, "every operation ends");
  return { outcome: outcomes.at(-1) as Outcome, log, requests };
}

class ScriptedStore implements Process {
  readonly #machine: Machine;
  readonly #store: number;
  readonly #heard: (store: number, request: Request) => Partial<Response> | null;

  constructor(
    machine: Machine,
    store: number,
    heard: (store: number, request: Request) => Partial<Response> | null,
  ) {
    this.#machine = machine;
    this.#store = store;
    this.#heard = heard;
  }

  receive(from: ProcessId, _kind: number, payload: object): void {
    const request = payload as Request;
    const answer = this.#heard(this.#store, request);
    if (answer === null) return;
    const response = new Response();
    Object.assign(response, answer);
    response.rpc = request.rpc;
    response.operation = request.operation;
    this.#machine.send(from, wireKinds.response, response, 64);
  }

  refused(): void {}
  timer(): void {}
  diskDone(): void {}
  digest(): number {
    return 0;
  }
}
